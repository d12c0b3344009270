"""What a vision tower is: pixels to patch embeddings, patch embeddings to a map of features.

The two steps are apart because a region encoder may change the patch embeddings in between.
Shapes: T frames, H x W cells, P width of the patch embeddings, C width of the map.
"""

from __future__ import annotations

from torch import Tensor, nn

from regard.core.errors import ImageError


class VisionTower(nn.Module):
    """A vision tower. `patch_width` is P, `width` is C, `stride` the pixels per cell.

    `mixes_frames`: whether a frame's features depend on the other frames; such a tower encodes one sample at a time.
    """

    mixes_frames = False
    patch_width: int
    width: int
    stride: int

    @property
    def needs(self) -> str:
        """Say which sizes of input the tower takes."""
        return f"a multiple of the tower's {self.stride}"

    def takes(self, size: int) -> bool:
        """Does the tower take squares of `size` pixels?"""
        return size % self.stride == 0

    def embed(self, pixels_T3HW: Tensor) -> Tensor:
        """Return patch embeddings (T, H, W, P) of pixels scaled as `processor` scales them."""
        raise NotImplementedError

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C)."""
        raise NotImplementedError


class FixedSizeTower(VisionTower):
    """A tower whose positions are for squares of one size: `image` pixels a side."""

    image: int

    @property
    def needs(self) -> str:
        """Say which size of input the tower takes; it need not be a multiple of the patch, what is over is not seen."""
        return f"the tower's {self.image}"

    def takes(self, size: int) -> bool:
        """Does the tower take squares of `size` pixels?"""
        return size == self.image

    def check_size(self, pixels_T3HW: Tensor) -> None:
        """Raise `ImageError` for another size than that of the positions."""
        height, width = pixels_T3HW.shape[-2:]
        if height != width or not self.takes(height):
            raise ImageError(
                f"a picture of {width} x {height} pixels came, this tower reads {self.image} x {self.image}; "
                f"set image_size (and clip_size) to {self.image}"
            )

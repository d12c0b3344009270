"""What a vision tower is: pixels to patch embeddings, patch embeddings to a map of features.

The two steps are apart because a region encoder may change the patch embeddings in between.
Shapes: T frames, H x W cells, P width of the patch embeddings, C width of the map.
"""

from __future__ import annotations

from torch import Tensor, nn


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

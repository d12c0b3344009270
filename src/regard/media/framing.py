"""How a picture of any shape becomes the square of numbers that a tower reads, and where its regions come to lie there.

Shapes: H, W rows and columns of the picture; `size` the side of the square in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image as Pillow

from regard.core.errors import ConfigError
from regard.media.fit import flexible_shape, letterbox, letterbox_mask, squash, squash_mask
from regard.media.tiling import choose_grid, closest_grid, cut

FITS = ("letterbox", "pad", "stretch", "flexible")
MASKS = ("share", "nearest", "given")
RESAMPLES = {"area": None, "bilinear": Pillow.Resampling.BILINEAR, "bicubic": Pillow.Resampling.BICUBIC}
GRIDS = {"roomy": choose_grid, "closest": closest_grid}


@dataclass(frozen=True)
class Framing:
    """The way into the square, and the scale of the numbers.

    `fit`: `letterbox` scales the picture to fit and centres it on grey; `pad` centres it on a square of the mean colour
    and scales that, as LLaVA does; `stretch` scales each side on its own; `flexible` makes no square, but the rectangle
    next to the picture whose sides are multiples of `multiple` pixels, with no more pixels than the square and no fewer
    than one of `least`, as Qwen2.5-VL does. `resample`: `area` (linear when growing), `bilinear` or `bicubic`, as
    Pillow does it. `grid`: the rule by which a picture is cut into tiles, `roomy` as Perception-LM's, `closest` as
    InternVL's. `mean`, `std`: what is taken from each colour in 0..1, and what it is then divided by.
    `masks`: what a cell of a region's mask holds: the `share` of it that the region covers; the `nearest` pixel, so
    that what is smaller than a cell may be lost; or what was `given`, at the picture's own resolution. `far_edge`: a
    box ends behind its last pixel; without it at that pixel, so that one pixel has no area. Raises `ConfigError` for
    another name, or a `std` of 0.
    """

    fit: str = "letterbox"
    resample: str = "area"
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    masks: str = "share"
    far_edge: bool = True
    multiple: int = 28
    least: int = 56
    grid: str = "roomy"

    def __post_init__(self) -> None:
        if self.fit not in FITS or self.resample not in RESAMPLES:
            raise ConfigError(
                f"fit={self.fit!r} and resample={self.resample!r}; fit is one of {', '.join(FITS)}, resample one of "
                f"{', '.join(RESAMPLES)}"
            )
        if self.grid not in GRIDS or min(self.multiple, self.least) < 1:
            raise ConfigError(
                f"grid={self.grid!r}, multiple={self.multiple} and least={self.least}; grid is one of "
                f"{', '.join(GRIDS)}, the other two are pixels"
            )
        if self.fit == "letterbox" and self.resample != "area":
            raise ConfigError("a letterboxed picture is resampled by area; take fit='pad' for bicubic")
        if self.masks not in MASKS or (self.fit == "letterbox" and self.masks != "share"):
            raise ConfigError(
                f"masks={self.masks!r} with fit={self.fit!r}; masks is one of {', '.join(MASKS)}, with a letterboxed "
                "picture only share"
            )
        if len(self.mean) != 3 or len(self.std) != 3 or min(self.std) <= 0:
            raise ConfigError(f"mean={self.mean} and std={self.std}: three numbers each, and std above 0")
        object.__setattr__(self, "mean", tuple(self.mean))
        object.__setattr__(self, "std", tuple(self.std))

    def picture(self, pixels_HWC: np.ndarray, size: int) -> np.ndarray:
        """Return a picture (H, W, 3) uint8 as numbers (3, size, size) float32; with `fit="flexible"` (3, *shape)."""
        if self.fit == "letterbox":
            return self._scaled(letterbox(pixels_HWC, size)[0])
        height, width = self.shape(*pixels_HWC.shape[:2], size)
        return self._scaled(self._resized(self._padded(pixels_HWC, self._fill), width, height))

    def shape(self, height: int, width: int, size: int) -> tuple[int, int]:
        """Return the rows and columns of numbers that a picture of `height` x `width` pixels becomes."""
        if self.fit != "flexible":
            return size, size
        return flexible_shape(height, width, self.multiple, self.least**2, size**2)

    def tile_grid(self, width: int, height: int, most: int, size: int) -> tuple[int, int]:
        """Return the columns and rows of at most `most` tiles that a picture of `width` x `height` pixels is cut
        into.
        """
        return GRIDS[self.grid](width, height, most, size)

    def tiles(self, pixels_HWC: np.ndarray, size: int, columns: int, rows: int) -> np.ndarray:
        """Return a picture (H, W, 3) uint8 as a thumbnail and its tiles, row by row: (1 + tiles, 3, size, size)."""
        stretched = self._resized(pixels_HWC, columns * size, rows * size)
        return np.stack([self.picture(pixels_HWC, size), *map(self._scaled, cut(stretched, columns, rows))])

    def mask_tiles(self, mask_HW: np.ndarray, size: int, columns: int, rows: int) -> np.ndarray:
        """Return what each cell of the tiles holds of a mask (H, W), without thumbnail: (tiles, size, size)."""
        return cut(self._resized_mask(mask_HW, rows * size, columns * size), columns, rows)[..., 0]

    def _scaled(self, square: np.ndarray) -> np.ndarray:
        scale = np.float32(255) * np.array(self.std, np.float32)
        shift = np.array(self.mean, np.float32) / np.array(self.std, np.float32)
        return np.ascontiguousarray((square.astype(np.float32) / scale - shift).transpose(2, 0, 1))

    def mask(self, mask_HW: np.ndarray, size: int) -> np.ndarray:
        """Return what each cell of the square holds of a mask (H, W), float32 in 0..1: (size, size), or `shape` where
        it is no square, or the mask's own resolution where masks stay as they are `given`.
        """
        if self.fit == "letterbox":
            return letterbox_mask(mask_HW, size)
        return self._resized_mask(self._padded(mask_HW, False), *self.shape(*mask_HW.shape, size))

    def _resized_mask(self, mask_HW: np.ndarray, height: int, width: int) -> np.ndarray:
        if self.masks == "given":
            return mask_HW.astype(np.float32)
        return squash_mask(mask_HW, (height, width)) if self.masks == "share" else nearest(mask_HW, height, width)

    def box(self, box: tuple[float, float, float, float], height: int, width: int) -> tuple[float, float, float, float]:
        """Return where a box (x1, y1, x2, y2), in pixels of the picture, lies in the square, in 0..1."""
        x1, y1, x2, y2 = box
        if not self.far_edge:
            x2, y2 = x2 - 1, y2 - 1
        if self.fit in ("stretch", "flexible"):
            return x1 / width, y1 / height, x2 / width, y2 / height
        longest = max(height, width)
        left, top = (
            self._square(height, width)[1] if self.fit == "pad" else ((longest - width) / 2, (longest - height) / 2)
        )
        return (x1 + left) / longest, (y1 + top) / longest, (x2 + left) / longest, (y2 + top) / longest

    def whole(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Return where all of a picture lies in what is seen, as `box` does."""
        return self.box((0, 0, width, height), height, width)

    @staticmethod
    def _square(height: int, width: int) -> tuple[int, tuple[int, int]]:
        """Return the side of the padded square and where the picture begins in it: (left, top) in whole pixels."""
        longest = max(height, width)
        return longest, ((longest - width) // 2, (longest - height) // 2)

    @property
    def _fill(self) -> list[int]:
        return [int(level * 255) for level in self.mean]

    def _padded(self, array: np.ndarray, fill: list[int] | bool) -> np.ndarray:
        """Return a picture or mask in the middle of a square of `fill`; as it is where nothing is padded."""
        if self.fit != "pad":
            return array
        height, width = array.shape[:2]
        longest, (left, top) = self._square(height, width)
        square = np.empty((longest, longest, *array.shape[2:]), array.dtype)
        square[:] = fill
        square[top : top + height, left : left + width] = array
        return square

    def _resized(self, pixels_HWC: np.ndarray, width: int, height: int) -> np.ndarray:
        resample = RESAMPLES[self.resample]
        if resample is None:
            return squash(pixels_HWC, (height, width))
        return np.asarray(Pillow.fromarray(pixels_HWC).resize((width, height), resample))


def nearest(mask_HW: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a mask (H, W) at another resolution, float32: each cell takes the pixel at its upper left corner, as
    torch's nearest interpolation does.
    """
    rows, columns = (
        np.floor(np.arange(cells, dtype=np.float32) * np.float32(pixels / cells)).astype(int).clip(max=pixels - 1)
        for pixels, cells in zip(mask_HW.shape, (height, width), strict=True)
    )
    return mask_HW[np.ix_(rows, columns)].astype(np.float32)

"""Pictures and masks in the shape a model wants: letterboxed to a square, or squashed.

Shapes: H, W rows and columns; C the three colours. Everything here is exact about geometry: a mask lands on the same
cells as the pixels it covers.
"""

from __future__ import annotations

import functools
import math

import cv2
import numpy as np

from regard.core.errors import ImageError

LONGEST_SIDE = 200


def letterbox_geometry(height: int, width: int, size: int) -> tuple[float, tuple[int, int], tuple[int, int]]:
    """Return how a picture fits a `size` x `size` square: scale, (new height, new width), and offset (left, top).

    A point (x, y) of the picture lies at (x * scale + left, y * scale + top) of the square. The picture is centred;
    sides are rounded to whole pixels, at least 1.
    """
    if height < 1 or width < 1 or size < 1:
        raise ImageError(f"cannot fit a picture of {width}x{height} into a square of {size}")
    scale = size / max(height, width)
    new_height, new_width = (min(size, max(1, round(side * scale))) for side in (height, width))
    return scale, (new_height, new_width), ((size - new_width) // 2, (size - new_height) // 2)


def letterbox(pixels_HWC: np.ndarray, size: int, fill: int = 128) -> tuple[np.ndarray, float, tuple[int, int]]:
    """Scale a picture (H, W, 3) uint8 to fit a square, centred on `fill`: the square (size, size, 3), the scale, the
    offset (left, top).
    """
    scale, shape, (left, top) = letterbox_geometry(pixels_HWC.shape[0], pixels_HWC.shape[1], size)
    square = np.full((size, size, 3), fill, np.uint8)
    square[top : top + shape[0], left : left + shape[1]] = squash(pixels_HWC, shape)
    return square, scale, (left, top)


def letterbox_mask(mask_HW: np.ndarray, size: int) -> np.ndarray:
    """Return the share of each cell of a `size` x `size` square that a bool mask (H, W) covers, float32 in 0..1.

    The geometry is that of `letterbox`. Weighting is by exact area, so a mask of a single pixel still leaves a cell
    above zero; cells outside the picture are 0.
    """
    _, shape, (left, top) = letterbox_geometry(mask_HW.shape[0], mask_HW.shape[1], size)
    square = np.zeros((size, size), np.float32)
    square[top : top + shape[0], left : left + shape[1]] = squash_mask(mask_HW, shape)
    return square


def squash(pixels_HWC: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Scale a picture (H, W, 3) uint8 to `shape` = (height, width), each side on its own: by area when shrinking,
    linearly when growing.
    """
    height, width = pixels_HWC.shape[:2]
    shrunk = (min(height, shape[0]), min(width, shape[1]))
    if shrunk != (height, width):
        pixels_HWC = cv2.resize(pixels_HWC, shrunk[::-1], interpolation=cv2.INTER_AREA)
    if shrunk != tuple(shape):
        pixels_HWC = cv2.resize(pixels_HWC, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return pixels_HWC


def flexible_shape(height: int, width: int, multiple: int, least: int, most: int) -> tuple[int, int]:
    """Return the (height, width) next to a picture's own whose sides are multiples of `multiple` pixels and whose area
    is between `least` and `most` pixels: proportions are kept as far as that allows (Qwen2-VL, arXiv 2409.12191,
    section 2.1, as released).

    Raises `ImageError` for a picture of which one side is more than 200 times the other, as released.
    """
    if max(height, width) > LONGEST_SIDE * min(height, width):
        raise ImageError(
            f"a picture of {width} x {height} pixels came; one side may be {LONGEST_SIDE} times the other at most: "
            "crop it"
        )
    rows, columns = (round(side / multiple) for side in (height, width))
    if rows * columns * multiple**2 > most:
        shrink = math.sqrt(height * width / most)
        rows, columns = (max(1, math.floor(side / shrink / multiple)) for side in (height, width))
    elif rows * columns * multiple**2 < least:
        grow = math.sqrt(least / (height * width))
        rows, columns = (math.ceil(side * grow / multiple) for side in (height, width))
    return rows * multiple, columns * multiple


def squash_mask(mask_HW: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the share of each cell of a grid `shape` = (height, width) that a bool mask (H, W) covers, float32 in
    0..1, exact by area.
    """
    if mask_HW.ndim != 2:
        raise ImageError(f"expected a mask (height, width); an array of shape {mask_HW.shape} came")
    mask = np.ascontiguousarray(mask_HW, dtype=bool)
    if mask.shape == tuple(shape):
        return mask.astype(np.float32)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return np.zeros(shape, np.float32)
    # Only the rows and columns that the mask touches take part: a small region in a large picture costs little.
    touched = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    shrinks = shape[0] <= mask.shape[0] and shape[1] <= mask.shape[1]
    if shrinks and touched.size * 8 > mask.size:
        return cv2.resize(mask.astype(np.float32), (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    down = _overlap(mask.shape[0], shape[0])[:, rows[0] : rows[-1] + 1]
    across = _overlap(mask.shape[1], shape[1])[:, columns[0] : columns[-1] + 1]
    return np.clip(down @ (touched @ across.T), 0.0, 1.0)


@functools.lru_cache(maxsize=64)
def _overlap(cells_in: int, cells_out: int) -> np.ndarray:
    """Return (out, in) float32: the share of each output cell that each input cell covers; rows sum to 1."""
    step = cells_in / cells_out
    starts = np.arange(cells_out)[:, None] * step
    places = np.arange(cells_in)[None, :]
    lengths = np.minimum(starts + step, places + 1) - np.maximum(starts, places)
    return (np.clip(lengths, 0.0, None) / step).astype(np.float32)

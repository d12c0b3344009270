"""Words for where a region lies and how large it is: one rule for the world, the benchmarks and photographs alike.

A position is judged by the centre of mass of the mask, a size by the mask's share of the picture's area. Beside each
rule stands a test of whether the case is clear-cut, so that whoever asks about it can leave out the cases on which
careful people would differ.
"""

from __future__ import annotations

import numpy as np

from regard.core.errors import EmptyRegion, RegionError

POSITIONS = ("top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right")
SIZES = ("small", "medium", "large")
THIRDS = (1 / 3, 2 / 3)
POSITION_MARGIN = 0.04
SIZE_THRESHOLDS = (0.03, 0.12)
SIZE_MARGIN = 0.15


def position_word(x: float, y: float) -> str:
    """Return which of the nine fields of a 3 x 3 grid the point (x, y) lies in, such as "top left" or "centre".

    x runs to the right and y downwards, both from 0 to 1 over the picture. Raises `RegionError` for a point outside.
    """
    _check_point(x, y)
    column = sum(x >= line for line in THIRDS)
    row = sum(y >= line for line in THIRDS)
    return POSITIONS[row * 3 + column]


def position_is_clear(x: float, y: float) -> bool:
    """Return whether (x, y) keeps at least 0.04 of the picture from every line between thirds."""
    _check_point(x, y)
    return all(abs(value - line) >= POSITION_MARGIN for value in (x, y) for line in THIRDS)


def size_word(share: float) -> str:
    """Return "small" below 3 % of the picture's area, "large" from 12 %, "medium" between.

    Raises `RegionError` for a share that is not above 0 and at most 1.
    """
    _check_share(share)
    return SIZES[sum(share >= threshold for threshold in SIZE_THRESHOLDS)]


def size_is_clear(share: float) -> bool:
    """Return whether `share` of the picture's area differs by at least 15 % (relative) from both thresholds."""
    _check_share(share)
    return all(abs(share / threshold - 1) >= SIZE_MARGIN for threshold in SIZE_THRESHOLDS)


def centre_and_share(mask: np.ndarray) -> tuple[float, float, float]:
    """Return (x, y, share) of a boolean mask (H, W): its centre of mass in [0, 1] and its share of the picture's area.

    The centre of a pixel counts, so a mask that covers the whole picture lies at (0.5, 0.5). Raises `EmptyRegion` for
    an empty mask.
    """
    height, width = mask.shape
    column_counts, row_counts = mask.sum(axis=0), mask.sum(axis=1)
    area = int(row_counts.sum())
    if area == 0:
        raise EmptyRegion(f"the mask of {width} x {height} pixels is empty; a position needs at least one pixel")
    x = float((np.arange(width) + 0.5) @ column_counts) / area / width
    y = float((np.arange(height) + 0.5) @ row_counts) / area / height
    return x, y, area / (width * height)


def _check_point(x: float, y: float) -> None:
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise RegionError(
            f"expected x and y between 0 and 1 (shares of the picture's width and height), got ({x}, {y})"
        )


def _check_share(share: float) -> None:
    if not 0 < share <= 1:
        raise RegionError(f"expected a share of the picture's area above 0 and at most 1, got {share}")

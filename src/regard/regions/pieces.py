"""The connected pieces of a mask."""

from __future__ import annotations

import cv2
import numpy as np


def piece_sizes(mask: np.ndarray, connectivity: int = 8) -> np.ndarray:
    """Return for each pixel of a mask how many pixels its connected piece has, 0 outside: int (height, width).

    `connectivity`: 8 where pixels that touch at a corner are one piece, 4 where they are not.
    """
    _, pieces, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=connectivity)
    sizes = figures[:, cv2.CC_STAT_AREA].copy()
    sizes[0] = 0  # what is not in the mask
    return sizes[pieces]

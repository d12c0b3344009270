"""How a frame must be turned to stand upright, from the display matrix that phones write into videos."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import av.sidedata.sidedata
import numpy as np


@dataclass(frozen=True)
class Turn:
    """A turn by a right angle and a mirroring: swap rows and columns, then reverse rows, then reverse columns."""

    swaps: bool = False
    flips_rows: bool = False
    flips_columns: bool = False

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Return (H, W, 3) pixels turned upright."""
        if self.swaps:
            pixels = pixels.swapaxes(0, 1)
        if self.flips_rows:
            pixels = pixels[::-1]
        if self.flips_columns:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(pixels)


def of_frame(frame: Any) -> tuple[Turn, tuple[str, ...]]:
    """Return a decoded frame's turn, and a note when the file asks for an angle that is not a right one (it is not
    turned then).
    """
    matrix = frame.side_data.get(av.sidedata.sidedata.Type.DISPLAYMATRIX)
    if matrix is None:
        return Turn(), ()
    a, b, _, c, d, _, _, _, _ = struct.unpack("=9i", bytes(matrix))
    return of_matrix(a, b, c, d)


def of_matrix(a: int, b: int, c: int, d: int) -> tuple[Turn, tuple[str, ...]]:
    """Return the turn of a display matrix: a stored point (x, y) is shown at (a x + c y, b x + d y)."""
    if (a or d) and not (b or c):
        return Turn(False, flips_rows=d < 0, flips_columns=a < 0), ()
    if (b or c) and not (a or d):
        return Turn(True, flips_rows=b < 0, flips_columns=c < 0), ()
    return Turn(), ("the file asks for a turn by an angle that is not a right one; frames are given as stored",)

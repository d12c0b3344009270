"""The units of coordinates: pixels, or shares of the picture's width and height. A unit is said, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from regard.core.errors import RegionError, nearest

UNITS = {"px": None, "norm1": 1.0, "norm1000": 1000.0, "percent": 100.0}
_ROUNDING = 1e-6  # a share this little outside its range (1.0000001) is taken for the edge


def unit(name: Any) -> str:
    """Return a unit's name. Raises `RegionError` with the nearest one for any other word."""
    if not isinstance(name, str) or name not in UNITS:
        raise RegionError(f"there is no unit {name!r}.{nearest(str(name), UNITS)} Units are: {', '.join(UNITS)}.")
    return str(name)


def within(values: Sequence[float], unit_name: str, what: str) -> list[float]:
    """Return values that their unit can hold: pixels may lie outside the picture, shares of it may not.

    Raises `RegionError` naming the first value that lies outside the unit's range.
    """
    top = UNITS[unit_name]
    if top is None:
        return list(values)
    for index, value in enumerate(values):
        if not -_ROUNDING * top <= value <= (1 + _ROUNDING) * top:
            raise RegionError(
                f"value {index} of {what} is {value:g}, but {unit_name} runs from 0 to {top:g};"
                " if the values are pixels, say unit='px'"
            )
    return [min(max(value, 0.0), top) for value in values]


def to_pixels(values: Any, unit_name: str, size: tuple[int, int]) -> np.ndarray:
    """Return coordinates x, y, x, y, .. as points (n, 2) in pixels of a picture of (width, height)."""
    spots = np.asarray(values, dtype=np.float64).reshape(-1, 2)
    top = UNITS[unit_name]
    return spots if top is None else spots * np.asarray(size) / top


def from_pixels(values: Any, unit_name: str, size: tuple[int, int]) -> np.ndarray:
    """Return pixel coordinates x, y, x, y, .. as points (n, 2) in a unit: the inverse of `to_pixels`."""
    spots = np.asarray(values, dtype=np.float64).reshape(-1, 2)
    top = UNITS[unit_name]
    return spots if top is None else spots * top / np.asarray(size)

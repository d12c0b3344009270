"""What a region's values must be: each check returns the values in their one stored form, or says which value is wrong
and why.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from regard.core.errors import EmptyRegion, RegionError
from regard.regions.units import within

Points = tuple[tuple[float, float], ...]

LONGEST_GAP = 10_000
MOST_MASK_PIXELS = 100_000_000


def number(value: Any, what: str) -> float:
    """Return one finite number. Raises `RegionError` for text, true/false, None, NaN and infinities."""
    if isinstance(value, str | bytes | bool | np.bool_) or value is None:
        raise RegionError(f"{what} is {value!r}, which is not a number")
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise RegionError(f"{what} is {value!r}, which is not a number") from error
    if not math.isfinite(found):
        raise RegionError(f"{what} is {found}; coordinates are finite numbers")
    return found


def whole(value: Any, what: str, least: int = 0) -> int:
    """Return one whole number of at least `least`. Raises `RegionError` for anything else, 2.0 included."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise RegionError(f"{what} is {value!r}; it is a whole number, counted from {least}")
    if value < least:
        raise RegionError(f"{what} is {int(value)}; it is counted from {least}")
    return int(value)


def flat(values: Any, what: str) -> list[Any]:
    """Return a list of a one-dimensional list, tuple or array. Raises `RegionError` for anything else."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise RegionError(f"{what} is a list of numbers; got {type(values).__name__} {values!r}")
    return list(values)


def box(values: Any, unit_name: str) -> tuple[float, float, float, float]:
    """Return a box (x1, y1, x2, y2) of positive width and height.

    Raises `RegionError` for another count of values and for values that are no numbers, not of the unit, equal, or the
    wrong way round.
    """
    listed = flat(values, "a box")
    if len(listed) != 4:
        raise RegionError(f"a box has four values x1, y1, x2, y2; got {len(listed)}: {listed!r}")
    x1, y1, x2, y2 = (number(value, f"value {index} of the box") for index, value in enumerate(listed))
    x1, y1, x2, y2 = within((x1, y1, x2, y2), unit_name, "the box")
    for low, high, first, last in ((x1, x2, 0, 2), (y1, y2, 1, 3)):
        if high <= low:
            size = "has no area" if high == low else "is the wrong way round"
            raise RegionError(
                f"the box {size}: value {last} ({high:g}) must be greater than value {first} ({low:g})."
                " Boxes are x1, y1, x2, y2; for x, y, width, height give x, y, x + width, y + height"
            )
    return x1, y1, x2, y2


def points(values: Any, unit_name: str, what: str) -> Points:
    """Return points ((x, y), ...) from pairs, a flat list x, y, x, y, .. or an array (n, 2).

    Raises `RegionError` for an odd count, none at all, and values that are no numbers or not of the unit.
    """
    listed = flat(values, what)
    if listed and all(isinstance(item, Sequence | np.ndarray) and not isinstance(item, str) for item in listed):
        for index, pair in enumerate(listed):
            if len(pair) != 2:
                raise RegionError(f"point {index} of {what} is {pair!r}; a point is x, y")
        listed = [value for pair in listed for value in pair]
    if len(listed) % 2:
        raise RegionError(f"{what} has {len(listed)} values, an odd count; they come in pairs x, y")
    if not listed:
        raise RegionError(f"{what} has no points")
    found = [number(value, f"value {index} of {what}") for index, value in enumerate(listed)]
    found = within(found, unit_name, what)
    return tuple(zip(found[::2], found[1::2], strict=True))


def rings(values: Any, unit_name: str) -> tuple[Points, ...]:
    """Return the rings of a polygon, from one ring or a list of rings.

    Raises `RegionError` naming the ring that has fewer than three points or encloses nothing.
    """
    listed = flat(values, "a polygon")
    if listed and not _nested(listed):
        listed = [listed]
    if not listed:
        raise RegionError("a polygon has at least one ring of three points; got none")
    found = []
    for index, ring in enumerate(listed):
        corners = points(ring, unit_name, f"ring {index} of the polygon")
        if len(corners) > 3 and corners[0] == corners[-1]:
            corners = corners[:-1]
        if len(corners) < 3:
            raise RegionError(
                f"ring {index} of the polygon has {len(corners)} points; it takes three to enclose anything"
            )
        spread = np.asarray(corners) - np.asarray(corners[0])
        if np.linalg.matrix_rank(spread) < 2:
            raise RegionError(f"ring {index} of the polygon encloses nothing: all its points lie on one line")
        found.append(corners)
    return tuple(found)


def _nested(listed: list[Any]) -> bool:
    """Tell a list of rings from one ring: a ring holds numbers, or pairs of numbers."""
    first = listed[0]
    if not isinstance(first, Sequence | np.ndarray) or isinstance(first, str):
        return False
    inner = first[0] if len(first) else None
    return len(first) != 2 or isinstance(inner, Sequence | np.ndarray)


def labels(values: Any, count: int) -> tuple[int, ...]:
    """Return one label a point: 1 is inside the region, 0 outside. Raises `RegionError` when no point is inside."""
    listed = flat(values, "the labels")
    if len(listed) != count:
        raise RegionError(f"there are {count} points and {len(listed)} labels; each point has one")
    for index, label in enumerate(listed):
        if label not in (0, 1):
            raise RegionError(f"label {index} is {label!r}; labels are 1 (inside the region) or 0 (outside it)")
    if not any(listed):
        raise RegionError("every point is labelled 0 (outside); at least one must be labelled 1 (inside the region)")
    return tuple(int(label) for label in listed)


def labelled(values: Any, unit_name: str) -> tuple[tuple[float, float, int], ...]:
    """Return points with their labels ((x, y, label), ...). Raises `RegionError` as `points` and `labels` do."""
    triples = [tuple(flat(triple, f"point {index}")) for index, triple in enumerate(flat(values, "the points"))]
    for index, triple in enumerate(triples):
        if len(triple) != 3:
            raise RegionError(f"point {index} is {triple!r}; a stored point is x, y, label (Region.points takes x, y)")
    spots = points([triple[:2] for triple in triples], unit_name, "the points")
    marks = labels([triple[2] for triple in triples], len(spots))
    return tuple((x, y, mark) for (x, y), mark in zip(spots, marks, strict=True))


def mask(values: Any, *, value: int | None = None, alpha: bool = False) -> np.ndarray:
    """Return a read-only bool mask (height, width) from an array or the path of a PNG.

    Any non-zero pixel is inside; `value` picks one object out of a picture of numbered objects; `alpha` reads the alpha
    channel, which is otherwise never looked at. Raises `RegionError` for other shapes and for floats that are neither 0
    nor 1, `EmptyRegion` for no pixel.
    """
    array = _mask_file(Path(values), alpha) if isinstance(values, str | Path) else mask_array(values)
    inside = array != 0 if value is None else array == value
    if not inside.any():
        what = "the mask" if value is None else f"object {value} of the mask"
        raise EmptyRegion(
            f"{what} has no pixel inside: all {inside.shape[1]} x {inside.shape[0]} pixels are outside it"
        )
    inside = np.ascontiguousarray(inside)
    inside.flags.writeable = False
    return inside


def mask_array(values: Any) -> np.ndarray:
    """Return a mask as a two-dimensional array of numbers; see `mask`.

    Raises `RegionError` for other shapes and contents.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise RegionError(f"a mask's rows must be of one length: {error}") from error
    if array.ndim == 3 and 1 in (array.shape[0], array.shape[2]):
        array = array[0] if array.shape[0] == 1 else array[:, :, 0]
    if array.ndim != 2 or array.size == 0:
        raise RegionError(f"a mask has the shape (height, width), both at least 1; this one has {array.shape}")
    if array.dtype.kind not in "biuf":
        raise RegionError(f"a mask holds true/false or numbers; this one holds {array.dtype}")
    if array.dtype.kind == "f" and not np.isin(array, (0.0, 1.0)).all():
        raise RegionError("a mask of fractions is not yet a mask; say where it is inside, for example mask > 0.5")
    return array


def _mask_file(path: Path, alpha: bool) -> np.ndarray:
    if not path.is_file():
        raise RegionError(f"there is no mask file {path}")
    try:
        with Image.open(path, formats=("PNG", "BMP", "TIFF", "GIF")) as picture:
            if picture.width * picture.height > MOST_MASK_PIXELS:
                raise RegionError(
                    f"{path} has {picture.width} x {picture.height} pixels; a mask has at most {MOST_MASK_PIXELS}"
                )
            return _channel(ImageOps.exif_transpose(picture), alpha, path)
    except RegionError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise RegionError(f"{path} is not a mask picture (PNG, BMP, TIFF or GIF): {error}") from error


def _channel(picture: Image.Image, alpha: bool, path: Path) -> np.ndarray:
    if alpha:
        if "A" not in picture.getbands():
            raise RegionError(f"{path} has no alpha channel; its mode is {picture.mode}")
        return np.asarray(picture.getchannel("A"))
    if picture.mode in ("1", "L", "P", "I", "I;16", "F"):
        return mask_array(np.asarray(picture))
    if picture.mode == "LA":
        return np.asarray(picture.getchannel("L"))
    return np.max(np.asarray(picture.convert("RGB")), axis=2)

"""A safe codec for COCO run-length masks.

A COCO RLE is `{"size": [height, width], "counts": ...}`: the lengths of alternating runs of 0 and 1, column by column,
starting with 0. `counts` is a list of integers, or the same numbers packed into ASCII characters (each later number as
the difference to the one two before it, five bits a character). Libraries that trust such a string read outside their
memory when it lies, so every string is unpacked and summed here, in NumPy, before anything is built from it.

Sizes are [height, width] inside an RLE, as COCO writes them, and (width, height) everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pycocotools import mask as coco

from regard.core.errors import EmptyRegion, RegionError
from regard.regions.checks import flat, number

MAX_PIXELS = 2**28
MAX_RUN = 2**31
MAX_OUTLINE = 1e7  # pixels; the official filler allocates some forty bytes for each
_MAX_GROUP = 7  # characters a number: 5 bits each, enough for 32 bits and a sign
_FIRST = 48  # the first character of the alphabet, "0"


def encode(mask: np.ndarray) -> dict[str, Any]:
    """Pack a (height, width) mask, anything non-zero being inside, into `{"size": [height, width], "counts": str}`.

    Raises `RegionError` for another number of axes or a mask without pixels.
    """
    mask = np.asarray(mask)
    if mask.ndim != 2 or mask.size == 0:
        raise RegionError(f"a mask has the shape (height, width), both at least 1; this one has {mask.shape}")
    packed = coco.encode(np.asfortranarray(mask != 0).view(np.uint8))
    return {"size": [int(mask.shape[0]), int(mask.shape[1])], "counts": packed["counts"].decode("ascii")}


def decode(rle: Mapping[str, Any]) -> np.ndarray:
    """Unpack an RLE into a boolean mask (height, width). Raises `RegionError` when it is damaged (see `validate`)."""
    (height, width), runs = _read(rle)
    inside = np.zeros(len(runs), dtype=bool)
    inside[1::2] = True
    return np.ascontiguousarray(np.repeat(inside, runs).reshape(width, height).T)


def area(rle: Mapping[str, Any]) -> int:
    """Count the pixels inside. Raises `RegionError` when the RLE is damaged."""
    return int(_read(rle)[1][1::2].sum())


def box(rle: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """Return the tight box (x1, y1, x2, y2) in pixels, x2 and y2 exclusive.

    Raises `EmptyRegion` for a mask with no pixel inside and `RegionError` for a damaged one.
    """
    (height, _), runs = _read(rle)
    ends = np.cumsum(runs)[1::2]
    starts = ends - runs[1::2]
    starts, ends = starts[ends > starts], ends[ends > starts] - 1
    if len(starts) == 0:
        raise EmptyRegion("an empty mask has no box")
    left, right = starts // height, ends // height
    wraps = bool((left != right).any())
    top = 0 if wraps else int((starts % height).min())
    bottom = height - 1 if wraps else int((ends % height).max())
    return int(left.min()), top, int(right.max()) + 1, bottom + 1


def validate(rle: Mapping[str, Any], size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Check an RLE and return it with `counts` as a packed string, its pixels unchanged.

    `counts` may be a list, a string or bytes. `size` is the expected (width, height). Raises `RegionError` when the
    size is not two whole numbers or not the expected one, when the string is cut off or holds a character outside its
    alphabet, when a run is negative or over 2**31, and when the runs do not add up to height x width.
    """
    return checked(rle, size)[0]


def checked(rle: Mapping[str, Any], size: tuple[int, int] | None = None) -> tuple[dict[str, Any], int]:
    """Check an RLE as `validate` does and return it with the count of pixels inside."""
    (height, width), runs = _read(rle)
    if size is not None:
        check_size((width, height), size, "the RLE")
    counts = rle["counts"]
    text = counts if isinstance(counts, str) else counts.decode("ascii") if isinstance(counts, bytes) else pack(runs)
    return {"size": [height, width], "counts": text}, int(runs[1::2].sum())


def from_coco_polygons(polygons: Any, size: tuple[int, int]) -> dict[str, Any]:
    """Fill COCO polygons, a list of flat lists x, y, .., at (width, height) as COCO's own tools do, joining the parts.

    The pixels are those of the official tools, which differ from `raster.polygon_mask` by a fringe at the border.
    Raises `RegionError` for a polygon with an odd count, fewer than three points, or far outside the picture.
    """
    width, height = size
    reach = 8 * max(width, height) + 1000
    outlines = []
    for index, polygon in enumerate(flat(polygons, "a COCO segmentation")):
        values = flat(polygon, f"polygon {index}")
        values = [number(value, f"value {place} of polygon {index}") for place, value in enumerate(values)]
        if len(values) % 2 or len(values) < 6:
            raise RegionError(f"polygon {index} has {len(values)} values; a polygon takes pairs x, y, at least three")
        if max(map(abs, values)) > reach:
            raise RegionError(
                f"polygon {index} reaches to {max(map(abs, values)):g}, far outside {width} x {height} pixels"
            )
        outlines.append(values)
    if not outlines:
        raise EmptyRegion("the segmentation is an empty list")
    length = sum(float(np.abs(np.diff(np.reshape(outline, (-1, 2)), axis=0)).sum()) for outline in outlines)
    if length > MAX_OUTLINE:
        raise RegionError(
            f"the outline of the segmentation is {length:.3g} pixels long; the limit is {MAX_OUTLINE:.0g}"
        )
    joined = coco.merge(coco.frPyObjects(outlines, height, width))
    return {"size": [height, width], "counts": joined["counts"].decode("ascii")}


def check_size(found: tuple[int, int], expected: tuple[int, int], what: str) -> None:
    """Raise `RegionError` unless two (width, height) pairs agree; a swapped pair is pointed out."""
    if tuple(found) == tuple(expected):
        return
    swapped = tuple(found) == tuple(expected)[::-1]
    hint = (
        " Width and height look swapped: an RLE's size and a NumPy shape are [height, width]."
        if swapped
        else ' To stretch it to the media, pass resize="nearest".'
    )
    sizes = f"{found[0]} x {found[1]} pixels (width x height), the media {expected[0]} x {expected[1]}"
    raise RegionError(f"{what} is {sizes}.{hint}")


def unpack(counts: str | bytes) -> np.ndarray:
    """Read the run lengths out of a packed string, (runs,) int64.

    Raises `RegionError` for a character outside the alphabet, a last number that is cut off, and runs that are negative
    or over 2**31.
    """
    codes = _codes(counts)
    if len(codes) and codes[-1] & 32:
        raise RegionError("the RLE string is cut off: its last number has no end")
    ends = np.flatnonzero(codes < 32)
    lengths = np.diff(ends, prepend=-1)
    if len(lengths) and lengths.max() > _MAX_GROUP:
        raise RegionError(f"run {int(lengths.argmax())} of the RLE is longer than 2**31 pixels")
    values = np.zeros(len(ends), dtype=np.int64)
    for place in range(int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > place)
        digits = codes[ends[longer] - lengths[longer] + 1 + place].astype(np.int64)
        values[longer] += (digits & 31) << (5 * place)
    values -= (codes[ends] & 16).astype(np.int64) // 16 << (5 * lengths)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return _checked_runs(values)


def pack(runs: np.ndarray) -> str:
    """Write run lengths, (runs,) integers, as the packed string that `unpack` reads."""
    values = np.asarray(runs, dtype=np.int64).copy()
    values[3:] -= np.asarray(runs, dtype=np.int64)[1:-2]
    places = np.arange(_MAX_GROUP)
    rest = values[:, None] >> (5 * places)
    digits = rest & 31
    # A number ends where all that is left is the sign, and the digit's own fifth bit already says which sign.
    left = rest >> 5
    done = np.where(digits & 16, left == -1, left == 0)
    length = done.argmax(axis=1)
    characters = digits + np.where(places < length[:, None], 32, 0) + _FIRST
    return characters[places <= length[:, None]].astype(np.uint8).tobytes().decode("ascii")


def _read(rle: Mapping[str, Any]) -> tuple[tuple[int, int], np.ndarray]:
    """Return ((height, width), runs) of an RLE after every check that needs no second opinion."""
    if not isinstance(rle, Mapping) or "size" not in rle or "counts" not in rle:
        raise RegionError(f'an RLE is {{"size": [height, width], "counts": ...}}; got {_shorten(rle)}')
    height, width = _size(rle["size"])
    counts = rle["counts"]
    if isinstance(counts, str | bytes):
        runs = unpack(counts)
    else:
        runs = _listed(counts)
    total = int(runs.sum())
    if total != height * width:
        raise RegionError(
            f"the RLE covers {total} pixels, its size says {height} x {width} = {height * width} (height x width)"
        )
    return (height, width), runs


def _size(size: Any) -> tuple[int, int]:
    listed = list(size) if isinstance(size, list | tuple | np.ndarray) else []
    whole = [isinstance(side, int | np.integer) and not isinstance(side, bool) for side in listed]
    if len(listed) != 2 or not all(whole) or min(listed) < 1:
        raise RegionError(f"an RLE's size is [height, width], two whole numbers from 1 up; got {_shorten(size)}")
    height, width = int(listed[0]), int(listed[1])
    if height * width > MAX_PIXELS:
        raise RegionError(f"an RLE of {height} x {width} pixels is over the limit of {MAX_PIXELS} pixels")
    return height, width


def _codes(counts: str | bytes) -> np.ndarray:
    try:
        raw = counts.encode("ascii") if isinstance(counts, str) else counts
    except UnicodeEncodeError as error:
        raise RegionError(f"the RLE string holds a character that is not ASCII, at position {error.start}") from error
    codes = np.frombuffer(raw, dtype=np.uint8) - np.uint8(
        _FIRST
    )  # what lies below the alphabet wraps round to above it
    if len(codes) and codes.max() > 63:
        at = int((codes > 63).argmax())
        raise RegionError(f"the RLE string holds {chr(raw[at])!r} at position {at}; its characters run from '0' to 'o'")
    return codes


def _listed(counts: Any) -> np.ndarray:
    if not isinstance(counts, list | tuple | np.ndarray):
        raise RegionError(f"an RLE's counts are a list of numbers, a string or bytes; got {type(counts).__name__}")
    for index, run in enumerate(counts):
        if isinstance(run, bool) or not isinstance(run, int | np.integer):
            raise RegionError(f"run {index} of the RLE is {run!r}; runs are whole numbers")
        if not 0 <= run <= MAX_RUN:
            raise RegionError(f"run {index} of the RLE is {run}; runs lie between 0 and 2**31")
    return np.asarray(counts, dtype=np.int64).reshape(-1)


def _checked_runs(runs: np.ndarray) -> np.ndarray:
    if len(runs) and (runs.min() < 0 or runs.max() > MAX_RUN):
        index = int(((runs < 0) | (runs > MAX_RUN)).argmax())
        raise RegionError(f"run {index} of the RLE is {int(runs[index])}; runs lie between 0 and 2**31")
    return runs


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

"""From coordinates in pixels to masks, by one stated rule: a pixel is in when its centre is inside.

Pixel (column, row) covers the square from (column, row) to (column + 1, row + 1); its centre is at + 0.5. Sizes are
(width, height). What lies wholly outside the picture is refused before anything is clipped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regard.core.errors import EmptyRegion, RegionError

Size = tuple[int, int]
Point = tuple[float, float]
Notes = tuple[str, ...]


def box_mask(box: tuple[float, float, float, float], size: Size) -> tuple[np.ndarray, Notes]:
    """Fill a box (x1, y1, x2, y2), x2 and y2 exclusive, in pixels -> (bool mask (height, width), notes).

    A box thinner than a pixel keeps the pixel under its middle. A box partly outside is clipped, with a note.
    Raises `RegionError` when it lies wholly outside.
    """
    refuse_outside(box, size, "the box")
    x1, y1, x2, y2 = box
    width, height = size
    notes = []
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        notes.append(f"the box {spell(box)} reaches outside the {width} x {height} picture and was clipped")
    if x2 - x1 < 1 and y2 - y1 < 1:
        notes.append(
            f"the box {spell(box)} is smaller than one pixel; if its values are shares of the picture, say unit='norm1'"
        )
    mask = np.zeros((height, width), dtype=bool)
    mask[_covered(y1, y2, height), _covered(x1, x2, width)] = True
    return mask, tuple(notes)


def polygon_mask(rings: Sequence[Sequence[Point] | np.ndarray], size: Size) -> tuple[np.ndarray, Notes]:
    """Fill rings of (x, y) in pixels by the even-odd rule -> (bool mask (height, width), notes).

    A pixel is in when a line from its centre crosses the rings an odd number of times: a ring within a ring is a hole,
    rings side by side are parts, and a ring that crosses itself leaves out what it goes round twice. A shape too thin
    for any centre keeps the pixel under the mean of its corners. Raises `RegionError` when it lies wholly outside,
    `EmptyRegion` when the rings cancel out.
    """
    corners = [np.asarray(ring, dtype=np.float64) for ring in rings]
    everything = np.concatenate(corners)
    bounds = (*everything.min(axis=0), *everything.max(axis=0))
    refuse_outside(bounds, size, "the polygon")
    mask = even_odd(corners, size)
    notes = []
    if bounds[0] < 0 or bounds[1] < 0 or bounds[2] > size[0] or bounds[3] > size[1]:
        notes.append(f"the polygon reaches outside the {size[0]} x {size[1]} picture and was clipped")
    if not mask.any():
        if notes:
            raise EmptyRegion(f"the polygon {spell(bounds)} reaches round the picture but covers no pixel of it")
        _keep_one_pixel(mask, corners, size)
        notes.append("the polygon is too thin to hold the centre of a pixel; the pixel under its middle is used")
    return mask, tuple(notes)


def even_odd(rings: Sequence[np.ndarray], size: Size) -> np.ndarray:
    """Return the bool mask (height, width) of pixels whose centre lies inside rings (n, 2) by the even-odd rule."""
    width, height = size
    flips = np.zeros((height, width + 1), dtype=np.int32)
    for ring in rings:
        start, end = ring, np.roll(ring, -1, axis=0)
        for first in range(0, len(ring), max(1, 2_000_000 // height)):  # bounded memory, however many the corners
            some = slice(first, first + max(1, 2_000_000 // height))
            np.add.at(flips, _crossings(start[some], end[some], size), 1)
    return (np.cumsum(flips[:, :width], axis=1) & 1).astype(bool)


def _crossings(before: np.ndarray, after: np.ndarray, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Return (row, first column right of it) for every crossing of edges with the lines through pixel centres."""
    width, height = size
    # Each edge is taken from top to bottom, so that one that is walked both ways crosses at exactly the same place.
    falls = before[:, 1] <= after[:, 1]
    start, end = np.where(falls[:, None], before, after), np.where(falls[:, None], after, before)
    first = np.clip(np.ceil(start[:, 1] - 0.5), 0, height).astype(np.int64)
    last = np.clip(np.ceil(end[:, 1] - 0.5), 0, height).astype(np.int64)
    count = last - first
    edge = np.repeat(np.arange(len(start)), count)
    rows = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    rise = end[edge, 1] - start[edge, 1]
    along = (rows + 0.5 - start[edge, 1]) / rise
    x = start[edge, 0] + along * (end[edge, 0] - start[edge, 0])
    return rows, np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)


def _keep_one_pixel(mask: np.ndarray, corners: Sequence[np.ndarray], size: Size) -> None:
    if len(corners) > 1 and any(even_odd([ring], size).any() for ring in corners):
        raise EmptyRegion("the polygon's rings cancel out: by the even-odd rule a ring drawn twice is a hole of itself")
    x, y = np.clip(np.concatenate(corners), 0, size).mean(axis=0)
    mask[min(int(y), size[1] - 1), min(int(x), size[0] - 1)] = True


def outline(mask: np.ndarray) -> list[list[Point]]:
    """Return rings of (x, y) along the edges of the pixels of a mask (height, width), holes and parts included.

    Filled by the even-odd rule they give back exactly the same pixels.
    """
    filled = np.pad(np.asarray(mask, dtype=np.int8), 1)
    across = _edges(np.diff(filled, axis=0)[:, 1:-1])
    down = {(x, y): [(a, b) for b, a in ends] for (y, x), ends in _edges(-np.diff(filled, axis=1)[1:-1].T).items()}
    rings = []
    while across:
        start = next(iter(across))
        ring = [start, _follow(across, start)]
        while (corner := _follow(down, ring[-1])) != start:
            ring += [corner, _follow(across, corner)]
        rings.append([(float(x), float(y)) for x, y in ring])
    return rings


def _edges(steps: np.ndarray) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return {start: ends} of the straight edges in (lines, length): +1 runs forward, -1 backward along a line."""
    padded = np.pad(steps, ((0, 0), (1, 1)))
    lines, starts = np.nonzero((padded[:, 1:] != padded[:, :-1]) & (padded[:, 1:] != 0))
    _, ends = np.nonzero((padded[:, 1:] != padded[:, :-1]) & (padded[:, :-1] != 0))
    forward = steps[lines, starts] > 0
    first, last = np.where(forward, starts, ends), np.where(forward, ends, starts)
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for line, begin, end in zip(lines.tolist(), first.tolist(), last.tolist(), strict=True):
        edges.setdefault((begin, line), []).append((end, line))
    return edges


def _follow(edges: dict[tuple[int, int], list[tuple[int, int]]], corner: tuple[int, int]) -> tuple[int, int]:
    """Take one edge that starts at a corner out of `edges` and return its end."""
    end = edges[corner].pop()
    if not edges[corner]:
        del edges[corner]
    return end


def one_ring(rings: Sequence[Sequence[Point]]) -> list[Point]:
    """Join rings into one by lines that run there and back, and so enclose nothing by the even-odd rule."""
    home = rings[0][0]
    joined = list(rings[0])
    for ring in rings[1:]:
        joined += [home, *ring, ring[0]]
    return joined


def inside_points(points: Sequence[Point] | np.ndarray, size: Size) -> np.ndarray:
    """Return which points (n, 2) in pixels lie on the picture, edges included -> (n,) bool."""
    spots = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    return np.all((spots >= 0) & (spots <= np.asarray(size)), axis=1)


def along_line(points: Sequence[Point] | np.ndarray, size: Size, most: int = 256) -> np.ndarray:
    """Return points (n, 2) spread evenly along a line, about 1 % of the picture apart and at most `most`."""
    corners = np.asarray(points, dtype=np.float64)
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    reach = np.concatenate([[0.0], np.cumsum(lengths)])
    step = max(1.0, 0.01 * float(np.hypot(*size)))
    count = int(np.clip(np.ceil(reach[-1] / step) + 1, 2, most))
    at = np.linspace(0.0, reach[-1], count)
    return np.stack([np.interp(at, reach, corners[:, axis]) for axis in (0, 1)], axis=1)


def stretched(mask: np.ndarray, size: Size) -> np.ndarray:
    """Resize a mask to (width, height) by its nearest pixels. Raises `EmptyRegion` when nothing is left of it."""
    height, width = mask.shape
    rows = ((np.arange(size[1]) + 0.5) * height / size[1]).astype(np.int64)
    columns = ((np.arange(size[0]) + 0.5) * width / size[0]).astype(np.int64)
    resized = mask[rows[:, None], columns[None, :]]
    if mask.any() and not resized.any():
        raise EmptyRegion(
            f"nothing is left of the mask when it is resized from {width} x {height} to {size[0]} x {size[1]}"
        )
    return resized


def refuse_outside(bounds: Sequence[float], size: Size, what: str) -> None:
    """Raise `RegionError` when (x1, y1, x2, y2) has no part in common with a picture of (width, height)."""
    x1, y1, x2, y2 = bounds
    if x2 <= 0 or y2 <= 0 or x1 >= size[0] or y1 >= size[1]:
        picture = f"{size[0]} x {size[1]} pixels (width x height)"
        raise RegionError(f"{what} {spell(bounds)} lies wholly outside the picture, which is {picture}")


def spell(values: Sequence[float]) -> str:
    """Write coordinates for a message: `(10, 20.5, 30, 40)`."""
    return "(" + ", ".join(f"{float(value):.6g}" for value in values) + ")"


def _covered(low: float, high: float, length: int) -> slice:
    """Return the pixels whose centres lie in [low, high), at least one."""
    first = int(np.clip(np.ceil(max(low, 0.0) - 0.5), 0, length))
    last = int(np.clip(np.ceil(min(high, length) - 0.5), 0, length))
    if last > first:
        return slice(first, last)
    middle = min(int((max(low, 0.0) + min(high, float(length))) / 2), length - 1)
    return slice(middle, middle + 1)

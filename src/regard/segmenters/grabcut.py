"""A click becomes a mask with OpenCV's GrabCut: no weights, no download.

GrabCut wants to know beforehand roughly where the thing is. Here that is found from the points alone: how much colour
one has to cross to walk from the points to each pixel (a geodesic distance), and the level of that distance at which
the region would have to leap to grow any further. GrabCut then decides about the pixels round that border, first on
the small picture and again on an enlarged part of it.

It finds things of fairly even colour that differ from what lies round them. A thing of many colours comes out in
part; more points, a scribble, or a box help.
"""

from __future__ import annotations

import cv2
import numpy as np

from regard.media.grabcut import cut
from regard.regions.pieces import piece_sizes
from regard.segmenters._base import Segmenter

WORKING_SIDE = 200  # pixels of the longer side on which the walk is made
FINE_SIDE = 320  # pixels of the longer side of the enlarged part
USUAL_SHARE = 0.02  # of the picture's area, before anything is known
SHARE_SPREAD = 2.0  # in natural logarithms: two of three things lie within a factor 7 of the usual share
SLACK = 40.0  # colour, in units of the Lab channels, that keeps the first few steps from looking like a leap
STEP_COST = 1.0  # what a step costs where colour does not change, in units of the Lab channels
_LEVELS = np.geomspace(0.001, 0.6, 40)  # shares of the picture at which the walk may stop


class GrabCut(Segmenter):
    """Points or a scribble to a mask, on the CPU, the same every time."""

    def mask(self, pixels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the bool mask (height, width) of the thing under the points labelled 1 and not under those labelled 0.

        `pixels` is (height, width, 3) uint8 RGB, `points` (n, 2) holds x, y in pixels. At least the pixels under the
        points labelled 1 are inside.
        """
        height, width = pixels.shape[:2]
        small = _resized(pixels, WORKING_SIDE)
        scale = np.asarray([small.shape[1] / width, small.shape[0] / height])
        inside, outside = _dots(small, points[labels == 1] * scale), _dots(small, points[labels == 0] * scale)
        rough, barred = _walked(small, inside, outside)
        rough = _cut(small, rough, inside, barred)
        return _refined(pixels, rough, barred, points[labels == 1])


def _resized(pixels: np.ndarray, longest: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _dots(pixels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return a bool mask of small discs, of one hundredth of the picture, at points (n, 2)."""
    dots = np.zeros(pixels.shape[:2], dtype=np.uint8)
    radius = max(0, round(0.01 * max(dots.shape)))
    for x, y in points:
        cv2.circle(dots, (int(x), int(y)), radius, 1, -1)
    return dots > 0


def _walked(pixels: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels reached from the inside points before a leap in colour, and those outside reaches sooner."""
    smooth = cv2.bilateralFilter(pixels, 5, 30, 5)
    colours = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB).astype(np.float64)
    distance = geodesic(colours, inside)
    # A scribble says how large the thing is at least; two thirds more than what it spans is the usual share then.
    usual = max(USUAL_SHARE, 1.5 * _spanned(inside))
    levels = np.quantile(distance, _LEVELS)
    leaps = np.diff(levels, append=levels[-1]) / (levels + SLACK)
    likely = np.exp(-0.5 * (np.log(_LEVELS / usual) / SHARE_SPREAD) ** 2)
    # What covers much of the picture's edge is more often the background than a thing.
    edge = np.concatenate([distance[0], distance[-1], distance[:, 0], distance[:, -1]])
    likely *= 1.0 - (edge[:, None] <= levels).mean(axis=0)
    reached = distance <= levels[int((leaps * likely).argmax())]
    barred = geodesic(colours, outside) <= distance if outside.any() else outside
    return (reached & ~barred) | inside, barred & ~inside


def _spanned(inside: np.ndarray) -> float:
    """Return the share of the picture that the convex hull of the inside points covers."""
    hull = cv2.convexHull(np.argwhere(inside).astype(np.int32))
    return float(cv2.contourArea(hull)) / inside.size


def geodesic(colours: np.ndarray, seeds: np.ndarray, sweeps: int = 2) -> np.ndarray:
    """Return the least colour that lies between each pixel and the nearest seed, (height, width) float64.

    `colours` is (height, width, channels) float64, `seeds` a bool mask. Four-connected; found by sweeps down and up,
    in each of which a row is relaxed to both sides at once.
    """
    right = np.abs(np.diff(colours, axis=1)).sum(axis=2) + STEP_COST
    down = np.abs(np.diff(colours, axis=0)).sum(axis=2) + STEP_COST
    along = np.pad(np.cumsum(right, axis=1), ((0, 0), (1, 0)))
    distance = np.where(seeds, 0.0, 1e9)
    height = len(distance)
    for _ in range(sweeps):
        for row in (*range(height), *range(height - 2, -1, -1)):
            _relax(distance, along, down, row)
    return distance


def _relax(distance: np.ndarray, along: np.ndarray, down: np.ndarray, row: int) -> None:
    """Bring one row to the least of itself, its neighbours above and below, and its own pixels to either side."""
    here = distance[row]
    if row > 0:
        here = np.minimum(here, distance[row - 1] + down[row - 1])
    if row + 1 < len(distance):
        here = np.minimum(here, distance[row + 1] + down[row])
    from_left = np.minimum.accumulate(here - along[row]) + along[row]
    from_right = np.minimum.accumulate((here + along[row])[::-1])[::-1] - along[row]
    distance[row] = np.minimum(from_left, from_right)


def _cut(pixels: np.ndarray, rough: np.ndarray, inside: np.ndarray, barred: np.ndarray) -> np.ndarray:
    """Return the rough mask after GrabCut has decided about everything but its core and what lies far from it."""
    depth = cv2.distanceTransform(np.pad(rough, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    away = cv2.distanceTransform((~rough).astype(np.uint8), cv2.DIST_L2, 5)
    reach = max(2.0, 0.7 * float(np.sqrt(rough.sum() / np.pi)))
    marks = np.full(rough.shape, cv2.GC_BGD, dtype=np.uint8)
    marks[away <= reach] = cv2.GC_PR_BGD
    marks[rough] = cv2.GC_PR_FGD
    marks[depth > 0.5 * depth.max()] = cv2.GC_FGD
    marks[barred] = cv2.GC_BGD
    marks[inside] = cv2.GC_FGD
    if not np.isin(marks, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return rough
    return _touching(cut(pixels, marks, rounds=2), inside)


def _touching(mask: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the parts of a mask that hold an inside point, without pin-holes."""
    _, parts = cv2.connectedComponents(mask.astype(np.uint8))
    kept = np.isin(parts, np.unique(parts[inside & mask])) & mask
    tiny = ~kept & (piece_sizes(~kept, connectivity=4) < 0.01 * kept.sum())
    return kept | tiny | inside


def _refined(pixels: np.ndarray, rough: np.ndarray, barred: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the rough mask, of a small picture, at full size: cut once more on the enlarged part round it."""
    height, width = pixels.shape[:2]
    full = _enlarged(rough, (width, height))
    spots = points.astype(np.int64)
    full[spots[:, 1], spots[:, 0]] = True
    rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
    margin = 4 + (max(len(rows), len(columns)) // 3)
    top, bottom = max(0, rows[0] - margin), min(height, rows[-1] + 1 + margin)
    left, right = max(0, columns[0] - margin), min(width, columns[-1] + 1 + margin)
    here = (slice(top, bottom), slice(left, right))
    part = _resized(np.ascontiguousarray(pixels[here]), FINE_SIDE)
    size = (part.shape[1], part.shape[0])
    inside = _dots(part, (points - (left, top)) * size / (right - left, bottom - top))
    start = _enlarged(full[here], size) | inside
    kept = _cut(part, start, inside, _enlarged(_enlarged(barred, (width, height))[here], size))
    mask = np.zeros((height, width), dtype=bool)
    mask[here] = _enlarged(kept, (right - left, bottom - top))
    mask[spots[:, 1], spots[:, 0]] = True
    return mask


def _enlarged(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5

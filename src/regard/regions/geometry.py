"""The geometry of boxes, masks and time spans: the one home of "intersection over union" in the package.

Every function is written with operators and methods that NumPy arrays and torch tensors share, so that a metric and a
training loss use the same lines and torch need not be installed. Lists are taken as NumPy arrays. Whole numbers become
floats before anything is subtracted.

Boxes are (x1, y1, x2, y2) with x2 and y2 exclusive, in any one unit; masks are (N, height, width); spans are (start,
end) in seconds. Every `..._iou` compares all pairs, `aligned_box_iou` row by row. `empty` is the value where neither of
a pair covers anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or torch.Tensor; a result is of the kind that came in


def overlap_ratio(intersection: Array, area_a: Array, area_b: Array, empty: float = 0.0) -> Array:
    """Intersection over union, from the intersection and the two areas (any shapes that broadcast)."""
    return _share(intersection, area_a + area_b - intersection, empty)


def box_area(boxes: Array) -> Array:
    """Area of boxes (N, 4) -> (N,); an inverted box has none."""
    boxes = _floats(boxes)
    sides = (boxes[:, 2:] - boxes[:, :2]).clip(min=0)
    return sides[:, 0] * sides[:, 1]


def box_iou(a: Array, b: Array, empty: float = 0.0) -> Array:
    """Intersection over union of every box of `a` (N, 4) with every box of `b` (M, 4) -> (N, M)."""
    return overlap_ratio(box_intersection(a, b), box_area(a)[:, None], box_area(b)[None, :], empty)


def aligned_box_iou(a: Array, b: Array, empty: float = 0.0) -> Array:
    """Intersection over union of each box of `a` (N, 4) with the one in the same row of `b` (N, 4) -> (N,)."""
    a, b = _floats(a), _floats(b)
    sides = (_smaller(a[:, 2:], b[:, 2:]) - _larger(a[:, :2], b[:, :2])).clip(min=0)
    return overlap_ratio(sides[:, 0] * sides[:, 1], box_area(a), box_area(b), empty)


def box_intersection(a: Array, b: Array) -> Array:
    """Area shared by every box of `a` (N, 4) with every box of `b` (M, 4) -> (N, M)."""
    a, b = _floats(a)[:, None], _floats(b)[None, :]
    sides = (_smaller(a[..., 2:], b[..., 2:]) - _larger(a[..., :2], b[..., :2])).clip(min=0)
    return sides[..., 0] * sides[..., 1]


def generalized_box_iou(a: Array, b: Array) -> Array:
    """Generalised IoU (Rezatofighi et al. 2019) of boxes (N, 4) and (M, 4) -> (N, M), in -1..1.

    The IoU less the share of the smallest enclosing box that neither covers, so that boxes apart still differ by how
    far apart they are.
    """
    a, b = _floats(a), _floats(b)
    intersection = box_intersection(a, b)
    union = box_area(a)[:, None] + box_area(b)[None, :] - intersection
    sides = _larger(a[:, None, 2:], b[None, :, 2:]) - _smaller(a[:, None, :2], b[None, :, :2])
    hull = sides[..., 0] * sides[..., 1]
    return _share(intersection, union) - _share(hull - union, hull)


def mask_iou(a: Array, b: Array, empty: float = 0.0) -> Array:
    """Intersection over union of all pairs of masks (N, height, width) and (M, height, width) -> (N, M)."""
    a, b = _flat(a), _flat(b)
    return overlap_ratio(a @ b.T, a.sum(1)[:, None], b.sum(1)[None, :], empty)


def span_iou(a: Array, b: Array, empty: float = 0.0) -> Array:
    """Intersection over union of every span of `a` (N, 2) with every span of `b` (M, 2) -> (N, M)."""
    a, b = _floats(a), _floats(b)
    return overlap_ratio(_span_shared(a, b), _span_length(a)[:, None], _span_length(b)[None, :], empty)


def generalized_span_iou(a: Array, b: Array) -> Array:
    """Generalised IoU of spans (N, 2) and (M, 2) -> (N, M), in -1..1: as of boxes, in one dimension."""
    a, b = _floats(a), _floats(b)
    shared = _span_shared(a, b)
    union = _span_length(a)[:, None] + _span_length(b)[None, :] - shared
    hull = _larger(a[:, None, 1], b[None, :, 1]) - _smaller(a[:, None, 0], b[None, :, 0])
    return _share(shared, union) - _share(hull - union, hull)


def mask_area(masks: Array) -> Array:
    """Pixels inside each mask: (N, height, width) -> (N,)."""
    return _inside(masks).sum(2).sum(1)


def mask_boxes(masks: Array) -> Array:
    """Tight boxes of masks (N, height, width) -> (N, 4), x2 and y2 exclusive; an empty mask gives (0, 0, 0, 0)."""
    inside = _inside(masks)
    x1, x2 = _extent((inside.sum(1) > 0) * 1)
    y1, y2 = _extent((inside.sum(2) > 0) * 1)
    return _beside(x1, y1, x2, y2)


def mask_centroids(masks: Array) -> Array:
    """Mean (x, y) in pixels of the pixel centres inside masks (N, height, width) -> (N, 2); (0, 0) for none."""
    inside = _inside(masks) * 1.0
    columns, rows = inside.sum(1), inside.sum(2)
    total = columns.sum(1)
    x = (columns * ((columns * 0 + 1).cumsum(1) - 0.5)).sum(1)
    y = (rows * ((rows * 0 + 1).cumsum(1) - 0.5)).sum(1)
    return _beside(_share(x, total), _share(y, total))


def _span_shared(a: Array, b: Array) -> Array:
    return (_smaller(a[:, None, 1], b[None, :, 1]) - _larger(a[:, None, 0], b[None, :, 0])).clip(min=0)


def _span_length(spans: Array) -> Array:
    return (spans[:, 1] - spans[:, 0]).clip(min=0)


def _share(part: Array, whole: Array, empty: float = 0.0) -> Array:
    nothing = (whole <= 0) * 1.0
    return part / (whole + nothing * (1.0 - whole)) * (1.0 - nothing) + empty * nothing


def _extent(occupied: Array) -> tuple[Array, Array]:
    """Return the first occupied index of each row of (N, length) and one past the last; (0, 0) for a row with none."""
    count = occupied.sum(1)
    so_far = occupied.cumsum(1)
    some = (count > 0) * 1
    first = (so_far == 0).sum(1) * some
    last = ((so_far < count[:, None]).sum(1) + 1) * some
    return first, last


def _beside(*columns: Array) -> Array:
    """Put n arrays (N,) beside each other as (N, n)."""
    first = columns[0]
    unit = first.new_tensor if hasattr(first, "new_tensor") else np.asarray
    rows = [[int(row == column) for column in range(len(columns))] for row in range(len(columns))]
    return sum(column[:, None] * unit(row)[None, :] for column, row in zip(columns, rows, strict=True))


def _array(values: Array) -> Array:
    return values if hasattr(values, "new_tensor") else np.asarray(values)


def _floats(values: Array) -> Array:
    return _array(values) * 1.0


def _inside(masks: Array) -> Array:
    return (_array(masks) != 0) * 1


def _flat(masks: Array) -> Array:
    inside = _inside(masks)
    return inside.reshape(inside.shape[0], -1) * 1.0


def _larger(a: Array, b: Array) -> Array:
    return a.clip(min=b)


def _smaller(a: Array, b: Array) -> Array:
    return a.clip(max=b)

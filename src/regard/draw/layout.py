"""Where labels go: beside their region, inside the picture, never on one another."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

Rect = tuple[int, int, int, int]  # x1, y1, x2, y2 in pixels, exclusive ends
Size = tuple[int, int]  # width, height

_GRID = 14
_COVERING, _DISTANCE, _MOVING = 2.5, 6.0, 3.0


def place(
    anchors: Sequence[Rect],
    sizes: Sequence[Size],
    picture: Size,
    covered: np.ndarray,
    *,
    gap: int = 4,
    previous: Sequence[Rect | None] = (),
) -> list[Rect | None]:
    """Return one rectangle a label, beside its anchor, or None where no free place is left.

    `covered`: bool (H, W), the pixels labels should leave visible. `previous`: where the labels were in the frame
    before, to keep them calm. Several orders of placing are tried; the one with the most labels placed, then the
    lowest cost, wins. Deterministic."""
    if not anchors:
        return []
    total = _integral(covered)
    before = list(previous) if len(previous) == len(anchors) else [None] * len(anchors)
    options = [
        _options(anchor, size, picture, total, gap, old)
        for anchor, size, old in zip(anchors, sizes, before, strict=True)
    ]
    tries = [_greedy(order, options, gap) for order in _orders(anchors, sizes)]
    return min(tries, key=lambda found: (sum(rect is None for rect in found[0]), found[1]))[0]


def _orders(anchors: Sequence[Rect], sizes: Sequence[Size]) -> list[list[int]]:
    numbers = range(len(anchors))
    small_first = sorted(numbers, key=lambda n: _area(anchors[n]))
    wide_first = sorted(numbers, key=lambda n: -sizes[n][0] * sizes[n][1])
    return [small_first, wide_first, list(numbers), small_first[::-1]]


def _greedy(
    order: Sequence[int], options: Sequence[list[tuple[float, Rect]]], gap: int
) -> tuple[list[Rect | None], float]:
    placed: list[Rect | None] = [None] * len(options)
    cost = 0.0
    for number in order:
        taken = [rect for rect in placed if rect is not None]
        for price, rect in options[number]:
            if not any(_touch(rect, other, gap) for other in taken):
                placed[number], cost = rect, cost + price
                break
    return placed, cost


def _options(
    anchor: Rect, size: Size, picture: Size, total: np.ndarray, gap: int, old: Rect | None
) -> list[tuple[float, Rect]]:
    width, height = size
    if width > picture[0] or height > picture[1]:
        return []
    diagonal = float(np.hypot(*picture))
    priced = []
    spots = ([old[:2]] if old else []) + _corners(anchor, size, picture, gap)
    for preference, (x, y) in enumerate(spots):
        x, y = min(max(x, 0), picture[0] - width), min(max(y, 0), picture[1] - height)
        rect = (x, y, x + width, y + height)
        price = _COVERING * _share(total, rect) + _DISTANCE * distance(rect, anchor) / diagonal + 0.002 * preference
        price += _MOVING * (abs(x - old[0]) + abs(y - old[1])) / diagonal if old else 0.0
        priced.append((price, rect))
    return sorted(priced)


def _corners(anchor: Rect, size: Size, picture: Size, gap: int) -> list[tuple[int, int]]:
    x1, y1, x2, y2 = anchor
    width, height = size
    columns = (x1, (x1 + x2 - width) // 2, x2 - width)
    rows = (y1, (y1 + y2 - height) // 2, y2 - height)
    outside = [(x, y1 - height - gap) for x in columns] + [(x, y2 + gap) for x in columns]
    outside += [(x2 + gap, y) for y in rows] + [(x1 - width - gap, y) for y in rows]
    inside = [(x, y) for y in (y1 + gap, y2 - height - gap) for x in (x1 + gap, x2 - width - gap)]
    steps = [step / (_GRID - 1) for step in range(_GRID)]
    grid = [(round(a * (picture[0] - width)), round(b * (picture[1] - height))) for b in steps for a in steps]
    return outside + inside + grid


def distance(rect: Rect, anchor: Rect) -> float:
    """Return the gap between two rectangles in pixels, 0 when they touch."""
    dx = max(anchor[0] - rect[2], rect[0] - anchor[2], 0)
    dy = max(anchor[1] - rect[3], rect[1] - anchor[3], 0)
    return float(np.hypot(dx, dy))


def _touch(rect: Rect, other: Rect, gap: int) -> bool:
    apart = (
        rect[2] + gap <= other[0] or other[2] + gap <= rect[0] or rect[3] + gap <= other[1] or other[3] + gap <= rect[1]
    )
    return not apart


def _area(rect: Rect) -> int:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _integral(covered: np.ndarray) -> np.ndarray:
    return cv2.integral(covered.astype(np.uint8))


def _share(total: np.ndarray, rect: Rect) -> float:
    x1, y1, x2, y2 = rect
    inside = total[y2, x2] - total[y1, x2] - total[y2, x1] + total[y1, x1]
    return float(inside) / max(_area(rect), 1)

"""Masks, boxes, trails and leader lines, drawn in place on an RGB array."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from regard.draw.layout import Rect
from regard.draw.palette import SHADE, Colour

_FILL, _BOX_FILL = 0.22, 0.08


def enlarge_mask(mask: np.ndarray, scale: int) -> np.ndarray:
    """Return a bool mask enlarged by a whole number, its edge smoothed."""
    if scale == 1:
        return mask
    size = (mask.shape[1] * scale, mask.shape[0] * scale)
    smooth = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_LINEAR) > 127
    return smooth if smooth.any() else cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0


def fill(canvas: np.ndarray, mask: np.ndarray, colour: Colour, *, faint: bool = False) -> None:
    """Tint the pixels of a mask; `faint` for boxes, whose inside is not all of the thing."""
    share = _BOX_FILL if faint else _FILL
    canvas[mask] = np.round(canvas[mask] * (1 - share) + np.array(colour) * share).astype(np.uint8)


def outline(canvas: np.ndarray, mask: np.ndarray, colour: Colour, line: int) -> None:
    """Draw the edge of a mask, holes included, in its colour on a dark halo that separates it from a picture of that
    colour.
    """
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    contours, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for ink, thickness in ((SHADE, line + 2 * max(1, line // 2)), (colour, line)):
        cv2.drawContours(canvas, contours, -1, ink, thickness, cv2.LINE_AA, offset=(-1, -1))


def rectangle(canvas: np.ndarray, box: Rect, colour: Colour, line: int) -> None:
    """Draw the edge of a box just inside its pixels, on a dark halo."""
    inset = line // 2
    start, end = (box[0] + inset, box[1] + inset), (box[2] - 1 - inset, box[3] - 1 - inset)
    for ink, thickness in ((SHADE, line + 2 * max(1, line // 2)), (colour, line)):
        cv2.rectangle(canvas, start, end, ink, thickness, cv2.LINE_AA)


def trail(canvas: np.ndarray, points: Sequence[tuple[float, float]], colour: Colour, line: int) -> None:
    """Draw the way a region came: past centres joined, thin at the oldest."""
    places = [(round(x), round(y)) for x, y in points]
    steps = list(zip(places, places[1:], strict=False))
    for ink, halo in ((SHADE, 2), (colour, 0)):
        for number, (start, end) in enumerate(steps, start=1):
            thickness = max(1, round(line * number / len(steps)))
            cv2.line(canvas, start, end, ink, thickness + halo, cv2.LINE_AA)


def leader(canvas: np.ndarray, label: Rect, point: tuple[int, int], colour: Colour, line: int) -> None:
    """Join a label to a point of its region, with a dot at the region's end."""
    start = (min(max(point[0], label[0]), label[2] - 1), min(max(point[1], label[1]), label[3] - 1))
    for ink, thickness, dot in ((SHADE, line + 2, line * 2 + 1), (colour, line, line * 2)):
        cv2.line(canvas, start, point, ink, thickness, cv2.LINE_AA)
        cv2.circle(canvas, point, dot, ink, -1, cv2.LINE_AA)


def heart(mask: np.ndarray) -> tuple[int, int]:
    """Return the point (x, y) deepest inside a mask: where a number stands and a line ends."""
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(x), int(y)

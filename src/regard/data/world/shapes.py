"""Outlines of the shapes: closed polygons of area 1 around the origin, x to the right and y downwards."""

from __future__ import annotations

import math
import random
from functools import cache

import numpy as np

SHAPES = ("circle", "square", "triangle", "star", "heart", "cross", "ring", "diamond", "pentagon", "crescent")
# How far a shape may be turned (degrees to either side) and still be called what it is.
TURNS = {
    "square": 15,
    "diamond": 12,
    "cross": 20,
    "triangle": 25,
    "heart": 30,
    "crescent": 180,
    "star": 36,
    "pentagon": 36,
}

Outline = tuple[np.ndarray, ...]


@cache
def outline(shape: str) -> Outline:
    """Return the contours of a shape, float64 (N, 2) each, total area 1, centred; a second contour is a hole."""
    return centred(_CONTOURS[shape]())


def blob(rng: random.Random, roughness: float = 0.25) -> Outline:
    """Return a random smooth closed outline of area 1, centred."""
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    radius = np.ones_like(angles)
    for wave in (1, 2, 3, 4, 5):
        radius += roughness / wave**0.7 * rng.uniform(-1, 1) * np.cos(wave * angles + rng.uniform(0, 6.3))
    return centred((_polar(np.maximum(radius, 0.25), angles),))


def polygon(rng: random.Random) -> Outline:
    """Return a random polygon of 3 to 7 corners, area 1, centred."""
    count = rng.randint(3, 7)
    angles = np.array([(corner + rng.uniform(-0.3, 0.3)) * 2 * math.pi / count for corner in range(count)])
    return centred((_polar(np.array([rng.uniform(0.55, 1.2) for _ in range(count)]), angles),))


def box(rng: random.Random) -> Outline:
    """Return a rectangle of area 1 with sides between 1:2.5 and 2.5:1."""
    wide = math.exp(rng.uniform(-0.46, 0.46))
    return (np.array([[-wide, -1 / wide], [wide, -1 / wide], [wide, 1 / wide], [-wide, 1 / wide]]) / 2,)


def frame_outline(shape: str, thickness: float) -> Outline:
    """Return a shape with a hole of the same form in it, as an open frame; `thickness` is the border's share of the
    radius.
    """
    outer = outline(shape)[0]
    return centred((outer, outer * (1 - thickness)))


def transform(contours: Outline, area: float, angle: float = 0.0, stretch: float = 1.0, skew: float = 0.0) -> Outline:
    """Scale contours of area 1 to `area`, after stretching them by `stretch` in x (area kept), skewing and turning
    (radians).
    """
    cosine, sine = math.cos(angle), math.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    shear = np.array([[stretch, 0.0], [skew, 1 / stretch]])
    return tuple(contour @ shear @ turn * math.sqrt(area) for contour in contours)


def radius_of(contours: Outline) -> float:
    """Return the largest distance of the outline from the origin."""
    return float(np.sqrt((contours[0] ** 2).sum(axis=1).max()))


def extents(contours: Outline) -> tuple[float, float]:
    """Return half the width and half the height of the outline."""
    points = contours[0]
    half = (points.max(axis=0) - points.min(axis=0)) / 2
    return float(half[0]), float(half[1])


def signed_area(points: np.ndarray) -> float:
    """Return the area that a closed polygon (N, 2) encloses, with the sign of its sense of rotation."""
    x, y = points[:, 0], points[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def centred(contours: Outline) -> Outline:
    """Move contours so that the middle of their box is the origin, and scale them to area 1 (holes taken off)."""
    area = abs(signed_area(contours[0])) - sum(abs(signed_area(hole)) for hole in contours[1:])
    middle = (contours[0].max(axis=0) + contours[0].min(axis=0)) / 2
    return tuple((contour - middle) / math.sqrt(area) for contour in contours)


def _polar(radius: np.ndarray | float, angles: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)


def _regular(corners: int) -> np.ndarray:
    return _polar(1.0, np.arange(corners) * 2 * math.pi / corners - math.pi / 2)


def _star() -> Outline:
    radius = np.where(np.arange(10) % 2 == 0, 1.0, 0.42)
    return (_polar(radius, np.arange(10) * math.pi / 5 - math.pi / 2),)


def _heart() -> Outline:
    t = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return (np.stack([x, -y], axis=1),)


def _cross() -> Outline:
    arm = 0.34
    quarter = [(arm, -1), (arm, -arm), (1, -arm)]
    points = []
    for turn in range(4):
        cosine, sine = math.cos(turn * math.pi / 2), math.sin(turn * math.pi / 2)
        points += [(x * cosine - y * sine, x * sine + y * cosine) for x, y in quarter]
    return (np.array(points),)


def _crescent() -> Outline:
    """A disc of radius 1 less a disc of radius 0.8 whose middle lies 0.45 to the right."""
    radius, distance = 0.8, 0.45
    x = (1 - radius**2 + distance**2) / (2 * distance)
    height = math.sqrt(1 - x * x)
    outer_end, inner_end = math.atan2(height, x), math.atan2(height, x - distance)
    outer = _polar(1.0, np.linspace(outer_end, 2 * math.pi - outer_end, 36))
    inner = _polar(radius, np.linspace(2 * math.pi - inner_end, inner_end, 28)[1:-1]) + (distance, 0.0)
    return (np.concatenate([outer, inner]),)


_CIRCLE = 48
_CONTOURS = {
    "circle": lambda: (_regular(_CIRCLE),),
    "square": lambda: (np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]),),
    "triangle": lambda: (_regular(3),),
    "star": _star,
    "heart": _heart,
    "cross": _cross,
    "ring": lambda: (_regular(_CIRCLE), _regular(_CIRCLE) * 0.55),
    "diamond": lambda: (_regular(4) * (0.62, 1.0),),
    "pentagon": lambda: (_regular(5),),
    "crescent": _crescent,
}

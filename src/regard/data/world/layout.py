"""Where things go: sizes that are clearly small, medium or large, and places without much overlap and mostly clear of
third lines.
"""

from __future__ import annotations

import math
import random

import numpy as np

from regard.data.world.backdrop import THUMB
from regard.data.world.paint import Rgb, difference, draw_cutout, draw_paint, draw_rgb
from regard.data.world.shapes import SHAPES, TURNS, Outline, blob, extents, outline, radius_of, transform
from regard.data.world.stage import Actor, sides
from regard.media.colours import NAMES
from regard.regions.words import position_is_clear

# Shares of the picture that are clear of the thresholds 0.03 and 0.12 by 15 %, with a margin for pixels.
AREAS = {"small": (0.004, 0.0248), "medium": (0.0358, 0.100), "large": (0.142, 0.30)}


def draw_area(rng: random.Random, size: str, *, smallest: float = 0.004) -> float:
    """Choose a share of the picture inside a size word, even on a logarithmic scale."""
    low, high = AREAS[size]
    low = max(low, smallest)
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def draw_outline(rng: random.Random, shape: str, area: float) -> Outline:
    """Return a shape's outline of this area, turned, stretched and skewed a little; a "patch" has a random blob's."""
    if shape == "patch":
        return transform(blob(rng, rng.uniform(0.05, 0.3)), area, rng.uniform(-0.5, 0.5), rng.uniform(0.8, 1.25))
    turn = math.radians(rng.uniform(-1, 1) * TURNS.get(shape, 180))
    stretch, skew = rng.uniform(0.95, 1.05), rng.uniform(-0.06, 0.06)
    return transform(outline(shape), area, turn, stretch, skew)


def fit(contours: Outline, area: float, aspect: float, most: float = 0.46) -> tuple[Outline, float]:
    """Shrink an outline until its box takes at most `most` of the picture from its middle to either side.

    Returns it and its area.
    """
    width, height = sides(aspect)
    half_width, half_height = extents(contours)
    factor = min(1.0, most * width / half_width, most * height / half_height)
    return tuple(contour * factor for contour in contours), area * factor * factor


def draw_place(
    rng: random.Random,
    half: tuple[float, float],
    aspect: float,
    taken: list[Actor],
    radius: float,
    *,
    overlap: float = 0.0,
) -> tuple[float, float] | None:
    """Choose a place fully inside the picture that keeps away from `taken`, mostly clear of third lines; None when
    none is found.

    overlap: how deep two circles around things may cut into each other, as a share of the smaller radius (negative: a
    gap).
    """
    width, height = sides(aspect)
    lenient = rng.random() < 0.12
    for attempt in range(24):
        x = rng.uniform(min(half[0] + 0.01, width / 2), max(width - half[0] - 0.01, width / 2))
        y = rng.uniform(min(half[1] + 0.01, height / 2), max(height - half[1] - 0.01, height / 2))
        if not (lenient or attempt >= 18 or position_is_clear(x / width, y / height)):
            continue
        if all(is_apart(x, y, radius, other, overlap) for other in taken):
            return x, y
    return None


def is_apart(x: float, y: float, radius: float, other: Actor, overlap: float) -> bool:
    """Return whether a circle keeps away from another actor's, up to the allowed overlap."""
    far = math.hypot(x - other.x, y - other.y)
    return far > radius + other.radius - overlap * min(radius, other.radius)


def ground(thumb: np.ndarray, x: float, y: float, radius: float, aspect: float) -> np.ndarray:
    """Return the mean RGB (3,) of the background around a place."""
    width, height = sides(aspect)
    across, down = THUMB / width, THUMB / height
    rows = slice(max(0, int((y - radius) * down)), min(THUMB, int((y + radius) * down) + 1))
    columns = slice(max(0, int((x - radius) * across)), min(THUMB, int((x + radius) * across) + 1))
    piece = thumb[rows, columns].reshape(-1, 3)
    return piece.mean(axis=0) if len(piece) else thumb.reshape(-1, 3).mean(axis=0)


def draw_colour(rng: random.Random, behind: np.ndarray, *, wanted: str = "") -> tuple[str, Rgb]:
    """Choose a colour (word and RGB) that stands out from the background behind; the word `wanted` is taken if it
    does.
    """
    words = [wanted, wanted] if wanted else []
    for word in (*words, *rng.sample(NAMES, 5)):
        rgb = draw_rgb(rng, word)
        if difference(rgb, behind) > 170:
            return word, rgb
    return ("white", (248, 248, 248)) if float(behind.mean()) < 110 else ("black", (10, 10, 10))


def draw_thing(
    rng: random.Random,
    thumb: np.ndarray,
    aspect: float,
    taken: list[Actor],
    *,
    size: str,
    shape: str = "",
    colour: str = "",
    overlap: float = 0.0,
    smallest: float = 0.004,
    smallest_pattern: float = 0.014,
) -> Actor | None:
    """Make a thing and find a free place for it; None when there is none.

    Shape and colour are chosen where not given.
    """
    shape = shape or rng.choice(SHAPES)
    area = draw_area(rng, size, smallest=smallest)
    contours, area = fit(draw_outline(rng, shape, area), area, aspect)
    place = draw_place(rng, extents(contours), aspect, taken, radius_of(contours), overlap=overlap)
    if place is None:
        return None
    behind = ground(thumb, *place, radius_of(contours), aspect)
    colour, rgb = draw_colour(rng, behind, wanted=colour)
    if shape == "patch":
        paint = draw_cutout(rng, colour, rgb)
    else:
        paint = draw_paint(rng, colour, rgb, area, smallest_pattern=smallest_pattern)
    return Actor(shape, contours, paint, area, *place)

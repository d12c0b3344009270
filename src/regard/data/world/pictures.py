"""Pictures of painted things: scattered, in a grid, inside containers, mirrored, or with shadows.

Each builder returns a cast.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

import numpy as np

from regard.data.world.backdrop import Backdrop, draw_backdrop
from regard.data.world.layout import (
    AREAS,
    draw_area,
    draw_colour,
    draw_outline,
    draw_place,
    draw_thing,
    fit,
    ground,
)
from regard.data.world.paint import Paint, Rgb, draw_paint
from regard.data.world.shapes import SHAPES, extents, frame_outline, outline, radius_of, transform
from regard.data.world.stage import Actor, sides

SMALLEST_PATTERN = 0.014  # share of the picture from which on a pattern can be seen

PATCH_SHARE = 0.1  # how many scattered things are cut-outs of photographs


@dataclass(frozen=True)
class Panel:
    """A flat or see-through rectangle that belongs to the background: its sides in units, its colour and how much it
    covers (0..1).
    """

    left: float
    top: float
    right: float
    bottom: float
    rgb: Rgb
    alpha: float


@dataclass
class Cast:
    """A picture before it is drawn: its backdrop with panels on it, its actors in order of their index, its grid."""

    backdrop: Backdrop
    aspect: float
    actors: list[Actor]
    grid: tuple[int, int] | None = None
    panels: list[Panel] = field(default_factory=list)


def draw_size(rng: random.Random, count: int) -> str:
    """Choose a size word, large less often the more things there are."""
    return rng.choices(("small", "medium", "large"), (0.36, 0.4, 0.5 if count <= 3 else 0.2))[0]


def scatter(rng: random.Random, aspect: float) -> Cast:
    """Make 1 to 6 things anywhere; now and then two of them share shape or colour."""
    backdrop = draw_backdrop(rng, aspect)
    cast = Cast(backdrop, aspect, [])
    add_things(rng, cast, rng.randint(1, 6), rng.choice((-0.1, 0.1, 0.4, 0.75)))
    return cast


def add_things(rng: random.Random, cast: Cast, count: int, overlap: float) -> None:
    """Add up to `count` things to a cast where there is room; one in four shares shape or colour with another."""
    thumb = cast.backdrop.thumb()
    for _ in range(count):
        like = rng.choice(cast.actors) if cast.actors and rng.random() < 0.25 else None
        shape = like.shape if like and rng.random() < 0.5 else "patch" if rng.random() < PATCH_SHARE else ""
        colour = like.paint.colour if like and not shape else ""
        size = draw_size(rng, count)
        thing = draw_thing(rng, thumb, cast.aspect, cast.actors, size=size, shape=shape, colour=colour, overlap=overlap)
        if thing is not None:
            cast.actors.append(thing)


def grid(rng: random.Random, aspect: float) -> Cast:
    """Make a full grid of 2-4 rows and 2-4 columns of things, somewhere in the picture, some with lines between the
    cells.
    """
    cast = Cast(draw_backdrop(rng, aspect), aspect, [])
    rows, columns = rng.randint(2, 4), rng.randint(2, 4)
    width, height = sides(aspect)
    cell = min(width / columns, height / rows) * rng.uniform(0.7, 0.98)
    left = rng.uniform(0, width - cell * columns)
    top = rng.uniform(0, height - cell * rows)
    cast.grid = rows, columns
    if rng.random() < 0.5:
        cast.panels = _grid_lines(rng, (left, top, cell), rows, columns)
    area = (cell * rng.uniform(0.55, 0.68)) ** 2
    thumb = cast.backdrop.thumb()
    few = rng.sample(SHAPES, rng.randint(2, len(SHAPES)))
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        x, y = left + (column + 0.5) * cell, top + (row + 0.5) * cell
        shape = rng.choice(few)
        contours = draw_outline(rng, shape, area * rng.uniform(0.85, 1.05))
        half = max(extents(contours))
        contours = tuple(contour * min(1.0, 0.46 * cell / half) for contour in contours)
        colour, rgb = draw_colour(rng, ground(thumb, x, y, cell / 2, aspect))
        paint = draw_paint(rng, colour, rgb, area, smallest_pattern=SMALLEST_PATTERN)
        cast.actors.append(Actor(shape, contours, paint, area, x, y, cell=(row, column)))
    return cast


def _grid_lines(rng: random.Random, place: tuple[float, float, float], rows: int, columns: int) -> list[Panel]:
    left, top, cell = place
    right, bottom = left + cell * columns, top + cell * rows
    shade: Rgb = rng.choice(((30, 30, 30), (230, 230, 230)))
    half = 0.004
    lines = [Panel(left, top + r * cell - half, right, top + r * cell + half, shade, 1.0) for r in range(rows + 1)]
    return lines + [
        Panel(left + c * cell - half, top, left + c * cell + half, bottom, shade, 1.0) for c in range(columns + 1)
    ]


def containment(rng: random.Random, aspect: float) -> Cast:
    """Make one container with 1-3 things inside it, and up to 3 things outside."""
    cast = Cast(draw_backdrop(rng, aspect), aspect, [])
    container = _container(rng, cast)
    cast.actors.append(container)
    open_frame = len(container.contours) > 1
    room = min(extents(container.contours)) * (0.62 if open_frame else 0.78)
    insiders: list[Actor] = []
    behind = (
        ground(cast.backdrop.thumb(), container.x, container.y, room, aspect) if open_frame else container.paint.rgb
    )
    for _ in range(rng.randint(1, 3)):
        thing = _inside(rng, cast, container, room, insiders, np.asarray(behind))
        if thing is not None:
            insiders.append(thing)
    cast.actors += insiders
    add_things(rng, cast, rng.randint(0, 3), -0.05)
    return cast


def _container(rng: random.Random, cast: Cast) -> Actor:
    shape = rng.choice(("square", "circle", "square", "circle", "diamond", "pentagon"))
    open_frame = rng.random() < 0.4 and shape in ("square", "circle")
    area = rng.uniform(0.15, 0.19) if open_frame else rng.uniform(0.24, 0.40)
    turn = rng.uniform(-0.15, 0.15)
    base = frame_outline(shape, rng.uniform(0.24, 0.32)) if open_frame else outline(shape)
    contours, area = fit(transform(base, area, turn, rng.uniform(0.97, 1.05)), area, cast.aspect, most=0.48)
    place = draw_place(rng, extents(contours), cast.aspect, [], radius_of(contours)) or _middle(cast.aspect)
    behind = ground(cast.backdrop.thumb(), *place, radius_of(contours), cast.aspect)
    colour, rgb = draw_colour(rng, behind)
    name = "ring" if open_frame and shape == "circle" else shape
    return Actor(name, contours, Paint(colour, rgb), area, *place, layer=-1)


def _middle(aspect: float) -> tuple[float, float]:
    width, height = sides(aspect)
    return width / 2, height / 2


def _inside(
    rng: random.Random, cast: Cast, container: Actor, room: float, others: list[Actor], behind: np.ndarray
) -> Actor | None:
    """Make a thing that lies wholly inside the container's middle."""
    shape = rng.choice(SHAPES)
    area = min(draw_area(rng, rng.choice(("small", "small", "medium"))), container.area * 0.2)
    area = min(area, AREAS["small"][1]) if area < AREAS["medium"][0] else area
    contours = draw_outline(rng, shape, area)
    radius = radius_of(contours)
    free = room - radius
    if free <= 0:
        return None
    for _ in range(16):
        angle, far = rng.uniform(0, 2 * math.pi), free * math.sqrt(rng.random())
        x, y = container.x + far * math.cos(angle), container.y + far * math.sin(angle)
        if all(math.hypot(x - other.x, y - other.y) > radius + other.radius for other in others):
            colour, rgb = draw_colour(rng, behind)
            paint = draw_paint(rng, colour, rgb, area, smallest_pattern=SMALLEST_PATTERN)
            return Actor(shape, contours, paint, area, x, y, inside=0)
    return None

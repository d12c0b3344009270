"""Pictures of painted things: scattered, in a grid, inside containers, mirrored, or with shadows. Each builder returns a cast."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field, replace

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
from regard.data.world.paint import Paint, draw_paint, mix
from regard.data.world.shapes import SHAPES, extents, frame_outline, outline, radius_of, transform
from regard.data.world.stage import Actor, sides


@dataclass
class Cast:
    """A scene before it is drawn: its backdrop, its actors in order of their index, its grid, and panels drawn under them.

    panels: (left, top, right, bottom, RGB, alpha) in units, part of the background.
    """

    backdrop: Backdrop
    aspect: float
    actors: list[Actor]
    grid: tuple[int, int] | None = None
    panels: list[tuple[float, float, float, float, tuple[int, int, int], float]] = field(default_factory=list)


def draw_size(rng: random.Random, count: int) -> str:
    """Choose a size word, large less often the more things there are."""
    return rng.choices(("small", "medium", "large"), (0.4, 0.4, 0.35 if count <= 3 else 0.12))[0]


def scatter(rng: random.Random, aspect: float) -> Cast:
    """Make 1 to 6 things anywhere; now and then two of them share shape or colour."""
    backdrop = draw_backdrop(rng, aspect)
    cast = Cast(backdrop, aspect, [])
    add_things(rng, cast, rng.randint(1, 6), rng.choice((-0.1, 0.0, 0.25, 0.5)))
    return cast


def add_things(rng: random.Random, cast: Cast, count: int, overlap: float) -> None:
    """Add up to `count` things to a cast where there is room; one in four shares its shape or colour with one before."""
    thumb = cast.backdrop.thumb()
    for _ in range(count):
        like = rng.choice(cast.actors) if cast.actors and rng.random() < 0.25 else None
        shape = like.shape if like and rng.random() < 0.5 else ""
        colour = like.paint.colour if like and not shape else ""
        size = draw_size(rng, count)
        thing = draw_thing(rng, thumb, cast.aspect, cast.actors, size=size, shape=shape, colour=colour, overlap=overlap)
        if thing is not None:
            cast.actors.append(thing)


def grid(rng: random.Random, aspect: float) -> Cast:
    """Make a full grid of 2-4 rows and 2-4 columns of things, somewhere in the picture, some with lines between the cells."""
    cast = Cast(draw_backdrop(rng, aspect), aspect, [])
    rows, columns = rng.randint(2, 4), rng.randint(2, 4)
    width, height = sides(aspect)
    cell = min(width / columns, height / rows) * rng.uniform(0.7, 0.98)
    left = rng.uniform(0, width - cell * columns)
    top = rng.uniform(0, height - cell * rows)
    cast.grid = rows, columns
    if rng.random() < 0.5:
        cast.panels = _grid_lines(rng, cast, (left, top, cell), rows, columns)
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
        paint = draw_paint(rng, colour, rgb, area, smallest_pattern=0.014)
        cast.actors.append(Actor(shape, contours, paint, area, x, y, cell=(row, column)))
    return cast


def _grid_lines(
    rng: random.Random, cast: Cast, frame: tuple[float, float, float], rows: int, columns: int
) -> list[tuple[float, float, float, float, tuple[int, int, int], float]]:
    left, top, cell = frame
    right, bottom = left + cell * columns, top + cell * rows
    shade = rng.choice(((30, 30, 30), (230, 230, 230)))
    half = 0.004
    lines = [(left, top + r * cell - half, right, top + r * cell + half, shade, 1.0) for r in range(rows + 1)]
    lines += [(left + c * cell - half, top, left + c * cell + half, bottom, shade, 1.0) for c in range(columns + 1)]
    return lines


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
    contours, area = fit(transform(base, area, turn, rng.uniform(0.95, 1.15)), area, cast.aspect, most=0.48)
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
            paint = draw_paint(rng, colour, rgb, area, smallest_pattern=0.014)
            return Actor(shape, contours, paint, area, x, y, inside=0)
    return None


def shadows(rng: random.Random, aspect: float) -> Cast:
    """Make 1-3 things that stand on the ground and throw shadows the same way, and sometimes a dark thing that is no shadow."""
    cast = Cast(draw_backdrop(rng, aspect, calm=True), aspect, [])
    thumb = cast.backdrop.thumb()
    slant = rng.choice((-1, 1)) * rng.uniform(0.35, 1.0)
    length = rng.uniform(0.3, 0.55)
    alpha = rng.uniform(0.45, 0.7)
    for _ in range(rng.randint(1, 3)):
        size = rng.choice(("small", "medium", "medium", "large"))
        thing = draw_thing(rng, thumb, aspect, cast.actors, size=size, overlap=-0.9, smallest=0.012)
        if thing is not None:
            _add_with_shadow(cast, thing, slant, length, alpha)
    if rng.random() < 0.5:
        colour = rng.choice(("black", "gray"))
        size = rng.choice(("small", "medium"))
        fake = draw_thing(rng, thumb, aspect, cast.actors, size=size, colour=colour, overlap=-0.3, smallest=0.008)
        cast.actors += [fake] if fake is not None else []
    return cast


def _add_with_shadow(cast: Cast, thing: Actor, slant: float, length: float, alpha: float) -> None:
    """Add a thing and its shadow, which falls on the ground towards the viewer: flattened, slanted, joined to the thing's foot."""
    foot = float(thing.contours[0][:, 1].max())
    matrix = np.array([[1.0, 0.0], [-slant, -length]])
    fallen = tuple((contour - (0.0, foot)) @ matrix for contour in thing.contours)
    middle = (fallen[0].max(axis=0) + fallen[0].min(axis=0)) / 2
    contours = tuple(contour - middle for contour in fallen)
    x, y = thing.x + middle[0], thing.y + foot + middle[1]
    width, height = sides(cast.aspect)
    half_width, half_height = extents(contours)
    if not (half_width * 0.5 < x < width - half_width * 0.5 and y + half_height * 0.3 < height):
        cast.actors.append(thing)
        return
    index = len(cast.actors)
    shadow = Actor(thing.shape, contours, replace(thing.paint, colour="black"), thing.area * length, float(x), float(y))
    shadow.kind, shadow.of, shadow.effect, shadow.alpha, shadow.layer = "shadow", index, "shadow", alpha, -2
    cast.actors += [thing, shadow]


def reflections(rng: random.Random, aspect: float) -> Cast:
    """Make things above water or beside a mirror, with their turned, dimmed copies; real things may lie over the surface too."""
    cast = Cast(draw_backdrop(rng, aspect), aspect, [])
    water = rng.random() < 0.55
    edge = _surface(rng, cast, water)
    thumb = cast.backdrop.thumb()
    tint = cast.panels[0][4]
    alpha, ripple = rng.uniform(0.5, 0.68), rng.uniform(0.008, 0.016) if water else 0.0
    for _ in range(rng.randint(1, 3)):
        thing = draw_thing(rng, thumb, aspect, [], size=rng.choice(("small", "medium", "medium")), smallest=0.01)
        if thing is not None:
            _add_with_reflection(rng, cast, thing, edge, (water, tint, alpha, ripple))
    if rng.random() < 0.55:
        like = rng.choice(cast.actors) if cast.actors else None
        size = rng.choice(("small", "medium"))
        thing = draw_thing(
            rng,
            thumb,
            aspect,
            cast.actors,
            size=size,
            shape=like.shape if like else "",
            colour=like.paint.colour if like else "",
            overlap=-0.05,
            smallest=0.01,
        )
        cast.actors += [thing] if thing is not None else []
    if not cast.actors:
        add_things(rng, cast, 1, 0.0)
    return cast


def _surface(rng: random.Random, cast: Cast, water: bool) -> float:
    """Add a water surface (the lower part) or a mirror (a framed panel at the right) to the background; return its edge."""
    width, height = sides(cast.aspect)
    if water:
        edge = height * rng.uniform(0.45, 0.6)
        tint = rng.choice(((70, 120, 160), (60, 110, 120), (90, 130, 150), (50, 90, 130)))
        cast.panels.append((0.0, edge, width, height, tint, rng.uniform(0.55, 0.9)))
        cast.panels.append((0.0, edge - 0.006, width, edge + 0.006, mix(tint, (255, 255, 255), 0.5), 0.8))
        return edge
    edge = width * rng.uniform(0.45, 0.58)
    tint = rng.choice(((200, 215, 220), (180, 195, 200), (170, 185, 205)))
    top, bottom = height * rng.uniform(0.0, 0.08), height * rng.uniform(0.92, 1.0)
    frame = rng.choice(((90, 60, 30), (60, 60, 65), (190, 160, 70)))
    cast.panels.append((edge + 0.012, top, width, bottom, tint, rng.uniform(0.6, 0.92)))
    cast.panels.append((edge - 0.012, top, edge + 0.012, bottom, frame, 1.0))
    return edge


def _add_with_reflection(
    rng: random.Random, cast: Cast, thing: Actor, edge: float, look: tuple[bool, tuple[int, int, int], float, float]
) -> None:
    """Move a thing before the edge and add it with its copy beyond, if both fit beside the others."""
    water, tint, alpha, ripple = look
    width, height = sides(cast.aspect)
    half_width, half_height = extents(thing.contours)
    room = (height if water else width) - edge
    half = half_height if water else half_width
    gap = rng.uniform(0.015, 0.05)
    if 2 * half + gap > min(room, edge) - 0.01:
        return
    if water:
        thing.y = edge - half - gap
    else:
        thing.x = edge - half - gap - 0.012
    radius = thing.radius
    if any(math.hypot(thing.x - o.x, thing.y - o.y) < (radius + o.radius) * 0.95 for o in cast.actors if not o.effect):
        return
    behind = ground(cast.backdrop.thumb(), thing.x, thing.y, radius, cast.aspect)
    colour, rgb = draw_colour(rng, behind, wanted=thing.paint.colour)
    thing.paint = draw_paint(rng, colour, rgb, thing.area, smallest_pattern=0.014)
    index = len(cast.actors)
    x = thing.x if water else 2 * edge - thing.x
    y = 2 * edge - thing.y if water else thing.y
    copy = replace(thing, x=x, y=y, kind="reflection", of=index, effect="water" if water else "mirror")
    copy.tint, copy.alpha, copy.ripple, copy.layer = tint, alpha, ripple, -1
    cast.actors += [thing, copy]

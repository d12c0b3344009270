"""Pictures with what is no thing of its own: shadows on the ground, reflections in water or in a mirror - and real
things like them.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

import numpy as np

from regard.data.world.backdrop import draw_backdrop
from regard.data.world.layout import draw_colour, draw_thing, ground
from regard.data.world.paint import Rgb, draw_paint, mix
from regard.data.world.pictures import SMALLEST_PATTERN, Cast, Panel, add_things
from regard.data.world.shapes import extents
from regard.data.world.stage import Actor, sides

WATERS: tuple[Rgb, ...] = ((70, 120, 160), (60, 110, 120), (90, 130, 150), (50, 90, 130))
GLASSES: tuple[Rgb, ...] = ((200, 215, 220), (180, 195, 200), (170, 185, 205))
FRAMES: tuple[Rgb, ...] = ((90, 60, 30), (60, 60, 65), (190, 160, 70))


def shadows(rng: random.Random, aspect: float) -> Cast:
    """Make 1-3 things that stand on a light ground and throw shadows the same way, and often a dark thing that is no
    shadow.
    """
    cast = Cast(draw_backdrop(rng, aspect, calm=True), aspect, [])
    thumb = cast.backdrop.thumb()
    slant, length = rng.choice((-1, 1)) * rng.uniform(0.35, 1.0), rng.uniform(0.3, 0.6)
    alpha = rng.uniform(0.55, 0.8)
    for _ in range(rng.randint(1, 3)):
        size = rng.choice(("small", "medium", "medium", "large"))
        thing = draw_thing(rng, thumb, aspect, cast.actors, size=size, overlap=-0.9, smallest=0.012)
        if thing is not None:
            _add_with_shadow(cast, thing, slant, length, alpha)
    if rng.random() < 0.5:
        colour, size = rng.choice(("black", "gray")), rng.choice(("small", "medium"))
        fake = draw_thing(rng, thumb, aspect, cast.actors, size=size, colour=colour, overlap=-0.3, smallest=0.008)
        cast.actors += [fake] if fake is not None else []
    return cast


def _add_with_shadow(cast: Cast, thing: Actor, slant: float, length: float, alpha: float) -> None:
    """Add a thing and its shadow, which falls towards the viewer: flattened, slanted, joined to the thing's foot."""
    foot = float(thing.contours[0][:, 1].max())
    fallen = tuple((contour - (0.0, foot)) @ np.array([[1.0, 0.0], [-slant, -length]]) for contour in thing.contours)
    middle = (fallen[0].max(axis=0) + fallen[0].min(axis=0)) / 2
    contours = tuple(contour - middle for contour in fallen)
    x, y = thing.x + float(middle[0]), thing.y + foot + float(middle[1])
    width, height = sides(cast.aspect)
    half_width, half_height = extents(contours)
    index = len(cast.actors)
    cast.actors.append(thing)
    if half_width * 0.5 < x < width - half_width * 0.5 and y + half_height * 0.3 < height:
        shadow = Actor(thing.shape, contours, thing.paint, thing.area * length, x, y)
        shadow.kind, shadow.of, shadow.effect, shadow.alpha, shadow.layer = "shadow", index, "shadow", alpha, -2
        cast.actors.append(shadow)


@dataclass(frozen=True)
class Surface:
    """A mirroring surface: water below its edge, or a mirror to the right or left of it.

    way: "water", "right" or "left"; edge: its place along the axis across it, in units; gap: half the width of a
    mirror's frame.
    """

    way: str
    edge: float
    tint: Rgb
    alpha: float
    ripple: float
    gap: float

    @property
    def water(self) -> bool:
        """True for water, False for a mirror."""
        return self.way == "water"

    def room(self, aspect: float) -> tuple[float, float]:
        """Return how much of the picture lies before the edge and how much beyond it."""
        width, height = sides(aspect)
        whole = height if self.water else width
        return (whole - self.edge, self.edge) if self.way == "left" else (self.edge, whole - self.edge)


def reflections(rng: random.Random, aspect: float) -> Cast:
    """Make things before water or a mirror with their turned, dimmed copies; real things may lie over it too."""
    cast = Cast(draw_backdrop(rng, aspect), aspect, [])
    surface = _surface(rng, cast)
    thumb = cast.backdrop.thumb()
    for _ in range(rng.randint(1, 3)):
        thing = draw_thing(rng, thumb, aspect, [], size=rng.choice(("small", "medium", "medium")), smallest=0.01)
        if thing is not None:
            _add_with_reflection(rng, cast, thing, surface)
    if rng.random() < 0.6:
        like = rng.choice(cast.actors) if cast.actors and rng.random() < 0.75 else None
        looks = {"shape": like.shape, "colour": like.paint.colour} if like else {}
        size = rng.choice(("small", "medium"))
        thing = draw_thing(rng, thumb, aspect, cast.actors, size=size, overlap=-0.05, smallest=0.01, **looks)
        cast.actors += [thing] if thing is not None else []
    if not cast.actors:
        add_things(rng, cast, 1, 0.0)
    return cast


def _surface(rng: random.Random, cast: Cast) -> Surface:
    """Add a water surface (the lower part) or a framed mirror (at the right or left) to the background."""
    width, height = sides(cast.aspect)
    alpha = rng.uniform(0.5, 0.68)
    if rng.random() < 0.5:
        edge, tint = height * rng.uniform(0.45, 0.6), rng.choice(WATERS)
        cast.panels.append(Panel(0.0, edge, width, height, tint, rng.uniform(0.55, 0.9)))
        cast.panels.append(Panel(0.0, edge - 0.006, width, edge + 0.006, mix(tint, (255, 255, 255), 0.5), 0.8))
        return Surface("water", edge, tint, alpha, rng.uniform(0.004, 0.011), 0.0)
    way, tint, frame = rng.choice(("right", "left")), rng.choice(GLASSES), rng.choice(FRAMES)
    edge = width * (rng.uniform(0.45, 0.58) if way == "right" else rng.uniform(0.42, 0.55))
    top, bottom = height * rng.uniform(0.0, 0.08), height * rng.uniform(0.92, 1.0)
    left, right = (edge, width) if way == "right" else (0.0, edge)
    cast.panels.append(Panel(left, top, right, bottom, tint, rng.uniform(0.6, 0.92)))
    cast.panels.append(Panel(edge - 0.012, top, edge + 0.012, bottom, frame, 1.0))
    return Surface(way, edge, tint, alpha, 0.0, 0.012)


def _add_with_reflection(rng: random.Random, cast: Cast, thing: Actor, surface: Surface) -> None:
    """Move a thing to the edge and add it with its copy beyond, if both fit beside the others."""
    half = extents(thing.contours)[1 if surface.water else 0]
    away = half + surface.gap + rng.uniform(0.015, 0.05)
    if away + half > min(surface.room(cast.aspect)) - 0.01:
        return
    if surface.water:
        thing.y = surface.edge - away
    else:
        thing.x = surface.edge - away if surface.way == "right" else surface.edge + away
    radius, real = thing.radius, [actor for actor in cast.actors if not actor.effect]
    if any(math.hypot(thing.x - o.x, thing.y - o.y) < (radius + o.radius) * 0.95 for o in real):
        return
    behind = ground(cast.backdrop.thumb(), thing.x, thing.y, radius, cast.aspect)
    colour, rgb = draw_colour(rng, behind, wanted=thing.paint.colour)
    thing.paint = draw_paint(rng, colour, rgb, thing.area, smallest_pattern=SMALLEST_PATTERN)
    x = thing.x if surface.water else 2 * surface.edge - thing.x
    y = 2 * surface.edge - thing.y if surface.water else thing.y
    copy = replace(
        thing, x=x, y=y, kind="reflection", of=len(cast.actors), effect="water" if surface.water else "mirror"
    )
    copy.alpha, copy.ripple, copy.layer = surface.alpha, surface.ripple, -1
    cast.actors += [thing, copy]

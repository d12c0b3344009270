"""Clips: things that roam, pass behind each other, collide, appear and leave, with the truth of what happens when.

Legend: T frames. Places are in units of the picture (area 1), times in whole frames until they become seconds.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import numpy as np

from regard.data.world.backdrop import Backdrop, draw_backdrop
from regard.data.world.layout import draw_colour, draw_outline, fit, ground
from regard.data.world.motion import OPPOSITE, VECTORS, Walk, draw_step, draw_walk
from regard.data.world.paint import draw_cutout, draw_paint
from regard.data.world.scene import Event
from regard.data.world.shapes import SHAPES, extents
from regard.data.world.stage import Actor, sides

SMALLEST = 0.016
SMALLEST_PATTERN = 0.035
PATCH_SHARE = 0.2
COVERS = ("square", "circle", "pentagon")


@dataclass
class ClipCast:
    """A clip before it is drawn: its things with their walks, and the collisions (thing, other, frame) that happen.

    pan: how far the background moves between two frames, in units.
    """

    backdrop: Backdrop
    aspect: float
    frames: int
    fps: float
    pan: tuple[float, float] = (0.0, 0.0)
    actors: list[Actor] = field(default_factory=list)
    walks: list[Walk] = field(default_factory=list)
    collisions: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The number of the last frame."""
        return self.frames - 1

    def add(self, actor: Actor, walk: Walk, path: np.ndarray) -> int:
        """Add an actor on a path (T, 2), with the words for it; return its number."""
        actor.path, actor.motion = path, walk.motion(self.frames, self.fps)
        actor.x, actor.y = float(path[0, 0]), float(path[0, 1])
        self.actors.append(actor)
        self.walks.append(walk)
        return len(self.actors) - 1

    def planned_events(self) -> list[Event]:
        """Return the starts, turns, stops and collisions."""
        events = [event for n, walk in enumerate(self.walks) for event in walk.events(n, self.frames, self.fps)]
        return events + [Event("collides", a, b, frame / self.fps, frame / self.fps) for a, b, frame in self.collisions]


def draw_clip_cast(rng: random.Random, aspect: float, frames: int) -> ClipCast:
    """Choose what a clip holds: 1 to 4 things, and in three clips of five something that happens between or to them."""
    backdrop = draw_backdrop(rng, aspect)
    cast = ClipCast(backdrop, aspect, frames, (frames - 1) / rng.uniform(2.0, 8.0))
    if backdrop.kind == "photograph" and rng.random() < 0.5:
        cast.pan = rng.uniform(-0.09, 0.09) / frames, rng.uniform(-0.05, 0.05) / frames
    build = rng.choices((roam, race, hide, collide, come_and_go), (0.27, 0.15, 0.17, 0.20, 0.21))[0]
    build(rng, cast)
    if not cast.actors:
        add_roamers(rng, cast, 3)
    while not cast.actors:
        add_free(rng, cast, Walk())
    return cast


def make_actor(
    rng: random.Random, cast: ClipCast, area: float, shapes: tuple[str, ...] = SHAPES, patch: float = PATCH_SHARE
) -> Actor:
    """Make a thing without a place yet, plain black until it is painted; one in five is a cut-out of a photograph."""
    shape = "patch" if rng.random() < patch else rng.choice(shapes)
    contours = draw_outline(rng, shape, area)
    contours, area = fit(contours, area, cast.aspect, most=0.3)
    return Actor(shape, contours, draw_paint(rng, "black", (10, 10, 10), area, smallest_pattern=1.0), area)


def paint_actor(rng: random.Random, cast: ClipCast, actor: Actor, place: np.ndarray) -> None:
    """Paint a thing so that it stands out where it is first seen."""
    behind = ground(cast.backdrop.thumb(), float(place[0]), float(place[1]), actor.radius, cast.aspect)
    colour, rgb = draw_colour(rng, behind)
    if actor.shape == "patch":
        actor.paint = draw_cutout(rng, colour, rgb)
    else:
        actor.paint = draw_paint(rng, colour, rgb, actor.area, smallest_pattern=SMALLEST_PATTERN)


def add_free(rng: random.Random, cast: ClipCast, walk: Walk, area: float = 0.0) -> int | None:
    """Add a thing with this walk where it stays inside the picture and away from the others on every frame; None if
    there is no room.
    """
    actor = make_actor(rng, cast, area or draw_clip_area(rng))
    path = free_path(rng, cast, actor, walk.offsets(cast.frames))
    if path is None:
        return None
    paint_actor(rng, cast, actor, path[0])
    return cast.add(actor, walk, path)


def draw_clip_area(rng: random.Random) -> float:
    """Choose a share of the picture, clear of the limits between the size words; large ones are rare as they leave no
    way to go.
    """
    low, high = rng.choices(((SMALLEST, 0.0248), (0.0358, 0.095), (0.142, 0.17)), (0.5, 0.43, 0.07))[0]
    return rng.uniform(low, high)


def free_path(rng: random.Random, cast: ClipCast, actor: Actor, offsets: np.ndarray) -> np.ndarray | None:
    """Find a place for a way (T, 2) inside the picture that keeps away from all other things on all frames."""
    limits = np.array(sides(cast.aspect))
    half = np.array(extents(actor.contours)) + 0.008
    low, high = half - offsets.min(axis=0), limits - half - offsets.max(axis=0)
    if (low > high).any():
        return None
    for _ in range(10):
        path = offsets + (rng.uniform(low[0], high[0]), rng.uniform(low[1], high[1]))
        if all(keeps_apart(path, actor.radius, other) for other in cast.actors):
            return path
    return None


def keeps_apart(path: np.ndarray, radius: float, other: Actor) -> bool:
    """Return whether a circle on a path never touches another thing's circle."""
    away = path - other.path
    return float((away * away).sum(axis=1).min()) > (radius + other.radius + 0.01) ** 2


def add_roamers(rng: random.Random, cast: ClipCast, count: int) -> None:
    """Add up to `count` things that are still or move on their own."""
    for _ in range(count):
        for _ in range(4):
            if add_free(rng, cast, draw_walk(rng, cast.frames)) is not None:
                break


def roam(rng: random.Random, cast: ClipCast) -> None:
    """1 to 4 things, each on its own."""
    add_roamers(rng, cast, rng.randint(1, 4))


def race(rng: random.Random, cast: ClipCast) -> None:
    """2 or 3 things that start to move on different frames, perhaps beside a still one."""
    latest = max(2, cast.last - max(1, cast.last // 3))
    for start in rng.sample(range(latest + 1), min(rng.randint(2, 3), latest + 1)):
        for _ in range(6):
            if add_free(rng, cast, draw_walk(rng, cast.frames, start=start)) is not None:
                break
    if rng.random() < 0.3:
        add_free(rng, cast, Walk())


def hide(rng: random.Random, cast: ClipCast) -> None:
    """A thing goes behind a larger one; a fast one comes out again on the other side, a slow one may stay there."""
    for _ in range(8):
        if _pass_behind(rng, cast):
            break
    add_roamers(rng, cast, rng.randint(0, 2))


def _pass_behind(rng: random.Random, cast: ClipCast) -> bool:
    cover = make_actor(rng, cast, rng.uniform(0.085, 0.16), COVERS, patch=0.0)
    mover = make_actor(rng, cast, rng.uniform(SMALLEST, 0.0248))
    direction, speed = rng.choice(tuple(VECTORS)), rng.choice(("fast", "fast", "slow"))
    walk = Walk(direction, speed, draw_step(rng, speed, cast.frames), 0, cast.last)
    axis, sign = axis_of(direction)
    limits, wide, half = sides(cast.aspect), extents(cover.contours), extents(mover.contours)
    reach = wide[axis] + half[axis] + rng.uniform(0.01, 0.05)
    before = half[axis] + 0.01 + reach
    behind = max(wide[axis] + 0.01, walk.step * cast.last - reach + half[axis] + 0.01)
    if before + behind > limits[axis]:
        return False
    along = rng.uniform(before, limits[axis] - behind)
    across = rng.uniform(wide[1 - axis] + 0.01, limits[1 - axis] - wide[1 - axis] - 0.01)
    centre, start = np.empty(2), np.empty(2)
    centre[axis], centre[1 - axis] = along if sign > 0 else limits[axis] - along, across
    start[axis] = centre[axis] - sign * reach
    start[1 - axis] = across + rng.uniform(-0.25, 0.25) * wide[1 - axis]
    paint_actor(rng, cast, cover, centre)
    cover.layer = 1
    cast.add(cover, Walk(), np.tile(centre, (cast.frames, 1)))
    paint_actor(rng, cast, mover, start)
    _differ(rng, cast, mover, cover, start)
    cast.add(mover, walk, walk.offsets(cast.frames) + start)
    return True


def axis_of(direction: str) -> tuple[int, float]:
    """Return the axis (0 for x, 1 for y) and the sign of a direction."""
    axis = 0 if direction in ("left", "right") else 1
    return axis, VECTORS[direction][axis]


def _differ(rng: random.Random, cast: ClipCast, actor: Actor, other: Actor, place: np.ndarray) -> None:
    """Paint a thing again while it has the same colour as another."""
    for _ in range(3):
        if actor.paint.colour != other.paint.colour:
            return
        paint_actor(rng, cast, actor, place)


def collide(rng: random.Random, cast: ClipCast) -> None:
    """Two things meet: both stop, both bounce back, or the one that was hit goes on."""
    for _ in range(8):
        if _meet(rng, cast, *_meeting_walks(rng, cast)):
            break
    add_roamers(rng, cast, rng.randint(0, 2))


def _meeting_walks(rng: random.Random, cast: ClipCast) -> tuple[Walk, Walk, int]:
    """Choose what two things do that meet, and the frame on which they touch."""
    direction = rng.choice(tuple(VECTORS))
    back = OPPOSITE[direction]
    leg = max(1, cast.last // 3)
    moment = rng.randint(leg, cast.last - leg)
    speed, other_speed = rng.choice(("slow", "fast")), rng.choice(("slow", "fast"))
    step, other_step = draw_step(rng, speed, cast.frames), draw_step(rng, other_speed, cast.frames)
    result = rng.choice(("stop", "bounce", "push", "hit"))
    first = Walk(direction, speed, step, 0, moment)
    second = Walk(back, other_speed, other_step, 0, moment)
    if result == "bounce":
        first = replace(first, end=cast.last, turn=moment, after=back)
        second = replace(second, end=cast.last, turn=moment, after=direction)
    elif result == "push":
        second = Walk(direction, speed, step, moment, cast.last)
    elif result == "hit":
        second = Walk()
    return first, second, moment


def _meet(rng: random.Random, cast: ClipCast, ahead: Walk, back: Walk, moment: int) -> bool:
    """Make two things and place their walks so that they touch at the moment; False if both ways do not fit into the
    picture.
    """
    first, second = (make_actor(rng, cast, rng.uniform(SMALLEST, 0.055)) for _ in range(2))
    axis, sign = axis_of(ahead.direction)
    halves = [np.array(extents(actor.contours)) + 0.008 for actor in (first, second)]
    touch = np.zeros(2)
    touch[axis] = sign * 0.97 * (halves[0][axis] + halves[1][axis] - 0.016)
    ways = [walk.offsets(cast.frames) for walk in (ahead, back)]
    ways = [ways[0] - ways[0][moment], ways[1] - ways[1][moment] + touch]
    low = np.max([half - way.min(axis=0) for half, way in zip(halves, ways, strict=True)], axis=0)
    limits = np.array(sides(cast.aspect))
    high = np.min([limits - half - way.max(axis=0) for half, way in zip(halves, ways, strict=True)], axis=0)
    if (low > high).any():
        return False
    place = np.array([rng.uniform(low[0], high[0]), rng.uniform(low[1], high[1])])
    for actor, walk, way in zip((first, second), (ahead, back), ways, strict=True):
        paint_actor(rng, cast, actor, (way + place)[0])
        cast.add(actor, walk, way + place)
    _differ(rng, cast, second, first, second.path[0])
    cast.collisions.append((0, 1, moment))
    return True


def come_and_go(rng: random.Random, cast: ClipCast) -> None:
    """One or two things appear or leave: at a side of the picture, or all at once (appearing) or fading (leaving)."""
    for _ in range(rng.randint(1, 2)):
        for _ in range(5):
            way = rng.choice((_enter, _exit, _pop, _fade))
            if way(rng, cast):
                break
    add_roamers(rng, cast, rng.randint(0, 2))


def _pop(rng: random.Random, cast: ClipCast) -> bool:
    leg = max(1, cast.last // 3)
    moment = rng.randint(leg, cast.last - leg)
    walk = (
        Walk()
        if rng.random() < 0.5
        else replace(draw_walk(rng, cast.frames, start=moment), turn=-1, after="", end=cast.last)
    )
    number = add_free(rng, cast, walk)
    if number is not None:
        cast.actors[number].strength = (np.arange(cast.frames) >= moment).astype(np.float64)
        cast.walks[number] = replace(walk, start=0) if walk.direction != "still" else walk
    return number is not None


def _fade(rng: random.Random, cast: ClipCast) -> bool:
    leg = max(1, cast.last // 3)
    moment = rng.randint(leg + 1, cast.last - 1)
    walk = (
        Walk()
        if rng.random() < 0.6
        else replace(draw_walk(rng, cast.frames, start=0), turn=-1, after="", end=cast.last)
    )
    number = add_free(rng, cast, walk)
    if number is not None:
        actor = cast.actors[number]
        actor.strength = np.clip((moment - np.arange(cast.frames)) / 2.0, 0.0, 1.0)
        actor.motion = replace(actor.motion, end=min(actor.motion.end, moment / cast.fps))
    return number is not None


def _exit(rng: random.Random, cast: ClipCast) -> bool:
    """Go out of the picture: at frame `moment` nothing of it is left."""
    return _cross_edge(rng, cast, leaving=True)


def _enter(rng: random.Random, cast: ClipCast) -> bool:
    """Come into the picture: first seen, at least in good part, at frame `moment`."""
    return _cross_edge(rng, cast, leaving=False)


def _cross_edge(rng: random.Random, cast: ClipCast, *, leaving: bool) -> bool:
    actor = make_actor(rng, cast, rng.uniform(SMALLEST, 0.05))
    direction, speed = rng.choice(tuple(VECTORS)), rng.choice(("slow", "fast", "fast"))
    axis, sign = axis_of(direction)
    leg = max(1, cast.last // 3)
    moment = rng.randint(cast.last - leg, cast.last) if leaving else rng.randint(leg, cast.last - leg)
    walk = Walk(direction, speed, draw_step(rng, speed, cast.frames), 0, cast.last)
    limits, half = sides(cast.aspect), extents(actor.contours)
    path = walk.offsets(cast.frames)
    path -= path[moment]
    side = limits[axis] if (sign > 0) == leaving else 0.0
    path[:, axis] += side + sign * half[axis] * (1.02 if leaving else 0.35)
    path[:, 1 - axis] += rng.uniform(half[1 - axis] + 0.01, limits[1 - axis] - half[1 - axis] - 0.01)
    seen = np.arange(cast.frames) < moment if leaving else np.arange(cast.frames) >= moment
    far = path[0 if leaving else -1, axis]
    if not half[axis] * 0.9 < far < limits[axis] - half[axis] * 0.9:
        return False
    if not all(keeps_apart(path, actor.radius, other) for other in cast.actors):
        return False
    actor.strength = seen.astype(np.float64)
    paint_actor(rng, cast, actor, path[seen][0])
    cast.add(actor, walk, path)
    span = (0, moment) if leaving else (moment, cast.last)
    actor.motion = replace(actor.motion, start=span[0] / cast.fps, end=span[1] / cast.fps)
    return True

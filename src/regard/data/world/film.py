"""Film a clip: draw its frames, read the masks, and find in them what is hidden, what appears and what leaves when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regard.data.world.clips import ClipCast
from regard.data.world.finish import Finish
from regard.data.world.scene import Event
from regard.data.world.stage import OVER, Stage, picture_size, sides, sprite_of


@dataclass
class Film:
    """frames (T, H, W, 3); masks[thing][frame]; per thing and frame (N, T): full, inside and visible canvas pixels,
    and who covers it.
    """

    frames: np.ndarray
    masks: list[tuple[np.ndarray | None, ...]]
    full: np.ndarray
    inside: np.ndarray
    visible: np.ndarray
    covered_by: np.ndarray


def film(cast: ClipCast, size: int, finish: Finish) -> Film:
    """Draw every frame of a clip."""
    width, height = picture_size(size, cast.aspect)
    unit = width * OVER / sides(cast.aspect)[0]
    views = _views(cast, width * OVER, height * OVER, unit)
    sprites = [sprite_of(actor, cast.actors, unit) for actor in cast.actors]
    shape = len(cast.actors), cast.frames
    taken = Film(
        np.empty((cast.frames, height, width, 3), np.uint8), [], *(np.zeros(shape, np.int64) for _ in range(4))
    )
    taken.full[:] = np.array([np.count_nonzero(sprite.mask) for sprite in sprites])[:, None]
    masks: list[list[np.ndarray | None]] = [[] for _ in cast.actors]
    order = sorted(range(len(cast.actors)), key=lambda number: cast.actors[number].layer)
    for frame, view in enumerate(views):
        stage = Stage(view, unit)
        for number in order:
            taken.inside[number, frame] = stage.paste(number, sprites[number], cast.actors[number], frame)
        owned = np.bincount(stage.owner.ravel(), minlength=len(cast.actors) + 1)
        taken.visible[:, frame] = owned[1:]
        taken.frames[frame] = finish.apply(stage.picture(), frame)
        for number in range(len(cast.actors)):
            masks[number].append(stage.visible(number))
    taken.covered_by[:] = _covers(cast)
    taken.masks = [tuple(per_frame) for per_frame in masks]
    return taken


def _views(cast: ClipCast, width: int, height: int, unit: float) -> list[np.ndarray]:
    """Return the background of each frame, cut from a larger one when the camera pans."""
    shifts = np.round(np.arange(cast.frames)[:, None] * np.array(cast.pan) * unit).astype(int)
    shifts -= shifts.min(axis=0)
    extra = shifts.max(axis=0)
    ground = cast.backdrop.render(width + int(extra[0]), height + int(extra[1]))
    return [ground[y : y + height, x : x + width].copy() for x, y in shifts.tolist()]


def _covers(cast: ClipCast) -> np.ndarray:
    """Return for each thing and frame the nearest thing on a higher layer, -1 where there is none: (N, T)."""
    found = np.full((len(cast.actors), cast.frames), -1)
    for number, actor in enumerate(cast.actors):
        above = [other for other, it in enumerate(cast.actors) if it.layer > actor.layer]
        for frame in range(cast.frames if above else 0):
            place = actor.path[frame]
            found[number, frame] = min(
                above, key=lambda other: float(np.abs(cast.actors[other].path[frame] - place).sum())
            )
    return found


def seen_events(taken: Film, fps: float) -> list[Event]:
    """Return what the masks show: hides (at least half is covered), appears and leaves."""
    events = []
    for number, masks in enumerate(taken.masks):
        events += _hidden(taken, number, fps)
        present = [frame for frame in range(len(masks)) if taken.inside[number, frame] > 0]
        if not present:
            continue
        whole = [f for f in present if taken.inside[number, f] >= 0.97 * taken.full[number, f]] or present
        if present[0] > 0:
            events.append(Event("appears", number, None, present[0] / fps, max(present[0], whole[0]) / fps))
        if present[-1] < len(masks) - 1:
            events.append(Event("leaves", number, None, whole[-1] / fps, (present[-1] + 1) / fps))
    return events


def _hidden(taken: Film, number: int, fps: float) -> list[Event]:
    """Return one event for each run of frames on which less than half of what is inside the picture can be seen."""
    inside, visible = taken.inside[number], taken.visible[number]
    hidden = (inside > 0) & (visible < 0.5 * inside)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hidden, [False]]).astype(int)))
    return [
        Event("hides", number, int(taken.covered_by[number, first]), first / fps, (after - 1) / fps)
        for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]

"""Draw a scene of the world from its seed: `draw_scene` is the only door.

Same seed, kind, size and frames: same bytes.
"""

from __future__ import annotations

import random
from dataclasses import replace

import cv2
import numpy as np

from regard.core.errors import DataError
from regard.data.world import nonentities, pictures
from regard.data.world.clips import draw_clip_cast
from regard.data.world.film import film, seen_events
from regard.data.world.finish import draw_finish
from regard.data.world.patches import draw_patches
from regard.data.world.scene import Motion, Scene, Thing
from regard.data.world.stage import OVER, Actor, Stage, picture_size, sides, sprite_of
from regard.media.colours import colour_is_clear, name_colour
from regard.regions.words import size_word

SIZES = {"image": 128, "clip": 64}
PATCH_SHARE = 0.34
BUILDERS = (
    (pictures.scatter, 0.44),
    (pictures.grid, 0.13),
    (pictures.containment, 0.12),
    (nonentities.reflections, 0.16),
    (nonentities.shadows, 0.15),
)


def draw_scene(seed: int, kind: str = "image", size: int | None = None, frames: int = 8) -> Scene:
    """Draw the scene of a seed.

    kind: "image" or "clip". size: longer side in pixels (128 for an image, 64 for a clip when left out); a larger size
    draws the same scene finer. frames: how many frames a clip has. Raises `DataError` for another kind, a size below
    32 or fewer than 4 frames.
    """
    if kind not in SIZES:
        raise DataError(f"a scene is an 'image' or a 'clip', not {kind!r}")
    size = SIZES[kind] if size is None else size
    if size < 32 or frames < 4:
        raise DataError(f"a scene needs a size of at least 32 pixels and 4 frames, got size={size} and frames={frames}")
    rng = random.Random(f"{kind}:{seed}")
    if kind == "clip":
        return draw_clip(rng, seed, size, frames)
    return draw_image(rng, seed, size)


def draw_aspect(rng: random.Random, square: float) -> float:
    """Choose width / height: 1 with probability `square`, else between 2:3 and 3:2."""
    if rng.random() < square:
        return 1.0
    return rng.choice((2 / 3, 3 / 4, 4 / 5, 5 / 4, 4 / 3, 3 / 2))


def draw_image(rng: random.Random, seed: int, size: int) -> Scene:
    """Draw one picture of things."""
    aspect = draw_aspect(rng, 0.72)
    if rng.random() < PATCH_SHARE:
        return draw_patch_image(rng, seed, size, aspect)
    build = rng.choices([builder for builder, _ in BUILDERS], [share for _, share in BUILDERS])[0]
    cast = build(rng, aspect)
    finish = draw_finish(rng)
    width, height = picture_size(size, aspect)
    unit = width * OVER / sides(aspect)[0]
    stage = Stage(background_of(cast, width * OVER, height * OVER, unit), unit)
    for number in sorted(range(len(cast.actors)), key=lambda index: cast.actors[index].layer):
        stage.paste(number, sprite_of(cast.actors[number], cast.actors, unit), cast.actors[number])
    picture = finish.apply(stage.picture())
    masks = [stage.visible(number) for number in range(len(cast.actors))]
    things = as_things(cast.actors, [(mask,) for mask in masks], picture[None])
    return Scene(seed, picture[None], 0.0, things, (), cast.grid, cast.backdrop.kind, cast.backdrop.colour)


def draw_patch_image(rng: random.Random, seed: int, size: int, aspect: float) -> Scene:
    """Draw one picture whose things are pieces of a photograph."""
    cast = draw_patches(rng, aspect)
    finish = draw_finish(rng)
    picture, masks = cast.render(*picture_size(size, aspect))
    picture = finish.apply(picture)
    things = tuple(_patch(index, mask, picture) for index, mask in enumerate(masks))
    return Scene(seed, picture[None], 0.0, things, (), None, "photograph")


def _patch(index: int, mask: np.ndarray, picture: np.ndarray) -> Thing:
    pixels = picture[mask]
    colour = name_colour(pixels)[0] if colour_is_clear(pixels) else ""
    size = size_word(len(pixels) / mask.size)
    return Thing(index, "patch", colour, "", "", size, "thing", None, None, None, (mask,), Motion())


def draw_clip(rng: random.Random, seed: int, size: int, frames: int) -> Scene:
    """Draw one clip."""
    aspect = draw_aspect(rng, 0.85)
    cast = draw_clip_cast(rng, aspect, frames)
    taken = film(cast, size, draw_finish(rng))
    things = as_things(cast.actors, taken.masks, taken.frames)
    seen = [number for number, masks in enumerate(taken.masks) if any(mask is not None for mask in masks)]
    numbers = {number: index for index, number in enumerate(seen)}
    happened = sorted(
        cast.planned_events() + seen_events(taken, cast.fps), key=lambda event: (event.start, event.thing)
    )
    events = tuple(
        replace(event, thing=numbers[event.thing], other=None if event.other is None else numbers.get(event.other))
        for event in happened
        if event.thing in numbers
    )
    backdrop = cast.backdrop
    return Scene(seed, taken.frames, cast.fps, things, events, None, backdrop.kind, backdrop.colour)


def background_of(cast: pictures.Cast, width: int, height: int, unit: float) -> np.ndarray:
    """Return the canvas that the actors come onto: the backdrop with its panels, RGB uint8 (height, width, 3)."""
    canvas = cast.backdrop.render(width, height)
    for panel in cast.panels:
        rows = slice(max(0, round(panel.top * unit)), min(height, round(panel.bottom * unit)))
        columns = slice(max(0, round(panel.left * unit)), min(width, round(panel.right * unit)))
        patch = canvas[rows, columns]
        if patch.size:
            flat = np.full_like(patch, panel.rgb)
            canvas[rows, columns] = cv2.addWeighted(flat, panel.alpha, patch, 1 - panel.alpha, 0)
    return canvas


def as_things(actors: list[Actor], masks: list[tuple[np.ndarray | None, ...]], frames: np.ndarray) -> tuple[Thing, ...]:
    """Turn actors that can be seen into things with words that are true of the pixels; indices are closed up."""
    seen = [number for number in range(len(actors)) if any(mask is not None for mask in masks[number])]
    numbers = {number: index for index, number in enumerate(seen)}
    return tuple(_as_thing(actors[number], masks[number], frames, numbers, numbers[number]) for number in seen)


def _as_thing(
    actor: Actor, masks: tuple[np.ndarray | None, ...], frames: np.ndarray, numbers: dict[int, int], index: int
) -> Thing:
    first, mask = next((frame, mask) for frame, mask in enumerate(masks) if mask is not None)
    real = actor.kind == "thing"
    return Thing(
        index=index,
        shape=actor.shape,
        colour=name_colour(frames[first][mask])[0],
        pattern=actor.paint.pattern if real and actor.shape != "patch" else "",
        material=actor.paint.material if real and actor.shape != "patch" else "",
        size=size_word(np.count_nonzero(mask) / mask.size),
        kind=actor.kind,
        of=None if actor.of is None else numbers.get(actor.of),
        inside=None if actor.inside is None else numbers.get(actor.inside),
        cell=actor.cell,
        masks=masks,
        motion=actor.motion if len(masks) > 1 else Motion(),
    )

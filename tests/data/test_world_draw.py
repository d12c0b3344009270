"""The world is the same for the same seed, and what it says of its pictures and clips is true of their pixels."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from collections import Counter
from functools import cache

import cv2
import numpy as np
import pytest

from regard.core.errors import DataError, MissingDependency
from regard.data.world import photos, shapes
from regard.data.world.draw import draw_scene
from regard.data.world.motion import RATES
from regard.data.world.paint import MATERIALS, PATTERNS, Paint, safe_colours
from regard.data.world.scene import DIRECTIONS, EVENTS, KINDS, PATHS, SIZES, SPEEDS, Scene, Thing
from regard.data.world.sprites import make_sprite, rasterise
from regard.data.world.stage import Actor, Stage
from regard.media.colours import NAMES, colour_indices, name_colour
from regard.regions.words import size_word

IMAGES, CLIPS = range(240), range(120)


@cache
def scenes(kind: str) -> tuple[Scene, ...]:
    return tuple(draw_scene(seed, kind) for seed in (IMAGES if kind == "image" else CLIPS))


def everything() -> list[tuple[Scene, Thing]]:
    return [(scene, thing) for kind in ("image", "clip") for scene in scenes(kind) for thing in scene.things]


def fingerprint(scene: Scene) -> str:
    parts = [scene.frames.tobytes(), repr((scene.fps, scene.events, scene.grid, scene.background)).encode()]
    for thing in scene.things:
        parts += [b"-" if mask is None else mask.tobytes() for mask in thing.masks]
        parts.append(repr((thing.shape, thing.colour, thing.pattern, thing.size, thing.of, thing.motion)).encode())
    return hashlib.sha256(b"|".join(parts)).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_this_and_in_another_process():
    here = [fingerprint(draw_scene(seed, kind)) for kind in ("image", "clip") for seed in range(12)]
    assert here == [fingerprint(scene) for kind in ("image", "clip") for scene in scenes(kind)[:12]]
    code = (
        "import sys; sys.path.insert(0, 'tests/data'); import test_world_draw as t\n"
        "for kind in ('image', 'clip'):\n"
        "    for seed in reversed(range(12)):\n"
        "        print(kind, seed, t.fingerprint(t.draw_scene(seed, kind)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    there = {tuple(line.split()[:2]): line.split()[2] for line in run.stdout.splitlines()}
    assert here == [there[kind, str(seed)] for kind in ("image", "clip") for seed in range(12)]


def test_seeds_differ():
    assert len({fingerprint(scene) for scene in scenes("image")}) == len(IMAGES)


@pytest.mark.parametrize(("kind", "size", "frames"), [("film", None, 8), ("image", 16, 8), ("clip", 64, 3)])
def test_what_cannot_be_drawn_is_refused(kind, size, frames):
    with pytest.raises(DataError):
        draw_scene(1, kind, size, frames)


def test_a_missing_library_is_named_with_the_line_that_mends_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match=r'in a clone .*pip install .* -e "\.\[train\]"'):
        photos.photograph.__wrapped__("chelsea")


def test_form():
    for scene in scenes("image"):
        assert scene.frames.shape[0] == 1 and not scene.is_clip and not scene.events and scene.times.tolist() == [0.0]
        assert max(scene.width, scene.height) == 128 and 2 / 3 - 0.01 <= scene.width / scene.height <= 1.51
    for scene in scenes("clip"):
        assert scene.frames.shape[0] == 8 and scene.is_clip and 2.0 <= scene.duration <= 8.0
        assert max(scene.width, scene.height) == 64
    for scene, thing in everything():
        assert scene.frames.dtype == np.uint8 and scene.things[thing.index] is thing
        assert len(thing.masks) == scene.frame_count and scene.visible_frames(thing)
        for mask in thing.masks:
            assert mask is None or (mask.dtype == bool and mask.shape == (scene.height, scene.width) and mask.any())


def test_the_words_are_words_of_the_world_and_all_of_them_occur():
    seen = {name: Counter() for name in ("shape", "colour", "pattern", "material", "size", "kind")}
    for _, thing in everything():
        for name, counter in seen.items():
            counter[getattr(thing, name)] += 1
    assert set(seen["shape"]) == {*shapes.SHAPES, "patch"}
    assert set(seen["colour"]) - {""} == set(NAMES)
    assert set(seen["pattern"]) == {*PATTERNS, ""} and set(seen["material"]) == {*MATERIALS, ""}
    assert set(seen["size"]) == set(SIZES) and set(seen["kind"]) == set(KINDS)
    motions = [thing.motion for scene in scenes("clip") for thing in scene.things]
    assert {motion.direction for motion in motions} == set(DIRECTIONS)
    assert {motion.speed for motion in motions} == set(SPEEDS) and {motion.path for motion in motions} == set(PATHS)
    assert {event.kind for scene in scenes("clip") for event in scene.events} == set(EVENTS)
    assert {scene.background for scene in scenes("image")} == {"plain", "gradient", "texture", "photograph"}
    assert any(scene.grid for scene in scenes("image")) and any(thing.inside is not None for _, thing in everything())


def test_sizes_and_colours_are_true_of_the_first_visible_frame():
    for scene, thing in everything():
        frame = scene.first_frame(thing)
        mask = scene.mask(thing)
        assert thing.size == size_word(scene.share(thing))
        if thing.colour:
            assert thing.colour == name_colour(scene.frames[frame][mask])[0]
        else:
            assert thing.shape == "patch"


def test_masks_do_not_overlap():
    for kind in ("image", "clip"):
        for scene in scenes(kind):
            for frame in range(scene.frame_count):
                masks = [thing.masks[frame] for thing in scene.things if thing.masks[frame] is not None]
                shared = sum(mask.astype(int) for mask in masks) > 1 if masks else np.zeros(1)
                assert shared.mean() < 0.01  # only pixels that two things share half and half


def test_a_mask_is_where_the_thing_was_drawn():
    contours = shapes.transform(shapes.outline("star"), 0.1, 0.2)
    actor = Actor("star", contours, Paint("red", (220, 20, 20)), 0.1, 0.4, 0.6)
    stage = Stage(np.full((256, 256, 3), 255, np.uint8), 256.0)
    stage.paste(0, make_sprite(contours, actor.paint, 256.0), actor)
    mask, red = stage.visible(0), colour_indices(stage.picture()) == NAMES.index("red")
    assert mask.mean() == pytest.approx(0.1, rel=0.08)
    assert (mask & red).sum() / (mask | red).sum() > 0.9
    assert stage.visible(1) is None


@pytest.mark.parametrize("shape", shapes.SHAPES)
def test_outlines_have_the_area_that_is_said(shape):
    mask = rasterise(shapes.transform(shapes.outline(shape), 0.2, 0.1, 1.05, 0.05), 400.0)
    assert np.count_nonzero(mask) / 400**2 == pytest.approx(0.2, rel=0.04)


def test_safe_colours_are_inside_their_word():
    for name, rgb in safe_colours().items():
        assert len(rgb) > 0 and set(colour_indices(rgb).tolist()) == {NAMES.index(name)}


def test_reflections_and_shadows_belong_to_a_thing():
    for scene, thing in everything():
        if thing.kind == "thing":
            assert thing.of is None
            continue
        parent = scene.things[thing.of]
        assert parent.kind == "thing" and parent.shape == thing.shape and thing.pattern == thing.material == ""
        (x, y), (parent_x, parent_y) = scene.centroid(thing), scene.centroid(parent)
        assert y > parent_y or abs(x - parent_x) > 0.1


def test_what_is_inside_lies_within_the_box_of_its_container():
    for scene, thing in everything():
        if thing.inside is None:
            continue
        ys, xs = np.nonzero(scene.mask(thing.inside))
        inner_ys, inner_xs = np.nonzero(scene.mask(thing))
        assert xs.min() <= inner_xs.min() and inner_xs.max() <= xs.max()
        assert ys.min() <= inner_ys.min() and inner_ys.max() <= ys.max()


def test_cells_are_in_order():
    for scene in scenes("image"):
        if scene.grid is None:
            assert all(thing.cell is None for thing in scene.things)
            continue
        rows, columns = scene.grid
        assert [thing.cell for thing in scene.things] == [(r, c) for r in range(rows) for c in range(columns)]
        places = np.array([scene.centroid(thing) for thing in scene.things]).reshape(rows, columns, 2)
        assert (np.diff(places[..., 0], axis=1) > 0).all() and (np.diff(places[..., 1], axis=0) > 0).all()


def legs(scene: Scene, thing: Thing) -> list[tuple[str, int, int]]:
    """The directions of a moving thing with the visible frames between which it goes there."""
    seen = scene.visible_frames(thing)
    motion = thing.motion
    turns = [round(e.start * scene.fps) for e in scene.events if e.kind == "turns" and e.thing == thing.index]
    corners = [round(motion.start * scene.fps), *turns, round(motion.end * scene.fps)]
    words = [motion.direction, motion.after] if turns else [motion.direction]
    spans = [(word, max(a, seen[0]), min(b, seen[-1])) for word, a, b in zip(words, corners, corners[1:], strict=False)]
    return [(word, a, b) for word, a, b in spans if b > a and a in seen and b in seen]


def test_things_move_as_is_said():
    checked = 0
    for scene in scenes("clip"):
        for thing in scene.things:
            for word, first, last in legs(scene, thing) if thing.motion.direction != "still" else ():
                (x0, y0), (x1, y1) = scene.centroid(thing, first), scene.centroid(thing, last)
                across, down = x1 - x0, y1 - y0
                sideways = abs(across) * scene.width > abs(down) * scene.height
                found = ("right" if across > 0 else "left") if sideways else ("down" if down > 0 else "up")
                assert found == word
                checked += 1
    assert checked > 100


def test_still_things_stay_and_speeds_keep_apart():
    for scene in scenes("clip"):
        side = np.sqrt(scene.width * scene.height)
        hidden = {event.thing for event in scene.events if event.kind in ("hides", "appears", "leaves")}
        covering = {event.other for event in scene.events if event.kind == "hides"}
        for thing in scene.things:
            if thing.index in hidden | covering:
                continue
            places = np.array([scene.centroid(thing, f) for f in scene.visible_frames(thing)]) * (
                scene.width,
                scene.height,
            )
            steps = np.linalg.norm(np.diff(places, axis=0), axis=1) / side * (scene.frame_count - 1)
            if thing.motion.direction == "still":
                assert steps.max() < 0.05
            else:
                low, high = RATES[thing.motion.speed]
                assert low - 0.08 < steps.max() < high + 0.12


def test_events_lie_in_the_clip_and_are_in_order():
    for scene in scenes("clip"):
        starts = [event.start for event in scene.events]
        assert starts == sorted(starts)
        for event in scene.events:
            assert 0 <= event.start <= event.end <= scene.duration + 1e-9
            assert (event.other is not None) == (event.kind in ("collides", "hides"))


def test_appearing_leaving_and_hiding_are_true_of_the_masks():
    for scene in scenes("clip"):
        for event in scene.events:
            thing = scene.things[event.thing]
            first, last = (round(moment * scene.fps) for moment in (event.start, event.end))
            if event.kind == "appears":
                assert first == scene.first_frame(thing) > 0
            elif event.kind == "leaves":
                assert all(mask is None for mask in thing.masks[last:])
            elif event.kind == "hides":
                whole = max(np.count_nonzero(mask) for mask in thing.masks if mask is not None)
                assert all(m is None or np.count_nonzero(m) < 0.62 * whole for m in thing.masks[first : last + 1])


def test_things_that_collide_touch():
    met = 0
    for scene in scenes("clip"):
        for event in scene.events:
            if event.kind != "collides":
                continue
            frame = round(event.start * scene.fps)
            one, other = (scene.mask(number, frame) for number in (event.thing, event.other))
            grown = cv2.dilate(one.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
            assert (grown & other).any()
            met += 1
    assert met > 5


@pytest.mark.parametrize(("kind", "size"), [("image", 256), ("clip", 128)])
def test_a_larger_size_is_the_same_scene_drawn_finer(kind, size):
    same = total = 0
    for scene in scenes(kind)[:40]:
        large = draw_scene(scene.seed, kind, size)
        assert max(large.width, large.height) == size and len(large.things) == len(scene.things)
        for small_thing, large_thing in zip(scene.things, large.things, strict=True):
            for name in ("shape", "pattern", "material", "kind", "of", "inside", "cell"):
                assert getattr(small_thing, name) == getattr(large_thing, name)
            total += 2
            same += (small_thing.colour == large_thing.colour) + (small_thing.size == large_thing.size)
    assert same >= 0.95 * total


def test_a_clip_may_have_other_numbers_of_frames():
    for frames in (4, 5, 16):
        for seed in range(12):
            scene = draw_scene(seed, "clip", 48, frames)
            assert scene.frame_count == frames and scene.things
            assert all(event.end <= scene.duration + 1e-9 for event in scene.events)


def test_saliency():
    for scene in scenes("clip")[:40]:
        for event in scene.events:
            curve = scene.saliency(event)
            inside = (scene.times >= event.start - 1e-9) & (scene.times <= event.end + 1e-9)
            assert curve.shape == (8,) and np.allclose(curve[inside], 1) and (curve[~inside] < 0.76).all()
        for thing in scene.things:
            curve = scene.saliency(thing)
            assert curve.shape == (8,) and curve.min() >= 0 and curve.max() in (0.0, 1.0)
    assert scenes("image")[0].saliency(0).tolist() == [0.0]


def test_most_patches_have_a_clear_colour():
    colours = [thing.colour for scene, thing in everything() if thing.shape == "patch" and not scene.is_clip]
    assert len(colours) > 150 and np.mean([bool(colour) for colour in colours]) > 0.8

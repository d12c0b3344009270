"""Rendered scenes are the scenes, whoever drew them; questions about them become samples."""

import numpy as np
import pytest

from regard.core.errors import DataError
from regard.data.world import shards
from regard.data.world.draw import draw_scene
from regard.data.world.questions import questions
from regard.data.world.samples import Regions, box_around, samples_of
from regard.prompts.sample import mentions


@pytest.mark.parametrize("kind", ["image", "clip"])
def test_a_shard_gives_back_what_was_drawn(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "SCENES_A_SHARD", 4)
    paths = shards.render(tmp_path / "two", kind, 8, first_seed=40, workers=2)
    again = shards.render(tmp_path / "one", kind, 8, first_seed=40, workers=1)
    assert [path.with_suffix(".bin").read_bytes() for path in paths] == [
        path.with_suffix(".bin").read_bytes() for path in again
    ]
    kept = shards.Shards(paths)
    assert len(kept) == 8
    for number, seed in enumerate(range(40, 48)):
        drawn, read = draw_scene(seed, kind), kept[number]
        np.testing.assert_array_equal(drawn.frames, read.frames)
        assert (drawn.events, drawn.grid, drawn.fps, drawn.seed) == (read.events, read.grid, read.fps, read.seed)
        assert (drawn.background, drawn.background_colour) == (read.background, read.background_colour)
        for one, other in zip(drawn.things, read.things, strict=True):
            assert (one.shape, one.colour, one.motion, one.cell) == (
                other.shape,
                other.colour,
                other.motion,
                other.cell,
            )
            for mask, kept_mask in zip(one.masks, other.masks, strict=True):
                assert (mask is None) == (kept_mask is None)
                assert mask is None or np.array_equal(mask, kept_mask)


def test_a_shard_that_is_cut_short_says_what_to_do(tmp_path):
    path = shards.render(tmp_path, "image", 3, first_seed=0, workers=1)[0]
    blob = path.with_suffix(".bin")
    blob.write_bytes(blob.read_bytes()[:2000])
    with pytest.raises(DataError, match="cut short"):
        shards.Shards([path])[0]


def test_samples_share_media_and_bind_each_region_once():
    scene = draw_scene(5, "image")
    asked = questions(scene, np.random.default_rng(0), per_scene=8)
    made = samples_of(scene, asked, answered=True)
    assert len({id(sample.media) for sample in made}) == 1
    regions = {id(region) for sample in made for region in sample.regions}
    assert len(regions) == len({thing for question in asked for thing in question.things})
    for sample, question in zip(made, asked, strict=True):
        assert sample.turns[-1].text == question.answer
        assert set(mentions(question.text)) == set(range(1, len(question.things) + 1))


def test_a_boxed_region_is_the_box_around_its_thing_and_patches_keep_their_mask():
    drawn = [draw_scene(seed) for seed in range(50)]
    scene = next(scene for scene in drawn if not any(thing.shape == "patch" for thing in scene.things))
    bound = Regions(scene, lambda: 0.1)(0, "frame")
    mask = scene.mask(0)
    x1, y1, x2, y2 = bound.box(0)
    assert bound.area(0) == (x2 - x1) * (y2 - y1) >= mask.sum() * 0.9
    for margin in (-0.04, 0.0, 0.1):
        assert box_around(mask, margin).any()
    patches = next(scene for scene in drawn if all(thing.shape == "patch" for thing in scene.things))
    np.testing.assert_array_equal(Regions(patches, lambda: 0.0)(0, "frame").mask(0), patches.mask(0))

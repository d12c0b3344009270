"""The world's questions for any model: calls to its own heads, regions as tracks, and marks that the guide knows."""

from __future__ import annotations

import pytest
import torch

import tiny_model
from regard.core.errors import DataError
from regard.data.world import shards
from regard.data.world.questions import FINDS
from regard.models.with_heads import with_heads
from regard.prompts.sample import TaskCall
from regard.train import losses
from regard.train.world import AnswerBatches, Mixture, World
from regard.train.world_calls import CallBatches

MIXTURE = Mixture(image_scenes=2, clip_scenes=2, clip_every=2, per_scene=3)
HEADS = {"locate": "box", "segment": "mask", "track": "mask"}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    out = tmp_path_factory.mktemp("world")
    images, clips = (shards.render(out, kind, 4, first_seed=0, workers=1) for kind in ("image", "clip"))
    return World(images, clips, MIXTURE)


def test_calls_go_to_the_heads_of_the_model_in_the_text_too(world):
    assert set(HEADS) < set(FINDS)
    made, processor = with_heads(
        *tiny_model.model(), [{"name": "box", "hidden": 8}, {"name": "moment", "width": 16, "heads": 2}]
    )
    asked = world.asked(Mixture(image_scenes=3, clip_scenes=2, clip_every=9, per_scene=4, skills=("locate",)))
    batch = CallBatches(asked, processor, range(1), HEADS)[0]
    samples = [sample for row in batch["told"].samples for sample in row]
    calls = [call for sample in samples for call in sample.turns[-1].calls]
    assert calls and {call.head for call in calls} == {"box"} and all(isinstance(call, TaskCall) for call in calls)
    assert not any("<light_mask>" in sample.turns[-1].text for sample in samples)
    assert {name.split("/")[0] for name in losses.total(made, batch)[1]} >= {"answering", "box"}
    assert not any("/" in name for name in losses.total(made, batch, calls=False)[1])


def test_regions_come_on_all_frames_and_the_guide_is_taught_the_marks_that_were_drawn(world, monkeypatch):
    made, processor = with_heads(*tiny_model.model(["token_mark"], place=False, normalise=False), ["guide"])
    batch = CallBatches(world, processor, range(2), tracks=True)[1]
    clips = [sample for row in batch["told"].samples for sample in row]
    assert all(
        sample.media.is_clip and list(sample.facts["tracked"]) == list(range(sample.media.frame_count))
        for sample in clips
    )
    assert any(len(region.frames) > 1 for sample in clips for region in sample.regions)
    seen = {}
    monkeypatch.setattr(made.heads, "losses", lambda calls, truths: seen.update(calls) or {})
    torch.manual_seed(0)
    _, _, encoded = losses.total(made.train(), batch)
    encoder = made.encoders.members[0]
    drawn = [call.regions.assigned["token_mark"].tolist() for call in seen["guide"]]
    assert any(marks != list(range(len(marks))) for marks in drawn)
    for call, tokens in zip(seen["guide"], encoded.in_text, strict=True):
        assert torch.equal(encoder._marks(call.regions), torch.cat(tokens))


def test_pictures_with_a_grid_come_as_often_as_said(tmp_path):
    images, clips = (
        shards.render(tmp_path, kind, n, first_seed=0, workers=1) for kind, n in (("image", 40), ("clip", 1))
    )
    drawn = World(images, clips, Mixture(image_scenes=30, clip_every=99))
    grids = drawn.shards["image"].grids
    assert 0 < len(grids) < 20 and all(drawn.shards["image"][index].grid for index in grids)

    def seeds(share: float) -> list[tuple[int, bool]]:
        asked = drawn.asked(Mixture(image_scenes=30, clip_every=99, grids=share))
        return [(scene.seed, scene.grid is not None) for batch in range(4) for scene in asked.scenes(batch)]

    assert all(grid for _, grid in seeds(1.0)) and len(set(seeds(1.0))) == len(grids)
    half, usual = seeds(0.5), seeds(0.0)
    assert half == seeds(0.5)
    assert sum(grid for _, grid in usual) + 30 < sum(grid for _, grid in half) < 110


@pytest.mark.parametrize("kind", [AnswerBatches, CallBatches])
def test_a_batch_that_nothing_can_be_asked_about_says_so(world, kind):
    _, processor = tiny_model.model()
    pictures = world.asked(Mixture(image_scenes=2, clip_every=9, skills=("moments",)))
    with pytest.raises(DataError, match="none of the scenes of batch 0 can be asked moments"):
        kind(pictures, processor, range(1))[0]

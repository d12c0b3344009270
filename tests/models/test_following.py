"""A region given on one frame of a clip is followed by the model itself before anything is asked about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import tiny_model
from regard.backends.local import LocalBackend
from regard.backends.replay import Recorder, Replay
from regard.core.errors import ConfigError
from regard.data.world.draw import draw_scene
from regard.data.world.samples import media_of
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.following import followed, follower
from regard.models.heads.light_mask import LightMask
from regard.models.heads.light_moment import LightMoment
from regard.models.processor import RegardProcessor
from regard.models.with_heads import with_heads
from regard.prompts.sample import FOLLOWED, USER, Sample, Turn
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

FRAMES = 4
BOX = Region.box(4, 4, 12, 16)


def at(frame):
    return Region.box(4, 4, 12, 16, frame=frame)


def pixels(count=FRAMES):
    return np.random.default_rng(0).integers(0, 255, (count, 24, 32, 3), dtype=np.uint8)


def clip(count=FRAMES):
    return Clip.from_frames(pixels(count), times=[float(frame) for frame in range(count)])


def backend(level=0.0, follow=True, follows=True, **settings):
    """Return a model whose masks are everything (a high level), nothing (a low one), or as they come."""
    head = {"name": "light_mask", "width": 8, "map_width": 32, "doublings": 0, "follows": follows}
    torch.manual_seed(0)
    made = with_heads(*tiny_model.model(**settings), [head])
    with torch.no_grad():
        made[0].heads.members["light_mask"].level += level
    return LocalBackend(*made, "tiny", follow)


def seen(backend, sample):
    """Return the regions as the model has them when it is asked."""
    return backend._ask(sample).regions


def asked(*regions, media=None):
    placeholders = " and ".join(f"<region{number}>" for number in range(1, len(regions) + 1))
    return Sample.build(media or clip(), f"What is {placeholders}?", list(regions))


def test_a_region_of_one_frame_is_found_on_the_others_and_stays_as_given_on_its_own():
    found = seen(backend(level=100.0), asked(at(1)))
    assert found.frame_M.tolist() == [0, 1, 2, 3]
    whole, given = found.masks_MHW[0].sum(), found.masks_MHW[1].sum()
    assert given < whole and torch.equal(found.masks_MHW[1], seen(backend(follow=False), asked(at(1))).masks_MHW[0])


def test_where_nothing_is_found_the_region_stays_on_its_frame():
    assert seen(backend(level=-100.0), asked(at(2))).frame_M.tolist() == [2]


def test_tracks_pictures_and_what_is_to_be_followed_stay_as_they_are():
    track = Region.track({0: BOX, 3: BOX})
    made = backend(level=100.0)
    assert seen(made, asked(track, at(0))).region_M.tolist() == [0, 0, 1, 1, 1, 1]
    assert len(seen(made, asked(BOX, media=Image.from_array(pixels()[0]))).region_M) == 1
    assert len(seen(made, asked(at(0), media=clip(1))).region_M) == 1
    assert len(seen(made, replace(asked(at(0)), facts={FOLLOWED: 0})).region_M) == 1


@pytest.mark.parametrize("settings", [{"follow": False}, {"follows": False}])
def test_it_can_be_left_out_and_needs_a_head_that_was_taught(settings):
    assert len(seen(backend(level=100.0, **settings), asked(at(0))).region_M) == 1


def test_no_head_follows_where_regions_change_what_is_seen():
    assert follower(backend(encoders=["token_mark"]).model) is None
    assert follower(backend().model) == "light_mask"


def test_many_questions_at_once_get_the_answers_of_each_alone():
    made = backend()
    questions = [asked(at(0)), asked(at(1), Region.box(1, 1, 20, 20, frame=2)), asked(at(3))]
    together = [one.text for one in made.generate(questions, max_new_tokens=4)]
    assert together == [made.generate([one], max_new_tokens=4)[0].text for one in questions]


def test_the_question_is_longer_by_a_token_for_each_frame_on_which_the_region_is_found():
    followed, alone = (
        backend(level=100.0, follow=follow).generate([asked(at(0))], max_new_tokens=1)[0] for follow in (True, False)
    )
    assert followed.usage["prompt_tokens"] == alone.usage["prompt_tokens"] + FRAMES - 1


def test_a_track_seen_on_one_frame_is_known_to_be_absent_elsewhere():
    made, flow = backend(level=100.0), replace(asked(at(1)).regions[0], throughout=True)
    assert len(seen(made, asked(Region.track({0: None, 1: BOX, 2: None}))).region_M) == 1
    assert len(seen(made, asked(flow)).region_M) == 1
    assert BoundRegion.from_dict(flow.to_dict()).throughout


def test_an_answer_says_that_a_region_was_followed_and_a_recording_keeps_it(tmp_path):
    told = Recorder(backend(level=100.0), tmp_path / "said.jsonl").generate([asked(at(1))], max_new_tokens=1)[0]
    assert told.notes == ("followed from frame 1 by light_mask, on 4 of 4 frames looked at",)
    assert Replay.open(tmp_path / "said.jsonl").generate([asked(at(1))])[0].notes == told.notes
    assert backend(level=100.0, follow=False).generate([asked(at(1))], max_new_tokens=1)[0].notes == ()


def test_it_is_followed_once_for_all_questions_of_a_look(monkeypatch):
    made, media, calls = backend(level=100.0), clip(), []
    find = made.model.heads.find
    monkeypatch.setattr(made.model.heads, "find", lambda *one: calls.append(one) or find(*one))
    first, second = (seen(made, asked(region, media=media)) for region in (at(1), at(1)))
    assert len(calls) == 1 and torch.equal(first.masks_MHW, second.masks_MHW)
    seen(made, asked(at(2), media=media))
    assert len(calls) == 2


def test_a_question_that_would_become_too_long_is_asked_about_the_region_as_it_is_given(monkeypatch):
    made, sample = backend(level=100.0), asked(at(0))
    long = made.generate([sample], max_new_tokens=1)[0].usage["prompt_tokens"]
    monkeypatch.setattr(RegardProcessor, "most_tokens", long - 1)
    told = made.generate([sample], max_new_tokens=1)[0]
    assert told.usage["prompt_tokens"] == long - FRAMES + 1 and told.notes == ()


def test_heads_that_cannot_follow_say_so():
    with pytest.raises(ConfigError, match="map_width"):
        LightMask(32, follows=True)
    with pytest.raises(ConfigError, match="light_mask"):
        LightMoment(32, map_width=32, follows=True)


def test_the_model_inside_finds_a_region_on_other_frames():
    made, overlaps = LocalBackend.open(), []
    for seed in range(1_000_000_100, 1_000_000_112):
        scene = draw_scene(seed, "clip")
        thing = max(range(len(scene.things)), key=lambda index: len(scene.visible_frames(index)))
        *_, last = frames = scene.visible_frames(thing)
        region = BoundRegion.from_masks({last: scene.mask(thing, last)}, frame_count=scene.frame_count)
        found = made._ask(Sample(media_of(scene), (region,), (Turn(USER, "Where does <region1> go?"),)))
        [whole] = followed(
            made.model,
            "light_mask",
            found.sample,
            found.regions,
            found.look.maps,
            found.look.states,
            found.look.followed,
        )
        for frame in frames[:-1]:
            mine, true = whole.mask(frame), scene.mask(thing, frame)
            overlaps.append((mine & true).sum() / (mine | true).sum())
    assert np.mean(overlaps) > 0.4

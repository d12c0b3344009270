"""track: a region at one frame becomes a track, in one question or in windows of the clip; absent where it is gone."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from scripted_backend import Scripted, last_question

import tiny_model
from regard import draw
from regard.backends._base import Found, Generation
from regard.backends.local import LocalBackend
from regard.backends.replay import Recorder, Replay
from regard.core.errors import ConfigError, RegionError, VideoError
from regard.media.clip import Clip
from regard.models.with_heads import with_heads
from regard.prompts.sample import FOLLOWED
from regard.regions import rle
from regard.regions.region import Region
from regard.verbs import Model
from regard.verbs.track import windows
from tiny_sam import MEMORY

BALL = Region.box(17, 20, 37, 40, frame=2)
GONE = (5, 6)


def ball(frame):
    """The true mask of the ball of the fixture `clip`, which this file says is hidden on frames 5 and 6."""
    mask = np.zeros((60, 80), bool)
    if frame not in GONE:
        mask[20:40, 5 + 6 * frame : 25 + 6 * frame] = True
    return mask


class Following(Scripted):
    """Knows where the ball is, by the time of each frame that it is shown; says nothing of what `text` lacks."""

    def __init__(self, head="light_mask", text=None, most_frames=4):
        super().__init__()
        self.heads, self.most_frames = {head: "tracks" if head == "mask" else "masks"}, most_frames
        self.text = text or (lambda sample: f"<{head}>")

    def generate(self, samples, *, max_new_tokens=128, begin=None):
        self.calls.append((list(samples), begin))
        return [self.said(sample) for sample in samples]

    def said(self, sample):
        text = self.text(sample)
        masks = [
            {"frame": frame, "rle": rle.encode(ball(number)), "score": 0.8 + 0.01 * number}
            for frame, number in enumerate(numbers(sample.media))
        ]
        found = (Found(next(iter(self.heads)), 0, 0.9, {"masks": masks}),) if "<" in text else ()
        return Generation(text, found=found, usage={"prompt_tokens": 10})


def numbers(media):
    """The numbers that a clip's frames have in the fixture, read from where the ball is drawn."""
    return [(int(np.flatnonzero(frame[30, :, 0])[0]) - 5) // 6 for frame in media.frames(range(media.frame_count))]


def seen(answer):
    [track] = answer.regions
    assert track.kind == "track" and list(track.data) == list(range(8))
    return [frame for frame, mask in track.data.items() if mask is not None]


@pytest.mark.parametrize(("head", "asked"), [("mask", 1), ("light_mask", 3)])
def test_every_frame_is_answered_or_absent_and_the_given_one_stays_as_it_was(clip, head, asked):
    backend = Following(head)
    [answer] = Model(backend).track(clip, BALL)
    samples, begin = backend.calls[0]
    assert len(samples) == asked and begin is None
    assert all(last_question(sample) == "Follow <region1>. Answer with a mask, or none." for sample in samples)
    assert all(sample.facts == {FOLLOWED: 0} for sample in samples)
    assert seen(answer) == [0, 1, 2, 3, 4, 7] and answer.readable and answer.text == f"<{head}>"
    masks = answer.regions[0].bind(clip.size, frame_count=8)
    for frame in range(8):
        expected = BALL.bind(clip.size, frame_count=8).mask(2) if frame == 2 else ball(frame)
        assert np.array_equal(masks.mask(frame), expected)
    assert answer.scores == {"1": pytest.approx(np.mean([0.8, 0.81, 0.83, 0.84, 0.87]), abs=1e-4)}
    assert answer.usage == {"prompt_tokens": 10 * asked}


def test_windows_hold_the_given_frame_and_every_other_once_spread_over_the_clip():
    for count, start, most in [(8, 2, 4), (16, 0, 16), (17, 16, 16), (2, 1, 8), (100, 50, 6), (5, 0, 1)]:
        found = windows(count, start, most)
        assert all(start in window and len(window) <= max(most, 2) and sorted(window) == [*window] for window in found)
        assert sorted(frame for window in found for frame in window if frame != start) == [
            frame for frame in range(count) if frame != start
        ]
    assert windows(100, 0, 6)[0] == (0, 1, 21, 41, 61, 81)


def test_none_leaves_the_region_where_it_was_given_and_silence_is_said(clip):
    [none] = Model(Following(text=lambda sample: "None.")).track(clip, BALL)
    assert none.readable and none.text == "none" and seen(none) == [2] and none.scores == {"1": 0.0}
    silent = Following(text=lambda sample: "no idea" if 1 in numbers(sample.media) else "<light_mask>")
    [partly] = Model(silent).track(clip, BALL)
    assert not partly.readable and "no idea" in partly.text and 1 not in seen(partly)
    assert any("nothing was said of frames" in note for note in partly.notes)


def test_every_region_has_a_track_of_its_own(clip):
    backend = Following("mask")
    other = Region.box(0, 0, 10, 10, frame=7)
    answers = Model(backend).track(clip, [BALL, other], allow_none=False)
    assert [answer.region for answer in answers] == [0, 1] and backend.calls[0][1] == "mask"
    assert answers[1].regions[0].data[7] is not None
    assert rle.area(answers[1].regions[0].data[7].data) == 100


def test_a_track_is_drawn_written_and_asked_about(clip, tmp_path):
    model = Model(Following())
    answers = model.track(clip, [BALL])
    verb = model.verb("track")
    assert verb.line(answers[0]) == "seen on 6 of 8 frames, 0 to 7"
    words = verb.drawn(answers, 1)
    assert words.texts == ("0.83",) and words.regions == answers[0].regions
    for name in ("out.png", "out.mp4"):
        assert draw.save(tmp_path / name, clip, words.regions, words.texts, caption=words.caption).stat().st_size > 1000
    row = json.loads(json.dumps(answers[0].to_dict()))
    assert row["scores"] == answers[0].scores and row["regions"][0]["data"]["5"] is None
    assert len(model.describe(clip, answers[0].regions)) == 1


def test_what_cannot_be_followed_is_refused_with_the_mend(clip, photo):
    model = Model(Following())
    with pytest.raises(VideoError, match="this is a picture"):
        model.track(photo, Region.box(1, 1, 9, 9))
    with pytest.raises(VideoError, match="a clip of one frame"):
        model.track(Clip.from_frames(np.zeros((1, 60, 80, 3), np.uint8), fps=1), Region.box(1, 1, 9, 9))
    track = Region.track({1: (0, 0, 9, 9), 4: (3, 0, 12, 9)})
    with pytest.raises(RegionError, match="region 2 is known on 2 frames already.*give one frame of it"):
        model.track(clip, [BALL, track])
    with pytest.raises(RegionError, match="at least 1, got 0"):
        model.track(clip, [])
    backend = Following()
    backend.heads = {"box": "box"}
    with pytest.raises(ConfigError, match="task head that finds tracks or masks.*has only box"):
        Model(backend).track(clip, BALL)


@pytest.fixture(scope="module")
def local():
    torch.manual_seed(0)
    return LocalBackend(*with_heads(*tiny_model.model(), [{"name": "light_mask", "width": 8}]), "tiny")


def test_a_real_model_is_asked_in_windows_and_recordings_answer_the_same(local, clip, tmp_path):
    recording = tmp_path / "said.jsonl"

    def ask(backend):
        return Model(backend).track(clip, BALL, allow_none=False)[0]

    first, again = ask(Recorder(local, recording)), ask(Replay.open(recording))
    assert first.readable and list(first.regions[0].data) == list(range(8))
    assert not any("nothing was said" in note for note in first.notes)
    rows = [{k: v for k, v in each.to_dict().items() if k != "timing_ms"} for each in (first, again)]
    assert rows[0] == rows[1]
    assert sum(line.count('"key"') for line in recording.read_text().splitlines()) == 3


def test_sam_follows_what_was_given_whatever_else_the_model_reads(clip):
    """With `follow="region"` the language model says whether, SAM 2 where."""
    torch.manual_seed(0)
    head = {"name": "mask", "sam": MEMORY}
    local = LocalBackend(*with_heads(*tiny_model.model(), [head]), "tiny")
    short = Clip.from_frames(clip.frames(range(4)), fps=4)
    both = Model(local).track(short, [BALL, Region.mask(ball(1), frame=1)], allow_none=False)
    assert [list(answer.regions[0].data) for answer in both] == [[0, 1, 2, 3]] * 2
    assert all(answer.readable and "nothing was said" not in str(answer.notes) for answer in both)
    found = Model(local).segment(short, "the ball", allow_none=False)
    assert found.regions == () or list(found.regions[0].data) == [0, 1, 2, 3]

"""locate, segment and moments: what heads found becomes regions and spans that other verbs take; none, and what is
unreadable.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import EntryPoint

import numpy as np
import pytest
import torch
from scripted_backend import Scripted, last_question

import tiny_model
from regard import draw
from regard.backends._base import Found, Generation
from regard.backends.local import LocalBackend
from regard.backends.replay import Recorder, Replay
from regard.core import rooms
from regard.core.errors import ConfigError, DataError, PromptError, VideoError
from regard.models.with_heads import with_heads
from regard.regions import rle
from regard.regions.geometry import box_iou
from regard.regions.region import Region
from regard.verbs import Model, load

LEFT = np.zeros((120, 160), bool)
LEFT[:, :60] = True
NOTHING = {"frame": 3, "rle": rle.encode(np.zeros((60, 80), bool)), "score": 0.0}
SHAPE = {"frame": 0, "rle": rle.encode(np.pad(np.ones((20, 20), bool), ((20, 20), (5, 55)))), "score": 0.75}


class Finding(Scripted):
    """Writes a text, and what its heads found in it."""

    heads = {"box": "box", "light_mask": "masks", "moment": "moments"}

    def __init__(self, text="none", *found):
        super().__init__()
        self.said = Generation(text, found=found)

    def generate(self, samples, *, max_new_tokens=128, begin=None):
        self.calls.append(("generate", list(samples), begin))
        return [self.said for _ in samples]


def box(*corners, score=0.9, at=0):
    return Found("box", at, score, {"box": corners, "frame": 0})


def masks(*found, head="light_mask"):
    return Found(head, 0, 0.8, {"masks": found})


def test_what_is_located_can_be_asked_about_and_drawn(photo):
    backend = Finding("<box>, <box>", box(0, 0, 59.5, 120), box(110, 0, 160, 120, score=0.6, at=7))
    model = Model(backend)
    answer = model.locate(photo, "the red things?")
    assert answer.readable and answer.text == "<box>, <box>" and list(answer.scores.values()) == [0.9, 0.6]
    assert last_question(backend.calls[0][1][0]) == "Find the red things. Answer with a box for each, or none."
    first = answer.regions[0].bind(photo.size)
    assert box_iou(np.array([first.box(0)]), np.array([[0, 0, 60, 120]]))[0, 0] > 0.97
    described = model.describe(photo, answer.regions)
    assert len(described) == 2
    drawn = draw.draw(photo, answer.regions, model.verb("locate").drawn([answer], 0, expression="red").texts)
    assert drawn.shape[2] == 3
    row = json.loads(json.dumps(answer.to_dict()))
    assert row["scores"] == {"1": 0.9, "2": 0.6} and row["regions"][0]["kind"] == "box"


def test_a_model_that_only_marks_pixels_locates_by_the_box_around_them(clip):
    backend = Finding("<light_mask>, <light_mask>", masks(NOTHING), masks(SHAPE))
    backend.heads = {"light_mask": "masks"}
    answer = Model(backend).locate(clip, "what moves")
    assert [region.data for region in answer.regions] == [(5.0, 20.0, 25.0, 40.0)] and answer.regions[0].frame == 0
    assert "no pixel" in answer.notes[0]


def test_nothing_there_is_an_answer_and_a_text_without_a_call_is_not(photo):
    none = Model(Finding("None.")).locate(photo, "the cup")
    assert none.readable and none.regions == () and none.text == "none"
    lost = Model(Finding("it is over there")).locate(photo, "the cup")
    assert not lost.readable and "asked for a call of box and wrote 'it is over there'" in lost.notes[0]
    other = Model(Finding("<moment>", Found("moment", 0, 0.9, {"spans": [], "saliency": []}))).locate(photo, "the cup")
    assert not other.readable and "it called moment" in other.notes[0]


def test_a_box_without_area_is_left_out_and_said(photo):
    answer = Model(Finding("<box>", box(40, 40, 40, 60))).locate(photo, "the cup")
    assert not answer.readable and answer.regions == () and "left out" in answer.notes[0]


def test_a_picture_has_a_mask_and_a_clip_a_track_with_absences(photo, clip):
    still = Model(Finding("<light_mask>", masks({"frame": 0, "rle": rle.encode(LEFT), "score": 0.5}))).segment(
        photo, "red"
    )
    assert still.regions[0].kind == "rle" and np.array_equal(still.regions[0].bind(photo.size).mask(0), LEFT)
    model = Model(Finding("<light_mask>", masks(SHAPE, NOTHING)))
    moving = model.segment(clip, "what moves")
    assert moving.regions[0].kind == "track" and moving.regions[0].data[3] is None and moving.scores == {"1": 0.75}
    assert "1 of 2 frames" in model.verb("segment").line(moving)
    model.describe(clip, moving.regions)


@pytest.mark.parametrize("name", ["segment", "locate"])
def test_masks_without_a_pixel_are_not_there(name, clip):
    backend = Finding("<light_mask>", masks(NOTHING))
    backend.heads = {"light_mask": "masks"}
    answer = getattr(Model(backend), name)(clip, "the cup")
    assert answer.readable and answer.text == "none" and answer.regions == () and "no pixel" in answer.notes[0]


def test_moments_lie_inside_the_clip_best_first(clip, photo, tmp_path):
    spans = [{"start": 1.0, "end": 9.0, "score": 0.4}, {"start": -1.0, "end": 0.5, "score": 0.7}]
    spans.append({"start": 5.0, "end": 6.0, "score": 0.9})
    model = Model(Finding("<moment>", Found("moment", 0, 0.9, {"spans": spans, "saliency": [0.1, 0.9]})))
    answer = model.moments(clip, "it moves")
    assert [(span.start, span.end, span.score) for span in answer.spans] == [(0.0, 0.5, 0.7), (1.0, 2.0, 0.4)]
    assert json.loads(json.dumps(answer.to_dict()))["spans"][0] == {"start": 0.0, "end": 0.5, "score": 0.7}
    words = model.verb("moments").drawn([answer], 0, sentence="it moves")
    plain = draw.show(clip)
    told = draw.show(clip, timeline=words.timeline)
    assert told.size[0] == plain.size[0] and told.size[1] > plain.size[1]
    for name in ("out.png", "out.mp4"):
        assert draw.save(tmp_path / name, clip, caption=words.caption, timeline=words.timeline).stat().st_size > 1000
    with pytest.raises(VideoError, match="this is a picture"):
        model.moments(photo, "it moves")


def test_moments_all_beyond_the_clip_are_none_and_the_curve_is_still_drawn(clip):
    late = {"start": clip.duration + 1, "end": clip.duration + 2, "score": 0.9}
    for spans, why in (([late], "all 1 lie beyond the clip"), ([], "there is none")):
        model = Model(Finding("<moment>", Found("moment", 0, 0.9, {"spans": spans, "saliency": [0.1, 0.9]})))
        answer = model.moments(clip, "it moves")
        assert answer.readable and answer.text == "none" and answer.spans == () and why in answer.notes[0]
        words = model.verb("moments").drawn([answer], 0, sentence="it moves")
        assert words.timeline.saliency == (0.1, 0.9) and words.caption == "it moves: none"
        assert draw.show(clip, timeline=words.timeline).size[1] > draw.show(clip).size[1]


def test_what_is_found_inside_an_answer_to_a_question_comes_with_it(photo, tmp_path):
    text = "the cup <box> is left of <light_mask>"
    left = {"frame": 0, "rle": rle.encode(LEFT), "score": 0.5}
    model = Model(Finding(text, box(10, 20, 60, 90, at=8), replace(masks(left), at=25)))
    answer = model.ask(photo, "What is <region1> next to?", Region.box(100, 10, 150, 60))
    assert answer.text == text and [text[call.at :].split(">")[0] for call in answer.calls] == ["<box", "<light_mask"]
    row = json.loads(json.dumps(answer.to_dict()))
    assert row["calls"][0] == {"head": "box", "at": 8, "score": 0.9, "result": {"box": [10, 20, 60, 90], "frame": 0}}
    assert len(row["regions"]) == 1
    ask = model.verb("ask")
    assert ask.line(answer) == f"{text} (box:10,20,60,90, a mask of 7200 pixels)"
    words = ask.drawn([answer], 1)
    assert len(words.regions) == len(words.texts) == 3
    drawn = draw.save(tmp_path / "found.png", photo, words.regions, words.texts, caption=words.caption)
    given = draw.save(tmp_path / "given.png", photo, answer.regions, words.texts[:1], caption=words.caption)
    assert drawn.read_bytes() != given.read_bytes()


def test_a_head_of_another_package_answers_through_the_verbs(photo, monkeypatch):
    entry = EntryPoint("corner", "plugged_head:Corner", "regard.models.heads")
    monkeypatch.setattr(rooms, "entry_points", lambda group: [entry] if group == entry.group else [])
    rooms._plugins.cache_clear()
    try:
        torch.manual_seed(0)
        model = Model(LocalBackend(*with_heads(*tiny_model.model(), ["corner"]), "tiny"))
        answer = model.locate(photo, "the cup", allow_none=False)
    finally:
        rooms._plugins.cache_clear()
    assert model.backend.heads == {"corner": "box"}
    assert answer.text.startswith("<corner>") and answer.regions[0].data == (0, 0, 10, 10)
    assert answer.calls[0].head == "corner" and 0 <= answer.calls[0].score <= 1


@pytest.mark.parametrize(("name", "head"), [("locate", "box"), ("segment", "light_mask"), ("moments", "light_moment")])
def test_numbers_that_are_not_finite_are_an_error_and_no_answer(name, head, clip):
    torch.manual_seed(0)
    network, processor = with_heads(*tiny_model.model(), [{"name": head, **({} if head == "box" else {"width": 8})}])
    with torch.no_grad():
        for weights in network.heads.members.parameters():
            weights.fill_(float("nan"))
    model = Model(LocalBackend(network, processor, "tiny"))
    with pytest.raises(DataError, match="not finite.*float32"):
        getattr(model, name)(clip, "the cup" if name != "moments" else "it moves", allow_none=False)


@pytest.mark.parametrize("name", ["locate", "segment", "moments"])
def test_a_model_without_the_head_says_so(name, clip):
    with pytest.raises(ConfigError, match="needs a model with a task head that finds .*has no task heads"):
        getattr(Model(LocalBackend(*tiny_model.model(), "tiny")), name)(clip, "the cup")
    for empty in ("", " ?", None):
        with pytest.raises(PromptError, match="looks for words"):
            getattr(Model(Finding()), name)(clip, empty)


def test_what_is_surely_there_begins_with_the_call(photo):
    backend = Finding("<box>", box(0, 0, 9, 9))
    Model(backend).locate(photo, "the cup", allow_none=False)
    Model(backend).locate(photo, "the cup")
    assert [call[2] for call in backend.calls] == ["box", None]


def test_verbs_find_with_a_real_model_and_recordings_answer_the_same(photo, clip, tmp_path):
    torch.manual_seed(0)
    small = {"name": "moment", "width": 16, "heads": 4, "dummy_heads": 4, "hidden": 24, "dummies": 3, "queries": 4}
    heads = [{"name": "box", "hidden": 16}, {"name": "light_mask", "width": 8}, small]
    made = LocalBackend(*with_heads(*tiny_model.model(), heads), "tiny")
    recording = tmp_path / "said.jsonl"

    def ask(backend):
        model = Model(backend)
        return [
            model.locate(photo, "the cup", allow_none=False),
            model.segment(clip, "the cup", allow_none=False),
            model.moments(clip, "it moves", allow_none=False),
        ]

    first, again = ask(Recorder(made, recording)), ask(Replay.open(recording))
    assert first[0].regions and all(one.readable for one in first) and len(first[2].spans) > 0
    for one, other in zip(first, again, strict=True):
        rows = [{k: v for k, v in each.to_dict().items() if k != "timing_ms"} for each in (one, other)]
        assert rows[0] == rows[1]


@pytest.mark.parametrize("name", ["locate", "segment", "moments"])
def test_the_model_inside_the_package_has_the_heads(name, clip):
    model = load()
    assert model.backend.heads == {"light_mask": "masks", "light_moment": "moments"}
    answer = getattr(model, name)(clip, "the red circle" if name != "moments" else "the red circle moves")
    assert answer.readable or answer.notes

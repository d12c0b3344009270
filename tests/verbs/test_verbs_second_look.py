"""locate and segment look again at what was found: what is not meant goes, and what was missed is looked for among the
things that the model marks itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import PIL.Image
import pytest
from scripted_backend import Scripted, colour_word, last_question

from regard.backends._base import Found, Generation
from regard.backends.replay import Recorder, Replay
from regard.cli import main
from regard.regions import rle
from regard.regions.region import Region
from regard.verbs import Model, load

COLUMNS = {"red": (0, 60), "green": (60, 110), "blue": (110, 160)}


def stripe(colour, score=0.8, at=0):
    """What a mask head says that found the part of the picture with a colour."""
    mask = np.zeros((120, 160), bool)
    left, right = COLUMNS[colour]
    mask[10:110, left:right] = True
    return Found("light_mask", at, score, {"masks": ({"frame": 0, "rle": rle.encode(mask), "score": score},)})


class Looking(Scripted):
    """Finds what it is told to, marks some things itself, and knows the colour of any region that it is given."""

    heads = {"light_mask": "masks"}
    looks_again = True

    def __init__(self, *found, marks=(), sure=0.9):
        super().__init__(weigh=self._weigh)
        self.found, self.marks, self.sure = found, marks, sure

    def generate(self, samples, *, max_new_tokens=128, begin=None):
        self.calls.append(("generate", list(samples), begin))
        text = ", ".join("<light_mask>" for _ in self.found) or "none"
        return [Generation(text, found=self.found) for _ in samples]

    def things(self, picture):
        self.calls.append(("things", [picture], None))
        return list(self.marks)

    def _weigh(self, sample, text):
        meant = colour_word(sample) in last_question(sample)
        return float(np.log(self.sure if (text == "1") == meant else 1 - self.sure))

    def asked(self, kind):
        return [call for call in self.calls if call[0] == kind]


def columns(answer):
    return [tuple(region.data[::2]) for region in answer.regions]


def test_a_place_that_is_not_meant_is_left_out_and_said(photo):
    backend = Looking(stripe("red"), stripe("blue", at=14), marks=[stripe("green")])
    answer = Model(backend).locate(photo, "the red thing")
    assert columns(answer) == [(0.0, 60.0)] and answer.scores == {"1": 0.9}
    assert answer.text == "<light_mask>, <light_mask>" and len(answer.calls) == 2
    assert answer.notes == ("a place was left out: looked at again, it is not the red thing",)
    assert not backend.asked("things") and answer.timing_ms["check"] >= 0


def test_what_was_missed_is_the_likeliest_of_the_marks(photo):
    marks = [stripe("green"), stripe("red", 0.7), stripe("blue", 0.6)]
    for found in ((), (stripe("blue"),)):
        answer = Model(Looking(*found, marks=marks)).locate(photo, "the red thing")
        assert columns(answer) == [(0.0, 60.0)] and answer.text == "<light_mask>" and answer.readable
        assert answer.notes[-1] == "found on the second look, among the things that the model marks itself"
    segmented = Model(Looking(marks=marks)).segment(photo, "the red thing")
    assert segmented.regions[0].kind == "rle" and segmented.regions[0].bind(photo.size).mask(0).sum() == 6000


def test_what_is_nowhere_is_none_and_a_guess_is_no_find(photo):
    for backend in (Looking(stripe("red"), marks=[stripe("blue")]), Looking(marks=[stripe("green")], sure=0.6)):
        answer = Model(backend).locate(photo, "the green thing")
        assert answer.text == "none" and answer.readable and answer.regions == () and answer.scores == {}


def test_what_is_surely_there_keeps_its_likeliest_place(photo):
    answer = Model(Looking(stripe("red"), stripe("blue"))).locate(photo, "the green thing", allow_none=False)
    assert len(answer.regions) == 1 and answer.scores == {"1": 0.1} and answer.notes == ()


def test_each_of_several_is_looked_at_as_one_by_its_pixels(photo):
    backend = Looking(stripe("red"), stripe("green"))
    Model(backend).locate(photo, "every red thing")
    assert "every red thing" in last_question(backend.asked("generate")[0][1][0])
    looked = [call[1][0] for call in backend.asked("score")]
    assert [last_question(sample) for sample in looked] == [
        "Which region is the red thing? 1: <region1>. Answer with its number, or none."
    ] * 2
    assert [sample.regions[0].mask(0).sum() for sample in looked] == [6000, 5000]


def half(found, at=0):
    """The lower half of what was found."""
    mask = rle.decode(found.result["masks"][0]["rle"])
    mask[:60] = False
    return replace(found, at=at, result={"masks": ({"frame": 0, "rle": rle.encode(mask), "score": 0.8},)})


def test_what_was_found_twice_is_one_place(photo):
    backend = Looking(stripe("red"), half(stripe("red"), at=14))
    answer = Model(backend).locate(photo, "the red thing")
    assert columns(answer) == [(0.0, 60.0)] and answer.regions[0].data[1] == 10.0
    assert answer.notes == ("a place was left out: most of it was found already",)


def test_where_each_is_asked_for_all_that_is_marked_and_meant_comes(photo):
    marks = [half(stripe("red")), stripe("red"), stripe("green"), stripe("blue")]
    backend = Looking(stripe("red"), marks=marks)
    backend.weigh = lambda sample, text: float(np.log(0.9 if (text == "1") == (colour_word(sample) != "blue") else 0.1))
    answer = Model(backend).locate(photo, "each red or green thing")
    assert columns(answer) == [(0.0, 60.0), (60.0, 110.0)] and len(answer.notes) == 1
    assert columns(Model(backend).locate(photo, "the red or green thing")) == [(0.0, 60.0)]


def test_a_backend_without_likelihoods_looks_again_too(photo):
    backend = Looking(stripe("red"), stripe("blue"))
    backend.can_score, find = False, backend.generate

    def generate(samples, **how):
        if "Which region" not in last_question(samples[0]):
            return find(samples, **how)
        return [Generation("1" if colour_word(sample) in last_question(sample) else "none") for sample in samples]

    backend.generate = generate
    answer = Model(backend).locate(photo, "the blue thing")
    assert columns(answer) == [(110.0, 160.0)] and answer.scores == {"1": 1.0}


def test_on_a_clip_what_is_not_meant_is_left_out_and_nothing_is_added(clip):
    masks = [
        {"frame": frame, "rle": rle.encode(clip.frames([frame])[0][..., 0] > 99), "score": 0.8} for frame in (2, 5)
    ]
    backend = Looking(Found("light_mask", 0, 0.8, {"masks": tuple(masks)}), marks=[stripe("red")])
    red, blue = (Model(backend).segment(clip, f"the {colour} thing") for colour in ("red", "blue"))
    assert red.regions[0].kind == "track" and red.scores == {"1": 0.9}
    assert blue.text == "none" and blue.notes and not backend.asked("things")
    twice = Looking(*backend.found, *backend.found)
    assert len(Model(twice).segment(clip, "every red thing").regions) == 1


@pytest.mark.parametrize("why", ["switched off", "a region is named", "the model marks nothing"])
def test_what_is_looked_at_once(why, photo):
    backend, named, how = Looking(stripe("blue")), (), {}
    if why == "switched off":
        how = {"check": False}
    elif why == "a region is named":
        named = Region.box(0, 0, 9, 9)
    else:
        backend.looks_again = False
    answer = Model(backend).locate(photo, "the red thing", named, **how)
    assert len(answer.regions) == 1 and answer.scores == {"1": 0.8}
    assert not backend.asked("score") and "check" not in answer.timing_ms


def test_a_recording_looks_again_as_the_model_did(photo, tmp_path):
    tape = tmp_path / "tape.jsonl"

    def ask(backend):
        model = Model(backend)
        return [model.locate(photo, "the red thing"), model.segment(photo, "the green thing")]

    first = ask(Recorder(Looking(stripe("blue"), marks=[stripe("red")]), tape))
    again = ask(Replay.open(tape))
    assert [one.text for one in first] == ["<light_mask>", "none"]
    for one, other in zip(first, again, strict=True):
        assert one.scores == other.scores and one.notes == other.notes and columns(one) == columns(other)


def test_the_model_inside_finds_on_the_second_look_what_it_missed(tmp_path, capsys):
    pixels = np.full((128, 128, 3), 200, np.uint8)
    pixels[20:60, 20:60] = (220, 30, 30)
    pixels[70:110, 80:120] = (30, 60, 220)
    model = load()
    for colour, place in (("red", (20, 20, 60, 60)), ("blue", (80, 70, 120, 110))):
        answer = model.locate(pixels, f"the {colour} thing")
        [box] = [region.data for region in answer.regions]
        assert np.allclose(box, place, atol=6) and answer.scores["1"] > 0.5 and "check" in answer.timing_ms
    assert model.locate(pixels, "the green thing").text == "none"
    path = tmp_path / "two.png"
    PIL.Image.fromarray(pixels).save(path)
    assert main(["locate", str(path), "the red thing", "--no-check", "--json"]) == 0
    assert '"check"' not in capsys.readouterr().out

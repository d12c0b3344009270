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
from regard.core.errors import ConfigError, NotFound
from regard.regions import rle
from regard.regions.region import Region
from regard.verbs import Model, load

COLUMNS = {"red": (0, 60), "green": (60, 110), "blue": (110, 160)}


def found_in(mask, at=0, score=0.8):
    """What a mask head says that found this."""
    return Found("light_mask", at, score, {"masks": ({"frame": 0, "rle": rle.encode(mask), "score": score},)})


def stripe(colour, score=0.8, at=0):
    """What a mask head says that found the part of the picture with a colour."""
    mask = np.zeros((120, 160), bool)
    left, right = COLUMNS[colour]
    mask[10:110, left:right] = True
    return found_in(mask, at, score)


def half(found, at=0):
    """The lower half of what was found."""
    mask = rle.decode(found.result["masks"][0]["rle"])
    mask[:60] = False
    return found_in(mask, at)


class Looking(Scripted):
    """Finds what it is told to, marks some things itself, and says of a region that it is given how likely it is meant:
    `sure` where its colour is in the question, or what `likely` has for its colour.
    """

    heads = {"light_mask": "masks"}
    looks_again = True

    def __init__(self, *found, marks=(), sure=0.9, likely=None):
        super().__init__(weigh=self._weigh)
        self.found, self.marks, self.sure, self.likely = found, marks, sure, likely

    def generate(self, samples, *, max_new_tokens=128, begin=None):
        self.calls.append(("generate", list(samples), begin))
        text = ", ".join(f"<{one.head}>" for one in self.found) or "none"
        return [Generation(text, found=self.found) for _ in samples]

    def things(self, picture):
        self.calls.append(("things", [picture], None))
        return list(self.marks)

    def _weigh(self, sample, text):
        colour = colour_word(sample)
        meant = self.sure if colour in last_question(sample) else 1 - self.sure
        meant = meant if self.likely is None else self.likely[colour]
        return float(np.log(meant if text == "1" else 1 - meant))

    def asked(self, kind):
        return [call for call in self.calls if call[0] == kind]


def columns(answer):
    return [tuple(region.data[::2]) for region in answer.regions]


def test_a_place_that_is_not_meant_is_left_out_and_said(photo):
    backend = Looking(stripe("red"), stripe("blue", at=14), marks=[stripe("green")])
    answer = Model(backend).locate(photo, "the red thing")
    assert columns(answer) == [(0.0, 60.0)] and answer.scores == {"1": 0.9}
    assert answer.text == "<light_mask>" and len(answer.calls) == 2
    assert answer.notes == ("a place was left out: looked at again, it is not the red thing",)
    assert not backend.asked("things") and answer.timing_ms["check"] >= 0


def test_what_was_missed_is_the_likeliest_of_the_marks(photo):
    marks = [stripe("green"), stripe("red", 0.7), stripe("blue", 0.6)]
    for found in ((), (stripe("blue"),)):
        backend = Looking(*found, marks=marks, likely={"green": 0.8, "red": 0.9, "blue": 0.4})
        answer = Model(backend).locate(photo, "the nice thing")
        assert columns(answer) == [(0.0, 60.0)] and answer.scores == {"1": 0.9}
        assert answer.text == "<light_mask>" and answer.readable
        assert answer.notes[-1] == "found on the second look, among the things that the model marks itself"
    segmented = Model(Looking(marks=marks)).segment(photo, "the red thing")
    assert segmented.regions[0].kind == "rle" and segmented.regions[0].bind(photo.size).mask(0).sum() == 6000


def test_a_place_stays_from_half_and_a_mark_comes_from_seven_tenths(photo):
    likely = {"red": 0.51, "blue": 0.49, "green": 0.69}
    backend = Looking(stripe("red"), stripe("blue", at=14), likely=likely)
    assert columns(Model(backend).locate(photo, "the nice thing")) == [(0.0, 60.0)]
    for mark, expected in ((0.69, []), (0.71, [(60.0, 110.0)])):
        backend = Looking(stripe("blue"), marks=[stripe("green")], likely=likely | {"green": mark})
        answer = Model(backend).locate(photo, "the nice thing")
        assert columns(answer) == expected and (answer.text == "none") == (not expected)
        assert answer.readable and len(answer.scores) == len(expected)


def test_what_is_surely_there_is_the_likeliest_of_all(photo):
    likely = {"red": 0.2, "blue": 0.3, "green": 0.4}
    for marks, place in (((), (110.0, 160.0)), ((stripe("green"),), (60.0, 110.0))):
        backend = Looking(stripe("red"), stripe("blue"), marks=marks, likely=likely)
        answer = Model(backend).locate(photo, "the nice thing", allow_none=False)
        assert columns(answer) == [place] and len(answer.scores) == 1
        assert len([note for note in answer.notes if "left out" in note]) == (2 if marks else 1)
    assert Model(backend).locate(photo, "the nice thing").text == "none"


@pytest.mark.parametrize("each", ["every", "Each", "ANY"])
def test_each_of_several_is_looked_at_as_one_by_its_pixels(photo, each):
    backend = Looking(stripe("red"), stripe("green"))
    Model(backend).locate(photo, f"{each} red thing")
    assert f"{each} red thing" in last_question(backend.asked("generate")[0][1][0])
    looked = [call[1][0] for call in backend.asked("score")]
    assert [last_question(sample) for sample in looked] == [
        "Which region is the red thing? 1: <region1>. Answer with its number, or none."
    ] * 2
    assert [sample.regions[0].mask(0).sum() for sample in looked] == [6000, 5000]
    assert backend.asked("things")


@pytest.mark.parametrize("words", ["any of the red things", "every one of the red things"])
def test_words_that_cannot_be_made_singular_stay_as_they_are(photo, words):
    backend = Looking(stripe("red"), marks=[stripe("green")])
    Model(backend).locate(photo, words)
    assert f"Which region is {words}?" in last_question(backend.asked("score")[0][1][0])
    assert not backend.asked("things")


def test_what_was_found_twice_is_one_place(photo):
    backend = Looking(stripe("red"), half(stripe("red"), at=14))
    answer = Model(backend).locate(photo, "the red thing")
    assert columns(answer) == [(0.0, 60.0)] and answer.regions[0].data[1] == 10.0
    assert answer.notes == ("a place was left out: most of it was found already",)


@pytest.mark.parametrize(("rows", "places"), [(20, 2), (45, 1)])
def test_places_are_one_from_three_tenths_of_the_smaller(photo, rows, places):
    """The top of the whole picture reaches some rows into the red stripe, 100 high, which is the smaller."""
    top = np.zeros((120, 160), bool)
    top[: 10 + rows] = True
    top[112:] = True
    backend = Looking(stripe("red"), found_in(top), likely={"red": 0.9, "green": 0.8, "blue": 0.8})
    assert len(Model(backend).locate(photo, "the nice thing").regions) == places


def test_where_each_is_asked_for_all_that_is_marked_and_meant_comes(photo):
    marks = [half(stripe("red")), stripe("red"), stripe("green"), stripe("blue")]
    backend = Looking(stripe("red"), marks=marks, likely={"red": 0.9, "green": 0.95, "blue": 0.6})
    answer = Model(backend).locate(photo, "each nice thing")
    assert columns(answer) == [(60.0, 110.0), (0.0, 60.0)] and answer.scores == {"1": 0.95, "2": 0.9}
    assert answer.text == "<light_mask>, <light_mask>" and len(answer.notes) == 1
    assert columns(Model(backend).locate(photo, "the nice thing")) == [(0.0, 60.0)]


def test_what_cannot_be_looked_at_again_does_not_take_its_neighbours_along(photo):
    outside = Found("box", 0, 0.8, {"box": (200, 10, 300, 50), "frame": 0})
    moment = Found("light_moment", 5, 0.8, {"spans": [], "saliency": []})
    backend = Looking(outside, moment, found_in(np.zeros((120, 160), bool), at=9), stripe("red", at=20))
    backend.heads = {"box": "box", "light_mask": "masks", "light_moment": "moments"}
    answer = Model(backend).locate(photo, "the red thing")
    assert columns(answer) == [(0.0, 60.0)] and answer.text == "<light_mask>"
    assert "no pixel" in answer.notes[0] and "cannot be looked at" in answer.notes[-1]


def test_a_model_that_does_not_say_leaves_the_first_answer(photo):
    backend = Looking(stripe("red"), marks=[stripe("red")])
    backend.weigh = lambda sample, text: float("nan")
    answer = Model(backend).locate(photo, "the red thing")
    assert columns(answer) == [(0.0, 60.0)] and "did not say" in answer.notes[0] and answer.scores == {"1": 0.8}
    backend.found = ()
    assert Model(backend).locate(photo, "the red thing").text == "none"


def test_an_answer_that_cannot_be_read_is_not_looked_at(photo):
    backend = Looking(marks=[stripe("red")])
    backend.generate = lambda samples, **how: [Generation("over there") for _ in samples]
    assert not Model(backend).locate(photo, "the red thing").readable and not backend.asked("things")


def test_on_a_clip_what_is_not_meant_is_left_out_and_nothing_is_added(clip):
    seen = {frame: clip.frames([frame])[0][..., 0] > 99 for frame in (2, 5)}
    masks = [{"frame": frame, "rle": rle.encode(mask), "score": 0.8} for frame, mask in seen.items()]
    found = Found("light_mask", 0, 0.8, {"masks": tuple(masks)})
    backend = Looking(found, marks=[stripe("red")])
    red, blue = (Model(backend).segment(clip, f"the {colour} thing") for colour in ("red", "blue"))
    assert red.regions[0].kind == "track" and red.scores == {"1": 0.9}
    assert blue.text == "none" and blue.notes and not backend.asked("things")
    assert len(Model(Looking(found, found)).segment(clip, "every red thing").regions) == 1
    late = replace(found, result={"masks": (masks[1],)})
    assert len(Model(Looking(found, late)).segment(clip, "the red thing").regions) == 1
    assert Model(backend).locate(clip, "the red thing").regions[0].frame == 2


@pytest.mark.parametrize("why", ["switched off", "a region is named", "the model does not", "no likelihoods"])
def test_what_is_looked_at_once(why, photo):
    backend, words = Looking(stripe("blue")), "the red thing"
    if why == "a region is named":
        words = "the red thing beside <region1>"
    if why == "the model does not":
        backend.looks_again = False
    if why == "no likelihoods":
        backend.can_score = False
    answer = Model(backend).locate(photo, words, Region.box(0, 0, 9, 9), check=why != "switched off")
    assert len(answer.regions) == 1 and answer.scores == {"1": 0.8}
    assert not backend.asked("score") and "check" not in answer.timing_ms


def test_a_region_that_is_given_and_not_named_does_not_hinder(photo):
    assert Model(Looking(stripe("blue"))).locate(photo, "the red thing", Region.box(0, 0, 9, 9)).text == "none"


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


def test_a_recording_without_second_looks_makes_none_up(photo, tmp_path):
    tape = tmp_path / "tape.jsonl"
    Model(Recorder(Looking(marks=[stripe("red")]), tape)).locate(photo, "the red thing", check=False)
    replayed = Model(Replay.open(tape))
    assert replayed.locate(photo, "the red thing", check=False).text == "none"
    with pytest.raises(NotFound, match="check=False"):
        replayed.locate(photo, "the red thing")
    other = Looking()
    other.looks_again = False
    with pytest.raises(ConfigError, match="checks what models say in another way"):
        Recorder(other, tape)


def test_the_model_inside_looks_twice(tmp_path, capsys):
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

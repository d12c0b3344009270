"""describe: one text a region, in one call, or one of the whole."""

import numpy as np
import pytest
from scripted_backend import colour_word, last_question

from regard.core.errors import MediaError, PromptError, RegionError
from regard.media.clip import Clip
from regard.regions.region import Region
from regard.verbs import Model
from regard.verbs._binder import Binder

LEFT, MIDDLE, RIGHT = Region.box(5, 5, 50, 100), Region.box(65, 5, 100, 100), Region.box(120, 5, 150, 100)


def test_many_regions_are_one_call_and_one_answer_each_in_their_order(scripted, photo):
    backend = scripted(colour_word)
    answers = Model(backend).describe(photo, [RIGHT, LEFT, MIDDLE, LEFT, RIGHT, LEFT])
    assert [answer.text for answer in answers] == ["blue", "red", "green", "red", "blue", "red"]
    assert [answer.region for answer in answers] == [0, 1, 2, 3, 4, 5]
    [(_, samples, _)] = backend.calls
    assert len(samples) == 6 and all(len(sample.regions) == 1 for sample in samples)
    assert {id(sample.media) for sample in samples} == {id(photo)}


def test_detail_changes_what_is_asked_and_anything_else_is_refused(scripted, photo):
    backend = scripted(last_question)
    brief, detailed = (Model(backend).describe(photo, LEFT, detail=detail)[0].text for detail in ("brief", "detailed"))
    assert brief == "Describe <region1> briefly." and detailed == "Describe <region1> in detail."
    with pytest.raises(PromptError, match="'brief' or 'detailed'"):
        Model(backend).describe(photo, LEFT, detail="short")


def test_without_regions_the_whole_is_described(scripted, photo, clip):
    for media in (photo, clip):
        [answer] = Model(scripted(last_question)).describe(media)
        assert answer.text == "Describe everything briefly." and answer.region is None


def test_answers_say_what_they_took_and_who_gave_them(model, photo):
    [answer] = model.describe(photo, [LEFT])
    assert answer.model == "scripted" and answer.verb == "describe" and answer.readable
    assert answer.usage == {"input_tokens": 10, "output_tokens": 2}
    assert set(answer.timing_ms) == {"generate", "bind", "total"}
    assert answer.regions[0].box() == (5, 5, 50, 100)


def test_a_clipped_region_and_a_cut_answer_are_told(scripted, photo):
    [answer] = Model(scripted(lambda sample: "one two three")).describe(
        photo, Region.box(-5, 5, 50, 100), max_new_tokens=2
    )
    assert answer.text == "one two"
    assert any("clipped" in note for note in answer.notes) and any("cut off" in note for note in answer.notes)


def test_an_empty_answer_is_unreadable(scripted, photo):
    [answer] = Model(scripted(lambda sample: "  ")).describe(photo, LEFT)
    assert not answer.readable


def test_streams_joined_are_the_answers(scripted, photo):
    model = Model(scripted(lambda sample: f"a {colour_word(sample)} thing"))
    streams = model.describe(photo, [LEFT, RIGHT], stream=True)
    pieces = list(streams[0])
    whole = model.describe(photo, [LEFT, RIGHT])
    assert len(pieces) > 1 and "".join(pieces) == whole[0].text
    assert [stream.answer.text for stream in streams] == [answer.text for answer in whole]
    assert streams[1].answer.region == 1 and streams[0].answer.timing_ms["total"] >= 0


@pytest.mark.parametrize("count", [0, -1, 4097, 10**9, 2.5, True, "10"])
def test_only_sensible_token_limits_are_taken(model, photo, count):
    with pytest.raises(PromptError, match="from 1 to 4096"):
        model.describe(photo, LEFT, max_new_tokens=count)


def test_media_come_in_every_form(model, photo, tmp_path):
    pillow = __import__("PIL.Image").Image.fromarray(photo.pixels)
    pillow.save(tmp_path / "photo.png")
    for media in (photo, photo.pixels, pillow, tmp_path / "photo.png", str(tmp_path / "photo.png")):
        assert model.describe(media, LEFT)[0].text == "a thing"
    with pytest.raises(MediaError):
        model.describe(tmp_path / "none.png")


def test_what_is_no_region_is_named(model, photo):
    with pytest.raises(RegionError, match=r"region 2 is a tuple; .*Region\.box"):
        model.describe(photo, [LEFT, (1, 2, 3, 4)])
    with pytest.raises(RegionError, match="region 1"):
        model.describe(photo, [Region.box(500, 500, 600, 600)])


def test_points_need_a_segmenter_and_use_the_one_given(scripted, photo):
    def segment(pixels, points, labels):
        mask = np.zeros(pixels.shape[:2], bool)
        x, y = (int(value) for value in points[0])
        mask[max(y - 5, 0) : y + 5, max(x - 5, 0) : x + 5] = True
        return mask

    model = Model(scripted(colour_word), Binder(segment))
    assert model.describe(photo, [Region.point(30, 30), Region.point(140, 30)])[1].text == "blue"
    with pytest.raises(RegionError, match="segmenter"):
        Model(scripted()).describe(photo, [Region.point(30, 30)])


def test_a_streamed_answer_knows_what_the_whole_one_knows(scripted, photo):
    model = Model(scripted(lambda sample: "one two three"))
    [stream] = model.describe(photo, Region.box(-5, 5, 50, 100), max_new_tokens=2, stream=True)
    [whole] = model.describe(photo, Region.box(-5, 5, 50, 100), max_new_tokens=2)
    assert stream.answer.notes == whole.notes and "cut off" in whole.notes[-1]
    assert stream.answer.usage == whole.usage and set(stream.answer.timing_ms) == set(whole.timing_ms)


@pytest.mark.parametrize(("most", "cut"), [(2, True), (3, False)])
def test_a_stream_that_tells_nothing_is_cut_off_when_it_has_as_many_pieces_as_were_allowed(
    scripted, photo, most, cut, monkeypatch
):
    model = Model(scripted())
    monkeypatch.setattr(model.backend, "stream", lambda sample, max_new_tokens: iter(["a ", "thing"]))
    [stream] = model.describe(photo, LEFT, max_new_tokens=most, stream=True)
    assert any("cut off" in note for note in stream.answer.notes) is cut and stream.answer.text == "a thing"


def test_a_clip_of_one_frame_has_nothing_to_follow(model):
    still = Clip.from_frames(np.zeros((1, 60, 80, 3), np.uint8), fps=4)
    [bound] = model.bind(still, Region.box(1, 2, 30, 40), propagate=True)
    assert bound.frames == [0] and bound.box() == (1, 2, 30, 40)


def test_the_number_of_a_region_is_counted_from_0_in_json_too(model, photo):
    answers = model.describe(photo, [LEFT, RIGHT])
    assert [answer.to_dict()["region"] for answer in answers] == [answer.region for answer in answers] == [0, 1]

"""The verbs on the command line: text, JSON, drawings, recordings, conversations, and what is refused."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image as PILImage

from regard.media.clip import Clip

BOX, OTHER = "box:40,30,100,90", "box:5,5,30,25"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def test_ask_prints_the_answer_without_control_codes(regard, files, answering):
    code, out, err = regard("ask", files / "photo.png", "What is <region1>?", "--region", BOX)
    assert (code, out, err) == (0, "a red thing <b>here</b> 1\n", "")


def test_describe_numbers_its_answers_when_there_are_several(regard, files, answering):
    _, one, _ = regard("describe", files / "photo.png", "--region", BOX)
    _, two, _ = regard("describe", files / "photo.png", "--region", BOX, "--region", OTHER)
    _, whole, _ = regard("describe", files / "photo.png", "--detail", "detailed")
    assert one == whole == "a red thing <b>here</b> 1\n"
    assert two == "1: a red thing <b>here</b> 1\n2: a red thing <b>here</b> 1\n"


def test_classify_and_match_print_a_choice_and_its_score(regard, files, answering):
    _, out, _ = regard("classify", files / "photo.png", "--labels", "cup, bowl,plate", "--region", BOX)
    assert out == "cup (0.67)\n"
    _, out, _ = regard("match", files / "photo.png", "the red cup", "--region", BOX, "--region", OTHER)
    assert out == "region 1 (0.67)\n"
    _, out, _ = regard("match", files / "photo.png", "the red cup", "--region", BOX, "--no-allow-none")
    assert out == "region 1 (1.00)\n"


@pytest.mark.parametrize(
    ("words", "own"),
    [
        (("ask", "What is <region1>?"), {"text"}),
        (("describe",), {"text", "region"}),
        (("classify", "--labels", "a,b"), {"text", "label", "scores"}),
        (("match", "the cup"), {"text", "index", "scores"}),
    ],
)
def test_json_is_one_whole_object_an_answer(regard, rows, files, answering, words, own):
    verb, *rest = words
    code, out, _ = regard(verb, files / "photo.png", *rest, "--region", BOX, "--json")
    assert code == 0
    [row] = rows(out)
    assert {"verb", "regions", "model", "timing_ms", "media", "readable"} | own <= set(row)
    assert row["verb"] == verb and row["model"] == "fixed" and row["timing_ms"]["total"] >= 0
    assert row["regions"][0]["size"] == [160, 120]
    if verb in ("ask", "describe"):
        assert "\x1b[31m" in row["text"] and "<b>" in row["text"]


def test_json_holds_no_raw_control_code(regard, files, answering):
    _, out, _ = regard("describe", files / "photo.png", "--region", BOX, "--json")
    assert not CONTROL.search(out)


def test_streamed_text_is_the_whole_text_and_clean(regard, files, answering):
    _, out, _ = regard("describe", files / "photo.png", "--region", BOX, "--region", OTHER, "--stream")
    assert not CONTROL.search(out)
    answering.text = "a plain thing"
    _, streamed, _ = regard("describe", files / "photo.png", "--region", BOX, "--region", OTHER, "--stream")
    _, whole, _ = regard("describe", files / "photo.png", "--region", BOX, "--region", OTHER)
    assert streamed == whole
    code, _, err = regard("describe", files / "photo.png", "--stream", "--json")
    assert code == 2 and "choose one" in err


def test_a_conversation_is_read_from_standard_input(regard, files, answering, monkeypatch):
    answering.text = "turns:"
    monkeypatch.setattr("sys.stdin", io.StringIO("What is <region1>?\n\nWhat color is it?\n"))
    code, out, _ = regard("ask", files / "photo.png", "-", "--region", BOX)
    assert (code, out) == (0, "turns: 1\nturns: 3\n")


def test_a_conversation_needs_a_question_and_is_not_streamed(regard, files, answering, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    code, _, err = regard("ask", files / "photo.png", "-", "--draw", tmp_path / "out.png")
    assert code == 2 and "none came" in err
    code, _, err = regard("ask", files / "photo.png", "-", "--stream")
    assert code == 2 and "one question" in err


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_picture_is_drawn_with_its_answers(regard, files, answering, tmp_path, suffix):
    out = tmp_path / f"out.{suffix}"
    code, _, _ = regard("describe", files / "photo.png", "--region", BOX, "--draw", out)
    assert code == 0
    drawn = np.asarray(PILImage.open(out))
    assert drawn.shape[1] == 800 and drawn.std() > 10
    for verb, *rest in (("ask", "What is <region1>?"), ("match", "the cup"), ("classify", "--labels", "a,b")):
        assert regard(verb, files / "photo.png", *rest, "--region", BOX, "--draw", out)[0] == 0


def test_a_clip_is_drawn_as_a_clip_and_regions_have_a_time(regard, files, answering, tmp_path):
    out = tmp_path / "out.mp4"
    code, _, _ = regard("describe", files / "clip.mp4", "--region", "box:5,20,25,40@0.5s", "--draw", out)
    assert code == 0 and Clip.open(out).frame_count == 8
    code, _, err = regard("describe", files / "clip.mp4", "--region", "box:5,20,25,40@99")
    assert code == 2 and "99" in err


def test_a_region_is_followed_through_a_clip_when_asked(regard, rows, files, answering):
    words = ("describe", files / "clip.mp4", "--region", "box:5,20,25,40", "--json")
    [alone], [followed] = rows(regard(*words)[1]), rows(regard(*words, "--propagate")[1])
    assert list(alone["regions"][0]["rles"]) == ["0"]
    assert len(followed["regions"][0]["rles"]) > 4


def test_points_scribbles_and_units(regard, rows, files, answering):
    for region in ("point:70,60", "scribble:60,50,70,60,80,70"):
        [row] = rows(regard("describe", files / "photo.png", "--region", region, "--json")[1])
        assert row["regions"][0]["given"]["kind"] == region.partition(":")[0]
    [row] = rows(
        regard("describe", files / "photo.png", "--region", "box:250,250,625,750", "--unit", "norm1000", "--json")[1]
    )
    assert row["regions"][0]["given"]["unit"] == "norm1000"


def test_answers_are_recorded_and_replayed(regard, files, answering, tmp_path):
    tape = tmp_path / "tape.jsonl"
    words = ("ask", files / "photo.png", "What is <region1>?", "--region", BOX)
    _, live, _ = regard(*words, "--record", tape)
    answering.text = "something else"
    code, replayed, _ = regard(*words, "--model", f"replay:{tape}")
    assert (code, replayed) == (0, live)
    code, _, err = regard("ask", files / "photo.png", "Why?", "--model", f"replay:{tape}")
    assert code == 2 and "holds no answer" in err


def test_notes_go_to_standard_error(regard, files, answering):
    _, out, err = regard("ask", files / "photo.png", "What is <region1>?", "--region", BOX, "--region", OTHER)
    assert len(out.splitlines()) == 1 and "note: not mentioned in the text: <region2>" in err


def test_an_unreadable_answer_is_said_to_be_so(regard, rows, files, answering):
    answering.can_score = False
    words = ("match", files / "photo.png", "the cup", "--region", BOX)
    code, out, err = regard(*words)
    assert code == 0 and out.startswith("unreadable:") and "could not be read" in err
    [row] = rows(regard(*words, "--json")[1])
    assert row["readable"] is False and row["index"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ask", "photo.png"), "QUESTION"),
        (("ask", "photo.png", "What", "is", "it?"), "need quotes"),
        (("ask", "photo.png", "What?", "--regoin", BOX), "Did you mean '--region'"),
        (("ask", "photo.png", "What?", "--reg", BOX), "Did you mean '--region'"),
        (("ask", "photo.png", "What is <region2>?", "--region", BOX), "1 region was given"),
        (("ask", "photo.png", "What?", "--region", "bx:1,2,3,4"), "Did you mean 'box'"),
        (("ask", "photo.png", "What?", "--region", "box:1,2,3"), "four numbers"),
        (("ask", "photo.png", "What?", "--region", "box:100,30,40,90"), "wrong way round"),
        (("ask", "photo.png", "What?", "--region", "box:1,2,3,1.7", "--unit", "norm1"), "norm1"),
        (("ask", "photo.png", "What?", "--unit", "pixel"), "invalid choice"),
        (("ask", "photo.png", "What?", "--max-new-tokens", "99999"), "from 1 to 4096"),
        (("ask", "photo.png", "What?", "--max-new-tokens", "many"), "invalid int"),
        (("ask", "photo.png", "What?", "--segmenter", "grabcat"), "Did you mean 'grabcut'"),
        (("ask", "photo.png", "What?", "--segmenter", "flow"), "makes no masks from points"),
        (("ask", "photo.png", "What?", "--model", "nonsense"), "What can be loaded"),
        (("ask", "photo.png", "x" * 1_000_001), "at most 1000000"),
        (("ask", "gone.png", "What?"), "gone.png"),
        (("ask", "https://example.org/a.png", "What?"), "fetched"),
        (("classify", "photo.png", "--labels", "a,b"), "about regions"),
        (("classify", "photo.png", "--labels", "a,a", "--region", BOX), "the same"),
        (("classify", "photo.png", "--labels", "a,,b", "--region", BOX), "label 2 is ''"),
        (("classify", "photo.png", "--labels", ",".join(map(str, range(1001))), "--region", BOX), "1 to 1000"),
        (("match", "photo.png", "the cup"), "about regions"),
        (("match", "photo.png", "the cup", *["--region", BOX] * 4), "takes at most 3"),
        (("describe", "photo.png", "--detail", "long"), "invalid choice"),
        (("describe", "photo.png", "--draw", "out.bmp"), ".png .jpg"),
        (("describe", "photo.png", "--draw", "out.mp4"), "video of one picture"),
    ],
)
def test_bad_input_is_exit_2_with_the_mend_and_no_traceback(regard, files, answering, words, message, monkeypatch):
    monkeypatch.chdir(files)
    code, out, err = regard(*words)
    assert code == 2 and out == ""
    assert err.startswith("regard: ") and message in err and "Traceback" not in err


def test_a_file_that_cannot_be_written_is_told(regard, files, answering, tmp_path):
    (tmp_path / "out.png").mkdir()
    code, _, err = regard("describe", files / "photo.png", "--draw", tmp_path / "out.png")
    assert code == 2 and err.startswith("regard: ")


def test_json_rows_can_be_read_line_by_line(regard, files, answering):
    _, out, _ = regard("describe", files / "photo.png", *["--region", BOX] * 20, "--json")
    assert [json.loads(line)["region"] for line in out.splitlines()] == list(range(20))

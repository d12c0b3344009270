"""MVBench: a small folder in the official layout, both rules, and output files of three kinds."""

import json

import numpy as np
import pytest

from regard.bench import _run
from regard.bench._base import Given, Settings, load
from regard.core.errors import DataError
from regard.media.clip import Clip
from regard.media.image import Image

ROWS = {
    "action_sequence": [
        {"video": "a.mp4", "question": "What came first?", "candidates": ["a jump", "a fall"], "answer": "a fall"}
        | {"start": 1.0, "end": 2.0},
        {"video": "a.mp4", "question": "And then?", "candidates": ["x", "y", "z"], "answer": "x", "start": 0, "end": 9},
    ],
    "moving_count": [{"video": "b.mp4", "question": "How many?", "candidates": ["1", "2", "3"], "answer": "3"}],
    "episodic_reasoning": [{"video": "show", "question": "Who?", "candidates": ["Ann", "Bob"], "answer": "Ann"}],
}
SKILLS = tuple(ROWS)


@pytest.fixture
def folder(tmp_path):
    """Three tasks, two clips and a folder of frames."""
    home = tmp_path / "data"
    (home / "json").mkdir(parents=True)
    for task, rows in ROWS.items():
        (home / "json" / f"{task}.json").write_text(json.dumps(rows))
    made = {"rows": {f"{task}.json": len(rows) for task, rows in ROWS.items()}}
    (home / "json" / "made.json").write_text(json.dumps(made))
    for name in ("star/Charades_v1_480/a.mp4", "clevrer/video_validation/b.mp4"):
        path = home / "video" / name
        path.parent.mkdir(parents=True)
        Clip.from_frames(np.zeros((4, 16, 16, 3), dtype=np.uint8), fps=1).save(path)
    show = home / "video" / "tvqa" / "frames_fps3_hq" / "show"
    show.mkdir(parents=True)
    for number in (1, 2, 3):
        Image.from_array(np.zeros((8, 8, 3), dtype=np.uint8)).save(show / f"{number:05d}.png")
    return home


@pytest.fixture
def items(folder):
    return list(load("mvbench").items(Settings(folder, skills=SKILLS)))


def scored(folder, tmp_path, content, protocol="strict"):
    path = tmp_path / "answers_of_others.json"
    path.write_text(json.dumps(content))
    return _run.read(load("mvbench"), path, Settings(folder, skills=SKILLS), protocol=protocol)


def rows_with(items, answer):
    return [{"task_type": i.truth["task"], "pred": answer(i), "gt": i.answer} for i in items]


def test_clips_are_cut_and_frames_are_read(items):
    assert [item.open().media.frame_count for item in items] == [2, 4, 4, 3]
    assert items[3].open().media.times == pytest.approx([0, 1 / 3, 2 / 3])
    assert items[0].question.startswith("What came first?\n(A) a jump\n(B) a fall\n")
    assert items[0].answer == "(B) a fall"


@pytest.mark.parametrize("protocol", ["strict", "official"])
def test_perfect_answers_score_the_maximum(folder, tmp_path, items, protocol):
    for answer in (lambda item: item.answer, lambda item: item.answer[:3], lambda item: ord(item.answer[1]) - ord("A")):
        report = scored(folder, tmp_path, {"res_list": rows_with(items, answer)}, protocol)
        assert {figure.value for figure in report.figures} == {1.0}
    assert report.figure("accuracy").chance == pytest.approx((1 / 2 + 1 / 3 + 1 / 3 + 1 / 2) / 4)


def test_empty_answers_are_right_for_the_published_rule_alone(folder, tmp_path, items):
    report = scored(folder, tmp_path, rows_with(items, lambda item: ""))
    both = report.figure("accuracy").protocols
    assert (both["strict"].value, both["official"].value) == (0.0, 1.0)
    assert report.states["unreadable"] == 4


def test_an_answer_in_a_sentence_is_wrong_for_the_published_rule_alone(folder, tmp_path, items):
    report = scored(folder, tmp_path, rows_with(items, lambda item: f"The answer is {item.answer}"))
    both = report.figure("accuracy").protocols
    assert (both["strict"].value, both["official"].value) == (1.0, 0.0)


def test_rows_out_of_order_are_refused(folder, tmp_path, items):
    rows = rows_with(items, lambda item: "(A)")
    rows[0], rows[1] = rows[1], rows[0]
    with pytest.raises(DataError, match="not in the published order"):
        scored(folder, tmp_path, rows)


def test_rows_without_a_task_are_taken_in_the_published_order():
    rows = [{"pred": "(A)", "gt": "(A) x"}] * 401
    keys = [given.key for given in load("mvbench").recorded({"res_list": rows})]
    assert (keys[0], keys[199], keys[200], keys[400]) == (
        "action_sequence/1",
        "action_sequence/200",
        "action_prediction/1",
        "action_antonym/1",
    )


def test_rows_without_an_answer_have_failed(folder, tmp_path, items):
    rows = rows_with(items, lambda item: item.answer)
    rows[2].pop("pred")
    report = scored(folder, tmp_path, rows)
    assert (report.states["failed"], report.figure("accuracy").value) == (1, 1.0)


def test_files_and_answers_are_written_back(tmp_path, items):
    benchmark = load("mvbench")
    benchmark.write(items[2:], tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again", skills=("moving_count", "episodic_reasoning"))))
    assert [(one.key, one.truth, one.question) for one in again] == [(i.key, i.truth, i.question) for i in items[2:]]
    assert [one.open().media.frame_count for one in again] == [4, 3]
    given = {item.key: Given(item.key, {"pred": item.answer, "gt": item.answer}) for item in items}
    benchmark.write_answers(items, given, tmp_path / "out.json")
    assert {one.key: one for one in benchmark.recorded(json.loads((tmp_path / "out.json").read_text()))} == given


def test_an_answer_that_is_no_candidate_is_refused(folder):
    (folder / "json" / "moving_count.json").write_text(json.dumps([ROWS["moving_count"][0] | {"answer": "9"}]))
    with pytest.raises(DataError, match="not one of the candidates"):
        list(load("mvbench").items(Settings(folder, skills=("moving_count",))))

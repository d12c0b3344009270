"""Charades-STA: a small folder in the official format, and answers as spans and as texts."""

import json

import numpy as np
import pytest

from regard.bench import _run
from regard.bench._base import Given, Settings, load
from regard.bench.charades_sta import FILE
from regard.core.errors import DataError
from regard.media.clip import Clip

LINES = ["AB12 0.0 4.0##a person opens a door.", "AB12 2.0 3.0##the person sits down.", "XY34 1.0 3.5##a cup falls"]
TRUTH = {"AB12: a person opens a door": [0, 4], "AB12: the person sits down": [2, 3], "XY34: a cup falls": [1, 3.5]}


@pytest.fixture
def folder(tmp_path):
    """The official file with three sentences, and two clips."""
    home = tmp_path / "data"
    (home / "Charades_v1_480").mkdir(parents=True)
    (home / FILE.name).write_text("\n".join(LINES) + "\n")
    (home / "made.json").write_text(json.dumps({"rows": {FILE.name: 3}}))
    for name in ("AB12", "XY34"):
        frames = np.zeros((5, 16, 16, 3), dtype=np.uint8)
        Clip.from_frames(frames, fps=1).save(home / "Charades_v1_480" / f"{name}.mp4")
    return home


def scored(folder, tmp_path, rows):
    path = tmp_path / "answers_of_others.json"
    path.write_text(json.dumps(rows))
    return _run.read(load("charades_sta"), path, Settings(folder))


def values(report):
    return {figure.name: figure.value for figure in report.figures}


def row(line, **answer):
    head, query = line.split("##")
    return {"vid": head.split()[0], "query": query, **answer}


def test_perfect_spans_and_perfect_texts_score_the_maximum(folder, tmp_path):
    spans = [row(line, pred_relevant_windows=[[*span, 1.0]]) for line, span in zip(LINES, TRUTH.values(), strict=True)]
    texts = [row(line, pred=f"From {a} to {b} s.") for line, (a, b) in zip(LINES, TRUTH.values(), strict=True)]
    for rows in (spans, texts, texts[::-1]):
        found = values(scored(folder, tmp_path, rows))
        assert found == {"mIoU": 1.0, "R1@0.3": 1.0, "R1@0.5": 1.0, "R1@0.7": 1.0}


def test_figures_by_hand(folder, tmp_path):
    """IoU 1/2, 0 (reversed) and 0.4."""
    given = ([[0, 2]], [[3, 2]], [[1, 2]])
    rows = [row(line, pred_relevant_windows=spans) for line, spans in zip(LINES, given, strict=True)]
    found = values(scored(folder, tmp_path, rows))
    assert found == {"mIoU": pytest.approx(0.3), "R1@0.3": 2 / 3, "R1@0.5": 1 / 3, "R1@0.7": 0.0}


def test_what_cannot_be_read_counts_nothing_and_stays(folder, tmp_path):
    rows = [row(LINES[0], pred="0 - 4"), row(LINES[1], pred="no idea"), row(LINES[2], pred_relevant_windows=[])]
    report = scored(folder, tmp_path, rows)
    assert (report.states["unreadable"], values(report)["R1@0.5"]) == (2, 1 / 3)
    nan = scored(folder, tmp_path, [row(LINES[0], pred_relevant_windows=[[float("nan"), 4, 1]])])
    assert (nan.states["unreadable"], nan.states["missing"]) == (1, 2)


def test_rows_of_another_form_are_refused(folder, tmp_path):
    with pytest.raises(DataError, match="needs 'vid' and 'query'"):
        scored(folder, tmp_path, [{"clip": "AB12", "pred": "0 - 4"}])


def test_files_and_answers_are_written_back(folder, tmp_path):
    benchmark = load("charades_sta")
    items = list(benchmark.items(Settings(folder)))
    assert [item.key for item in items] == list(TRUTH)
    benchmark.write(items, tmp_path / "again")
    assert (tmp_path / "again" / FILE.name).read_text() == (folder / FILE.name).read_text()
    assert next(benchmark.items(Settings(tmp_path / "again"))).open().media.frame_count == 5
    given = {key: Given(key, [[*span, 1.0]]) for key, span in TRUTH.items()} | {"XY34: a cup falls": Given("", "1-3.5")}
    benchmark.write_answers(items, given, tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {one.key: one.answer for one in benchmark.recorded(rows)} == {key: one.answer for key, one in given.items()}


def test_the_same_sentence_twice(folder):
    (folder / FILE.name).write_text("AB12 0 4##a cup\nAB12 2 3##A cup.\nAB12 1 2##a cup")
    assert [item.key for item in load("charades_sta").items(Settings(folder))] == [
        "AB12: a cup",
        "AB12: a cup (2)",
        "AB12: a cup (3)",
    ]


@pytest.mark.parametrize("line", ["AB12 0.0##x", "AB12 0 4", "AB12 a b##x"])
def test_damaged_lines_are_refused(folder, line):
    (folder / FILE.name).write_text("\n".join([line, *LINES[:2]]))
    with pytest.raises(DataError, match="line 1 is not"):
        list(load("charades_sta").items(Settings(folder)))

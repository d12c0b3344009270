"""QVHighlights: the published sample to the printed digit, a small official folder, all kinds of answers."""

import json

import numpy as np
import pytest
from oracles import FOLDER, needs

from regard.bench import _run, _spans
from regard.bench._base import Given, Settings, load
from regard.bench.metrics.moments import THRESHOLDS
from regard.bench.qvhighlights import FILE, SALIENCY, WINDOWS
from regard.core.errors import DataError
from regard.media.clip import Clip

ROWS = [
    {
        "qid": number,
        "query": query,
        "vid": f"clip_{number}",
        "duration": 20,
        "relevant_windows": windows,
        "relevant_clip_ids": clips,
        "saliency_scores": [[4, 3, 4] for _ in clips],
    }
    for number, query, windows, clips in (
        (11, "a cup falls", [[0, 6]], [0, 1, 2]),
        (12, "a dog runs", [[2, 14], [16, 20]], [1, 2, 3, 4, 5, 6, 8, 9]),
        (13, "two kites meet", [[8, 10]], [4]),
    )
]


@pytest.fixture
def folder(tmp_path):
    """Official files with three queries, and their clips."""
    home = tmp_path / "data"
    (home / "videos").mkdir(parents=True)
    (home / FILE.name).write_text("\n".join(json.dumps(row) for row in ROWS))
    (home / "made.json").write_text(json.dumps({"rows": {FILE.name: 3}}))
    for row in ROWS:
        Clip.from_frames(np.zeros((4, 16, 16, 3), dtype=np.uint8), fps=1).save(home / "videos" / f"{row['vid']}.mp4")
    return home


def perfect(row):
    curve = np.zeros(10)
    curve[row["relevant_clip_ids"]] = 1
    return {WINDOWS: [[*span, 1.0] for span in row["relevant_windows"]], SALIENCY: curve.tolist()}


def scored(folder, tmp_path, answers, protocol="strict"):
    path = tmp_path / "answers_of_others.jsonl"
    path.write_text("".join(json.dumps({"qid": key} | row) + "\n" for key, row in answers.items()))
    return _run.read(load("qvhighlights"), path, Settings(folder), protocol=protocol)


def values(report):
    return {figure.name: figure.value for figure in report.figures}


@needs("qvhighlights")
@pytest.mark.slow
def test_the_published_figures_to_the_printed_digit(regard):
    data = FOLDER / "qvhighlights"
    words = ("--answers", data / "sample_val_preds.jsonl.gz", "--protocol", "official", "--json")
    code, told, _ = regard("bench", "qvhighlights", "--data", data, *words)
    assert code == 0
    report = json.loads(told)
    found = {figure["name"]: round(100 * figure["value"], 2) for figure in report["figures"]}
    recorded = json.loads((data / "sample_val_preds_metrics_raw.json").read_text())
    assert recorded["brief"] == {name: found[name] for name in recorded["brief"]}
    assert recorded["brief"]["MR-full-mAP"] == 32.2
    for part in ("full", "short", "middle", "long"):
        for kind in ("mAP", "R1"):
            given = {str(limit): found.get(f"MR-{part}-mAP, {kind}@{limit:g}") for limit in THRESHOLDS}
            brief = {str(limit): found.get(f"MR-{part}-{kind}@{limit:g}") for limit in THRESHOLDS}
            expected = recorded[part][f"MR-{kind}"]
            assert {limit: given[limit] or brief[limit] or 0.0 for limit in given} == {
                limit: expected[limit] for limit in given
            }
    assert report["notes"] == []
    assert report["states"]["answered"] == 1550


@pytest.mark.parametrize("protocol", ["strict", "official"])
def test_perfect_answers_score_the_maximum(folder, tmp_path, protocol):
    found = values(scored(folder, tmp_path, {row["qid"]: perfect(row) for row in ROWS}, protocol))
    whole = {name: value for name, value in found.items() if name.startswith(("MR-full", "HL-min-Good", "HL-min-Fair"))}
    assert whole == dict.fromkeys(whole, 1.0)
    assert found["HL-min-VeryGood-mAP"] == pytest.approx(2 / 3), "one of three annotators never gave it"
    assert found["MR-short-mAP"] < 1, "a true long moment is a false alarm among the short ones"


def test_answers_to_other_queries_score_less(folder, tmp_path):
    others = {row["qid"]: perfect(other) for row, other in zip(ROWS, ROWS[1:] + ROWS[:1], strict=True)}
    found = values(scored(folder, tmp_path, others))
    assert found["MR-full-mAP"] < 0.2
    assert found["MR-full-R1@0.7"] == 0.0
    assert found["HL-min-VeryGood-Hit1"] < 1.0


def test_empty_moments_find_nothing_and_stop_the_published_evaluator(folder, tmp_path):
    answers = {row["qid"]: perfect(row) for row in ROWS} | {12: perfect(ROWS[1]) | {WINDOWS: []}}
    strict = scored(folder, tmp_path, answers)
    assert values(strict)["MR-full-mAP"] == pytest.approx(2 / 3)
    assert strict.states["answered"] == 3
    official = scored(folder, tmp_path, answers, "official")
    assert official.figure("MR-full-mAP").value is None
    assert any("stops at '12'" in note for note in official.notes)


@pytest.mark.parametrize(
    "wrong",
    [
        [[0, 6]],
        [["0", "6", "1"]],
        "0 - 6",
        5,
        [[0, 10**400, 1]],
        [5],
        [[0, float("nan"), 1]],
        [[0, float("inf"), 1]],
        None,
        [[0, 6, True]],
    ],
)
def test_what_is_no_list_of_moments_is_unreadable(folder, tmp_path, wrong):
    answers = {row["qid"]: perfect(row) for row in ROWS} | {11: perfect(ROWS[0]) | {WINDOWS: wrong}}
    report = scored(folder, tmp_path, answers)
    assert report.states["unreadable"] == 1
    assert values(report)["MR-full-R1@0.5"] == pytest.approx(2 / 3)
    assert values(report)["HL-min-Good-Hit1"] == 1.0


def test_nan_is_found_by_the_published_evaluator_alone(folder, tmp_path):
    answers = {row["qid"]: perfect(row) for row in ROWS} | {13: perfect(ROWS[2]) | {WINDOWS: [[float("nan"), 6, 1]]}}
    report = scored(folder, tmp_path, answers, "official")
    both = report.figure("MR-full-mAP").protocols
    assert (both["official"].value, both["strict"].value) == (1.0, pytest.approx(2 / 3))


def test_missing_queries_are_counted_and_stop_the_published_evaluator(folder, tmp_path):
    report = scored(folder, tmp_path, {row["qid"]: perfect(row) for row in ROWS[:2]})
    assert (report.states["missing"], report.coverage) == (1, pytest.approx(2 / 3))
    assert report.figure("MR-full-mAP").missing == 1
    assert report.figure("MR-full-mAP").protocols["official"].value is None


def test_what_no_row_has_is_not_measured(folder, tmp_path):
    moments = {row["qid"]: {WINDOWS: perfect(row)[WINDOWS]} for row in ROWS}
    found = values(scored(folder, tmp_path, moments))
    assert found["MR-full-mAP"] == 1.0
    assert found["HL-min-Fair-Hit1"] is None
    some = moments | {11: perfect(ROWS[0])}
    report = scored(folder, tmp_path, some)
    assert report.states["unreadable"] == 2
    assert values(report)["HL-min-Fair-Hit1"] == pytest.approx(1 / 3)


def test_moments_in_words(folder):
    benchmark = load("qvhighlights")
    items = list(benchmark.items(Settings(folder)))
    assert items[0].open().media.frame_count == 4
    assert "a cup falls" in items[0].question
    score = benchmark.score(items[0], "From 0.0 to 6 seconds.")
    assert score.readable
    assert score.parts["MR-full-mAP"] == score.parts["MR-full-mIoU"] == (1.0, 1.0)
    assert score.parts["HL-min-Good-mAP"] == (0.0, 0.0)
    assert not benchmark.score(items[0], "It never happens.").readable


def test_files_and_answers_are_written_back(folder, tmp_path):
    benchmark, settings = load("qvhighlights"), Settings(folder)
    items = list(benchmark.items(settings))
    benchmark.write(items, tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again")))
    assert [(item.key, item.truth, item.question) for item in again] == [
        (item.key, item.truth, item.question) for item in items
    ]
    given = {str(row["qid"]): Given(str(row["qid"]), perfect(row)) for row in ROWS}
    benchmark.write_answers(items, given, tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert rows[0].keys() == {"qid", "query", "vid", WINDOWS, SALIENCY}
    assert {one.key: one.answer for one in benchmark.recorded(rows)} == {key: one.answer for key, one in given.items()}


def test_only_some_skills(folder):
    items = list(load("qvhighlights").items(Settings(folder, skills=("highlights",))))
    assert items[0].figure == "HL-min-VeryGood-mAP"
    assert not any(name.startswith("MR") for name in items[0].also)


def test_another_number_of_rows_is_refused(folder):
    (folder / "made.json").unlink()
    with pytest.raises(DataError, match="3 rows, expected 1,550"):
        list(load("qvhighlights").items(Settings(folder)))


@pytest.mark.parametrize(
    "text, spans",
    [
        ("12.5 - 20.0", [[12.5, 20.0]]),
        ("from 3 to 4 seconds, and 10s-12s", [[3, 4], [10, 12]]),
        ("[1.5, 2.25]", [[1.5, 2.25]]),
        ("0:12 - 1:05.5", [[12, 65.5]]),
        ("20 - 10", [[20, 10]]),
        ("at 12 seconds", []),
        ("12.5", []),
        ("", []),
        ("version 1.2.3", []),
    ],
)
def test_spans_in_words(text, spans):
    assert _spans.read_spans(text) == spans


def test_what_stands_behind_three_numbers_is_not_read(folder, tmp_path):
    answers = {row["qid"]: perfect(row) for row in ROWS}
    answers[13][WINDOWS] = [[8, 10, 0.5, "more"]]
    for protocol in ("strict", "official"):
        assert values(scored(folder, tmp_path, answers, protocol))["MR-full-mAP"] == 1.0

"""Where the strict rules and the published scorers part: unreadable replies, lost items, and files that are odd."""

import json

import pytest
from making import MAKERS, PERFECT, RuleJudge

from regard.backends._chat import Reply
from regard.bench._base import OFFICIAL, Given, ScorerStops, Settings, load
from regard.bench._judge import Judgement
from regard.bench._run import read
from regard.bench.dlc_bench import official_choice
from regard.core.errors import DataError
from regard.core.files import write_json, write_rows

CUPS = ("The cup is not mentioned.", "The cup is mentioned.", "The cup is mentioned. It is red.")


def made(name, tmp_path):
    benchmark = load(name)
    benchmark.write(MAKERS[name](), tmp_path)
    return benchmark, list(benchmark.items(Settings(tmp_path)))


@pytest.mark.parametrize(
    ("reply", "choice"),
    [
        ("B. The cup is mentioned.", 1),
        ("b", 1),
        ("the cup is not mentioned.", 0),
        ("Surely the cup is not mentioned. No.", 0),
        ("C. whatever", 2),
        ("The cup is mentioned. It is red. So be it.", 2),  # two begin at one place: the longest
        ("is mentioned", 2),  # a part of two: the longest
        ("A\nbecause", 0),
        ("I cannot say", None),
        ("z", None),
    ],
)
def test_the_published_reading_of_a_reply(reply, choice):
    assert official_choice(reply, CUPS) == choice


@pytest.mark.parametrize("reply", ["", "  ", "d", "e. something", "d\nbecause"])
def test_where_the_published_reading_ends_with_an_error(reply):
    with pytest.raises(ScorerStops):
        official_choice(reply, ("left", "right"))


@pytest.mark.parametrize(
    ("text", "strict", "readable", "official"),
    [
        ("B", 1, True, 1),
        ("b", 1, True, 1),
        ("B.", 1, True, 0),
        ("(B)", 1, True, 0),
        ("B. <Prompt1>", 1, True, 0),
        ("The answer is B.", 1, True, 0),
        ("B<|eot_id|>", 1, True, 0),
        ("A", 0, True, 0),
        ("A or B", 0, False, 0),
        ("E", 0, False, 0),
        ("", 0, False, 0),
        ("both", 0, True, 0),
    ],
)
def test_letters_of_gar_bench(text, strict, readable, official, tmp_path):
    benchmark, items = made("gar_bench_vqa", tmp_path)
    item = items[1]  # the true one is B
    score = benchmark.score(item, text)
    assert (score.hits, score.readable) == (strict, readable)
    assert benchmark.official(item, text).hits == official


@pytest.mark.parametrize(
    ("reply", "strict", "official"),
    [
        ("True", 1, 1),
        ("true.", 1, 0),
        ("True, it is.", 1, 0),
        ("False", 0, 0),
        ("I cannot tell", None, 0),
        ("", None, 0),
    ],
)
def test_verdicts_of_gar_bench(reply, strict, official, tmp_path):
    benchmark, items = made("gar_bench_simple", tmp_path)
    judgement = Judgement("something", {"verdict": reply})
    score = benchmark.score(items[0], judgement)
    assert score.judged == (strict is not None)
    assert score.hits == (strict or 0)
    assert benchmark.official(items[0], judgement).hits == official


def test_an_unreadable_reply_takes_the_item_out_of_the_strict_mean_and_is_counted(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    judge = RuleJudge(
        replies={(items[0].key, "1"): "Hm?", (items[1].key, "recognition"): Reply(None, "HTTP 500", "oops")}
    )
    write_rows(tmp_path / "a.jsonl", [{"key": item.key, "text": PERFECT["dlc_bench"](item)} for item in items])
    report = read(benchmark, tmp_path / "a.jsonl", Settings(tmp_path), judge=judge)
    assert report.states["unjudged"] == 2
    assert report.coverage == 0.5
    assert report.figure("positive").value == 1.0
    assert report.figure("positive").lost_as_zero == 0.5
    assert report.made["judge"]["calls_without_reply"] == 1
    assert report.figure("positive").protocols[OFFICIAL].value is None
    assert any("no number" in note and "recognition" in note for note in report.notes)


def test_the_published_score_takes_an_unreadable_reply_as_zero(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    judge = RuleJudge(replies={(items[0].key, "1"): "Hm? Who knows."})
    write_rows(tmp_path / "a.jsonl", [{"key": item.key, "text": PERFECT["dlc_bench"](item)} for item in items])
    report = read(benchmark, tmp_path / "a.jsonl", Settings(tmp_path), judge=judge, protocol=OFFICIAL)
    assert report.figure("positive").value == pytest.approx(7 / 8)
    assert report.figure("positive").protocols["strict"].value == 1.0
    assert report.figure("positive").differs


def test_points_are_only_taken_where_the_thing_was_not_recognised(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    replies = {"recognition": "B. No", "0": "B. The lid is red.", "1": "A", "2": "A"}
    assert benchmark.score(items[0], Judgement("a plate", replies)).parts == {"positive": (0, 1), "negative": (0, 1)}
    worse = replies | {"0": "C. The lid is blue.", "2": "B. The spout is mentioned."}
    assert benchmark.score(items[0], Judgement("a plate", worse)).parts == {"positive": (-0.5, 1), "negative": (-1, 1)}
    assert benchmark.official(items[0], Judgement("a plate", worse)) == benchmark.score(
        items[0], Judgement("a plate", worse)
    )


def test_an_interval_below_zero_holds_its_value(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    worst = {"recognition": "B. No", "0": "C. The lid is blue.", "1": "A", "2": "B"}
    given = {item.key: Given(item.key, "a plate", replies=worst) for item in items}
    benchmark.write_answers(items, given, tmp_path / "out.json")
    figure = read(benchmark, tmp_path / "out.json", Settings(tmp_path)).figure("negative")
    assert figure.value == -1
    assert figure.low == pytest.approx(-1)
    assert figure.high < 0.9


def test_what_stops_the_published_scorer_is_told(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    rows = {item.key: PERFECT["dlc_bench"](item) for item in items}
    rows[items[2].key] = "Error: out of memory"
    write_json(tmp_path / "preds.json", {"query": "Describe it.", **rows})
    report = read(benchmark, tmp_path / "preds.json", Settings(tmp_path), judge=RuleJudge(), protocol=OFFICIAL)
    assert report.states["failed"] == 1
    assert report.failures == ((items[2].key, "Error: out of memory"),)
    assert report.figure("average").value is None
    assert report.figure("average").protocols["strict"].value == 1.0
    assert any("out of memory" in note for note in report.notes)


def test_answers_in_other_shapes(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    texts = [PERFECT["dlc_bench"](item) for item in items]
    shapes = [[texts[0]], {"caption": texts[1]}, ["a", "b"], None]
    content = {item.key: shape for item, shape in zip(items, shapes, strict=True)}
    write_json(tmp_path / "preds.json", content)
    report = read(benchmark, tmp_path / "preds.json", Settings(tmp_path), judge=RuleJudge())
    assert (report.states["answered"], report.states["failed"]) == (2, 2)
    listed = [{"ann_id": int(key), "caption": text} for key, text in zip(content, texts, strict=True)]
    write_rows(tmp_path / "listed.jsonl", listed)
    assert read(benchmark, tmp_path / "listed.jsonl", Settings(tmp_path), judge=RuleJudge()).coverage == 1.0


def test_replies_kept_with_the_questions_are_found(tmp_path):
    benchmark, items = made("dlc_bench", tmp_path)
    rows = {}
    for item in items:
        text, judge = PERFECT["dlc_bench"](item), RuleJudge()
        said = [judge.reply(item, call).text for call in benchmark.calls(item, text)]
        details = [{"question_index": n, "pred_answer": reply} for n, reply in enumerate(said[1:])]
        rows[item.key] = {"pred": text, "details_recognition": [{"pred_answer": said[0]}]}
        rows[item.key] |= {"details_positives": details[:2], "details_negatives": details[2:]}
    write_json(tmp_path / "eval.json", {**rows, "avg_pos": 0.3, "avg_neg": 0.2})
    report = read(benchmark, tmp_path / "eval.json", Settings(tmp_path), protocol=OFFICIAL)
    assert {figure.value for figure in report.figures} == {1.0}
    assert report.made["judge"]["name"] == "recorded in eval.json"


def test_rows_that_contradict_are_no_answer_but_the_published_scorer_counts_both(tmp_path):
    benchmark, items = made("gar_bench_vqa", tmp_path)
    rows = [{"image": item.key, "model_output": item.answer} for item in items]
    rows += [{"image": items[0].key, "model_output": "D"}, dict(rows[1])]
    write_json(tmp_path / "out.json", rows[::-1])
    report = read(benchmark, tmp_path / "out.json", Settings(tmp_path))
    figure = report.figure("accuracy")
    assert (figure.failed, figure.value) == (1, 1.0)
    assert figure.protocols[OFFICIAL].value == pytest.approx(7 / 8)
    assert any("several rows" in note and items[0].key in note for note in report.notes)
    write_json(tmp_path / "sorted.json", rows)
    assert read(benchmark, tmp_path / "sorted.json", Settings(tmp_path)).figures == report.figures


def test_kinds_of_questions_can_be_chosen(tmp_path):
    benchmark, items = made("gar_bench_vqa", tmp_path)
    write_json(tmp_path / "out.json", [{"image": item.key, "model_output": item.answer} for item in items])
    report = read(benchmark, tmp_path / "out.json", Settings(tmp_path, skills=("mirror",)))
    assert [figure.name for figure in report.figures] == ["accuracy", "accuracy, mirror"]
    assert report.items == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x80\x04pickle", "pickle"),
        (b"\x1f\x8bdamaged", "gzip"),
        (b"\xff\xfe", "UTF-8"),
        (b"{broken", "not valid JSON"),
        (b'"a text"', "list of rows"),
        (b"[]", "no answer"),
        (b'[{"model_output": "A"}]', "names no 'image'"),
    ],
)
def test_files_that_hold_no_answers_are_refused(content, told, tmp_path):
    benchmark, _ = made("gar_bench_vqa", tmp_path)
    (tmp_path / "out.json").write_bytes(content)
    with pytest.raises(DataError, match=told):
        read(benchmark, tmp_path / "out.json", Settings(tmp_path))


def test_an_official_file_in_lines_is_read(tmp_path):
    benchmark, items = made("gar_bench_vqa", tmp_path)
    rows = [{"image": item.key, "model_output": item.answer} for item in items]
    for name in ("out.jsonl", "out.json"):
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
        assert read(benchmark, tmp_path / name, Settings(tmp_path)).figure("accuracy").value == 1.0

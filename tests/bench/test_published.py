"""Published benchmarks, written and read again: perfect, shuffled and empty answers, and files that are not right."""

import gzip
import json
import shutil

import numpy as np
import pytest
from fakes import Scripted
from making import MAKERS, PERFECT, RuleJudge

from regard.bench import _base
from regard.bench._base import OFFICIAL, STRICT, Given, Settings, load
from regard.bench._files import MADE
from regard.bench._judge import JUDGEMENTS, Judged
from regard.bench._run import ANSWERS, read, run
from regard.core.errors import DataError
from regard.core.files import read_json, read_rows, write_json, write_rows

NAMES = sorted(MAKERS)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def benchmark(name):
    return load(name)


@pytest.fixture
def data(benchmark, name, tmp_path):
    """A folder with made official files."""
    benchmark.write(MAKERS[name](), tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def items(benchmark, data):
    return list(benchmark.items(Settings(data)))


def judge_of(benchmark, **settings):
    return RuleJudge(**settings) if isinstance(benchmark, Judged) else None


def answered(benchmark, items, data, tmp_path, answer, protocol=STRICT):
    path = tmp_path / "theirs.jsonl"
    write_rows(path, [{"key": item.key, "text": answer(item)} for item in items])
    return read(benchmark, path, Settings(data), judge=judge_of(benchmark), protocol=protocol)


def test_what_is_written_is_read_again(benchmark, name, items):
    made = {item.key: item for item in MAKERS[name]()}
    assert {item.key for item in items} == set(made)
    for item in items:
        before, after = made[item.key], item.open()
        assert dict(item.truth) == dict(before.truth)
        assert (item.answer, item.figure, item.also, item.cluster) == (
            before.answer,
            before.figure,
            before.also,
            before.cluster,
        )
        assert (after.media.pixels == before.sample.media.pixels).all()
        assert [region.rles for region in after.regions] == [region.rles for region in before.sample.regions]
        assert after.turns[-1].text == item.question


def test_perfect_answers_score_the_maximum(benchmark, name, items, data, tmp_path):
    for protocol in (STRICT, OFFICIAL):
        report = answered(benchmark, items, data, tmp_path, PERFECT[name], protocol)
        assert {figure.value for figure in report.figures} == {1.0}
        assert report.coverage == 1.0
        assert report.lost == 0


def test_empty_answers_score_nothing_and_are_counted(benchmark, items, data, tmp_path):
    report = answered(benchmark, items, data, tmp_path, lambda item: "")
    assert {figure.value for figure in report.figures} == {0.0}
    assert report.states["unreadable"] == len(items)
    assert report.coverage == 0.0


def test_shuffled_answers_score_what_chance_does(benchmark, name, items, data, tmp_path):
    others = dict(zip([item.key for item in items], [*items[1:], items[0]], strict=True))
    report = answered(benchmark, items, data, tmp_path, lambda item: PERFECT[name](others[item.key]))
    expected = np.mean([others[item.key].answer == item.answer for item in items])
    assert report.figures[0].value == pytest.approx(expected)


def test_a_run_asks_judges_and_scores_and_each_step_goes_on(benchmark, name, items, data, tmp_path):
    out, settings = tmp_path / "run", Settings(data)
    opened = [Opened(item) for item in items]
    backend = Scripted(opened, lambda item: PERFECT[name](item))
    first = run(benchmark, backend, settings, out)
    judged = isinstance(benchmark, Judged)
    assert first.states.get("unjudged", 0) == (len(items) if judged else 0)
    judge = judge_of(benchmark)
    second = run(benchmark, backend, settings, out, judge=judge)
    assert {figure.value for figure in second.figures} == {1.0}
    assert len(backend.asked) == len(items)  # the second run asked the judge alone
    if judged:
        rows = list(read_rows(out / JUDGEMENTS))
        assert len(rows) == len(judge.prompts) == second.made["judge"]["calls"]
        assert rows[0].keys() >= {"item", "call", "prompt", "judge", "day", "reply"}
        again = RuleJudge()
        assert run(benchmark, backend, settings, out, judge=again) == second
        assert again.prompts == []
    alone = read(benchmark, out, settings, backend.name)  # no model, no judge
    assert alone.figures == second.figures


class Opened:
    """An item whose picture is open, for the scripted backend."""

    def __init__(self, item):
        self.key, self.answer, self.truth, self.sample = item.key, item.answer, item.truth, item.open()


def test_the_official_output_file_goes_round(benchmark, name, items, data, tmp_path):
    judge = judge_of(benchmark)
    given = {}
    for item in items:
        text = PERFECT[name](item)
        calls = benchmark.calls(item, text) if judge else ()
        given[item.key] = Given(item.key, text, replies={call.name: judge.reply(item, call).text for call in calls})
    benchmark.write_answers(items, given, tmp_path / "out.json")
    found = {one.key: one for one in benchmark.recorded(read_json(tmp_path / "out.json"))}
    assert found == given
    packed = tmp_path / "out.json.gz"
    packed.write_bytes(gzip.compress((tmp_path / "out.json").read_bytes()))
    for path in (tmp_path / "out.json", packed):
        report = read(benchmark, path, Settings(data), protocol=OFFICIAL)
        assert {figure.value for figure in report.figures} == {1.0}
        assert report.lost == 0


def test_recorded_answers_need_no_pictures(benchmark, name, items, data, tmp_path):
    shutil.rmtree(data / "images")
    report = answered(benchmark, items, data, tmp_path, PERFECT[name])
    assert report.figures[0].value == 1.0


def test_an_item_whose_picture_is_missing_fails_alone(benchmark, name, items, data, tmp_path):
    opened = [Opened(item) for item in items]
    lost = {item.key for item in items if item.cluster == items[0].cluster}
    first = next((data / "images").glob(f"*{items[0].cluster.rsplit('/', 1)[-1].removesuffix('.png')}.png"))
    first.unlink()
    report = run(
        benchmark, Scripted(opened, PERFECT[name]), Settings(data), tmp_path / "run", judge=judge_of(benchmark)
    )
    assert report.states["failed"] == len(lost)
    assert report.figures[0].value == 1.0
    assert first.name in report.failures[0][1]
    assert {row["key"] for row in read_rows(tmp_path / "run" / ANSWERS) if "error" in row} == lost


def test_missing_doubled_and_foreign_rows_are_told(benchmark, name, items, data, tmp_path):
    given = {item.key: Given(item.key, PERFECT[name](item)) for item in items[:-1]}
    benchmark.write_answers(items, given, tmp_path / "out.json")
    report = read(benchmark, tmp_path / "out.json", Settings(data), judge=judge_of(benchmark))
    assert report.states["missing"] == 1
    assert report.figures[0].value == 1.0
    assert report.figures[0].lost_as_zero == pytest.approx(1 - 1 / len(items))
    rows = [{"key": item.key, "text": PERFECT[name](item)} for item in items] + [{"key": "stranger", "text": "x"}]
    write_rows(tmp_path / "more.jsonl", rows[::-1])
    report = read(benchmark, tmp_path / "more.jsonl", Settings(data), judge=judge_of(benchmark))
    assert report.lost == 0
    assert any("'stranger'" in note for note in report.notes)
    write_rows(tmp_path / "none.jsonl", rows[-1:])
    with pytest.raises(DataError, match="stranger"):
        read(benchmark, tmp_path / "none.jsonl", Settings(data))


def test_the_first_items_can_be_asked_alone(benchmark, name, items, data, tmp_path):
    path = tmp_path / "theirs.jsonl"
    write_rows(path, [{"key": item.key, "text": PERFECT[name](item)} for item in items])
    report = read(benchmark, path, Settings(data, items=2), judge=judge_of(benchmark))
    assert report.items == 2
    assert not any("count for nothing" in note for note in report.notes)


def test_files_that_are_not_the_measured_ones_are_told_and_wrong_counts_refused(benchmark, items, data, tmp_path):
    with pytest.raises(DataError, match="--data DIR names the folder"):
        list(benchmark.items(Settings()))
    with pytest.raises(DataError, match="holds no"):
        list(benchmark.items(Settings(tmp_path / "elsewhere")))
    write_rows(tmp_path / "theirs.jsonl", [{"key": items[0].key, "text": "x"}])
    report = read(benchmark, tmp_path / "theirs.jsonl", Settings(data))
    assert any("made by Regard" in note for note in report.notes)
    assert set(report.made["data_sha256"]) == {file.name for file in benchmark.card.files}
    (data / MADE).unlink()
    with pytest.raises(DataError, match=rf"rows, expected {benchmark.card.files[0].rows}"):
        list(benchmark.items(Settings(data)))


@pytest.mark.parametrize("name", ["dlc_bench", "gar_bench_simple"])
def test_another_file_of_the_right_length_is_a_note(name, tmp_path):
    benchmark = load(name)
    benchmark.write(MAKERS[name](benchmark.card.files[0].rows), tmp_path)
    (tmp_path / MADE).unlink()
    first = next(benchmark.items(Settings(tmp_path)))
    write_rows(tmp_path / "theirs.jsonl", [{"key": first.key, "text": "x"}])
    report = read(benchmark, tmp_path / "theirs.jsonl", Settings(tmp_path))
    assert sum("is not the file that was measured" in note for note in report.notes) == len(benchmark.card.files)


def test_damaged_official_files_are_refused_by_name(name, data):
    benchmark = load(name)
    path = data / benchmark.card.files[0].name
    content = json.loads(path.read_text())
    rows = content["annotations"] if isinstance(content, dict) else content
    for part in ("segmentation", "mask_rles"):
        rows[0].pop(part, None)
    write_json(path, content)
    with pytest.raises(DataError, match="segmentation|mask_rles"):
        list(benchmark.items(Settings(data)))


@pytest.mark.parametrize("name", [name for name in _base.names() if load(name).card.files])
def test_what_a_benchmark_says_of_itself(name):
    benchmark = load(name)
    card = benchmark.card
    assert all((card.items, card.metric, card.licence, card.source))
    assert bool(card.judge) == isinstance(benchmark, Judged)
    assert all((file.rows is None or file.rows > 0) and len(file.sha256) in (0, 64) for file in card.files)

"""`regard report`: printed figures beside ours, runs side by side, and a page that is safe and stands alone."""

import json
import re

import pytest
from making import dlc, vqa

from regard.bench import _base, _run
from regard.bench._base import Settings
from regard.bench._beside import beside
from regard.bench._published import papers, published
from regard.bench._reports import by_benchmark, differences, read_run
from regard.bench._worst import worst
from regard.cli import main
from regard.core.files import write_rows

EVIL = '<script>alert("x")</script> \x1b[31m'
MISPRINTS = {("GAR, table 6, single-frame", "GAR-8B"), ("GAR, table 6, single-frame", "Ferret-7B")}


def printed(benchmark, system, source):
    return next(row for row in published(benchmark) if (row.system, row.source) == (system, source)).values


@pytest.fixture
def scored(tmp_path):
    """Write a twin of a benchmark, score answers on it, and return the folder of the run."""

    def score(benchmark, made, answer, name="run", **settings):
        data, out = tmp_path / benchmark.name, tmp_path / name
        items = list(made)
        if not data.exists():
            benchmark.write(items, data)
        write_rows(out / "answers.jsonl", [{"key": item.key, "text": answer(item)} for item in items])
        _run.read(benchmark, out, Settings(data, **settings), model=name, out=out)
        return out

    return score


def test_every_printed_table_is_of_a_benchmark_there_is():
    for paper in papers():
        for table in paper["tables"]:
            assert table["benchmark"] in _base.names()
            assert set(table["own"]) <= set(table["systems"])
            assert all(len(row) == len(table["figures"]) for row in table["systems"].values())


def test_printed_means_are_the_means_of_what_is_printed():
    for row in published("dlc_bench"):
        assert row.values["average"] == pytest.approx((row.values["positive"] + row.values["negative"]) / 2, abs=8e-4)
    for row in published("videorefer_bench_d"):
        if (row.source, row.system) not in MISPRINTS:
            dimensions = [value for name, value in row.values.items() if name != "average"]
            assert row.values["average"] == pytest.approx(sum(dimensions) / 4, abs=2e-3)
    for row in published("mvbench"):
        tasks = [value for name, value in row.values.items() if name != "accuracy"]
        assert not tasks or row.values["accuracy"] == pytest.approx(sum(tasks) / 20, abs=2e-3)
    for row in published("causal_vidqa"):
        four = [row.values[name] for name in ("D", "E", "P", "C")]
        assert row.values["Acc@All"] == pytest.approx(sum(four) / 4, abs=2e-3)
    ours = printed("pope", "RegionGPT", "RegionGPT, table 8")
    both = ours["precision, popular"], ours["recall, popular"]
    assert ours["F1, popular"] == pytest.approx(2 * both[0] * both[1] / sum(both), abs=1e-4)


@pytest.mark.parametrize(
    ("benchmark", "system", "source", "figure", "value"),
    [
        ("gar_bench_vqa", "GAR-8B", "GAR, table 1", "accuracy, relation", 68.3),
        ("gar_bench_simple", "GAR-1B", "GAR, table 2", "accuracy", 56.7),
        ("videorefer_bench_d", "VideoRefer-7B", "VideoRefer, table 1, multi-frame", "average", 3.46 * 20),
        ("videorefer_bench_q", "VideoRefer-7B", "VideoRefer, table 5, multi-frame", "accuracy", 72.1),
        ("mvbench", "VideoChat-TPO", "VideoChat-TPO, supplement, table 1", "accuracy", 66.8),
        ("charades_sta", "VideoChat-TPO", "VideoChat-TPO, supplement, table 3", "mIoU", 38.1),
        ("pope", "Omni-RGPT", "Omni-RGPT, table 12", "recall, random", 86.6),
        ("vcr", "Omni-RGPT", "Omni-RGPT, table 4", "Q→AR", 79.9),
        ("refcoco_choice", "RegionGPT", "RegionGPT, table 5", "refcocog test", 86.96),
        ("hc_stvg_captions", "VideoRefer", "VideoRefer, table 3", "CIDEr", 68.6),
        ("lvis_open", "GAR-8B", "GAR, table 5", "semantic IoU (Osprey)", 88.7),
    ],
)
def test_anchors_that_were_read_by_eye(benchmark, system, source, figure, value):
    assert 100 * printed(benchmark, system, source)[figure] == pytest.approx(value)


def test_a_run_stands_beside_the_papers(scored, capsys):
    out = scored(_base.load("gar_bench_vqa"), vqa(), lambda item: item.answer)
    assert main(["report", str(out), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["lines"][0]["values"]["accuracy"]["value"] == 1.0
    assert {"GAR-1B", "GPT-4o"} <= {line["system"] for line in row["lines"]}
    assert any("made by Regard" in note for note in row["notes"])
    assert main(["report", str(out)]) == 0
    text = capsys.readouterr().out
    assert "GAR, table 1" in text
    assert "59.9" in text


def test_protocols_that_differ_have_a_line_each(scored):
    out = scored(_base.load("gar_bench_vqa"), vqa(), lambda item: f"{item.answer}.")
    found = beside("gar_bench_vqa", [read_run(out)])
    values = {line.source: line.values["accuracy"].value for line in found.lines if line.ours}
    assert values == {"this run, strict": 1.0, "this run, official": 0.0}


def test_a_report_from_before_there_were_protocols_is_read(scored):
    out = scored(_base.load("gar_bench_vqa"), vqa(), lambda item: item.answer)
    row = json.loads((out / "report.json").read_text())
    for figure in row["figures"]:
        del figure["protocols"]
    del row["protocol"], row["made"]
    (out / "report.json").write_text(json.dumps(row))
    [line] = [line for line in beside("gar_bench_vqa", [read_run(out)]).lines if line.ours]
    assert line.values["accuracy"].value == 1.0


def test_runs_of_different_questions_are_said_to_differ(scored):
    benchmark = _base.load("gar_bench_vqa")
    same = scored(benchmark, vqa(), lambda item: "A"), scored(benchmark, vqa(), lambda item: "B", name="other")
    assert differences([read_run(folder) for folder in same]) == []
    part = scored(benchmark, vqa(), lambda item: "A", name="part", items=2)
    told = " ".join(differences([read_run(same[0]), read_run(part)]))
    assert "what was measured" in told
    assert "questions" in told
    twice = by_benchmark([read_run(same[0]), read_run(same[0])])["gar_bench_vqa"]
    assert all(str(same[0]) in run.name for run in twice)


def test_the_page_stands_alone_and_escapes(scored, tmp_path):
    out = scored(_base.load("gar_bench_vqa"), vqa(), lambda item: EVIL, name="<b>bold</b>")
    path = tmp_path / "page.html"
    assert main(["report", str(out), "--html", str(path), "--worst", "2"]) == 0
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>bold" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;" in page
    assert set(re.findall(r'src="([^:"]+):', page)) == {"data"}
    assert "http" not in page.replace("http-equiv", "")
    assert page.count("<img") == 2
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_the_page_works_without_pictures_and_without_data(scored, tmp_path):
    benchmark, path = _base.load("gar_bench_vqa"), tmp_path / "page.html"
    out = scored(benchmark, vqa(), lambda item: "A")
    for picture in (tmp_path / benchmark.name / "images").iterdir():
        picture.unlink()
    assert main(["report", str(out), "--html", str(path)]) == 0
    page = path.read_text(encoding="utf-8")
    assert "no picture: " in page
    assert "<img" not in page
    (tmp_path / benchmark.name / "GAR-Bench-VQA.json").unlink()
    assert main(["report", str(out), "--html", str(path)]) == 0
    assert "GAR-Bench-VQA.json" in path.read_text(encoding="utf-8")


def test_judged_answers_are_worst_by_their_judgements(tmp_path):
    benchmark, items = _base.load("dlc_bench"), list(dlc())
    benchmark.write(items, tmp_path / "data")
    replies = {"recognition": "A. Yes", "0": "B. The lid is red.", "1": "B. The handle is round."}
    rows = [
        {"pred": item.key, "response": [*replies.values(), "A. The spout is not mentioned."]}
        | ({"response": ["B. No", *list(replies.values())[1:], "B. The spout is mentioned."]} if number == 2 else {})
        for number, item in enumerate(items)
    ]
    path = tmp_path / "eval.json"
    path.write_text(json.dumps({item.key: row for item, row in zip(items, rows, strict=True)}))
    _run.read(benchmark, path, Settings(tmp_path / "data"), out=tmp_path / "out")
    assert main(["report", str(tmp_path / "out"), "--html", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text()
    assert page.count('class="card"') == 1
    assert items[2].key in page


@pytest.mark.parametrize("content", [None, "[]", "{}", '{"figures": 3}', '{"benchmark": "pope", "figures": [{}]}'])
def test_a_folder_without_a_report_is_refused(content, tmp_path, capsys):
    if content is not None:
        (tmp_path / "report.json").write_text(content)
    assert main(["report", str(tmp_path)]) == 2
    assert "report" in capsys.readouterr().err


def test_of_a_benchmark_that_draws_its_items_no_more_is_drawn_than_needed(tmp_path, monkeypatch):
    benchmark, settings = _base.load("world"), Settings(items=12, skills=("colour", "shape"))
    items = list(benchmark.items(settings))
    rows = [{"key": item.key, "text": "red" if item.figure == "colour" else item.answer} for item in items]
    write_rows(tmp_path / "answers.jsonl", rows)
    _run.read(benchmark, tmp_path, settings, out=tmp_path)
    taken = []
    whole = type(benchmark).items
    monkeypatch.setattr(type(benchmark), "items", lambda self, s: (taken.append(i) or i for i in whole(self, s)))
    found = worst(read_run(tmp_path), 2)
    assert {name: [one.share for one in rows] for name, rows in found.items()} == {"colour": [0.0, 0.0]}
    assert len(taken) < len(items)


def test_a_run_is_set_against_the_first_on_the_same_items(scored, capsys):
    benchmark, items = _base.load("gar_bench_vqa"), list(vqa())
    wrong = {item.key for item in items[:1]}
    first = scored(benchmark, vqa(), lambda item: "A")
    second = scored(benchmark, vqa(), lambda item: "Z" if item.key in wrong else item.answer, name="other")
    assert main(["report", str(first), str(second), "--paired", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    [[name, found]] = row["paired"].items()
    assert name == "other"
    gap = next(gap for gap in found if gap["figure"] == "accuracy")
    values = {line["system"]: line["values"]["accuracy"]["value"] for line in row["lines"] if line["ours"]}
    assert gap["value"] == pytest.approx(values["other"] - values["run"])
    assert gap["items"] == len(items) and gap["low"] <= gap["value"] <= gap["high"]
    right = [item.answer == "A" for item in items]
    assert gap["worse"] == right[0] and gap["better"] == len(items) - 1 - sum(right[1:])
    assert main(["report", str(first), str(second), "--paired"]) == 0
    assert "other above run, on the same items" in capsys.readouterr().out


def test_paired_needs_two_runs_of_one_benchmark(scored, capsys):
    out = scored(_base.load("gar_bench_vqa"), vqa(), lambda item: item.answer)
    assert main(["report", str(out), "--paired"]) == 2
    assert "there is one" in capsys.readouterr().err

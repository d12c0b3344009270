"""Benchmarks of boxes and moments, asked of a model with task heads: its own words, and what its heads found."""

from __future__ import annotations

import json

import pytest

from regard.backends._base import Found, Generation
from regard.bench import _base, _run, _twin
from regard.bench._base import Settings
from regard.core.files import read_rows
from regard.prompts import tasks

ITEMS = 16
BOXES, MOMENTS = ("refcoco_rec",), ("charades_sta", "qvhighlights")


def located(item, shift=0.0):
    """Two things that a head found, the surer one where the expression says."""
    box = item.truth["box"]
    sure = {"box": [box[0] + shift, box[1], box[2] + shift, box[3]], "frame": 0}
    return (Found("box", 0, 0.2, {"box": [0.0, 0.0, 1.0, 1.0], "frame": 0}), Found("box", 1, 0.9, sure))


def timed(item, shift=0.0):
    """What a head found: the true spans, the last one first, and a number for each second."""
    spans = item.truth.get("relevant_windows") or [item.truth["span"]]
    found = [{"start": a + shift, "end": b + shift, "score": 0.9 - place / 10} for place, (a, b) in enumerate(spans)]
    curve = [max(min(b, s + 1) - max(a, s) for a, b in spans) for s in range(round(item.truth.get("duration", 4)))]
    return (Found("moment", 0, 0.9, {"spans": found[::-1], "saliency": curve}),)


class Heads:
    """A model with task heads that knows, or is far off."""

    name, most_regions = "heads", 16

    def __init__(self, items, heads, found):
        self.heads, self.found, self.asked = {kind: kind for kind in heads}, found, []
        self.items = iter(items)

    def generate(self, samples, *, max_new_tokens=128):
        self.asked += [sample.turns[-1].text for sample in samples]
        return [Generation("it is <there>", found=self.found(next(self.items))) for _ in samples]


@pytest.fixture(params=(*BOXES, *MOMENTS))
def made(request, tmp_path):
    """A benchmark, its twin's folder, and what a head finds for an item."""
    _twin.make(request.param, tmp_path / "data", ITEMS)
    return _base.load(request.param), tmp_path / "data", located if request.param in BOXES else timed


def values(report):
    return {figure.name: figure.value for figure in report.figures}


def test_a_model_with_heads_is_asked_as_its_verb_asks_and_scored_by_what_they_find(made, tmp_path):
    benchmark, folder, found = made
    items = list(benchmark.items(Settings(folder)))
    backend = Heads(items, benchmark.kinds, found)
    report = _run.run(benchmark, backend, Settings(folder), tmp_path / "out")
    assert report.coverage == 1.0 and all(value == pytest.approx(1.0) for value in values(report).values())
    said = items[0].truth.get("sent") or items[0].truth["query"].rstrip(".")
    assert backend.asked[0] == (tasks.locate if benchmark.name in BOXES else tasks.moments)(said)
    rows = list(read_rows(tmp_path / "out" / "answers.jsonl"))
    assert rows[0]["question"] == items[0].question and rows[0]["asked"] == backend.asked[0]
    again = _run.read(benchmark, tmp_path / "out", Settings(folder))
    assert values(again) == values(report)


def test_what_heads_find_elsewhere_is_wrong_and_readable(made, tmp_path):
    benchmark, folder, found = made
    backend = Heads(benchmark.items(Settings(folder)), benchmark.kinds, lambda item: found(item, 1000.0))
    report = _run.run(benchmark, backend, Settings(folder), tmp_path / "out")
    figures = {name: value for name, value in values(report).items() if not name.startswith("HL")}
    assert report.coverage == 1.0 and figures and all(value == 0.0 for value in figures.values())


def test_what_heads_find_goes_into_the_official_file_and_back(made, tmp_path):
    benchmark, folder, found = made
    items = list(benchmark.items(Settings(folder)))
    report = _run.run(benchmark, Heads(items, benchmark.kinds, found), Settings(folder), tmp_path / "out")
    given = _run.own_answers(list(read_rows(tmp_path / "out" / "answers.jsonl")), tmp_path)
    path = tmp_path / "official.json"
    benchmark.write_answers(items, {item.key: given.of(item) for item in items}, path)
    read = _run.read(benchmark, path, Settings(folder))
    assert values(read) == pytest.approx(values(report))


def test_a_model_without_the_heads_is_asked_in_the_words_of_the_benchmark(made, tmp_path):
    benchmark, folder, _ = made
    items = list(benchmark.items(Settings(folder)))
    backend = Heads(items, ("other",), lambda item: ())
    report = _run.run(benchmark, backend, Settings(folder), tmp_path / "out")
    assert backend.asked == [item.question for item in items] and report.coverage == 0.0
    assert "asked" not in next(iter(read_rows(tmp_path / "out" / "answers.jsonl")))


def test_a_call_that_found_nothing_is_no_answer(tmp_path):
    _twin.make("refcoco_rec", tmp_path / "data", ITEMS)
    benchmark = _base.load("refcoco_rec")
    item, *_ = benchmark.items(Settings(tmp_path / "data"))
    empty = {"masks": [{"frame": 0, "rle": {"size": [4, 4], "counts": "`0"}, "score": 0.0}]}
    answer = {"text": "<light_mask>", "found": [{"head": "light_mask", "score": 0.9, "result": empty}]}
    assert not benchmark.score(item, answer).readable
    path = tmp_path / "official.json"
    benchmark.write_answers([item], {item.key: _base.Given(item.key, answer)}, path)
    assert json.loads(path.read_text().splitlines()[0])["pred"] == "<light_mask>"


def test_masks_of_a_head_count_in_the_run_that_asked_for_them(tmp_path):
    _twin.make("mevis", tmp_path / "data", 3)
    benchmark = _base.load("mevis")
    items = list(benchmark.items(Settings(tmp_path / "data")))

    def masks(item):
        found = tuple({"frame": at, "rle": mask, "score": 0.9} for at, mask in enumerate(item.truth["masks"]))
        return (Found("light_mask", 0, 0.9, {"masks": found}),)

    report = _run.run(benchmark, Heads(items, ("light_mask",), masks), Settings(tmp_path / "data"), tmp_path / "out")
    assert report.figure("J&F").value == 1.0 and report.coverage == 1.0

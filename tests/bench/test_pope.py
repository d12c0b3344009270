"""POPE: a small folder in the official format, both published rules, and output files of both kinds."""

import json

import numpy as np
import pytest

from regard.bench import _run
from regard.bench._base import Given, Settings, load
from regard.bench.pope import FILES, LMMS_EVAL, SPLITS
from regard.core.errors import DataError
from regard.media.image import Image

THINGS = {"random": "kite", "popular": "person", "adversarial": "fork"}


@pytest.fixture
def folder(tmp_path):
    """The three official files with four questions each, and two pictures."""
    home = tmp_path / "data"
    (home / "val2014").mkdir(parents=True)
    for split in SPLITS:
        rows = [
            {"question_id": n, "image": f"p{n // 3}.png", "text": f"Is there a {thing} in the image?", "label": label}
            for n, (thing, label) in enumerate([("cup", "yes"), (THINGS[split], "no")] * 2, start=1)
        ]
        (home / FILES[split].name).write_text("\n".join(map(json.dumps, rows)))
    (home / "made.json").write_text(json.dumps({"rows": {file.name: 4 for file in FILES.values()}}))
    for number in range(2):
        Image.from_array(np.full((8, 8, 3), number, dtype=np.uint8)).save(home / "val2014" / f"p{number}.png")
    return home


def scored(folder, tmp_path, rows, protocol="strict", **settings):
    path = tmp_path / "answers_of_others.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return _run.read(load("pope"), path, Settings(folder, **settings), protocol=protocol)


def values(report):
    return {figure.name: figure.value for figure in report.figures}


def rows_with(folder, answer):
    items = load("pope").items(Settings(folder))
    return [{"question": i.question, "answer": answer(i), "category": i.truth["split"]} for i in items]


@pytest.mark.parametrize("protocol", ["strict", "official"])
def test_perfect_answers_score_the_maximum(folder, tmp_path, protocol):
    found = values(scored(folder, tmp_path, rows_with(folder, lambda item: item.answer.title()), protocol))
    shares = {name for name in found if name.startswith("share of yes")}
    rest = {name: value for name, value in found.items() if name not in shares}
    assert rest == dict.fromkeys(rest, 1.0)
    assert {found[name] for name in shares} == {0.5}
    assert len(shares) == 4


def test_empty_answers_are_unreadable_or_yes(folder, tmp_path):
    rows = rows_with(folder, lambda item: "")
    strict = scored(folder, tmp_path, rows)
    assert (strict.states["unreadable"], values(strict)["accuracy"]) == (12, 0.0)
    official = values(scored(folder, tmp_path, rows, "official"))
    assert (official["accuracy"], official["recall"], official["share of yes"]) == (0.5, 1.0, 1.0)


def test_the_two_published_rules_differ(folder, tmp_path):
    rows = rows_with(folder, lambda item: f"{item.answer.title()}, that is so")
    found = values(scored(folder, tmp_path, rows, "official"))
    assert (found["accuracy"], found[LMMS_EVAL]) == (1.0, 0.0)


def test_rows_of_one_split_without_its_name(folder, tmp_path):
    rows = [
        {"question": row["question"], "answer": row["answer"]} for row in rows_with(folder, lambda i: i.answer)[4:8]
    ]
    report = scored(folder, tmp_path, rows, skills=("popular",))
    assert (report.coverage, values(report)["accuracy"]) == (1.0, 1.0)
    other = scored(folder, tmp_path, rows, skills=("random",))
    assert other.states["missing"] == 2, "questions of another split are no answers"
    with pytest.raises(DataError, match="names no split"):
        scored(folder, tmp_path, [{"answer": "yes"}])


def test_missing_rows_are_counted(folder, tmp_path):
    report = scored(folder, tmp_path, rows_with(folder, lambda item: item.answer)[:-1])
    assert (report.states["missing"], values(report)["accuracy"]) == (1, 1.0)


def test_files_and_answers_are_written_back(folder, tmp_path):
    benchmark = load("pope")
    items = list(benchmark.items(Settings(folder)))
    benchmark.write(items, tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again")))
    assert [(one.key, one.question, one.answer, one.truth) for one in again] == [
        (one.key, one.question, one.answer, one.truth) for one in items
    ]
    assert again[3].open().media.pixels[0, 0, 0] == 1
    given = {item.key: Given(item.key, item.answer) for item in items}
    benchmark.write_answers(items, given, tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {one.key: one for one in benchmark.recorded(rows)} == given


def test_a_label_that_is_neither_is_refused(folder):
    path = folder / FILES["random"].name
    path.write_text(path.read_text().replace('"no"', '"maybe"'))
    with pytest.raises(DataError, match="'yes' or 'no', not 'maybe'"):
        list(load("pope").items(Settings(folder)))

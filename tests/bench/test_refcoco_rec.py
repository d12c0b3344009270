"""Referring expressions by box: small official files (pickles included), boxes in words, and what is refused."""

import json
import os
import pickle

import numpy as np
import pytest

from regard.bench import _boxes, _run
from regard.bench._base import Given, Settings, load
from regard.bench._refcoco import FILES
from regard.bench._refs import read_plain_pickle
from regard.core.errors import DataError
from regard.media.image import Image

SIZE = (40, 20)
REFS = [
    {
        "ref_id": number,
        "ann_id": 100 + number,
        "image_id": 7,
        "file_name": f"p_7_{number}.jpg",
        "split": split,
        "sentences": [{"sent_id": 10 * number + n, "sent": sent, "raw": sent} for n, sent in enumerate(sents)],
    }
    for number, split, sents in ((1, "val", ["left cup", "the cup"]), (2, "val", ["dog"]), (3, "testA", ["kite"]))
]
BOXES = {101: [0, 0, 10, 10], 102: [20, 4, 10, 10], 103: [0, 0, 40, 20]}
SKILLS = ("refcoco_val", "refcoco_testA")


@pytest.fixture
def folder(tmp_path):
    """RefCOCO with four expressions and one picture."""
    home = tmp_path / "data"
    (home / "refcoco").mkdir(parents=True)
    (home / FILES["refcoco"].name).write_bytes(pickle.dumps(REFS, protocol=0))
    instances = {
        "images": [{"id": 7, "file_name": "p_7.png", "width": 40, "height": 20}],
        "annotations": [{"id": number, "bbox": box, "image_id": 7} for number, box in BOXES.items()],
    }
    (home / "refcoco" / "instances.json").write_text(json.dumps(instances))
    (home / "refcoco" / "made.json").write_text(json.dumps({"rows": {FILES["refcoco"].name: 3}}))
    (home / "train2014").mkdir()
    Image.from_array(np.zeros((20, 40, 3), dtype=np.uint8)).save(home / "train2014" / "p_7.png")
    return home


@pytest.fixture
def items(folder):
    return list(load("refcoco_rec").items(Settings(folder, skills=SKILLS)))


def scored(folder, tmp_path, rows):
    path = tmp_path / "answers_of_others.json"
    path.write_text(json.dumps(rows))
    return _run.read(load("refcoco_rec"), path, Settings(folder, skills=SKILLS))


def rows_with(items, answer):
    return [{"dataset": "refcoco", "sent_id": item.truth["sent_id"], "box": answer(item)} for item in items]


def values(report):
    return {figure.name: figure.value for figure in report.figures}


def test_expressions_are_read(items):
    assert [item.key for item in items] == ["refcoco/10", "refcoco/11", "refcoco/20", "refcoco/30"]
    assert items[2].truth["box"] == [20, 4, 30, 14]
    assert '"dog"' in items[2].question
    assert items[0].open().media.size == SIZE


def test_perfect_shuffled_and_empty_boxes(folder, tmp_path, items):
    perfect = rows_with(items, lambda item: item.truth["box"])
    assert values(scored(folder, tmp_path, perfect[::-1])) == {"refcoco val": 1.0, "refcoco testA": 1.0}
    others = dict(zip([item.key for item in items], [*items[1:], items[0]], strict=True))
    found = values(scored(folder, tmp_path, rows_with(items, lambda item: others[item.key].truth["box"])))
    assert found == {"refcoco val": 1 / 3, "refcoco testA": 0.0}, "two expressions mean the same cup"
    empty = scored(folder, tmp_path, rows_with(items, lambda item: []))
    assert (empty.states["unreadable"], values(empty)["refcoco val"]) == (4, 0.0)


@pytest.mark.parametrize(
    "box",
    [[0, 0, 0, 10], [10, 10, 0, 0], [0, 0, float("nan"), 10], [0, 0, 10], [0, 0, 10**400, 9], ["0", 0, 1, 1], "x"],
)
def test_what_is_no_box_is_unreadable(items, box):
    assert not load("refcoco_rec").score(items[0], box).readable


def test_boxes_in_words(items):
    benchmark = load("refcoco_rec")
    assert benchmark.score(items[0], "[0, 0, 250, 500]").hits == 1.0
    assert benchmark.score(items[0], "It is at (0, 0, 250, 500).").hits == 1.0
    assert benchmark.score(items[0], "[0, 0, 10, 10]").hits == 0.0, "pixels are not tried"


@pytest.mark.parametrize(
    "text, box",
    [
        ("0, 0, 500.5, 1000", [0, 0, 20.02, 20]),
        ("[100, 100, 200, 200]", [4, 2, 8, 4]),
        ("[0, 0, 1, 1] or [5, 5, 9, 9]", None),
        ("[0, 0, 500, 1200]", None),
        ("[-5, 0, 500, 1000]", None),
        ("[1, 2, 3]", None),
        ("[1, 2, 3, 4, 5]", None),
        ("none", None),
    ],
)
def test_one_box_is_read_in_the_declared_unit(text, box):
    assert _boxes.read_box(text, SIZE) == (None if box is None else pytest.approx(box))


def test_files_and_answers_are_written_back(tmp_path, items):
    benchmark = load("refcoco_rec")
    benchmark.write(items, tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again", skills=SKILLS)))
    assert [(one.key, one.truth, one.question, one.figure) for one in again] == [
        (one.key, one.truth, one.question, one.figure) for one in items
    ]
    given = {item.key: Given(item.key, item.truth["box"]) for item in items} | {"refcoco/30": Given("refcoco/30", "x")}
    benchmark.write_answers(items, given, tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {one.key: one for one in benchmark.recorded(rows)} == given


class Malicious:
    """What runs a command when it is unpickled without care."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_is_more_than_data_is_refused(folder, tmp_path, protocol):
    path = folder / FILES["refcoco"].name
    path.write_bytes(pickle.dumps([Malicious(tmp_path / "done")], protocol=protocol))
    with pytest.raises(DataError, match="more than data"):
        list(load("refcoco_rec").items(Settings(folder, skills=SKILLS)))
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize(
    "data", [b"", b"\x80\x02]q", b"(lp0\n", b"no pickle", b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff"]
)
def test_damaged_pickles_are_refused(tmp_path, data):
    path = tmp_path / "refs.p"
    path.write_bytes(data)
    with pytest.raises(DataError, match="damaged pickle"):
        read_plain_pickle(path)


def test_an_unknown_thing_is_refused(folder):
    refs = [REFS[0] | {"ann_id": 9}, *REFS[1:]]
    (folder / FILES["refcoco"].name).write_bytes(pickle.dumps(refs))
    with pytest.raises(DataError, match="the thing 9 is not in instances.json"):
        list(load("refcoco_rec").items(Settings(folder, skills=SKILLS)))

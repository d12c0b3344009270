"""Captions of things in RefCOCO's files: small official files, the figures of a corpus, coco-caption's results file."""

import json
import pickle

import numpy as np
import pytest

from regard.bench import _captions, _run
from regard.bench._base import Given, Settings, load
from regard.bench._refcoco import FILES
from regard.media.image import Image

SENTENCES = {
    1: ["the red cup on the left side", "a red cup here"],
    2: ["the brown dog runs away"],
    3: ["big kite in sky"],
}
SETTINGS = {"skills": ("refcocog_val",)}


@pytest.fixture
def folder(tmp_path):
    """RefCOCOg with three things of one split in two pictures."""
    home = tmp_path / "data"
    (home / "refcocog").mkdir(parents=True)
    refs = [
        {
            "ref_id": number,
            "ann_id": 100 + number,
            "image_id": 7 + number // 3,
            "file_name": f"p_{number}.jpg",
            "split": "val",
            "sentences": [{"sent_id": 10 * number + n, "sent": sent} for n, sent in enumerate(sentences)],
        }
        for number, sentences in SENTENCES.items()
    ]
    (home / FILES["refcocog"].name).write_bytes(pickle.dumps(refs, protocol=0))
    instances = {
        "images": [{"id": number, "file_name": f"p_{number}.png", "width": 40, "height": 20} for number in (7, 8)],
        "annotations": [
            {"id": 101, "bbox": [0, 0, 10, 10], "segmentation": [[0, 0, 10, 0, 10, 10, 0, 10]]},
            {"id": 102, "bbox": [20, 4, 10, 10], "segmentation": {"size": [20, 40], "counts": [404, 6, 390]}},
            {"id": 103, "bbox": [0, 0, 40, 20], "segmentation": [[0, 0, 40, 0, 40, 20, 0, 20]]},
        ],
    }
    (home / "refcocog" / "instances.json").write_text(json.dumps(instances))
    (home / "refcocog" / "made.json").write_text(json.dumps({"rows": {FILES["refcocog"].name: 3}}))
    (home / "train2014").mkdir()
    for number in (7, 8):
        Image.from_array(np.zeros((20, 40, 3), dtype=np.uint8)).save(home / "train2014" / f"p_{number}.png")
    return home


@pytest.fixture
def items(folder):
    return list(load("refcoco_captions").items(Settings(folder, **SETTINGS)))


def scored(folder, tmp_path, captions):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"image_id": number, "caption": caption} for number, caption in captions.items()]))
    report = _run.read(load("refcoco_captions"), path, Settings(folder, **SETTINGS))
    return report, {figure.name.removeprefix("refcocog val "): figure.value for figure in report.figures}


def test_things_are_read_with_their_outlines(items):
    assert [item.key for item in items] == ["refcocog/101", "refcocog/102", "refcocog/103"]
    assert items[0].truth["references"] == SENTENCES[1]
    sample = items[1].open()
    assert sample.regions[0].area() == 6
    assert sample.turns[-1].text == items[1].question == "Describe <region1> briefly."


def test_perfect_captions_score_the_maximum_and_empty_ones_nothing(folder, tmp_path):
    report, values = scored(folder, tmp_path, {100 + number: said[0] for number, said in SENTENCES.items()})
    assert values["ROUGE-L"] == pytest.approx(1.0)
    assert report.coverage == 1.0
    report, empty = scored(folder, tmp_path, dict.fromkeys((101, 102, 103), ""))
    assert empty["ROUGE-L"] == empty["CIDEr"] == 0.0
    assert report.states["unreadable"] == 3


def test_cider_is_ten_for_the_only_reference_and_that_of_the_whole_split_for_a_part(folder, tmp_path):
    _, perfect = scored(folder, tmp_path, {102: SENTENCES[2][0], 103: SENTENCES[3][0]})
    assert perfect["CIDEr"] == pytest.approx(10.0)
    _, swapped = scored(folder, tmp_path, {102: SENTENCES[3][0], 103: SENTENCES[2][0]})
    assert swapped["CIDEr"] == pytest.approx(0.0, abs=0.2)


def test_meteor_is_there_or_said_to_be_left_out(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(_captions, "has_meteor", lambda: False)
    report, values = scored(folder, tmp_path, {101: "a red cup"})
    assert "METEOR" not in values
    assert any("METEOR is left out" in note for note in report.notes)
    monkeypatch.setattr(_captions, "has_meteor", lambda: True)
    monkeypatch.setattr(_captions.captions, "meteor_counts", lambda answer, references: [2] * 2 + [0] * 20 + [2])
    report, values = scored(folder, tmp_path, {101: "a red cup"})
    assert values["METEOR"] == 0.0


def test_files_and_answers_are_written_back(tmp_path, items):
    benchmark = load("refcoco_captions")
    benchmark.write(items, tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again", **SETTINGS)))
    kept = [{name: value for name, value in one.truth.items() if name != "documents"} for one in (*items, *again)]
    assert kept[:3] == kept[3:]
    assert [one.open().regions[0].rles for one in again] == [one.open().regions[0].rles for one in items]
    given = {item.key: Given(item.key, item.answer) for item in items}
    benchmark.write_answers(items, given, tmp_path / "out.json")
    assert {one.key: one for one in benchmark.recorded(json.loads((tmp_path / "out.json").read_text()))} == given

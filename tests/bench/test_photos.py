"""The photograph benchmark: its data file, its truth, its questions.

The GAR-Bench pictures are not shipped with the tests: set REGARD_GAR_BENCH to the folder with them to check those as
well.
"""

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from fakes import Scripted, Written

from regard.backends._base import Found
from regard.bench import photos
from regard.bench._base import Settings, load
from regard.bench._photo_rule import truth_of
from regard.bench._run import run
from regard.core.errors import DataError, NotFound
from regard.data.world.wording import WORDINGS
from regard.prompts import tasks

DOCUMENT = json.loads(photos.FILE.read_text())
FOLDER = Path(os.environ["REGARD_GAR_BENCH"]) if "REGARD_GAR_BENCH" in os.environ else None


@pytest.fixture
def small(monkeypatch, tmp_path):
    """The benchmark with the two pictures of scikit-image only."""
    kept = [picture for picture in DOCUMENT["pictures"] if "scikit_image" in picture]
    path = tmp_path / "photos.json"
    path.write_text(json.dumps(DOCUMENT | {"pictures": kept}))
    monkeypatch.setattr(photos, "FILE", path)
    return load("photos")


def pictures():
    for picture in DOCUMENT["pictures"]:
        if "scikit_image" in picture or FOLDER:
            yield picture


@pytest.mark.parametrize("picture", list(pictures()), ids=lambda picture: picture["name"])
def test_the_truth_in_the_file_is_what_the_rule_gives(picture):
    image = photos.open_picture(picture, FOLDER)
    assert list(image.size) == picture["size"]
    for region in picture["regions"]:
        mask = photos.bound_region(picture, region).mask(0)
        truth = truth_of(mask, image.pixels[mask], region["colour_disputed"])
        assert truth == {key: region[key] for key in truth}, region["name"]


def test_the_data_file_holds_what_it_says():
    regions = [(picture, region) for picture in DOCUMENT["pictures"] for region in picture["regions"]]
    assert Counter(region["source"] for _, region in regions)["GAR-Bench"] == 40
    assert sum(len(picture.get("files", ())) for picture in DOCUMENT["pictures"]) == 28
    drawn = Counter(picture["name"] for picture, _ in regions)
    assert drawn["astronaut"] >= 8
    assert drawn["coffee"] >= 8
    for picture, region in regions:
        assert photos.bound_region(picture, region).area() > 0
        assert set(region["left_out"]) <= set(photos.CHOICES)
    masks = [(picture["name"], region["counts"]) for picture, region in regions]
    assert len(set(masks)) == len(masks)


def test_no_question_is_worded_as_in_training():
    for kind, templates in DOCUMENT["questions"].items():
        trained = {text.replace("{a_}", "{}").replace("{a}", "{}") for text in WORDINGS[kind].training}
        assert not trained & set(templates)
        assert len(templates) >= DOCUMENT["questions_a_region"]


def test_perfect_empty_and_constant_answers(small, tmp_path):
    items = list(small.items(Settings()))
    assert len({item.key for item in items}) == len(items)
    perfect = run(small, Scripted(items, lambda item: f"It is {item.answer}."), Settings(), tmp_path / "perfect")
    assert all(figure.value == 1.0 for figure in perfect.figures)
    empty = run(small, Scripted(items, lambda item: ""), Settings(), tmp_path / "empty")
    assert empty.states["unreadable"] == len(items)
    assert empty.coverage == 0
    unsure = run(small, Scripted(items, lambda item: "I do not know."), Settings(), tmp_path / "unsure")
    assert (unsure.coverage, unsure.figure("colour").value) == (1.0, 0.0)
    constant = run(small, Scripted(items, lambda item: "medium"), Settings(skills=("size",)), tmp_path / "constant")
    assert constant.figure("size").value == constant.figure("size").commonest
    assert constant.figure("size").high > constant.figure("size").value > constant.figure("size").low


def test_guesses_score_near_chance(small, tmp_path):
    items = list(small.items(Settings()))
    rng = np.random.default_rng(0)
    guess = run(small, Scripted(items, lambda item: rng.choice(photos.CHOICES[item.figure])), Settings(), tmp_path)
    for kind, choices in photos.CHOICES.items():
        assert guess.figure(kind).value == pytest.approx(1 / len(choices), abs=0.2)


def test_exclusions_are_said(small):
    notes = small.notes(Settings())
    assert any("not clear" in note and "disputed" in note for note in notes)
    assert any("near a boundary" in note for note in notes)


def test_items_are_the_same_every_time(small):
    first, second = ([(item.key, item.question, item.answer) for item in small.items(Settings())] for _ in range(2))
    assert first == second


def test_missing_and_changed_pictures_are_refused(tmp_path):
    benchmark = load("photos")
    with pytest.raises(DataError, match="--data"):
        next(benchmark.items(Settings()))
    with pytest.raises(DataError, match=r"vqa_1\.png"):
        next(benchmark.items(Settings(data=tmp_path)))
    (tmp_path / "vqa_1.png").write_bytes(b"other")
    with pytest.raises(DataError, match="sha256"):
        next(benchmark.items(Settings(data=tmp_path)))
    with pytest.raises(NotFound, match="colour"):
        next(benchmark.items(Settings(data=tmp_path, skills=("color",))))


def test_what_colours_name_is_located_where_they_are_clear_and_absent_where_they_are_nowhere(small, tmp_path):
    settings = Settings(skills=("locate",))
    items = {item.key: item for item in small.items(settings)}
    assert not any(item.figure.startswith("locate") for item in small.items(Settings())), "only when it is named"
    saucer = items["coffee/red region/locate"]
    (box,) = [call["box"] for call in saucer.truth["find"]]
    assert saucer.question == tasks.locate("the red region")
    assert 150 < (box[0] + box[2]) / 2 < 350 and box[2] <= saucer.sample.media.width + 1
    assert items["coffee/blue thing/locate"].figure == "locate, not there"
    assert not any("brown" in key for key in items if key.startswith("coffee")), "the table is all shades of it"

    class Finding(Scripted):
        def generate(self, samples, *, max_new_tokens=128):
            return [self._found(self.items[self._key(sample)]) for sample in samples]

        def _found(self, item):
            found = tuple(Found("box", 0, 0.9, {"box": call["box"]}) for call in item.truth["find"])
            return Written("<box>" * len(found) or tasks.NONE, found)

    report = run(small, Finding(list(items.values()), None), settings, tmp_path)
    assert report.figure("locate").value == report.figure("locate, not there").value == 1.0
    silent = run(small, Scripted(list(items.values()), lambda item: "none"), settings, tmp_path / "none")
    assert (silent.figure("locate").value, silent.figure("locate, not there").value) == (0.0, 1.0)

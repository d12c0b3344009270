"""lmms-eval both ways, against its registry contract; with lmms-eval installed, against that.

The stand-ins below have the names and forms of lmms-eval 0.7.3 that the plug-in touches: `ModelManifest` with its class
paths, the base class `lmms` with `task_dict`, and the order of a request's arguments.
"""

import importlib
import importlib.util
import json
import re
import sys
import tomllib
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image as PILImage

from regard import verbs
from regard.bench import _base, _twin
from regard.bench._base import Settings
from regard.bench._judge import Judged
from regard.bench._lmms_eval import manifests, rows, task
from regard.bench._lmms_eval.export import ROWS, export
from regard.cli import main
from regard.core.errors import ConfigError, DataError
from regard.core.files import read_rows

Request = namedtuple("Request", "args")
RULED = [name for name in _twin.names() if not issubclass(type(_base.load(name)), Judged)]


@dataclass(frozen=True)
class Manifest:
    model_id: str
    simple_class_path: str | None = None
    chat_class_path: str | None = None
    aliases: tuple[str, ...] = ()


class Base:
    is_simple = True

    def __init__(self):
        self.task_dict = {}


@pytest.fixture
def model(monkeypatch):
    """The module with the plug-in's classes; `regard.load` gives a backend that repeats what it is asked."""
    if importlib.util.find_spec("lmms_eval") is None:
        names = (
            "lmms_eval",
            "lmms_eval.api",
            "lmms_eval.api.model",
            "lmms_eval.models",
            "lmms_eval.models.registry_v2",
        )
        for name in names:
            monkeypatch.setitem(sys.modules, name, ModuleType(name))
        sys.modules["lmms_eval.api.model"].lmms = Base
        sys.modules["lmms_eval.models.registry_v2"].ModelManifest = Manifest
    monkeypatch.delitem(sys.modules, "regard.bench._lmms_eval.model", raising=False)
    monkeypatch.setattr(verbs, "load", lambda name=None, **placed: namedtuple("Model", "backend")(Echo()))
    return importlib.import_module("regard.bench._lmms_eval.model")


class Echo:
    """Writes the question and how many regions it has."""

    def __init__(self):
        self.most = []

    def generate(self, samples, *, max_new_tokens=128):
        self.most.append(max_new_tokens)
        Written = namedtuple("Written", "text")
        return [Written(f"{one.turns[-1].text} [{len(one.regions)}] STOP more") for one in samples]


def test_the_entry_point_names_classes_that_exist(model):
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["lmms_eval.models"] == {"regard": "regard.bench._lmms_eval:manifests"}
    from lmms_eval.api.model import lmms

    for manifest in manifests():
        home, name = manifest.simple_class_path.rsplit(".", 1)
        found = getattr(importlib.import_module(home), name)
        assert issubclass(found, lmms)
        assert found.is_simple
        assert not getattr(found, "__abstractmethods__", None)
    assert [manifest.model_id for manifest in manifests()] == ["regard", "regard_drawn"]


@pytest.fixture(scope="module", params=RULED)
def exported(request, tmp_path_factory):
    """A benchmark, its items, and the rows of its task."""
    home = tmp_path_factory.mktemp(request.param)
    _twin.make(request.param, home / "data", 8)
    benchmark, settings = _base.load(request.param), Settings(home / "data", skills=SKILLS.get(request.param, ()))
    export(benchmark, settings, home / "task")
    return benchmark, list(benchmark.items(settings)), home / "task"


SKILLS = {"pope": ("random",)}


def test_rows_score_as_the_benchmark_does(exported):
    benchmark, items, folder = exported
    written = list(read_rows(folder / ROWS))
    assert [row["key"] for row in written] == [item.key for item in items]
    for item, row in zip(items, written, strict=True):
        for text in (item.answer, items[0].answer, "", "no idea"):
            score, found = benchmark.score(item, text), task.process_results(row, [text])
            names = task.figures(item, score)
            assert found.pop(task.READABLE) == (float(score.readable), 1.0)
            assert found == {task.metric(n): score.parts.get(n, (score.hits, score.count)) for n in names}


def test_the_task_names_metrics_and_functions_that_exist(exported):
    benchmark, items, folder = exported
    text = (folder / f"regard_{benchmark.name}.yaml").read_text()
    for home, name in re.findall(r"!function (\S+)\.(\w+)", text):
        assert callable(getattr(importlib.import_module(home), name))
    metrics = set(re.findall(r'- metric: "(\S+)"', text))
    row = next(read_rows(folder / ROWS))
    assert set(task.process_results(row, [items[0].answer])) <= metrics
    assert json.loads(re.search(r"test: (.+)", text)[1]) == str(folder / ROWS)


def test_regions_reach_our_model_as_they_are_and_others_drawn(exported, model):
    benchmark, items, folder = exported
    name, written = f"regard_{benchmark.name}", list(read_rows(folder / ROWS))
    given = {"max_new_tokens": 9, "until": ["STOP"]}
    requests = [
        Request((task.doc_to_text(row), given, task.doc_to_visual, number, name, "test"))
        for number, row in enumerate(written)
    ]
    ours, drawn = model.Regard(), model.RegardDrawn(batch_size=2)
    for one in (ours, drawn):
        one.task_dict = {name: {"test": written}}
    for item, request in zip(items, requests, strict=True):
        sample, shown = ours.sample(request), item.open()
        assert [region.rles for region in sample.regions] == [region.rles for region in shown.regions]
        assert np.allclose(sample.media.times, shown.media.times)
        assert np.array_equal(sample.media.frames([0]), shown.media.frames([0]))
        assert sample.turns == shown.turns
        assert drawn.sample(request).regions == ()
    said = ours.generate_until(requests)
    assert said == [f"{item.question} [{len(item.open().regions)}] " for item in items]
    assert ours._backend.most == [9]
    assert all("<region" not in text for text in drawn.generate_until(requests))


def test_captions_of_refcoco_have_the_region_of_their_row():
    picture = PILImage.new("RGB", (20, 10))
    row = {"image": picture, "bbox": [2, 1, 6, 4], "segmentation": [2, 1, 8, 1, 8, 5, 2, 5]}
    for name in ("refcoco_bbox_testA", "refcoco+_seg_val", "refcocog_bbox_test"):
        sample = rows.native(name, row, "Provide a short description for this region.", [picture])
        assert sample.turns[-1].text == "Provide a short description for <region1>."
        assert sample.regions[0].box() == (2, 1, 8, 5)
    assert rows.native("refcoco_bbox_val", row, "What?", [picture]).turns[-1].text == "<region1>: What?"
    with pytest.raises(DataError, match="needs 'bbox'"):
        rows.native("refcoco_bbox_val", {"image": picture}, "What?", [picture])


def test_a_box_that_is_the_answer_is_never_given():
    picture = PILImage.new("RGB", (20, 10))
    row = {"image": picture, "bbox": [2, 1, 6, 4]}
    for name in ("refcoco_bbox_rec_val", "refcoco_grounding", "some_other_task"):
        assert rows.native(name, row, "Where is the cup?", [picture]).regions == ()


def test_what_cannot_be_answered_is_refused(model):
    with pytest.raises(ConfigError, match="pretrained"):
        model.Regard(pretrained="x")
    with pytest.raises(ConfigError, match="generate_until"):
        model.Regard().loglikelihood([])
    with pytest.raises(ConfigError, match="generate_until"):
        model.Regard().generate_until_multi_round([])
    with pytest.raises(DataError, match="shows 2"):
        rows.drawn("What?", [1, 2])


def test_points_become_percent():
    assert task.share([(1.0, 1.0), (0.0, 1.0), (1.0, 2.0)]) == 50.0
    assert np.isnan(task.share([]))
    assert task.metric("accuracy, texture/pattern") == "accuracy_texture_pattern"


def test_from_the_command_line(tmp_path, capsys):
    assert main(["lmms-tasks", "world", "--out", str(tmp_path), "--items", "1", "--skills", "colour"]) == 0
    assert "--tasks regard_world" in capsys.readouterr().out
    assert next(read_rows(tmp_path / ROWS))["question"].count("<region1>")
    assert main(["lmms-tasks", "dlc_bench", "--out", str(tmp_path)]) == 2
    assert "a judge reads" in capsys.readouterr().err

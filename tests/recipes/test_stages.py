"""Recipes of one stage: the small twins walk through them, and who rests truly rests."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import regard
from regard.cli import main
from regard.core import rooms
from regard.core.config import override
from regard.data.world.questions import FINDS
from regard.recipes import _stages
from regard.train.parts import by_part, part_of
from regard.train.world import World

RECIPES = [name for name in rooms.names("regard.recipes") if hasattr(rooms.module("regard.recipes", name), "TINY")]
TPO = ("stage1", "stage2", "stage3a", "stage3b")
SCENES = ["images=12", "clips=8", "threads=1", "mixture.image_scenes=3", "mixture.clip_scenes=2"]
FASTER = 300  # times the paper's rates, which move a random twin too little to see in three steps


@cache
def settings(name, *words):
    return override(rooms.module("regard.recipes", name).TINY(), [*SCENES, *words])


def faster(name):
    rates = settings(name).stage.rates
    return [f"stage.rates.{part}={rate * FASTER}" for part, rate in rates.items() if rate]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    out = tmp_path_factory.mktemp("world")
    _stages.draw(settings(RECIPES[0]), out)
    return out / "world"


@pytest.fixture(scope="module")
def walked(tmp_path_factory, world):
    """The four stages of VideoChat-TPO's twin, each from the last one's model."""
    home, start = tmp_path_factory.mktemp("tpo"), []
    for stage in TPO:
        name, out = f"videochat_tpo_7b_{stage}", home / stage
        run(name, out, world, "steps=6", *faster(name), *start)
        start = [f"start={out / 'model'}"]
    return home


def run(name, out, world, *words):
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "world").exists():
        (out / "world").symlink_to(world)
    assert main(["train", f"{name}_tiny", *SCENES, f"out={out}", *words]) == 0


def weights(folder):
    return load_file(folder / "model.safetensors")


@pytest.mark.parametrize("stage", TPO)
def test_what_rests_stays_to_the_bit_and_what_learns_changes(walked, stage):
    before = walked / TPO[TPO.index(stage) - 1] / "model" if stage != TPO[0] else walked / stage / "start"
    old, new = weights(before), weights(walked / stage / "model")
    chosen = settings(f"videochat_tpo_7b_{stage}").stage
    moved = {part_of(name) for name, value in old.items() if not torch.equal(value, new[name][: len(value)])}
    by_lora = {part for part in moved if part.startswith("language.") and part.split(".")[-2] in chosen.lora.layers}
    learning = tuple(part for part, rate in chosen.rates.items() if rate)
    assert by_lora and all(begins(part, learning) for part in moved - by_lora)
    assert not any(begins(part, ("heads.mask.sam",)) for part in moved)
    assert all(any(begins(one, (part,)) for one in moved) for part in learning if part != "lora")


def begins(part, parts):
    return f"{part}.".startswith(tuple(f"{one}." for one in parts))


@pytest.mark.parametrize("name", RECIPES)
def test_gradients_reach_what_learns_and_nothing_else(name, world, tmp_path):
    config = settings(name)
    mixture = replace(config.mixture, skills=FINDS) if config.finds else config.mixture  # every head is called
    drawn = World(sorted(world.glob("image*.json")), sorted(world.glob("clip*.json")), mixture)
    model, processor = _stages.begin(config, tmp_path, drawn)
    _stages.prepare(model, config.stage)
    for key, weight in model.named_parameters():
        if "lora_B" in key:
            torch.nn.init.normal_(weight, std=0.05)  # at 0, nothing reaches A
    for batch in _stages.batches(config, drawn, processor, 6, 0):
        _stages.step_loss(model.train(), config.stage, batch)[0].backward()
    found = by_part(model, config.stage.rates)
    learning = {key for part, rate in config.stage.rates.items() if rate for key, _ in found[part]}
    reached = {key for key, weight in model.named_parameters() if weight.grad is not None}
    assert reached <= learning
    for key, weight in model.named_parameters():
        if key in learning and not key.startswith("heads.members."):  # what a head has for rare cases is its own test
            assert weight.grad is not None and weight.grad.abs().sum() > 0, key
    for head in model.heads.members if any(key.startswith("heads.members.") for key in learning) else ():
        assert any(key.startswith(f"heads.members.{head}.") for key in reached), head


def test_stages_go_on_from_each_other_and_the_last_model_finds(walked):
    kept = {
        json.loads((walked / stage / "model" / "config.json").read_text())["language"]["vocab_size"] for stage in TPO
    }
    assert len(kept) == 1
    assert not (walked / "stage2" / "start").exists()
    model = regard.load(walked / "stage3b" / "model")
    assert set(model.backend.heads) == {"box", "moment", "mask"}
    picture = regard.Image.from_array(np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8))
    assert model.locate(picture, "the red circle", allow_none=False).readable
    logged = [json.loads(line) for line in (walked / "stage1" / "stage" / "log.jsonl").read_text().splitlines()]
    assert all("answering" in row and not any("/" in key for key in row) for row in logged)


def test_a_stopped_stage_goes_on_and_ends_as_one_that_was_not(world, tmp_path, monkeypatch):
    words = ["steps=4", "save_every=2", *faster("videochat_tpo_7b_stage2")]
    run("videochat_tpo_7b_stage2", tmp_path / "straight", world, *words)
    counted, whole = [], _stages.step_loss

    class Killed(Exception):
        pass

    def killed(*given):
        counted.append(1)
        if len(counted) == 4:
            raise Killed
        return whole(*given)

    monkeypatch.setattr(_stages, "step_loss", killed)
    with pytest.raises(Killed):
        run("videochat_tpo_7b_stage2", tmp_path / "stopped", world, *words)
    monkeypatch.setattr(_stages, "step_loss", whole)
    run("videochat_tpo_7b_stage2", tmp_path / "stopped", world, *words)
    straight, stopped = (weights(tmp_path / name / "model") for name in ("straight", "stopped"))
    assert all(torch.equal(value, stopped[name]) for name, value in straight.items())


def test_the_guide_learns_where_regions_are(world, tmp_path):
    rates = ["stage.rates.heads=0.02", "stage.rates.language=0.002", "stage.rates.encoders=0.002"]
    run("omni_rgpt_7b_finetune", tmp_path, world, "steps=24", *rates)
    rows = [json.loads(line) for line in (tmp_path / "stage" / "log.jsonl").read_text().splitlines()]
    costs = [row["guide/guide"] for row in rows]
    assert np.mean(costs[-6:]) < 0.6 * np.mean(costs[:3])
    answering = [row["answering"] for row in rows]
    assert np.mean(answering[-6:]) < np.mean(answering[:3])
    assert "guide" in regard.load(tmp_path / "model").model.heads


def test_the_plan_of_the_whole_model_says_who_learns(capsys):
    assert main(["train", "videochat_tpo_7b_stage2", "--plan", "form=as_text", "steps=100"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "lora 2e-05 42,520,688 weights" in told and "slots.moment 0.0002 4,096 weights" in told
    assert "heads.mask.sam rests" in told and "heads.box 2e-05 8,398,852" in told
    assert "moments: 116,500 samples x 25 / 64 = 45,508 steps" in told and "rise over 20" in told


@pytest.mark.parametrize("name", RECIPES)
def test_every_stage_says_where_its_numbers_are_from(name, capsys):
    assert main(["train", f"{name}_tiny", "--plan"]) == 0
    told = capsys.readouterr().out
    stage = settings(name).stage
    assert stage.aim in told and stage.sources and all(source in told for source in stage.sources.values())
    assert all(stage.in_form(form) != stage for form in stage.forms)
    whole = rooms.module("regard.recipes", name).CONFIG()
    assert whole.stage == stage and not whole.preset.endswith("_tiny")


def test_settings_that_nothing_can_be_begun_with_are_refused(capsys, tmp_path):
    assert main(["train", "videochat_tpo_7b_stage1", f"out={tmp_path / 'new'}"]) == 2
    assert "give start=FOLDER" in capsys.readouterr().err and not (tmp_path / "new").exists()
    assert main(["train", "videochat_tpo_7b_stage1", "stage.rates.lor=1"]) == 2
    assert "Did you mean 'lora'" in capsys.readouterr().err
    assert main(["train", "videochat_tpo_7b_stage9_tiny"]) == 2
    assert "videochat_tpo_7b_stage" in capsys.readouterr().err

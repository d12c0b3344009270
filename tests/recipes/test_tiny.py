"""The recipe of the shipped model from drawing to answering, at a size that takes seconds."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import regard
from regard.cli import main
from regard.core import rooms
from regard.core.config import override
from regard.models.with_heads import with_heads
from regard.recipes import _tiny_designs, _tiny_samples, tiny
from regard.train.world import AnswerBatches, DenseBatches, Mixture, World

SMALL = [
    "images=12",
    "clips=6",
    "workers=0",
    "compile=false",
    "vocabulary=300",
    "vision_width=32",
    "vision_depth=1",
    "text_width=64",
    "text_depth=1",
    "watched=4",
    "watched_batches=2",
    "mixture.image_scenes=3",
    "mixture.clip_scenes=2",
    "mixture.per_scene=3",
    "patches.steps=2",
    "dense.steps=2",
    "dense.save_every=2",
    "answer.save_every=2",
    "answer.log_every=1",
    "plain.steps=2",
    "match.steps=2",
    "compare.steps=2",
    "swap.steps=2",
    "finds=false",
    "outlines.steps=2",
    "find.steps=2",
    "look.steps=2",
    "cells.steps=2",
    "choose.steps=2",
    "first.steps=2",
    "later.steps=2",
    "follow.steps=2",
    "whole.steps=2",
]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    out = tmp_path_factory.mktemp("tiny")
    for steps in (2, 4):  # the second run goes on from the first
        assert main(["train", "tiny", f"out={out}", *SMALL, f"answer.steps={steps}"]) == 0
    return out


def test_it_trains_resumes_and_exports_a_model_that_answers(trained):
    model = regard.load(trained / "model")
    picture = regard.Image.from_array(np.full((50, 70, 3), 200, np.uint8))
    answer = model.ask(picture, "What colour is <region1>?", [regard.Region.box(5, 5, 40, 40)], max_new_tokens=4)
    assert isinstance(answer.text, str) and answer.usage["completion_tokens"] <= 4


def test_the_log_has_losses_and_held_out_skills(trained):
    rows = [json.loads(line) for line in (trained / "answer" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "answering" in row] == [1, 2, 3, 4]
    watched = [row for row in rows if "answering" not in row]
    assert watched and all(
        0 <= value <= 1 for row in watched for key, value in row.items() if key not in ("step", "seconds")
    )


def test_the_same_questions_are_answered_with_every_checkpoint(trained):
    rows = [json.loads(line) for line in (trained / "answer" / "samples.jsonl").read_text().splitlines()]
    told = {step: [row for row in rows if row["step"] == step] for step in (2, 4)}  # 4 after a resumption
    assert told[2] and rows == told[2] + told[4]
    fixed = [{name: value for name, value in row.items() if name not in ("step", "answer")} for row in rows]
    assert fixed[: len(told[2])] == fixed[len(told[2]) :]
    assert {"describe_brief", "relation", "happens_next"} >= {row["skill"] for row in rows}
    assert all(row["scene"] >= tiny.WATCH_SEED and row["question"] and row["truth"] for row in rows)
    assert all(isinstance(row["answer"], str) for row in rows)


def test_sample_answers_compile_nothing_and_are_said(trained, tmp_path, capsys):
    backend, compiled = regard.load(trained / "model").backend, []
    for block in backend.model.language.model.layers:
        block.forward = torch.compile(block.forward, backend=lambda graph, _: compiled.append(graph) or graph.forward)
    images, clips = (sorted((trained / "watch").glob(f"{kind}_*.json")) for kind in ("image", "clip"))
    _tiny_samples.show(World(images, clips, Mixture()), backend.processor, backend.model, tmp_path, step=7)
    row = json.loads((tmp_path / "samples.jsonl").read_text().splitlines()[0])
    told = capsys.readouterr().err
    assert row["step"] == 7 and not compiled
    assert all(f"{name}: {row[name]}" in told for name in ("question", "answer", "truth"))


def test_every_stage_leaves_the_curve_of_its_loss(trained):
    assert (trained / "answer" / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_a_finished_run_is_not_trained_again(trained, capsys):
    before = (trained / "answer" / "log.jsonl").read_text()
    assert main(["train", "tiny", f"out={trained}", *SMALL, "answer.steps=4"]) == 0
    assert (trained / "answer" / "log.jsonl").read_text() == before


def test_the_plan_is_printed_and_nothing_is_done(tmp_path, capsys):
    assert main(["train", "tiny", "--plan", f"out={tmp_path / 'new'}", "answer.rate=0.5"]) == 0
    told = capsys.readouterr().out
    assert "answer.rate=0.5" in told and "mixture.per_scene=14" in told
    assert not (tmp_path / "new").exists()


def test_an_unknown_setting_is_refused_with_the_nearest(capsys):
    assert main(["train", "tiny", "answer.ste=4"]) == 2
    assert "Did you mean 'steps'" in capsys.readouterr().err


def test_a_finished_model_can_be_the_start_of_another(trained, tmp_path):
    words = [*SMALL, f"out={tmp_path}", f"start={trained / 'model'}", "answer.steps=2"]
    assert main(["train", "tiny", *words]) == 0
    assert not (tmp_path / "patches").exists() and not (tmp_path / "dense").exists()
    assert regard.load(tmp_path / "model").model.config.language == regard.load(trained / "model").model.config.language


def test_a_start_with_fewer_layers_gets_more(trained, tmp_path):
    words = [*SMALL, "text_depth=2", f"out={tmp_path}", f"start={trained / 'model'}", "answer.steps=2"]
    assert main(["train", "tiny", *words]) == 0
    assert regard.load(tmp_path / "model").model.config.language["num_hidden_layers"] == 2


def test_a_changed_design_on_an_old_folder_is_refused(trained, capsys):
    assert main(["train", "tiny", f"out={trained}", *SMALL, "text_width=128", "answer.steps=4"]) == 2
    assert "name another out=" in capsys.readouterr().err


def test_the_tower_rests_until_the_whole_learns(trained):
    dense, answer, whole = (_tower(trained, *stage) for stage in (("dense", 2), ("answer", 4), ("whole", 2)))
    assert dense and all(torch.equal(dense[key], answer[key]) for key in dense)
    assert any(not torch.equal(answer[key], whole[key]) for key in dense)


def test_the_stem_learns_first_and_alone(tmp_path):
    config = override(tiny.Tiny(), [*SMALL, f"out={tmp_path}", "patches.log_every=1"])
    world = tiny.draw(config, tmp_path)
    processor = tiny.prepare(config, tmp_path, world)
    taught = tiny.Taught(tiny.RegardModel(processor.config))
    before = {name: value.clone() for name, value in taught.named_parameters()}
    tiny.learn_patches(config, tmp_path, world, processor, taught)
    changed = {name for name, value in taught.named_parameters() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith(("model.vision.stem.", "patch_heads.")) for name in changed)
    rows = [json.loads(line) for line in (tmp_path / "patches" / "log.jsonl").read_text().splitlines()]
    assert all(0 <= row["pattern"] <= 1 for row in rows if "pattern" in row) and "colour" in rows[-1]
    assert all(value.requires_grad for value in taught.parameters())


def _tower(folder, stage: str, step: int) -> dict[str, torch.Tensor]:
    weights = load_file(folder / stage / f"step_{step:07d}" / "model.safetensors")
    return {key: value for key, value in weights.items() if ".vision." in key}


def test_a_plain_lesson_asks_its_kinds_in_its_words():
    mixture = tiny.LESSONS["match"].mixture(Mixture(), seed=5)
    assert (mixture.plainly, mixture.conversations, mixture.seed) == (1.0, 0.0, 5)
    assert mixture.clip_every == Mixture().clip_every and {"yes_no", "choose"} < set(mixture.skills)
    assert tiny.LESSONS["follow"].mixture(Mixture(), seed=7).clip_every == 1
    assert tiny.LESSONS["cells"].mixture(Mixture(), seed=8).grids == 1.0
    answer = tiny.LESSONS["answer"].mixture(Mixture(), seed=6)
    assert (answer.plainly, answer.swapped, answer.absent, answer.seed) == (Mixture().plainly, 0.4, 0.45, 6)


def test_a_trained_model_gets_task_heads_that_learn_and_find(trained, tmp_path):
    words = [*SMALL, f"out={tmp_path}", f"start={trained / 'model'}", "finds=true", "answer.steps=2"]
    assert main(["train", "tiny", *words, "find.log_every=1", "whole.log_every=1"]) == 0
    logs = [json.loads(line) for line in (tmp_path / "find" / "log.jsonl").read_text().splitlines()]
    assert any("light_mask/dice" in row for row in logs)
    for stage in ("find", "answer", "whole"):  # what the mask head learned first stays
        rows = [json.loads(line) for line in (tmp_path / stage / "log.jsonl").read_text().splitlines()]
        assert any("iou" in row for row in rows), stage
    assert (tmp_path / "outlines" / "step_0000002" / "model.safetensors").exists()
    model = regard.load(tmp_path / "model")
    picture = regard.Image.from_array(np.random.default_rng(0).integers(0, 255, (50, 70, 3), dtype=np.uint8))
    answer = model.segment(picture, "the red circle", allow_none=False)
    assert answer.readable and tuple(model.backend.heads) == ("light_mask", "light_moment")
    assert model.backend.follows, "regions of one frame ask the head that their tokens were taught to ask"


def test_a_start_that_lacks_a_head_gets_it_and_keeps_the_other(trained, tmp_path):
    config = override(tiny.Tiny(), [*SMALL, f"out={tmp_path}", f"start={trained / 'model'}", "finds=true"])
    made, processor = tiny.build(config, tiny.RegardProcessor.from_pretrained(trained / "model"))
    settings = [
        entry | {"follows": False, "edges": False} for entry in made.config.heads if entry["name"] == "light_mask"
    ]
    one, prepared = with_heads(*_plain(trained), settings)
    one.save_pretrained(tmp_path / "one")
    prepared.save_pretrained(tmp_path / "one")
    both, processor = tiny.build(override(config, [f"start={tmp_path / 'one'}"]), prepared)
    for name in ("follows", "edges"):
        assert [entry.get(name, False) for entry in processor.config.heads] == [True, False]
    assert list(made.heads.members) == list(both.heads.members) == ["light_mask", "light_moment"]
    kept = one.heads.members["light_mask"].state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in both.heads.members["light_mask"].state_dict().items())


def _plain(folder):
    backend = regard.load(folder / "model").backend
    return backend.model.float(), backend.processor


@pytest.mark.parametrize("started", [False, True])
def test_mask_head_and_tower_learn_outlines_without_words_but_not_the_tower_of_a_start(trained, tmp_path, started):
    config = override(tiny.Tiny(), [*SMALL, f"out={tmp_path}", f"start={trained / 'model'}", "finds=true"])
    config = override(config, ["outlines.steps=60", "outlines.log_every=5", "outlines.rate=0.01"])
    world = tiny.draw(config, tmp_path)
    model, processor = tiny.build(config, tiny.prepare(config, tmp_path, world))
    taught = tiny.Taught(model.float())
    before = {name: value.clone() for name, value in taught.named_parameters()}
    tiny.learn_outlines(config if started else override(config, ["start="]), tmp_path, world, processor, taught)
    changed = {name for name, value in taught.named_parameters() if not torch.equal(value, before[name])}
    assert not any(".language." in name for name in changed)
    assert {name for name in before if ".light_mask." in name or ".things." in name} <= changed
    tower = {name for name in before if ".vision." in name}
    assert tower & changed == (set() if started else tower)
    rows = [json.loads(line) for line in (tmp_path / "outlines" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["loss"] < rows[0]["loss"] and all(0 <= row["iou"] <= 1 for row in rows)
    assert all(value.requires_grad for value in taught.parameters())


DESIGNS = [*rooms.names("regard.models.encoders"), "token_mark+mask_pool"]


@pytest.fixture(scope="module")
def drawn(trained):
    config = override(tiny.Tiny(), [*SMALL, "finds=true", f"out={trained}"])
    return config, tiny.draw(config, trained), tiny.prepare(config, trained, None).tokenizer


@pytest.mark.parametrize("design", DESIGNS)
def test_every_region_design_learns_by_the_recipe_and_answers(drawn, design, tmp_path):
    config, world, tokenizer = drawn
    config = override(config, [f"encoder={design}"])
    model, processor = tiny.build(config, tiny.RegardProcessor(tokenizer, tiny.model_config(config, len(tokenizer))))
    assert [entry["name"] for entry in model.config.encoders] == design.split("+")
    taught, pictures_and_clips = tiny.Taught(model), (0, 2)
    for number in pictures_and_clips:
        dense = DenseBatches(world, processor, range(3), outlined=True)[number]
        asked = AnswerBatches(world, processor, range(3), outlined=True)[number]
        losses = [taught.see(dense), taught.outline(dense, 0.5), taught.answer(asked, 0.25, 0.3)]
        sum(loss for loss, _ in losses).backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.encoders.parameters())
    tiny.learn_outlines(override(config, ["outlines.steps=1"]), tmp_path, world, processor, taught)
    answerer = regard.load(tiny.export(tmp_path, processor, model))
    clip = regard.Clip.from_frames(np.random.default_rng(0).integers(0, 255, (5, 40, 60, 3), dtype=np.uint8), fps=4)
    region = regard.Region.box(5, 5, 40, 30)
    assert isinstance(answerer.ask(clip, "What colour is <region1>?", [region], max_new_tokens=2).text, str)


def test_a_design_goes_without_what_it_has_no_place_for_and_the_recipe_says_so(drawn):
    config, _, tokenizer = drawn
    told = {}
    for design in DESIGNS:
        changed = override(config, [f"encoder={design}"])
        processor = tiny.RegardProcessor(tokenizer, tiny.model_config(changed, len(tokenizer)))
        model, _ = tiny.build(changed, processor)
        lines = " ".join(_tiny_designs.left_out(model))
        told[design] = ("marks of things" in lines, "not followed" in lines)
        assert (model.things is None) == told[design][0]
    unmarked, unfollowed = ({name for name, parts in told.items() if parts[at]} for at in (0, 1))
    assert unmarked == {"local_crop", "crop_attention"}
    assert unfollowed == set(DESIGNS) - {"mask_pool", "local_crop", "crop_attention"}


def test_a_region_design_that_there_is_not_is_refused_before_anything_is_drawn(tmp_path, capsys):
    assert main(["train", "tiny", f"out={tmp_path / 'new'}", "encoder=mask_pool+roi_reply"]) == 2
    assert "Did you mean 'roi_replay'?" in capsys.readouterr().err and not (tmp_path / "new").exists()


def test_a_start_keeps_its_region_design(trained, tmp_path, capsys):
    words = ["train", "tiny", *SMALL, f"out={tmp_path / 'new'}", f"start={trained / 'model'}"]
    assert main([*words, "encoder=roi_replay"]) == 2
    assert "has mask_pool and keeps it" in capsys.readouterr().err and not (tmp_path / "new").exists()
    _tiny_designs.check("mask_pool", str(trained / "model"))
    _tiny_designs.check("", str(trained / "model"))

"""Parts that learn at rates of their own: how weights find theirs, stages in numbers, and the optimizer's groups."""

from __future__ import annotations

import pytest
import torch

import tiny_model
from regard.core.errors import CheckpointError, ConfigError, NotFound
from regard.models.with_heads import with_heads
from regard.train import checkpoint
from regard.train.loop import Schedule, optimizer_for, run
from regard.train.parts import by_part, let_learn, part_of
from regard.train.stage import Course, Stage


@pytest.fixture(scope="module")
def model():
    return with_heads(*tiny_model.model(), [{"name": "box", "hidden": 16}, {"name": "light_mask", "width": 8}])[0]


def test_every_weight_has_a_part_in_words_that_people_use():
    assert part_of("heads.members.box.loc_decoder.0.weight") == "heads.box.loc_decoder.0.weight"
    assert part_of("heads.slots.box") == "slots.box"
    assert part_of("encoders.members.0.marks") == "encoders.0.marks"
    assert part_of("vision.stem.0.weight") == "vision.stem.0.weight"
    assert part_of("language.lm_head.lora_A.default.weight") == "lora.language.lm_head.lora_A.default.weight"


def test_the_finest_part_counts_and_what_is_not_named_rests(model):
    rates = {"heads": 1e-3, "heads.box": 2e-3, "heads.box.loc_decoder.2": 0.0, "slots.box": 5e-3}
    let_learn(model, rates)
    learning = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert "heads.members.box.loc_decoder.0.weight" in learning and "heads.slots.box" in learning
    assert "heads.slots.light_mask" not in learning and "heads.members.box.loc_decoder.2.weight" not in learning
    assert {name.split(".")[0] for name in learning} == {"heads"}
    found = by_part(model, rates)
    assert all(name.startswith("heads.members.light_mask") for name, _ in found["heads"])


def test_a_part_that_is_not_there_is_refused_with_the_nearest(model):
    with pytest.raises(NotFound, match="Did you mean 'slots.light_mask'"):
        let_learn(model, {"slots.lightmask": 1e-3})
    with pytest.raises(NotFound, match="no part of this model 'head'"):  # not the beginning of a word
        let_learn(model, {"head": 1e-3})
    with pytest.raises(ConfigError, match="the rate of heads is -1"):
        let_learn(model, {"heads": -1})


def test_each_part_learns_at_its_own_rate_and_what_rests_is_not_in_the_optimizer(model):
    rates = {"connector": 1e-3, "slots": 4e-3, "heads.box": 0.0}
    let_learn(model, rates)
    groups = optimizer_for(model, Schedule(weight_decay=0.1), rates).param_groups
    assert {group["lr"] for group in groups if group["params"]} == {1e-3, 4e-3}
    inside = sum(len(group["params"]) for group in groups)
    assert inside == sum(weight.requires_grad for weight in model.parameters())
    assert all(weight.ndim > 1 for group in groups if group["weight_decay"] for weight in group["params"])


PARTS = ("fast", "slow", "still")


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.fast, self.slow, self.still = (torch.nn.Linear(3, 3, bias=False) for _ in range(3))

    def forward(self, values):
        return self.still(self.slow(self.fast(values)))


def learn(module, rates, folder, steps=2):
    let_learn(module, rates)
    noise = [torch.randn(4, 3, generator=torch.Generator().manual_seed(step)) for step in range(9)]
    run(
        module,
        lambda batch: (module(batch).square().mean(), {}),
        lambda first: noise[first:],
        Schedule(steps=steps, warmup=0, decay=0.0, weight_decay=0.0, save_every=1),
        folder,
        rates=rates,
    )


def test_the_loop_moves_parts_by_their_rates(tmp_path):
    before, module = Two(), Two()
    learn(module, {"fast": 1e-2, "slow": 1e-3}, tmp_path)
    moved = {name: (getattr(module, name).weight - getattr(before, name).weight).abs().mean() for name in PARTS}
    assert moved["still"] == 0 and moved["fast"] > 5 * moved["slow"] > 0


def test_rates_may_change_when_a_training_goes_on_but_not_who_learns(tmp_path):
    module = Two()
    learn(module, {"fast": 1e-2, "slow": 1e-3}, tmp_path)
    held = module.fast.weight.clone()
    with pytest.raises(CheckpointError, match="other parts learned there"):
        learn(Two(), {"fast": 1e-2}, tmp_path, steps=3)
    again = Two()
    learn(again, {"fast": 1e-9, "slow": 1e-3}, tmp_path, steps=3)
    torch.testing.assert_close(again.fast.weight, held, atol=1e-7, rtol=0)
    assert checkpoint.whole(tmp_path)[-1].name == "step_0000003"


def stage(**changes):
    courses = {"boxes": Course(1000, 1, 128, "A"), "moments": Course(100, 3, 64, "B, C")}
    forms = {"as_text": {"rates": {"slots": 2.0}, "courses": {"boxes": Course(1000, 2, 128, "A")}, "floor": 0.5}}
    return Stage("aim", {"heads": 1.0, "slots": 4.0}, courses=courses, warmup=0.2, forms=forms, **changes)


def test_a_stage_counts_its_steps_and_has_other_forms():
    assert stage().steps == 8 + 5 and stage().in_form("") == stage()
    text = stage().in_form("as_text")
    assert text.rates == {"heads": 1.0, "slots": 2.0} and text.floor == 0.5 and text.steps == 16 + 5
    with pytest.raises(NotFound, match="Did you mean 'as_text'"):
        stage().in_form("as_tex")


def test_a_stage_rises_and_falls_along_a_cosine_to_its_floor():
    schedule = stage(floor=0.1).schedule(100, save_every=10, log_every=1)
    assert (schedule.rate, schedule.warmup) == (4.0, 20)
    assert schedule.share_at(0) == pytest.approx(0.05) and schedule.share_at(19) == schedule.share_at(20) == 1.0
    assert schedule.share_at(60) == pytest.approx(0.55) and schedule.share_at(99) == pytest.approx(0.1, abs=1e-2)
    shares = [schedule.share_at(step) for step in range(20, 100)]
    assert shares == sorted(shares, reverse=True)

"""Training: the rate, exact resumption, whole checkpoints, and stopping at a loss that is no number."""

import json
import math

import pytest
import torch

from regard.core.errors import CheckpointError, ConfigError
from regard.train import checkpoint
from regard.train.loop import Schedule, optimizer_for, run

SCHEDULE = Schedule(steps=8, rate=0.01, warmup=2, decay=0.5, save_every=3, log_every=2)


def student():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 2))


def batches(first):
    for number in range(first, 100):
        yield torch.randn(6, 4, generator=torch.Generator().manual_seed(number))


def learn(module, schedule, folder):
    run(module, lambda batch: ((module(batch) - batch[:, :2]).square().mean(), {}), batches, schedule, folder)
    return torch.cat([value.detach().flatten() for value in module.parameters()])


def test_the_rate_rises_stays_and_falls():
    schedule = Schedule(steps=100, rate=1.0, warmup=10, decay=0.2)
    assert schedule.rate_at(0) == pytest.approx(0.1)
    assert schedule.rate_at(9) == schedule.rate_at(80) == 1.0
    assert schedule.rate_at(90) == pytest.approx(0.5)
    assert 0 < schedule.rate_at(99) <= 0.05


def test_stopped_and_resumed_equals_straight_through(tmp_path):
    straight = learn(student(), SCHEDULE, tmp_path / "straight")

    class Killed(Exception):
        pass

    stopped = student()
    calls = []

    def step(batch):
        calls.append(1)
        if len(calls) == 6:
            raise Killed
        return (stopped(batch) - batch[:, :2]).square().mean(), {}

    with pytest.raises(Killed):
        run(stopped, step, batches, SCHEDULE, tmp_path / "resumed")
    resumed = learn(student(), SCHEDULE, tmp_path / "resumed")
    assert torch.equal(straight, resumed)


def test_a_half_written_checkpoint_is_passed_over(tmp_path):
    module = student()
    learn(module, Schedule(steps=3, save_every=3), tmp_path)
    (tmp_path / "step_0000099").mkdir()
    (tmp_path / "step_0000099" / "model.safetensors").write_bytes(b"half")
    assert [path.name for path in checkpoint.whole(tmp_path)] == ["step_0000003"]
    state = checkpoint.restore(tmp_path, student(), optimizer_for(student(), SCHEDULE))
    assert state["step"] == 3


def test_weights_of_another_design_are_refused_by_name(tmp_path):
    learn(student(), Schedule(steps=1, save_every=1), tmp_path)
    other = torch.nn.Linear(4, 8)
    with pytest.raises(CheckpointError, match=r"missing \['bias', 'weight'\]"):
        checkpoint.restore(tmp_path, other, optimizer_for(other, SCHEDULE))


def test_a_loss_that_is_no_number_stops_the_training(tmp_path):
    module = student()
    with pytest.raises(ConfigError, match="the loss of step 0 is nan"):
        run(module, lambda batch: (module(batch).sum() * math.nan, {}), batches, SCHEDULE, tmp_path)
    assert checkpoint.whole(tmp_path) == []


def test_the_log_is_one_row_a_report(tmp_path):
    learn(student(), SCHEDULE, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4, 6, 8]
    assert rows[-1]["loss"] < rows[0]["loss"]


def test_a_row_of_the_log_has_means_over_the_steps_since_the_row_before(tmp_path):
    module = student()
    steps = iter(range(8))

    def step_loss(batch):
        step = next(steps)
        return module(batch).square().mean(), {"step_number": float(step)} | ({"even": 1.0} if step % 2 == 0 else {})

    run(module, step_loss, batches, SCHEDULE, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step_number"] for row in rows] == [0.5, 2.5, 4.5, 6.5]
    assert all(row["even"] == 1.0 for row in rows), "a figure that only some batches have is a mean over those"

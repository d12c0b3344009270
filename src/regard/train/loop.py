"""The training loop: batches by number, a learning rate that rises and falls, a log, checkpoints, exact resumption."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.core.files import append_row
from regard.core.progress import say
from regard.train import checkpoint, curve
from regard.train.parts import Weights, by_part


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    The rate rises over `warmup` steps, stays, and falls to zero over the last `decay` share of `steps`: as long as
    the fall has not begun, a training can be made longer or shorter when it is resumed. With `cosine` it falls along
    half a cosine from the end of the rise on, to the share `floor`, and `decay` has no meaning. `weight_decay`,
    `betas`, `epsilon`: of AdamW; `clip`: the largest norm of the gradient.
    """

    steps: int = 1000
    rate: float = 1e-3
    warmup: int = 100
    decay: float = 0.25
    weight_decay: float = 0.05
    clip: float = 1.0
    save_every: int = 250
    log_every: int = 20
    cosine: bool = False
    floor: float = 0.0
    betas: tuple[float, float] = (0.9, 0.98)
    epsilon: float = 1e-8

    def rate_at(self, step: int) -> float:
        """Return the learning rate of one step (from 0)."""
        return self.rate * self.share_at(step)

    def share_at(self, step: int) -> float:
        """Return the share of its rate with which every part learns at one step (from 0)."""
        rising = (step + 1) / max(self.warmup, 1)
        if not self.cosine:
            return min(1.0, rising, (self.steps - step) / max(self.decay * self.steps, 1))
        turn = (step - self.warmup) / max(self.steps - self.warmup, 1)
        fallen = self.floor + (1 - self.floor) * (1 + math.cos(math.pi * min(max(turn, 0.0), 1.0))) / 2
        return min(1.0, rising, fallen)


StepLoss = Callable[[Any], tuple[Tensor, dict[str, float]]]


def optimizer_for(module: nn.Module, schedule: Schedule, rates: Mapping[str, float] | None = None) -> torch.optim.AdamW:
    """Return AdamW; vectors (biases, norms) and embeddings are not decayed.

    `rates`: the rate of each part (`regard.train.parts`); all that learns has that of the schedule when left out.
    """
    named = {"": list(module.named_parameters())} if rates is None else by_part(module, rates)
    groups = [
        group
        for part, weights in named.items()
        for group in _groups(weights, schedule.rate if rates is None else rates[part], schedule.weight_decay)
    ]
    return torch.optim.AdamW(groups, betas=schedule.betas, eps=schedule.epsilon, fused=True)


def _groups(weights: Weights, rate: float, decay: float) -> list[dict[str, Any]]:
    trainable = [(name, value) for name, value in weights if value.requires_grad]
    decayed = [value for name, value in trainable if value.ndim > 1 and "embed_tokens" not in name]
    kept = [value for name, value in trainable if value.ndim <= 1 or "embed_tokens" in name]
    return [{"params": decayed, "lr": rate, "weight_decay": decay}, {"params": kept, "lr": rate, "weight_decay": 0.0}]


def run(
    module: nn.Module,
    step_loss: StepLoss,
    batches: Callable[[int], Iterable[Any]],
    schedule: Schedule,
    folder: str | Path,
    *,
    rates: Mapping[str, float] | None = None,
    watch: Callable[[int], dict[str, float]] | None = None,
) -> None:
    """Train until `schedule.steps`, resuming from the newest whole checkpoint in `folder`.

    `batches(first)` yields the batches of steps first, first + 1, ...; `step_loss` gives the loss of one and figures
    to log, `rates` as for `optimizer_for`; `watch`, called with every checkpoint, gives figures on held-out data. The
    log is `log.jsonl`: a row has the mean of each figure over the steps since the row before that have it; with every
    checkpoint it is drawn as `curve.png`. Raises `ConfigError` at a loss that is not finite, naming the step.
    """
    folder = Path(folder)
    optimizer = optimizer_for(module, schedule, rates)
    peaks = [group["lr"] for group in optimizer.param_groups]  # those of a checkpoint are of its step
    state = checkpoint.restore(folder, module, optimizer) or {"step": 0, "seconds": 0.0}
    first, begun = state["step"], time.monotonic() - state["seconds"]
    if first:
        say(f"resumed {folder} at step {first} of {schedule.steps}")
    module.train()
    since: dict[str, list[float]] = {}
    for step, batch in enumerate(batches(first), start=first):
        if step >= schedule.steps:
            break
        loss, figures = _learn(module, optimizer, step_loss, batch, schedule, step, peaks)
        seconds = time.monotonic() - begun
        for name, value in {"loss": loss, **figures}.items():
            since.setdefault(name, []).append(value)
        if (step + 1) % schedule.log_every == 0:
            _log(folder, step + 1, schedule, seconds, {name: sum(told) / len(told) for name, told in since.items()})
            since.clear()
        if (step + 1) % schedule.save_every == 0 or step + 1 == schedule.steps:
            checkpoint.save(folder, module, optimizer, {"step": step + 1, "seconds": seconds})
            if watch is not None:
                module.eval()
                _log(folder, step + 1, schedule, seconds, watch(step + 1))
                module.train()
            curve.draw(folder)


def _learn(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    step_loss: StepLoss,
    batch: Any,
    schedule: Schedule,
    step: int,
    peaks: Sequence[float],
) -> tuple[float, dict[str, float]]:
    for group, peak in zip(optimizer.param_groups, peaks, strict=True):
        group["lr"] = peak * schedule.share_at(step)
    torch.manual_seed(step)
    with torch.autocast("cpu", torch.bfloat16):
        loss, figures = step_loss(batch)
    if not math.isfinite(loss.item()):
        raise ConfigError(f"the loss of step {step} is {loss.item()}; lower the learning rate or look at that batch")
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    figures["norm"] = float(nn.utils.clip_grad_norm_(module.parameters(), schedule.clip))
    optimizer.step()
    return loss.item(), figures


def _log(folder: Path, step: int, schedule: Schedule, seconds: float, figures: dict[str, float]) -> None:
    row = {"step": step, "seconds": round(seconds, 1), **{name: round(value, 4) for name, value in figures.items()}}
    append_row(folder / curve.LOG, row)
    told = "  ".join(f"{name} {value:.3g}" for name, value in list(figures.items())[:14])
    left = seconds / step * (schedule.steps - step) / 60
    say(f"step {step}/{schedule.steps}  {told}  {left:.0f} min left")

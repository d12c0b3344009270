"""The training loop: batches by number, a trapezoid learning rate, a log, checkpoints, and exact resumption."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.core.files import append_row
from regard.core.progress import say
from regard.train import checkpoint


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    The rate rises over `warmup` steps, stays, and falls to zero over the last `decay` share of `steps`: as long as
    the fall has not begun, a training can be made longer or shorter when it is resumed.
    """

    steps: int = 1000
    rate: float = 1e-3
    warmup: int = 100
    decay: float = 0.25
    weight_decay: float = 0.05
    clip: float = 1.0
    save_every: int = 250
    log_every: int = 20

    def rate_at(self, step: int) -> float:
        """Return the learning rate of one step (from 0)."""
        rising = (step + 1) / max(self.warmup, 1)
        falling = (self.steps - step) / max(self.decay * self.steps, 1)
        return self.rate * min(1.0, rising, falling)


StepLoss = Callable[[Any], tuple[Tensor, dict[str, float]]]


def optimizer_for(module: nn.Module, schedule: Schedule) -> torch.optim.AdamW:
    """Return AdamW; vectors (biases, norms) and embeddings are not decayed."""
    trainable = [(name, value) for name, value in module.named_parameters() if value.requires_grad]
    decayed = [value for name, value in trainable if value.ndim > 1 and "embed_tokens" not in name]
    kept = [value for name, value in trainable if value.ndim <= 1 or "embed_tokens" in name]
    groups = [{"params": decayed, "weight_decay": schedule.weight_decay}, {"params": kept, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=schedule.rate, betas=(0.9, 0.98), fused=True)


def run(
    module: nn.Module,
    step_loss: StepLoss,
    batches: Callable[[int], Iterable[Any]],
    schedule: Schedule,
    folder: str | Path,
    *,
    watch: Callable[[int], dict[str, float]] | None = None,
) -> None:
    """Train until `schedule.steps`, resuming from the newest whole checkpoint in `folder`.

    `batches(first)` yields the batches of steps first, first + 1, ...; `step_loss` gives the loss of one and figures
    to log; `watch`, called with every checkpoint, gives figures on held-out data. The log is `log.jsonl`. Raises
    `ConfigError` at a loss that is not finite, naming the step.
    """
    folder = Path(folder)
    optimizer = optimizer_for(module, schedule)
    state = checkpoint.restore(folder, module, optimizer) or {"step": 0, "seconds": 0.0}
    first, begun = state["step"], time.monotonic() - state["seconds"]
    if first:
        say(f"resumed {folder} at step {first} of {schedule.steps}")
    module.train()
    for step, batch in enumerate(batches(first), start=first):
        if step >= schedule.steps:
            break
        loss, figures = _learn(module, optimizer, step_loss, batch, schedule, step)
        seconds = time.monotonic() - begun
        if (step + 1) % schedule.log_every == 0:
            _log(folder, step + 1, schedule, seconds, {"loss": loss, **figures})
        if (step + 1) % schedule.save_every == 0 or step + 1 == schedule.steps:
            checkpoint.save(folder, module, optimizer, {"step": step + 1, "seconds": seconds})
            if watch is not None:
                module.eval()
                _log(folder, step + 1, schedule, seconds, watch(step + 1))
                module.train()


def _learn(
    module: nn.Module, optimizer: torch.optim.Optimizer, step_loss: StepLoss, batch: Any, schedule: Schedule, step: int
) -> tuple[float, dict[str, float]]:
    for group in optimizer.param_groups:
        group["lr"] = schedule.rate_at(step)
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
    append_row(folder / "log.jsonl", row)
    told = "  ".join(f"{name} {value:.3g}" for name, value in list(figures.items())[:14])
    left = seconds / step * (schedule.steps - step) / 60
    say(f"step {step}/{schedule.steps}  {told}  {left:.0f} min left")

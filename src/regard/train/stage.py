"""A stage of training, as papers state them in tables: which parts learn and how fast, from what, and how long."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from regard.core.errors import not_found
from regard.train.loop import Schedule
from regard.train.lora import Lora

NOTE = {"note": True}
"""Marks fields that are no settings."""


@dataclass(frozen=True)
class Course:
    """What a stage goes through of one kind of data: `samples` of the sets `of`, `epochs` times, `batch` at once."""

    samples: int
    epochs: int
    batch: int
    of: str

    def __str__(self) -> str:
        return f"{self.samples:,} samples x {self.epochs} / {self.batch}"

    @property
    def steps(self) -> int:
        """How many batches that makes."""
        return math.ceil(self.samples * self.epochs / self.batch)


@dataclass(frozen=True)
class Stage:
    """One stage.

    `rates`: the peak rate of each part that learns (`regard.train.parts`); all else rests, and so does what has 0.
    `lora`: low-rank changes of the language model, the part `lora`; None for none. `calls`: the losses of task heads
    are learned from, beside that of words. `courses`: what is read, by kind. The rates rise over the share `warmup` of
    all steps, then fall along half a cosine to the share `floor`. `decay`, `betas`, `epsilon`: of AdamW; `clip`: the
    largest norm of the gradient. `forms`: what other statements of the same source change, by name, as `in_form` takes
    them. `sources`: where the numbers are from, a line each.
    """

    aim: str
    rates: Mapping[str, float]
    lora: Lora | None = None
    calls: bool = True
    courses: Mapping[str, Course] = field(default_factory=dict)
    warmup: float = 0.0
    floor: float = 0.0
    decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    clip: float = 1.0
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, metadata=NOTE)
    sources: Mapping[str, str] = field(default_factory=dict, metadata=NOTE)

    @property
    def steps(self) -> int:
        """How many steps the courses make, one after the other."""
        return sum(course.steps for course in self.courses.values())

    def in_form(self, form: str) -> Stage:
        """Return the stage as another statement has it; as it is for an empty name. Raises `NotFound`."""
        if not form:
            return self
        if form not in self.forms:
            raise not_found("form of this stage", form, self.forms)
        changes = self.forms[form]
        joined = {name: {**getattr(self, name), **changes[name]} for name in ("rates", "courses") if name in changes}
        return replace(self, **{**changes, **joined})

    def schedule(self, steps: int, save_every: int, log_every: int) -> Schedule:
        """Return the schedule of so many steps; its rate is the largest of all parts."""
        return Schedule(
            steps=steps,
            rate=max(self.rates.values()),
            warmup=round(self.warmup * steps),
            cosine=True,
            floor=self.floor,
            weight_decay=self.decay,
            betas=self.betas,
            epsilon=self.epsilon,
            clip=self.clip,
            save_every=save_every,
            log_every=log_every,
        )

"""What a benchmark is: items with their truth, a rule that scores one answer, and figures over all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from regard.core import rooms
from regard.core.errors import not_found
from regard.prompts.sample import Sample

ROOM = "regard.bench"
NOT_BENCHMARKS = ("metrics",)


@dataclass(frozen=True)
class Settings:
    """What a run may choose.

    `data`: folder with the files a benchmark does not ship; `items`: how many a skill, for benchmarks that draw their
    own; `skills`: only these (all when empty).
    """

    data: Path | None = None
    items: int = 1000
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Item:
    """One question with all that is needed to score an answer.

    key: stable and unique in the benchmark. figure: the figure it counts for; also: further ones ("motion, track
    only"). cluster: items of one cluster (the regions of one picture) are not independent. truth: plain data for
    `score`; answer: the true answer as one would write it. chance: the score of a blind guess among the possible
    answers, where that can be said.
    """

    key: str
    figure: str
    sample: Sample
    cluster: str
    answer: str
    truth: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    chance: float | None = None

    @property
    def question(self) -> str:
        """The last thing the user says."""
        return self.sample.turns[-1].text


@dataclass(frozen=True)
class Score:
    """How one answer fares: `hits` out of `count`.

    count: 1 for a plain question; the number of stated attributes, say, for a description.

    readable: False when the text is no answer of the form that was asked for. parts: hits and count of figures with a
    name of their own, which the benchmark adds to the item's.
    """

    hits: float
    count: float = 1.0
    readable: bool = True
    parts: Mapping[str, tuple[float, float]] = field(default_factory=dict)


class Benchmark(ABC):
    """One file a benchmark; its name is the file's."""

    max_new_tokens: int = 64

    @abstractmethod
    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the items: for the same settings the same ones in the same order, those of one picture together.

        Raises `DataError` when files are missing or are not the ones that were measured, `NotFound` for an unknown
        skill.
        """

    @abstractmethod
    def score(self, item: Item, text: str) -> Score:
        """Score one answer. Depends on nothing but the item and the text."""

    def notes(self, settings: Settings) -> list[str]:
        """Return what a reader of the figures must know: exclusions with their reasons, limits."""
        return []

    @property
    def name(self) -> str:
        """The file's name."""
        return type(self).__module__.rsplit(".", 1)[-1]


def names() -> list[str]:
    """Return the benchmarks there are."""
    return [name for name in rooms.names(ROOM) if name not in NOT_BENCHMARKS]


def load(name: str) -> Benchmark:
    """Return a benchmark by name. Raises `NotFound` with the nearest name."""
    if name.replace("-", "_") not in names():
        raise not_found("benchmark", name, names())
    return rooms.load(ROOM, name, Benchmark)()  # type: ignore[type-abstract]


def chosen(skills: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the skills to measure: those asked for, or all. Raises `NotFound` for an unknown one."""
    for skill in skills:
        if skill not in known:
            raise not_found("skill", skill, known)
    return skills or known

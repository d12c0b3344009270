"""From the outcomes of single items to figures with intervals, baselines and coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from regard.bench._base import Score
from regard.bench.metrics.intervals import clustered, wilson

STATES = ("answered", "unreadable", "failed", "missing")


@dataclass(frozen=True)
class Outcome:
    """What became of one item.

    state: answered, unreadable (text that is no answer), failed (an error), missing (never asked).
    """

    figure: str
    also: tuple[str, ...]
    cluster: str
    answer: str
    chance: float | None
    state: str
    score: Score

    @property
    def counts(self) -> bool:
        """Whether the model wrote something: what is unreadable is not right, what failed is no answer."""
        return self.state in ("answered", "unreadable")


@dataclass(frozen=True)
class Figure:
    """One line of the table. value = hits / count over all answers (None without any); low, high: its 95 % interval.

    chance: a blind guess among the possible answers; commonest: always giving the answer that is right most often.
    """

    name: str
    items: int
    value: float | None
    low: float
    high: float
    chance: float | None
    commonest: float | None
    unreadable: int
    failed: int
    missing: int


@dataclass(frozen=True)
class Report:
    """All figures of a benchmark for one model. `coverage` is the share of items with a readable answer."""

    benchmark: str
    model: str
    figures: tuple[Figure, ...]
    items: int
    states: Mapping[str, int]
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """Share of items with a readable answer, 0..1."""
        return self.states["answered"] / self.items if self.items else 0.0

    def figure(self, name: str) -> Figure:
        """Return a figure by name. Raises `KeyError` when there is none."""
        return {figure.name: figure for figure in self.figures}[name]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `--json` prints and report.json holds them."""
        return asdict(self) | {"coverage": self.coverage, "figures": [asdict(figure) for figure in self.figures]}


def head(name: str) -> str:
    """Return the name of the figure that this one is a part of; its own when it is none."""
    return name.partition(", ")[0]


def report(
    benchmark: str, model: str, outcomes: Sequence[Outcome], notes: Sequence[str], settings: Mapping[str, Any]
) -> Report:
    """Gather outcomes into figures: main ones in the order of first occurrence, "NAME, part" below its NAME.

    The order of the items does not matter otherwise.
    """
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for name in dict.fromkeys((outcome.figure, *outcome.also, *outcome.score.parts)):
            groups.setdefault(name, []).append(outcome)
    heads = list(dict.fromkeys([*(outcome.figure for outcome in outcomes), *(head(name) for name in groups)]))
    order = sorted(groups, key=lambda name: (heads.index(head(name)), name != head(name), name))
    figures = tuple(_figure(name, groups[name]) for name in order)
    states = Counter(outcome.state for outcome in outcomes)
    return Report(
        benchmark, model, figures, len(outcomes), {name: states[name] for name in STATES}, tuple(notes), settings
    )


def _figure(name: str, group: Sequence[Outcome]) -> Figure:
    kept = [outcome for outcome in group if outcome.counts]
    pairs = [outcome.score.parts.get(name, (outcome.score.hits, outcome.score.count)) for outcome in kept]
    hits, counts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    total = sum(counts)
    part = any(name in outcome.score.parts for outcome in kept)
    low, high = _interval(hits, counts, [outcome.cluster for outcome in kept])
    states = Counter(outcome.state for outcome in group)
    return Figure(
        name=name,
        items=len(group),
        value=sum(hits) / total if total else None,
        low=low,
        high=high,
        chance=None if part else _mean([outcome.chance for outcome in group]),
        commonest=None if part else max(Counter(outcome.answer for outcome in group).values()) / len(group),
        unreadable=states["unreadable"],
        failed=states["failed"],
        missing=states["missing"],
    )


def _interval(hits: Sequence[float], counts: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    if len(set(clusters)) == len(clusters) and all(count == 1 for count in counts):
        return wilson(sum(hits), len(hits))
    return clustered(hits, counts, clusters)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None

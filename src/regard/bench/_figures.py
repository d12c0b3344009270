"""From the outcomes of single items to figures with intervals, baselines and coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from regard.bench._base import OFFICIAL, STRICT, Benchmark, Item
from regard.bench._judge import Judged
from regard.bench._score import ANSWERED, FAILED, MISSING, STATES, UNJUDGED, UNREADABLE, Outcome, Scored
from regard.bench.metrics.intervals import clustered, wilson

REPEATS = 200


@dataclass(frozen=True)
class Estimate:
    """A figure by one protocol, with its 95 % interval; value is None where nothing counts."""

    value: float | None
    low: float
    high: float


@dataclass(frozen=True)
class Figure:
    """One line of the table. value = hits / count over all answers (None without any); low, high: its 95 % interval.

    chance: a blind guess among the possible answers; commonest: always giving the answer that is right most often.
    lost_as_zero: the strict value when items that do not count (unjudged, failed, missing) are taken as 0; None when
    all count. protocols: the estimate by each protocol there is; value, low and high are of the report's.
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
    unjudged: int = 0
    lost_as_zero: float | None = None
    protocols: Mapping[str, Estimate] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether the protocols give different values."""
        values = [estimate.value for estimate in self.protocols.values()]
        return any((one is None) != (values[0] is None) or abs((one or 0) - (values[0] or 0)) > 1e-12 for one in values)


@dataclass(frozen=True)
class Report:
    """All figures of a benchmark for one model. `coverage` is the share of items with a readable, judged answer.

    made: how the figures came about: the day, sums over questions and data files, the judge. failures: some of the
    items that failed, with their reasons.
    """

    benchmark: str
    model: str
    figures: tuple[Figure, ...]
    items: int
    states: Mapping[str, int]
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = STRICT
    made: Mapping[str, Any] = field(default_factory=dict, compare=False)
    failures: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    @property
    def coverage(self) -> float:
        """Share of items with a readable answer, judged where it has to be, 0..1."""
        return self.states[ANSWERED] / self.items if self.items else 0.0

    @property
    def lost(self) -> int:
        """How many items count for no figure: unjudged, failed or missing."""
        return sum(self.states.get(state, 0) for state in (UNJUDGED, FAILED, MISSING))

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
    benchmark: Benchmark,
    model: str,
    scored: Scored,
    protocol: str,
    notes: Sequence[str],
    settings: Mapping[str, Any],
    made: Mapping[str, Any],
) -> Report:
    """Gather outcomes into figures: main ones in the order of first occurrence, "NAME, part" below its NAME.

    The order of the items does not matter otherwise.
    """
    outcomes, groups, official = scored.strict, _groups(scored.strict), _groups(scored.official)
    heads = list(dict.fromkeys([*(outcome.figure for outcome in outcomes), *(head(name) for name in groups)]))
    order = sorted(groups, key=lambda name: (heads.index(head(name)), name != head(name), name))
    both = bool(benchmark.card.published)
    figures = [_figure(name, groups[name], official.get(name, []) if both else None) for name in order]
    figures += _over_all(benchmark, scored, both)
    if scored.stopped:
        notes = [f"the published scorer gives no number for these answers: it stops {scored.stopped}", *notes]
    counted = Counter(outcome.state for outcome in outcomes)
    states = {name: counted[name] for name in STATES if name != UNJUDGED or isinstance(benchmark, Judged)}
    chosen = tuple(_by(figure, protocol) for figure in figures)
    return Report(
        benchmark.name,
        model,
        chosen,
        len(outcomes),
        states,
        tuple(notes),
        settings,
        protocol,
        made,
        tuple(scored.failures),
    )


def _groups(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for name in dict.fromkeys((outcome.figure, *outcome.also, *outcome.score.parts)):
            groups.setdefault(name, []).append(outcome)
    return groups


def _by(figure: Figure, protocol: str) -> Figure:
    """Return a figure whose value is that of a protocol."""
    found = figure.protocols.get(protocol)
    return replace(figure, value=found.value, low=found.low, high=found.high) if found else figure


def _figure(name: str, group: Sequence[Outcome], official: Sequence[Outcome] | None) -> Figure:
    strict = _estimate(name, group)
    part = any(name in outcome.score.parts for outcome in group if outcome.counts)
    states = Counter(outcome.state for outcome in group)
    told = not part and all(outcome.answer for outcome in group)
    return Figure(
        name=name,
        items=len(group),
        value=strict.value,
        low=strict.low,
        high=strict.high,
        chance=None if part else _mean([outcome.chance for outcome in group]),
        commonest=max(Counter(outcome.answer for outcome in group).values()) / len(group) if told else None,
        unreadable=states[UNREADABLE],
        failed=states[FAILED],
        missing=states[MISSING],
        unjudged=states[UNJUDGED],
        lost_as_zero=_lost_as_zero(name, group),
        protocols={} if official is None else {STRICT: strict, OFFICIAL: _estimate(name, official)},
    )


def _pairs(name: str, group: Sequence[Outcome]) -> list[tuple[float, float]]:
    """Return hits and count of every outcome that counts."""
    scores = [outcome.score for outcome in group if outcome.counts]
    return [score.parts.get(name, (score.hits, score.count)) for score in scores]


def _estimate(name: str, group: Sequence[Outcome]) -> Estimate:
    pairs = _pairs(name, group)
    hits, counts = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    total = sum(counts)
    low, high = _interval(hits, counts, [outcome.cluster for outcome in group if outcome.counts])
    return Estimate(sum(hits) / total if total else None, low, high)


def _lost_as_zero(name: str, group: Sequence[Outcome]) -> float | None:
    pairs = _pairs(name, group)
    plain = len(pairs) < len(group) and all(count == 1 for _, count in pairs)
    return sum(hits for hits, _ in pairs) / len(group) if plain else None


def _interval(hits: Sequence[float], counts: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    """Return the 95 % interval; scores below zero are moved from -1..1 to 0..1 and back."""
    if min(hits, default=0) < 0:
        moved = [(hit + count) / 2 for hit, count in zip(hits, counts, strict=True)]
        low, high = clustered(moved, counts, clusters)
        return 2 * low - 1, 2 * high - 1
    right_or_wrong = all(count == 1 for count in counts) and all(hit in (0, 1) for hit in hits)
    if right_or_wrong and len(set(clusters)) == len(clusters):
        return wilson(sum(hits), len(hits))
    return clustered(hits, counts, clusters)


def _over_all(benchmark: Benchmark, scored: Scored, both: bool) -> list[Figure]:
    """Return the figures that are no mean over items, with percentile intervals over whole clusters."""
    if not scored.answered:
        return []
    found = {name: _bootstrap(benchmark, scored.answered, name) for name in (STRICT, OFFICIAL)[: 1 + both]}
    if both and scored.stopped:
        found[OFFICIAL] = dict.fromkeys(found[OFFICIAL], Estimate(None, 0.0, 1.0))
    lost = Counter(outcome.state for outcome in scored.strict)
    figures = []
    for name, strict in found[STRICT].items():
        figures.append(
            Figure(
                name=name,
                items=len(scored.strict),
                **asdict(strict),
                chance=None,
                commonest=None,
                unreadable=lost[UNREADABLE],
                failed=lost[FAILED],
                missing=lost[MISSING],
                unjudged=lost[UNJUDGED],
                protocols={protocol: estimates[name] for protocol, estimates in found.items()} if both else {},
            )
        )
    return figures


def _bootstrap(benchmark: Benchmark, answered: Sequence[tuple[Item, Any]], protocol: str) -> dict[str, Estimate]:
    clusters: dict[str, list[tuple[Item, Any]]] = {}
    for pair in answered:
        clusters.setdefault(pair[0].cluster, []).append(pair)
    groups, generator = [clusters[name] for name in sorted(clusters)], np.random.default_rng(0)
    drawn = [generator.integers(0, len(groups), len(groups)) for _ in range(REPEATS)]
    again = [benchmark.over_all([pair for index in row for pair in groups[index]], protocol) for row in drawn]
    estimates = {}
    for name, value in benchmark.over_all(answered, protocol).items():
        low, high = np.percentile([values[name] for values in again if name in values], [2.5, 97.5])
        estimates[name] = Estimate(value, float(low), float(high))
    return estimates


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None

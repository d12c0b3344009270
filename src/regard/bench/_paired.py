"""Two runs on the same items: by how much the figures of the one are above those of the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from regard.bench._figures import head
from regard.bench._reports import Run
from regard.bench._rescored import Answered, rescored
from regard.bench.metrics.intervals import paired

Hits = tuple[float, float]
Both = tuple[Hits, Hits, str]
"""Hits and count of one item in the first and in the second run, and its cluster."""


@dataclass(frozen=True)
class Gap:
    """A figure of the second run minus that of the first, over the items that both answered, -1..1.

    `low`, `high`: its 95 % interval, which is narrower than those of the two figures, since what makes an item easy or
    hard is the same for both. `better`, `worse`: on how many items the second run scores more, or less.
    """

    figure: str
    items: int
    value: float
    low: float
    high: float
    better: int
    worse: int


def gaps(first: Run, second: Run, data: Path | None = None) -> list[Gap]:
    """Return the gaps of all figures that are means over items. Raises what `rescored` raises."""
    groups: dict[str, list[Both]] = {}
    for one, other in rescored([first, second], data):
        if one is not None and other is not None:
            for name in _names(one, other):
                groups.setdefault(name, []).append((_hits(name, one), _hits(name, other), one.item.cluster))
    heads = list(dict.fromkeys(head(name) for name in groups))
    order = sorted(groups, key=lambda name: (heads.index(head(name)), name != head(name), name))
    return [_gap(name, groups[name]) for name in order]


def _names(one: Answered, other: Answered) -> Iterable[str]:
    """Return the figures that an item counts for in both runs."""
    return dict.fromkeys((one.item.figure, *one.item.also, *(one.score.parts.keys() & other.score.parts.keys())))


def _hits(name: str, answered: Answered) -> Hits:
    return answered.score.parts.get(name, (answered.score.hits, answered.score.count))


def _gap(name: str, group: Sequence[Both]) -> Gap:
    first, second, clusters = zip(*group, strict=True)
    shares = [(_share(one), _share(other)) for one, other in zip(first, second, strict=True)]
    better, worse = sum(other > one for one, other in shares), sum(other < one for one, other in shares)
    return Gap(name, len(group), *paired(first, second, clusters), better, worse)


def _share(pair: Hits) -> float:
    return pair[0] / pair[1] if pair[1] else 0.0


def table(title: str, found: Iterable[Gap]) -> Table:
    """Return gaps in percentage points; what is surely above or below 0 is bold."""
    grid = Table(title=Text(title), title_justify="left")
    grid.add_column("figure", overflow="fold")
    for name in ("items", "points", "95 % interval", "better", "worse"):
        grid.add_column(name, justify="right")
    for gap in found:
        points, low, high = (f"{100 * one:+.1f}" for one in (gap.value, gap.low, gap.high))
        cells = [str(gap.items), points, f"{low} to {high}", str(gap.better), str(gap.worse)]
        grid.add_row(Text(gap.figure), *cells, style="bold" if gap.low > 0 or gap.high < 0 else None)
    return grid

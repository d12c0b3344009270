"""Runs beside what papers print: one table of figures for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from regard.bench._base import OFFICIAL, STRICT
from regard.bench._figures import Estimate, Figure, head
from regard.bench._published import Printed, published
from regard.bench._reports import Run, differences

AT_ONCE = 5  # columns of figures that fit on a terminal beside names and sources


@dataclass(frozen=True)
class Line:
    """One system's figures: shares by name, with their intervals where they were measured here."""

    system: str
    source: str
    ours: bool
    values: Mapping[str, Estimate | float]
    own: bool = False


@dataclass(frozen=True)
class Beside:
    """Runs of one benchmark, what is printed for it, and what a reader must know before comparing them."""

    benchmark: str
    figures: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; figures that were measured have value, low and high."""
        lines = []
        for line in self.lines:
            values = {name: vars(one) if isinstance(one, Estimate) else one for name, one in line.values.items()}
            lines.append({"system": line.system, "source": line.source, "ours": line.ours, "values": values})
        return {"benchmark": self.benchmark, "lines": lines, "notes": list(self.notes)}


def beside(benchmark: str, runs: Sequence[Run]) -> Beside:
    """Put the runs of a benchmark beside what papers print for it."""
    printed = published(benchmark)
    measured = dict.fromkeys(figure.name for run in runs for figure in run.report.figures)
    told = {name for row in printed for name in row.values}
    figures = tuple(name for name in measured if (name in told if printed else name == head(name)))
    lines = [line for run in runs for line in _lines_of(run)]
    lines += [Line(row.system, _source(row), False, dict(row.values), row.own) for row in printed]
    return Beside(benchmark, figures, tuple(lines), tuple(_notes(runs, printed)))


def table(found: Beside) -> RenderableType:
    """Return the figures as tables for a terminal, at most five columns of figures in each."""
    parts: list[RenderableType] = [Text(found.benchmark, style="bold")]
    for start in range(0, len(found.figures), AT_ONCE):
        shown = found.figures[start : start + AT_ONCE]
        grid = Table()
        grid.add_column("system", overflow="fold")
        for name in shown:
            grid.add_column(Text(f"{name} %"), justify="right", overflow="fold", min_width=6)
        grid.add_column("source", overflow="fold", ratio=1)
        for line in found.lines:
            if any(name in line.values for name in shown):
                cells = [Text(cell(line.values.get(name))) for name in shown]
                style = "bold" if line.ours else None if line.own else "dim"
                grid.add_row(Text(line.system), *cells, Text(line.source), style=style)
        parts.append(grid)
    return Group(*parts, *(Text(note) for note in found.notes))


def cell(value: Estimate | float | None) -> str:
    """Return a share as a percentage, with its interval where it has one."""
    if isinstance(value, Estimate):
        return "" if value.value is None else f"{percent(value.value)} ({percent(value.low)}-{percent(value.high)})"
    return "" if value is None else percent(value)


def percent(share: float) -> str:
    """Return a share as a percentage with one digit behind the point."""
    return f"{100 * share:.1f}"


def _lines_of(run: Run) -> list[Line]:
    """Return a line for a run, and one for its other protocol where that gives other figures."""
    report = run.report
    differ = any(figure.differs for figure in report.figures)
    lines = [Line(run.name, f"this run, {report.protocol}", True, {one.name: _value(one) for one in report.figures})]
    for name in (STRICT, OFFICIAL) if differ else ():
        if name != report.protocol:
            values = {figure.name: figure.protocols[name] for figure in report.figures if name in figure.protocols}
            lines.append(Line(run.name, f"this run, {name}", True, values))
    return lines


def _value(figure: Figure) -> Estimate:
    return Estimate(figure.value, figure.low, figure.high)


def _source(row: Printed) -> str:
    return f"{row.source}; judge {row.judge}" if row.judge else row.source


def _notes(runs: Sequence[Run], printed: Sequence[Printed]) -> list[str]:
    lines = differences(runs)
    for run in runs:
        report = run.report
        shown = f"{run.name}: coverage {percent(report.coverage)} % of {report.items:,} items"
        judge = (report.made.get("judge") or {}).get("name")
        lines.append(f"{shown}, {report.made.get('day', 'day unknown')}" + (f", judge {judge}" if judge else ""))
        if report.settings.get("items") or report.settings.get("skills"):
            lines.append(f"{run.name}: a part of the benchmark alone was measured; papers measure all of it")
        lines += [f"{run.name}: {note}" for note in report.notes]
    if any(row.judge for row in printed):
        lines.append("judged figures compare under the same judge and the same prompts alone; papers had their own")
    lines += dict.fromkeys(f"{row.source}: {row.note}" for row in printed if row.note)
    return lines if printed else [*lines, "none of the five papers prints figures for it"]

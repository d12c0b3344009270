"""A report as a table for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from regard.bench._figures import Figure, Report, head

COLUMNS = ("items", "right %", "95 %", "chance %", "commonest %", "unreadable", "failed", "missing")


def table(report: Report) -> RenderableType:
    """Return the figures as a rich table, parts indented below their figure, with coverage and notes beneath it."""
    lines = Table(title=f"{report.benchmark}: {report.model}", title_justify="left")
    lines.add_column("figure", overflow="fold")
    for column in COLUMNS:
        lines.add_column(column, justify="right", no_wrap=True)
    for figure in report.figures:
        lines.add_row(*_row(figure), style="dim" if figure.name != head(figure.name) else None)
    states = ", ".join(f"{count} {name}" for name, count in report.states.items())
    coverage = f"coverage {100 * report.coverage:.1f} % of {report.items} items ({states})"
    legend = "chance: guessing among the possible answers; commonest: always the answer that is right most often"
    return Group(lines, Text(coverage), Text(legend), *(Text(note) for note in report.notes))


def _row(figure: Figure) -> list[str]:
    part = figure.name.removeprefix(f"{head(figure.name)}, ")
    name = figure.name if part == figure.name else f"  {part}"
    interval = "" if figure.value is None else f"{100 * figure.low:.1f} - {100 * figure.high:.1f}"
    shares = [_percent(figure.value), interval, _percent(figure.chance), _percent(figure.commonest)]
    return [name, str(figure.items), *shares, *map(_count, (figure.unreadable, figure.failed, figure.missing))]


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _count(number: int) -> str:
    return str(number) if number else ""

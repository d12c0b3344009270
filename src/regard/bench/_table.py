"""A report as a table for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from regard.bench._figures import Estimate, Figure, Report, head

LOST = ("unreadable", "unjudged", "failed", "missing")
GUESSES = ("chance", "commonest")


def table(report: Report) -> RenderableType:
    """Return the figures as a rich table, parts indented below their figure; beneath it coverage, how the figures were
    made, and notes.

    Where protocols differ, both have their columns.
    """
    lines = Table()
    lines.add_column("figure", overflow="fold", min_width=12)
    rows = _columns(report)
    for name in rows:
        lines.add_column(name, justify="right", no_wrap=True)
    for number, figure in enumerate(report.figures):
        part = figure.name.removeprefix(f"{head(figure.name)}, ")
        name = figure.name if part == figure.name else f"  {part}"
        lines.add_row(name, *(row[number] for row in rows.values()), style="dim" if part != figure.name else None)
    title = Text(f"{report.benchmark}: {report.model}", style="italic", overflow="fold")
    return Group(title, lines, *(Text(line) for line in (*_legend(report), *report.notes)))


def _columns(report: Report) -> dict[str, list[str]]:
    figures = report.figures
    columns = {"items": [str(figure.items) for figure in figures]}
    others = [name for name in (figures[0].protocols if figures else ()) if name != report.protocol]
    differ = any(figure.differs for figure in figures)
    columns[f"{report.protocol} %" if differ else "score %"] = [_percent(figure.value) for figure in figures]
    columns["95 %"] = [_interval(figure) for figure in figures]
    for name in others if differ else ():
        found = [figure.protocols[name] for figure in figures]
        columns[f"{name} %"] = [
            f"{_percent(one.value)} ({_interval(one)})" if one.value is not None else "" for one in found
        ]
    for name in GUESSES:
        columns[f"{name} %"] = [_percent(getattr(figure, name)) for figure in figures]
    columns |= {name: [_count(getattr(figure, name)) for figure in figures] for name in LOST}
    return {name: column for name, column in columns.items() if any(column) or name in ("items", "score %", "95 %")}


def _legend(report: Report) -> list[str]:
    states = ", ".join(f"{count} {name}" for name, count in report.states.items())
    lines = [f"coverage {100 * report.coverage:.1f} % of {report.items} items ({states})"]
    if any(figure.chance is not None or figure.commonest is not None for figure in report.figures):
        lines.append(
            "chance: guessing among the possible answers; commonest: always the answer that is right most often"
        )
    zeros = {figure.name: figure.lost_as_zero for figure in report.figures if figure.name == head(figure.name)}
    if told := ", ".join(f"{name} {100 * zero:.1f} %" for name, zero in zeros.items() if zero is not None):
        lines.append(f"if what does not count ({report.lost} of {report.items} items) were 0: {told}")
    if report.figures and report.figures[0].protocols:
        agree = "differ" if any(figure.differs for figure in report.figures) else "agree"
        lines.append(f"protocol {report.protocol}; strict and official {agree}")
    return lines + _made(report.made)


def _made(made: Mapping[str, Any]) -> list[str]:
    """Say when and from what the figures were made, sums by their first digits."""
    lines = [f"{made['day']}, questions {made['questions_sha256'][:8]}"] if made.get("day") else []
    if sums := made.get("data_sha256"):
        lines.append("data: " + ", ".join(f"{name} {found[:8]}" for name, found in sums.items()))
    if judge := made.get("judge"):
        facts = [", ".join(judge.get("days", ())) or "day unknown"]
        facts += [f"prompts {judge['prompt_sha256'][:8]}"] if judge.get("prompt_sha256") else []
        if lost := judge.get("calls_without_reply"):
            facts.append(f"{lost} of {judge['calls']} calls without a reply")
        facts += [f"published with {judge['published_with']}"]
        lines.append(f"judge: {judge['name'] or 'none'} ({'; '.join(facts)})")
    return lines


def _interval(estimate: Figure | Estimate) -> str:
    return "" if estimate.value is None else f"{100 * estimate.low:.1f} - {100 * estimate.high:.1f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _count(number: int) -> str:
    return str(number) if number else ""

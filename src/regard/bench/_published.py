"""Figures that papers print: one file a paper in data/published, each number with the table it stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from regard.core.files import read_json

FOLDER = Path(__file__).parent / "data" / "published"


@dataclass(frozen=True)
class Printed:
    """What one table prints of one system.

    values: shares by the name of our figure, 0.506 for 50.6 % and 0.692 for 3.46 of 5. own: whether the paper presents
    the system. setting: how it was measured, where a table has several ways ("multi-frame"). judge: who read the
    answers, where a judge did. note: what a reader must know of the numbers.
    """

    system: str
    paper: str
    table: str
    own: bool
    values: Mapping[str, float]
    setting: str = ""
    judge: str = ""
    note: str = ""

    @property
    def source(self) -> str:
        """Paper, table and setting, as one would cite them."""
        return ", ".join(part for part in (self.paper, self.table, self.setting) if part)


@cache
def published(benchmark: str) -> tuple[Printed, ...]:
    """Return what the papers print for a benchmark, paper by paper, in the order of their tables."""
    return tuple(
        row for paper in papers() for table in paper["tables"] for row in _rows(paper["paper"], table, benchmark)
    )


@cache
def papers() -> tuple[dict[str, Any], ...]:
    """Return the files, one a paper: {"paper", "tables"}, values as they are printed.

    A table has "table", "benchmark", "scale" (what is printed for a share of 1), "own" (the paper's systems), "figures"
    (the columns, by our names) and "systems" (a row of numbers each, null where none is printed); perhaps "setting",
    "judge" and "note".
    """
    return tuple(read_json(path) for path in sorted(FOLDER.glob("*.json")))


def _rows(paper: str, table: Mapping[str, Any], benchmark: str) -> list[Printed]:
    if table["benchmark"] != benchmark:
        return []
    told = {name: table[name] for name in ("setting", "judge", "note") if name in table}
    rows = []
    for system, numbers in table["systems"].items():
        pairs = zip(table["figures"], numbers, strict=True)
        values = {figure: number / table["scale"] for figure, number in pairs if number is not None}
        rows.append(Printed(system, paper, table["table"], system in table["own"], values, **told))
    return rows

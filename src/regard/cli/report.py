"""Compare runs of `regard bench` with one another and with what the papers print; `--html` writes a page.

A run is a folder that `regard bench NAME --out DIR` wrote. Runs of one benchmark stand side by side; where they differ
in data, questions, protocol or judge, that is said. Printed figures come with paper and table. The page is one file
that fetches nothing: figures as bars with their intervals, coverage, and the worst answers with picture and regions.
`--paired` scores runs again item by item and says by how much each is above the first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from regard.bench import _html
from regard.bench._beside import Beside, beside, table
from regard.bench._paired import Gap, gaps
from regard.bench._paired import table as gap_table
from regard.bench._reports import Run, by_benchmark, read_run
from regard.bench._worst import opened, worst
from regard.core.errors import ConfigError, RegardError
from regard.core.files import write_text

NARROWEST = 130
EACH = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the runs, and where a page goes."""
    parser.add_argument("folders", metavar="DIR", nargs="+", type=Path, help="folder that `regard bench` wrote")
    parser.add_argument("--html", metavar="OUT", type=Path, help="write one self-contained page to this file")
    parser.add_argument(
        "--worst", metavar="N", type=int, default=EACH, help=f"worst answers a figure on the page (default: {EACH})"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of the official files, where it is not the one of the run"
    )
    parser.add_argument(
        "--paired",
        action="store_true",
        help="how much each run is above the first, on the items that both answered",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object for each benchmark")


def run(args: argparse.Namespace) -> int:
    """Print the figures side by side, and write the page."""
    if args.worst < 0:
        raise ConfigError(f"--worst is a whole number from 0 on, not {args.worst}")
    groups = by_benchmark([read_run(folder) for folder in args.folders])
    found = [beside(name, runs) for name, runs in groups.items()]
    above = {name: _above(runs, args.data) for name, runs in groups.items()} if args.paired else {}
    _print(found, above, args.json)
    if args.html:
        sections = {name: _worst(runs, args.worst, args.data) for name, runs in groups.items()}
        write_text(args.html, _html.page(found, groups, sections))
        print(f"the page is {args.html}", file=sys.stderr)
    return 0


def _above(runs: Sequence[Run], data: Path | None) -> dict[str, list[Gap]]:
    """Return the gaps of every run to the first. Raises `ConfigError` where there is nothing to compare."""
    first, *others = runs
    if not others:
        raise ConfigError(f"--paired compares runs of one benchmark, and of {first.report.benchmark} there is one")
    return {other.name: gaps(first, other, data) for other in others}


def _print(found: Sequence[Beside], above: Mapping[str, Mapping[str, Sequence[Gap]]], as_json: bool) -> None:
    if as_json:
        for one in found:
            rows = {name: [asdict(gap) for gap in some] for name, some in above.get(one.benchmark, {}).items()}
            print(json.dumps(one.to_dict() | ({"paired": rows} if rows else {}), ensure_ascii=False))
        return
    console = Console(file=sys.stdout)
    console.width = max(console.width, NARROWEST)
    for one in found:
        console.print(table(one))
        first = next(line.system for line in one.lines if line.ours)
        for name, some in above.get(one.benchmark, {}).items():
            console.print(gap_table(f"{name} above {first}, on the same items", some))


def _worst(runs: Sequence[Run], each: int, data: Path | None) -> list[str]:
    """Return the sections of the worst answers; a run whose files cannot be read says so."""
    sections: list[str] = []
    for one in runs if each else ():
        title = f"{one.name}: worst answers"
        try:
            found = worst(one, each, data)
        except RegardError as error:
            sections.append(_html.without_cards(title, str(error)))
            continue
        for name, rows in found.items():
            sections.append(_html.cards(f"{title}, {name}", map(opened, rows)))
        if not found:
            sections.append(_html.without_cards(title, "none below full marks"))
    return sections

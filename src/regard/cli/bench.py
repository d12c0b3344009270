"""Measure a model: figures with 95 % intervals, guessing beside them, and what could not be read or failed.

Answers are written one row each, so that a run that was stopped goes on where it was. `regard list benchmarks` says
what there is. Exit code 3 when some questions failed or have no answer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from rich.console import Console

from regard.bench import _base, _run
from regard.bench._base import Settings
from regard.bench._figures import Report
from regard.bench._table import table
from regard.cli._parser import add_placement, placement
from regard.core import rooms
from regard.core.errors import ConfigError, PartialFailure

NARROWEST = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark, its data, the model, where answers go, and what to measure."""
    parser.add_argument("name", metavar="NAME", help=f"one of {', '.join(_base.names())}")
    parser.add_argument("--data", metavar="DIR", type=Path, help="folder with the files a benchmark does not ship")
    parser.add_argument(
        "--model", metavar="NAME", help="embedded (the default), a folder, a hub name in the local cache"
    )
    add_placement(parser)
    parser.add_argument(
        "--out", metavar="DIR", type=Path, help="folder for answers.jsonl and report.json; a run there is continued"
    )
    parser.add_argument("--answers", metavar="FILE", type=Path, help="score these answers and ask no model")
    parser.add_argument("--items", metavar="N", type=int, default=1000, help="items a skill (default: %(default)s)")
    parser.add_argument("--skills", metavar="A,B,..", default="", help="measure only these skills")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Ask and score, or only score; print the report."""
    _check(args)
    benchmark = _base.load(args.name)
    settings = Settings(args.data, args.items, tuple(word for word in args.skills.split(",") if word))
    if args.answers:
        report = _run.read(benchmark, args.answers, settings)
    else:
        from regard.verbs import load

        backend = load(args.model, **placement(args)).backend
        report = _run.run(benchmark, backend, settings, args.out, weights=weights_of(args.model))
    _print(report, args.json)
    lost = report.states["failed"] + report.states["missing"]
    if lost:
        where = args.answers or args.out / _run.ANSWERS
        raise PartialFailure(f"{lost} of {report.items} questions have no answer; {where} has the reasons of failures")
    return 0


def weights_of(model: str | None) -> str:
    """Return the sha256 of a model's weights, "" where there is no file: answers of older weights are kept apart."""
    folder = rooms.folder("regard.assets.embedded") if model in (None, "embedded") else Path(model).expanduser()
    path = folder / "model.safetensors"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _check(args: argparse.Namespace) -> None:
    if args.answers and args.model:
        raise ConfigError("--answers scores a file and asks no model; leave out --model")
    if not args.answers and not args.out:
        raise ConfigError("--out DIR says where the answers are kept; or score answers that are there with --answers")
    if args.items < 1:
        raise ConfigError(f"--items is a whole number from 1 on, not {args.items}")
    if args.data and not args.data.is_dir():
        raise ConfigError(f"--data {str(args.data)!r} is not a folder")


def _print(report: Report, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
        return
    console = Console(file=sys.stdout)
    console.width = max(console.width, NARROWEST)
    console.print(table(report))

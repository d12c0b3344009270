"""Measure a model: figures with 95 % intervals, guessing beside them, and what could not be read or failed.

Three steps, each of which reads what the one before wrote: asking (answers.jsonl), judging where a benchmark needs it
(judgements.jsonl), scoring. A run that was stopped goes on where it was; `--answers` scores again without a model, also
the official output files of a benchmark. `regard list benchmarks` says what there is. Exit code 3 when some items have
no answer or no judgement.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from rich.console import Console

from regard.bench import _base, _run
from regard.bench._base import OFFICIAL, STRICT, Benchmark, Settings
from regard.bench._figures import Report
from regard.bench._judge import judge_named
from regard.bench._table import table
from regard.cli._parser import add_placement, placement
from regard.core import rooms
from regard.core.errors import ConfigError, PartialFailure

NARROWEST = 130


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
    parser.add_argument(
        "--answers",
        metavar="FILE",
        type=Path,
        help="score these answers and ask no model: rows with key and text, an official output file "
        "(.json, .jsonl, also .gz), or the folder of a run",
    )
    parser.add_argument(
        "--judge",
        metavar="WHO",
        help="address of a chat-completions endpoint that reads the answers, or replay:FILE; truth, on a twin",
    )
    parser.add_argument("--judge-model", metavar="NAME", help="the model at that address; its key: $REGARD_JUDGE_KEY")
    parser.add_argument(
        "--protocol",
        choices=(STRICT, OFFICIAL),
        default=STRICT,
        help="strict (the default): nothing dropped or defaulted in silence; official: as the published scorer, "
        "faults included",
    )
    parser.add_argument(
        "--items", metavar="N", type=int, help="items a skill where they are drawn (default: 1000), else the first N"
    )
    parser.add_argument("--skills", metavar="A,B,..", default="", help="measure only these skills")
    parser.add_argument(
        "--propagate", action="store_true", help="follow regions given at one frame of a clip before asking about them"
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Ask, judge and score, or leave out what is done already; print the report."""
    benchmark = _base.load(args.name)
    _check(args, benchmark)
    skills = tuple(word for word in args.skills.split(",") if word)
    settings = Settings(args.data, args.items, skills, args.propagate)
    judge = judge_named(args.judge, args.judge_model, benchmark) if args.judge else None
    how = {"judge": judge, "protocol": args.protocol}
    if args.answers:
        report = _run.read(benchmark, args.answers, settings, out=args.out, **how)
    else:
        from regard.verbs import load

        backend = load(args.model, **placement(args)).backend
        report = _run.run(benchmark, backend, settings, args.out, weights=weights_of(args.model), **how)
    _print(report, args.json)
    if report.lost:
        raise PartialFailure(_lost(report), report.failures)
    return 0


def _lost(report: Report) -> str:
    unjudged = report.states.get("unjudged", 0)
    told = [f"{report.lost - unjudged} of {report.items} questions have no answer"] if report.lost > unjudged else []
    if unjudged:
        told.append(f"{unjudged} of {report.items} answers have no judgement; --judge URL or replay:FILE judges them")
    return "; ".join(told)


def weights_of(model: str | None) -> str:
    """Return the sha256 of a model's weights, shard by shard in the order of their names; "" for one that is no folder.
    So answers of older weights are kept apart.
    """
    folder = rooms.folder("regard.assets.embedded") if model in (None, "embedded") else Path(model).expanduser()
    files, summed = sorted(folder.glob("*.safetensors")), hashlib.sha256()
    for path in files:
        with path.open("rb") as weights:
            hashlib.file_digest(weights, lambda: summed)
    return summed.hexdigest() if files else ""


def _check(args: argparse.Namespace, benchmark: Benchmark) -> None:
    if args.protocol == OFFICIAL and not benchmark.card.published:
        raise ConfigError(f"{benchmark.name} has no published scorer; leave out --protocol official")
    asks = args.judge and args.judge != "truth" and not args.judge.startswith("replay:")
    if asks and args.answers and not args.out:
        raise ConfigError("--out DIR says where the replies of the judge are kept")
    if args.answers and args.propagate:
        raise ConfigError("--answers scores a file and asks no model; leave out --propagate")
    if args.answers and args.model:
        raise ConfigError("--answers scores a file and asks no model; leave out --model")
    if not args.answers and not args.out:
        raise ConfigError("--out DIR says where the answers are kept; or score answers that are there with --answers")
    if args.items is not None and args.items < 1:
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

"""Write a benchmark as a task of lmms-eval, so that any model it runs can be measured on regions.

Other models see the regions drawn and numbered on the picture, `--model regard` gets them as they are. Then:
lmms-eval --model NAME --include_path DIR --tasks regard_NAME. Answers are scored by the strict rule of `regard bench`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from regard.bench import _base
from regard.bench._base import Settings
from regard.bench._lmms_eval.export import export
from regard.core.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark, its data, and where the task goes."""
    parser.add_argument(
        "name", metavar="NAME", help="a benchmark that needs no judge; `regard list benchmarks` has all"
    )
    parser.add_argument("--data", metavar="DIR", type=Path, help="folder with the files a benchmark does not ship")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the task and its pictures")
    parser.add_argument("--items", metavar="N", type=int, help="items a skill where they are drawn, else the first N")
    parser.add_argument("--skills", metavar="A,B,..", default="", help="only these skills")


def run(args: argparse.Namespace) -> int:
    """Write the task, and say how it is run."""
    if args.items is not None and args.items < 1:
        raise ConfigError(f"--items is a whole number from 1 on, not {args.items}")
    benchmark = _base.load(args.name)
    settings = Settings(args.data, args.items, tuple(word for word in args.skills.split(",") if word))
    count = export(benchmark, settings, args.out)
    print(
        f"{count} rows in {args.out}; measure with: "
        f"lmms-eval --model NAME --include_path {args.out} --tasks regard_{benchmark.name}"
    )
    return 0

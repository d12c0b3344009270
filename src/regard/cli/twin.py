"""Write a benchmark's twin: its official files, drawn by the world, so that every answer is known.

`regard bench NAME --data DIR` measures a model on it, `--judge truth` where the benchmark needs a judge. Figures on a
twin say what a model knows of the drawn world in the form of that benchmark; they compare with no paper's.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from regard.bench import _base, _twin
from regard.bench._judge import Judged
from regard.core.errors import ConfigError

ITEMS = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark, where its files go, and how many items it gets."""
    parser.add_argument("name", metavar="NAME", help=f"one of {', '.join(_twin.names())}")
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="empty folder for the official files")
    parser.add_argument("--items", metavar="N", type=int, default=ITEMS, help=f"how many items (default: {ITEMS})")


def run(args: argparse.Namespace) -> int:
    """Draw and write the twin, and say how it is measured on."""
    if args.items < 1:
        raise ConfigError(f"--items is a whole number from 1 on, not {args.items}")
    name = args.name.replace("-", "_")
    made = _twin.make(name, args.out, args.items)
    judge = f" --judge {_twin.TRUTH}" if isinstance(_base.load(name), Judged) else ""
    print(f"{len(made)} items in {args.out}; measure with: regard bench {name} --data {args.out} --out RUN{judge}")
    return 0

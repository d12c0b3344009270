"""What a second look brings to `locate`, `segment` and `match`, on held-out drawn scenes or on photographs.

    python benchmarks/second_look.py --out runs/second_look             # the model inside
    regard report runs/second_look/once runs/second_look/twice --paired
    python benchmarks/second_look.py --photos GAR_BENCH_IMAGES --out runs/second_look_photos

The items are those of `regard bench world --skills locate,segment,choose,none_matches` or of `regard bench photos
--skills locate`, asked by the verbs: what is meant is the same, the words around it are the verbs' own. A run that was
stopped goes on where it was; what failed is asked again.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

import regard
from regard.bench import _base, _run
from regard.bench._answers import ANSWERS
from regard.bench._base import Item, Settings
from regard.bench._table import table
from regard.cli.bench import weights_of
from regard.core.errors import RegardError
from regard.core.files import append_row, read_rows
from regard.core.progress import track
from regard.prompts.answer import Answer
from regard.regions import rle
from regard.regions.region import Region

LOOKS = {"once": False, "twice": True}
VERBS = {"locate": "locate", "segment": "segment", "choose": "match", "none_matches": "match"}


def main() -> None:
    """Ask with and without a second look, score both, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--items", type=int, default=1000)
    parser.add_argument("--photos", type=Path, metavar="DIR", help="the pictures of GAR-Bench, in place of the world")
    parser.add_argument("--model", help="the model inside the package when left out")
    args = parser.parse_args()
    model, benchmark = regard.load(args.model), _base.load("photos" if args.photos else "world")
    settings = Settings(args.photos, args.items, ("locate",) if args.photos else tuple(VERBS))
    facts = {"benchmark": benchmark.name, "model": model.name, "weights": weights_of(args.model)}
    known: dict[str, set[str]] = {}
    for look in LOOKS:
        _run._claim(args.out / look, facts)
        path = args.out / look / ANSWERS
        known[look] = {row["key"] for row in read_rows(path) if "error" not in row} if path.exists() else set()
    for item in track(benchmark.items(settings), benchmark.name):
        for look, check in LOOKS.items():
            if item.key not in known[look]:
                append_row(args.out / look / ANSWERS, _asked(model, item, check))
    for look in LOOKS:
        report = _run.read(benchmark, args.out / look, settings, model.name, out=args.out / look)
        Console(width=130).print(f"looked {look}", table(report))


def _asked(model: Any, item: Item, check: bool) -> dict[str, Any]:
    """Return the row of an item, as `regard bench` writes it; one that fails has its reason."""
    verb = model.verb(VERBS[item.figure.split(",")[0]])
    try:
        answer = verb(item.sample.media, item.truth["expression"], item.sample.regions, check=check)
    except RegardError as error:
        return {"key": item.key, "error": f"{type(error).__name__}: {error}"}
    return {"key": item.key, **_said(answer, item.sample.media.size)}


def _said(answer: Answer, size: tuple[int, int]) -> dict[str, Any]:
    if answer.verb == "match" or not answer.regions:
        return {"text": answer.text}
    scores = answer.scores.values()
    found = [
        {"score": score, "result": _result(region, size)} for region, score in zip(answer.regions, scores, strict=True)
    ]
    return {"value": {"text": answer.text, "found": found}}


def _result(region: Region, size: tuple[int, int]) -> Mapping[str, Any]:
    """Return a place as a task head would have told it."""
    if region.kind == "box":
        return {"box": list(region.data), "frame": region.frame}
    frames = region.data if region.kind == "track" else {region.frame: region}
    nothing = rle.encode(np.zeros(size[::-1], bool))
    return {"masks": [{"frame": frame, "rle": one.data if one else nothing} for frame, one in frames.items()]}


if __name__ == "__main__":
    main()

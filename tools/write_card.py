"""Write the card of the shipped model from the reports of its benchmarks.

    python tools/write_card.py runs/bench/world/report.json runs/bench/photos/report.json

Prose lives here, figures come from the reports: docs/model_card.md is never edited by hand.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from regard.core.files import read_json, write_text
from regard.core.rooms import folder

ROOT = Path(__file__).parent.parent
WORLD_GOALS = {
    "colour": 95,
    "shape": 95,
    "pattern": 95,
    "size": 95,
    "position": 95,
    "relation": 92,
    "choose": 92,
    "none_matches": 92,
    "grid": 85,
    "entity": 85,
    "motion_direction": 88,
    "moved_first": 88,
    "happens_next": 88,
    "describe_detailed, stated attributes true": 95,
    "describe_detailed, attributes stated": 90,
    "unknown_noun": 90,
    "locate": 85,
    "locate, not there": 90,
    "segment": 75,
    "segment, not there": 90,
    "track": 70,
    "moments": 75,
    "moments, HIT@1": 80,
}
PHOTO_GOALS = {"colour": 85, "size": 85, "position": 85}


def table(report: dict[str, Any], goals: dict[str, int], only_goals: bool) -> str:
    """Return the figures of a report as a table; with goals first."""
    figures = {figure["name"]: figure for figure in report["figures"]}
    names = [name for name in goals if name in figures]
    if not only_goals:
        names += [name for name in figures if name not in goals]
    lines = ["| | items | right % | 95 % interval | chance % | commonest % | goal |", "|---|---|---|---|---|---|---|"]
    for name in names:
        lines.append(_line(figures[name], goals.get(name)))
    return "\n".join(lines)


def _line(figure: dict[str, Any], goal: int | None) -> str:
    def percent(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f}"

    value = figure["value"]
    reached = "" if goal is None else f"{goal} " + ("reached" if value is not None and 100 * value >= goal else "short")
    interval = f"{percent(figure['low'])} - {percent(figure['high'])}"
    baselines = [percent(figure["chance"]), percent(figure["commonest"])]
    cells = [figure["name"], figure["items"], percent(value), interval, *baselines, reached]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> None:
    """Fill the frame and write docs/model_card.md, and a copy beside the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("photos", type=Path)
    args = parser.parse_args()
    world, photos = read_json(args.world), read_json(args.photos)
    weights = folder("regard.assets.embedded") / "model.safetensors"
    frame = (Path(__file__).parent / "model_card.md").read_text(encoding="utf-8")
    card = frame.format(
        size=f"{weights.stat().st_size / 2**20:.1f}",
        world=table(world, WORLD_GOALS, False),
        photos=table(photos, PHOTO_GOALS, False),
        world_coverage=f"{100 * world['coverage']:.1f}",
        photos_coverage=f"{100 * photos['coverage']:.1f}",
        items=world["settings"]["items"],
    )
    write_text(ROOT / "docs" / "model_card.md", card)
    write_text(weights.parent / "README.md", re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", card))


if __name__ == "__main__":
    main()

"""Write the card of the shipped model from the reports of its benchmarks.

    python tools/write_card.py runs/bench

with the folders `world`, `followed`, `finds`, `photos`, `located` and `twins/NAME` of `regard bench` in it,
`second_look` of `benchmarks/second_look.py`, and in `paired.json` what `regard report BEFORE AFTER --paired --json`
prints of the earlier skills.

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
FOLLOWED = ("motion_direction", "moved_first", "happens_next", "moments", "moments, HIT@1")
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
}
FIND_GOALS = {
    "locate": 85,
    "locate, not there": 90,
    "segment": 75,
    "segment, not there": 90,
    "moments": 75,
    "moments, HIT@1": 80,
}
FOLLOWED_GOALS = {name: (WORLD_GOALS | FIND_GOALS)[name] for name in FOLLOWED}
TWIN_FIGURES = {
    "charades_sta": ("mIoU", "R1@0.5"),
    "qvhighlights": ("MR-full-mAP", "HL-min-VeryGood-Hit1"),
    "refcoco_rec": ("refcoco val", "refcoco+ val", "refcocog val"),
    "mevis": ("J&F",),
    "pope": ("accuracy, random", "accuracy, adversarial"),
    "dlc_bench": ("average", "positive", "negative"),
    "gar_bench_simple": ("accuracy",),
    "gar_bench_vqa": ("accuracy",),
    "videorefer_bench_q": ("accuracy",),
    "vcr": ("Q→A", "QA→R"),
    "causal_vidqa": ("D", "E", "PA", "CA"),
}
PHOTO_GOALS = {"colour": 85, "size": 85, "position": 85}


def table(report: dict[str, Any], goals: dict[str, int]) -> str:
    """Return the figures of a report as a table; with goals first."""
    figures = {figure["name"]: figure for figure in report["figures"]}
    names = [name for name in goals if name in figures]
    names += [name for name in figures if name not in goals]
    columns = ("skill", "items", "right %", "95 % interval", "chance %", "commonest %", "goal %")
    lines = [_row(*columns), "|" + "---|" * len(columns)]
    for name in names:
        lines.append(_line(figures[name], goals.get(name)))
    return "\n".join(lines)


def _line(figure: dict[str, Any], goal: int | None) -> str:
    value = figure["value"]
    baselines = [_percent(figure["chance"]), _percent(figure["commonest"])]
    return _row(figure["name"], figure["items"], _percent(value), _interval(figure), *baselines, _reached(value, goal))


def _reached(value: float | None, goal: int | None) -> str:
    if goal is None:
        return ""
    return f"{goal}, {'reached' if value is not None and 100 * value >= goal else 'short'}"


def looks(folder: Path) -> str:
    """Return what the verbs find at the first look and after the second."""
    columns = ("skill", "items", "first look %", "95 % interval", "after the second %", "95 % interval", "goal %")
    lines = [_row(*columns), "|" + "---|" * len(columns)]
    once, twice = (
        {figure["name"]: figure for figure in read_json(folder / look / "report.json")["figures"]}
        for look in ("once", "twice")
    )
    for name, after in twice.items():
        told = [cell for one in (once[name], after) for cell in (_percent(one["value"]), _interval(one))]
        lines.append(_row(name, after["items"], *told, _reached(after["value"], (WORLD_GOALS | FIND_GOALS).get(name))))
    return "\n".join(lines)


def paired(path: Path) -> str:
    """Return by how much the earlier skills, each as a whole, are above what they were."""
    columns = ("skill", "items", "points", "95 % interval", "better", "worse")
    lines = [_row(*columns), "|" + "---|" * len(columns)]
    [gaps] = read_json(path)["paired"].values()
    for gap in sorted((gap for gap in gaps if gap["figure"] in WORLD_GOALS), key=_goal_order):
        points, low, high = (f"{100 * gap[name]:+.1f}" for name in ("value", "low", "high"))
        lines.append(_row(gap["figure"], gap["items"], points, f"{low} to {high}", gap["better"], gap["worse"]))
    return "\n".join(lines)


def _goal_order(gap: dict[str, Any]) -> int:
    return list(WORLD_GOALS).index(gap["figure"])


def twins(folder: Path) -> str:
    """Return the main figures of every twin there is a report of."""
    columns = ("twin of", "figure", "items", "%", "95 % interval", "chance %", "unreadable")
    lines = [_row(*columns), "|" + "---|" * len(columns)]
    for path in sorted(folder.glob("*/report.json")):
        report = read_json(path)
        figures = {figure["name"]: figure for figure in report["figures"]}
        for name in TWIN_FIGURES[report["benchmark"]]:
            one = figures[name]
            told = (one["items"], _percent(one["value"]), _interval(one), _percent(one["chance"]), one["unreadable"])
            lines.append(_row(report["benchmark"], name, *told))
    return "\n".join(lines)


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _interval(figure: dict[str, Any]) -> str:
    return f"{_percent(figure['low'])} - {_percent(figure['high'])}"


def _row(*cells: Any) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


def main() -> None:
    """Fill the frame and write docs/model_card.md, and a copy beside the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    runs = parser.parse_args().runs
    world, followed, finds, photos, located = (
        read_json(runs / name / "report.json") for name in ("world", "followed", "finds", "photos", "located")
    )
    weights = folder("regard.assets.embedded") / "model.safetensors"
    frame = (Path(__file__).parent / "model_card.md").read_text(encoding="utf-8")
    card = frame.format(
        size=f"{weights.stat().st_size / 2**20:.1f}",
        world=table(world, WORLD_GOALS),
        followed=table(followed, FOLLOWED_GOALS),
        finds=table(finds, FIND_GOALS),
        photos=table(photos, PHOTO_GOALS),
        located=table(located, {}),
        looks=looks(runs / "second_look"),
        paired=paired(runs / "paired.json"),
        twins=twins(runs / "twins"),
        world_coverage=f"{100 * world['coverage']:.1f}",
        finds_coverage=f"{100 * finds['coverage']:.1f}",
        photos_coverage=f"{100 * photos['coverage']:.1f}",
        items=world["settings"]["items"],
        followed_items=followed["settings"]["items"],
    )
    write_text(ROOT / "docs" / "model_card.md", card)
    write_text(weights.parent / "README.md", re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", card))


if __name__ == "__main__":
    main()

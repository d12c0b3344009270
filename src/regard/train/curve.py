"""The curve of a training: the figures of its log against its steps, as a picture."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from regard.core.files import read_rows, write_atomic
from regard.core.progress import say

LOG, FILE = "log.jsonl", "curve.png"
LOSSES = ("loss", "answering")
SHARES = ("exact",)
INCHES, DOTS = (8.0, 5.0), 100  # width and height, and dots an inch


def draw(folder: str | Path) -> Path | None:
    """Draw `curve.png` beside the `log.jsonl` of a training and return its path; None where nothing is logged yet.

    Above the loss, and the share of it that is answering; below the share of exact answers, where there are any. Of
    steps that were taken again after a resumption the last row counts. Without matplotlib it says so and draws nothing.
    """
    folder = Path(folder)
    rows = list(read_rows(folder / LOG)) if (folder / LOG).exists() else []
    panels = [found for names in (LOSSES, SHARES) if (found := series(rows, names))]
    if not panels:
        return None
    if importlib.util.find_spec("matplotlib") is None:
        say(f"no {FILE}: matplotlib is not installed; pip install matplotlib, or '.[train]' in a clone")
        return None
    from matplotlib.figure import Figure

    figure = Figure(INCHES, DOTS, layout="constrained")
    axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axis, panel in zip(axes, panels, strict=True):
        for name, points in panel.items():
            axis.plot(list(points), list(points.values()), label=name, linewidth=1.2)
        axis.grid(alpha=0.3)
        axis.legend(loc="best")
    axes[0].set_title(folder.name)
    axes[-1].set_xlabel("step")
    return write_atomic(folder / FILE, lambda file: figure.savefig(file, format="png"))


def series(rows: Iterable[Mapping[str, Any]], names: Iterable[str]) -> dict[str, dict[int, float]]:
    """Return by name the value of a figure at each step, in order of steps; figures that no row has are left out."""
    rows = list(rows)
    found = {name: {row["step"]: row[name] for row in rows if name in row} for name in names}
    return {name: dict(sorted(points.items())) for name, points in found.items() if points}

"""Show a preset: the parts of the model in the order of the forward pass, weights, tokens, and where its numbers are
from.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from regard.core import rooms
from regard.core.errors import ConfigError
from regard.core.files import write_text
from regard.draw.diagram import PLACES, diagram

if TYPE_CHECKING:
    from regard.models.figure import Figure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the preset, its form, `--json` and `--draw`."""
    parser.add_argument("preset", metavar="PRESET", help="a name of `regard list models`, or NAME_tiny for its twin")
    parser.add_argument(
        "--form",
        default="",
        metavar="FORM",
        help="as_paper (what the paper says) or as_released (what the released code does); ours when left out",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--draw", metavar="OUT.svg", help="draw the figure, with the places lit where a region enters")


def run(args: argparse.Namespace) -> int:
    """Print the figure."""
    from regard.models.figure import figure
    from regard.models.presets import _base as presets

    preset = presets.load(args.preset)
    made = figure(presets.configuration(args.preset, args.form))
    if args.draw:
        _draw(args.draw, args.preset, made)
    if args.json:
        told = asdict(made) | {
            "preset": args.preset.replace("-", "_"),
            "form": args.form,
            "changed": preset.forms.get(args.form, {}),
            "weights": made.weights,
            "sources": dict(preset.sources),
        }
        print(json.dumps(told))
        return 0
    console = Console()
    summary = rooms.summary(presets.ROOM, presets.named(args.preset)[0])
    console.print(f"{args.preset}: {summary}\n", highlight=False)
    table = Table(box=None, pad_edge=False)
    for column in ("part", "", "gives", "weights", "number from"):
        table.add_column(column, justify="right" if column == "weights" else "left")
    for part in made.parts:
        source = preset.sources.get("encoders" if part.place == "region encoder" else part.place, "")
        table.add_row(part.place, part.name, part.gives, count(part.weights), source)
    table.add_row("all", "", "", count(made.weights), "")
    console.print(table)
    for what, values in preset.forms.get(args.form, {}).items():
        console.print(f"{args.form}: {what} {values}", highlight=False)
    for line in costs(made):
        console.print(line, highlight=False)
    for what in ("tiles", "frames", "most_regions"):
        if what in preset.sources:
            console.print(f"{what}: {preset.sources[what]}", highlight=False)
    return 0


def _draw(path: str, name: str, made: Figure) -> None:
    """Write the figure as SVG. Raises `ConfigError` for another kind of file."""
    if not path.endswith(".svg"):
        raise ConfigError(f"the figure is drawn as SVG; {path!r} should end in .svg")
    parts = {part.place: part.name for part in made.parts}
    encoders = [part for part in made.parts if part.place == "region encoder"]
    lit = {
        place: [part.name for part in encoders if any(entry.split(",")[0] == place for entry in part.enters)]
        for place in PLACES
    }
    heads = [part.name for part in made.parts if part.place == "task head"]
    write_text(path, diagram(name, parts, lit, heads))


def costs(made: Figure) -> list[str]:
    """Return what media and regions cost, a line each."""
    least, most = made.picture
    tiled = f", {most} with its tiles" if most != least else ""
    one, all_frames = made.region
    followed = f", {all_frames} on {made.frames} frames" if all_frames != one else ""
    return [
        f"\na picture takes {least} tokens{tiled}; a clip of {made.frames} frames takes {made.clip}",
        f"a region takes {one} tokens on one frame{followed}",
    ]


def count(weights: int) -> str:
    """Return a number of weights as people say it: 4.3 M, 1.24 B."""
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if weights >= size:
            return f"{weights / size:.3g} {unit}"
    return str(weights)

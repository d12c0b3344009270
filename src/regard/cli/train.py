"""Train a model by a recipe; what was begun is resumed.

A recipe is a Python file of `regard.recipes` (`regard list recipes`); its settings are changed by key=value words.
"""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from regard.core import rooms
from regard.core.config import override

RECIPES = "regard.recipes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe, its settings and `--plan`."""
    parser.add_argument("recipe", metavar="RECIPE", help="name of a recipe, such as tiny")
    parser.add_argument(
        "settings", nargs="*", metavar="key=value", help="settings of the recipe, such as out=runs/tiny"
    )
    parser.add_argument("--plan", action="store_true", help="print the settings and stop")


def run(args: argparse.Namespace) -> int:
    """Run the recipe, or print its settings."""
    recipe = rooms.module(RECIPES, args.recipe)
    config = override(recipe.CONFIG(), args.settings)
    if args.plan:
        print((recipe.__doc__ or "").strip(), "\n")
        print("\n".join(f"{name}={value}" for name, value in _flat(config)))
        return 0
    recipe.main(config)
    return 0


def _flat(config: Any, prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        name = f"{prefix}{field.name}"
        rows += _flat(value, f"{name}.") if dataclasses.is_dataclass(value) else [(name, value)]
    return rows

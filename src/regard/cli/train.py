"""Train a model by a recipe; what was begun is resumed.

A recipe is a Python file of `regard.recipes` (`regard list recipes`); its settings are changed by key=value words.
Where it has a small twin, that is NAME_tiny.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from regard.core import rooms
from regard.core.config import override

RECIPES = "regard.recipes"
TWIN = "_tiny"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the recipe, its settings and `--plan`."""
    parser.add_argument("recipe", metavar="RECIPE", help="name of a recipe, such as tiny")
    parser.add_argument(
        "settings", nargs="*", metavar="key=value", help="settings of the recipe, such as out=runs/tiny"
    )
    parser.add_argument(
        "--plan", action="store_true", help="print the settings, of a stage also who learns at what rate, and stop"
    )


def run(args: argparse.Namespace) -> int:
    """Run the recipe, or print its settings and what it plans."""
    recipe, settings = _named(args.recipe)
    config = override(settings, args.settings)
    if args.plan:
        print((recipe.__doc__ or "").strip(), "\n")
        print("\n".join(f"{name}={value}" for name, value in _flat(config)))
        if hasattr(recipe, "plan"):
            print("", *recipe.plan(config), sep="\n")
        return 0
    recipe.main(config)
    return 0


def _named(name: str) -> tuple[ModuleType, Any]:
    """Return a recipe and its settings, those of its twin for NAME_tiny. Raises `NotFound` for another name."""
    whole = name.replace("-", "_").removesuffix(TWIN)
    if whole != name.replace("-", "_") and whole in rooms.names(RECIPES):
        recipe = rooms.module(RECIPES, whole)
        if hasattr(recipe, "TINY"):
            return recipe, recipe.TINY()
    recipe = rooms.module(RECIPES, name)
    return recipe, recipe.CONFIG()


def _flat(config: Any, prefix: str = "") -> list[tuple[str, Any]]:
    """Return every setting by its key; notes on sources and other forms are no settings."""
    rows: list[tuple[str, Any]] = []
    for name, value in _entries(config):
        inner = dataclasses.is_dataclass(value) or (isinstance(value, Mapping) and value)
        rows += _flat(value, f"{prefix}{name}.") if inner else [(f"{prefix}{name}", value)]
    return rows


def _entries(config: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(config, Mapping):
        return config.items()
    told = (one for one in dataclasses.fields(config) if not one.metadata.get("note"))
    return ((one.name, getattr(config, one.name)) for one in told)

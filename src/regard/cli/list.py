"""List what there is, with one line about each: models, encoders, benchmarks, formats and so on."""

from __future__ import annotations

import argparse
import json

from regard.core import rooms

ROOMS = {
    "models": "regard.models.presets",
    "encoders": "regard.models.encoders",
    "heads": "regard.models.heads",
    "datasets": "regard.data",
    "benchmarks": "regard.bench",
    "recipes": "regard.recipes",
    "verbs": "regard.verbs",
    "formats": "regard.regions.formats",
    "segmenters": "regard.segmenters",
}
SUBROOMS = ("regard.bench.metrics",)
EMBEDDED = ("embedded", "the small model inside the package, which `regard.load()` gives")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the kind to list and `--json`."""
    parser.add_argument(
        "kind", nargs="?", choices=list(ROOMS), metavar="KIND", help=f"one of {', '.join(ROOMS)}; all when left out"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per name")


def run(args: argparse.Namespace) -> int:
    """Print names and summaries."""
    kinds = [args.kind] if args.kind else list(ROOMS)
    for number, kind in enumerate(kinds):
        found = rows(kind)
        facts = _facts(kind) if args.kind or args.json else {}
        if args.json:
            for name, summary in found:
                print(
                    json.dumps(
                        {"kind": kind.removesuffix("s"), "name": name, "summary": summary, **facts.get(name, {})}
                    )
                )
            continue
        if not args.kind:
            print(f"{'' if number == 0 else chr(10)}{kind}")
        print(_table(found, "" if args.kind else "  ", facts))
    return 0


def rows(kind: str) -> list[tuple[str, str]]:
    """Return (name, one-line summary) of everything of a kind; nothing of it is imported."""
    room = ROOMS[kind]
    found = [(name, rooms.summary(room, name)) for name in rooms.names(room) if f"{room}.{name}" not in SUBROOMS]
    return [EMBEDDED, *found] if kind == "models" else found


def _facts(kind: str) -> dict[str, dict[str, str]]:
    """Return what each benchmark says of itself, by name; nothing for other kinds."""
    if kind != "benchmarks":
        return {}
    from regard.bench import _base

    shown = ("items", "metric", "judge", "licence", "source")
    cards = {name: _base.load(name).card for name in _base.names()}
    return {name: {fact: getattr(card, fact) or "none" for fact in shown} for name, card in cards.items()}


def _table(found: list[tuple[str, str]], indent: str, facts: dict[str, dict[str, str]]) -> str:
    if not found:
        return f"{indent}(none in this version)"
    width = max(len(name) for name, _ in found) + 2
    lines = []
    for name, summary in found:
        lines.append(f"{indent}{name:<{width}}{summary}".rstrip())
        lines += [f"{indent}{'':<{width}}{fact}: {told}" for fact, told in facts.get(name, {}).items()]
    return "\n".join(lines)

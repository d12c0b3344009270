"""Regions as text on a command line: `KIND:VALUES[@WHEN]`.

    box:x1,y1,x2,y2    point:x,y    scribble:x1,y1,x2,y2,..    polygon:x1,y1,x2,y2,..  (`/` separates rings)
    mask:FILE.png      rle:FILE.json      track:FILE.json

KIND ends at the first colon. WHEN starts at the last `@` and is a frame (`@12`) or seconds (`@2.0s`). Several points
are separated by `/`; a third number 0 marks a point that lies outside the region.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from regard.core.errors import RegionError, nearest
from regard.core.files import JSON_ERRORS
from regard.regions.region import KINDS, Region

FORMS = {
    "box": "box:x1,y1,x2,y2",
    "point": "point:x,y",
    "scribble": "scribble:x1,y1,x2,y2,..",
    "polygon": "polygon:x1,y1,x2,y2,x3,y3,..",
    "mask": "mask:FILE.png",
    "rle": "rle:FILE.json",
    "track": "track:FILE.json",
}
_WHEN = re.compile(r"(?P<frame>[+-]?\d{1,18})|(?P<seconds>[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)s", re.ASCII)


def parse(text: str, *, unit: str = "px", name: str | None = None) -> Region:
    """Read `KIND:VALUES[@WHEN]`.

    `unit` (px, norm1, norm1000, percent) is that of the numbers, those of plain boxes in a track's file included; it
    is never guessed. Masks, RLEs and regions that say their own unit in a file keep theirs.

    Raises `RegionError` for an unknown kind (naming the nearest), a wrong count of numbers, something that is no
    number, a file that is missing or unreadable, and an unreadable WHEN.
    """
    kind, colon, rest = text.partition(":")
    kind = kind.strip()
    if not colon:
        raise RegionError(f"{text!r} is not a region: it is written KIND:VALUES, for example {FORMS['box']}")
    if kind not in KINDS:
        raise RegionError(
            f"there is no kind of region {kind!r} in {text!r}.{nearest(kind, KINDS)} Kinds are: {', '.join(KINDS)}."
        )
    in_file = kind in _FILES
    values, when = _split_when(rest, text, in_file)
    if kind == "track" and when:
        raise RegionError(f"{text!r}: a track has its own frames; leave out @{when.get('frame', when.get('seconds'))}")
    if in_file:
        return _FILES[kind](Path(values), unit, {"name": name, **when})
    return _NUMBERS[kind](values, text, unit, {"name": name, **when})


def _split_when(rest: str, text: str, in_file: bool) -> tuple[str, dict[str, Any]]:
    """Split VALUES from WHEN. What follows the last `@` of a file name may be a part of it."""
    values, mark, when = rest.rpartition("@")
    if not mark:
        return rest, {}
    match = _WHEN.fullmatch(when.strip())
    if match is None and in_file:
        return rest, {}
    if match is None:
        raise RegionError(f"{text!r}: @{when} is not a place in time; write a frame, @12, or seconds, @2.0s")
    if match["frame"]:
        return values, {"frame": int(match["frame"])}
    return values, {"seconds": float(match["seconds"])}


def _numbers(values: str, text: str, kind: str) -> list[float]:
    found = []
    for index, word in enumerate(values.split(",")):
        try:
            found.append(float(word))
        except ValueError as error:
            hint = f"; the form is {FORMS[kind]}" if word.strip() else "; is there a comma too many?"
            raise RegionError(f"{text!r}: value {index}, {word!r}, is not a number{hint}") from error
    return found


def _box(values: str, text: str, unit: str, place: dict[str, Any]) -> Region:
    found = _numbers(values, text, "box")
    if len(found) != 4:
        raise RegionError(f"{text!r}: a box takes four numbers, {FORMS['box']}; got {len(found)}")
    return Region.box(found, unit=unit, **place)


def _point(values: str, text: str, unit: str, place: dict[str, Any]) -> Region:
    spots: list[list[float]] = []
    labels: list[float] = []
    for part in values.split("/"):
        found = _numbers(part, text, "point")
        if len(found) not in (2, 3):
            raise RegionError(
                f"{text!r}: a point takes two numbers, {FORMS['point']}; got {len(found)}. Use / between points"
            )
        spots.append(found[:2])
        labels.append(found[2] if len(found) == 3 else 1)
    return Region.points(spots, labels, unit=unit, **place)


def _scribble(values: str, text: str, unit: str, place: dict[str, Any]) -> Region:
    found = _numbers(values, text, "scribble")
    if len(found) % 2:
        raise RegionError(
            f"{text!r}: a scribble takes pairs, {FORMS['scribble']}; got {len(found)} numbers, an odd count"
        )
    return Region.scribble(found, unit=unit, **place)


def _polygon(values: str, text: str, unit: str, place: dict[str, Any]) -> Region:
    rings = [_numbers(part, text, "polygon") for part in values.split("/")]
    for index, ring in enumerate(rings):
        if len(ring) % 2 or len(ring) < 6:
            need = f"a ring takes pairs, at least three: {FORMS['polygon']}"
            raise RegionError(f"{text!r}: ring {index} has {len(ring)} numbers; {need}")
    return Region.polygon(rings, unit=unit, **place)


def _mask(path: Path, _unit: str, place: dict[str, Any]) -> Region:
    return Region.mask(_there(path, "mask"), **place)


def _rle(path: Path, _unit: str, place: dict[str, Any]) -> Region:
    found = _json(_there(path, "rle"))
    if isinstance(found, dict) and "segmentation" in found and "counts" not in found:
        found = found["segmentation"]
    try:
        return Region.rle(found, **place)
    except RegionError as error:
        raise type(error)(f"{path}: {error}") from error


def _track(path: Path, unit: str, place: dict[str, Any]) -> Region:
    found = _json(_there(path, "track"))
    if isinstance(found, dict) and "rles" in found:
        found = found["rles"]
    if not isinstance(found, dict):
        raise RegionError(f"{path}: a track file holds {{frame: RLE, box or null}}; got {type(found).__name__}")
    try:
        if found.get("kind") != "track":
            return Region.track(found, unit=unit, **place)
        whole = Region.from_dict(found)
        return whole if place["name"] is None else replace(whole, **place)
    except RegionError as error:
        raise type(error)(f"{path}: {error}") from error


_FILES: dict[str, Callable[..., Region]] = {"mask": _mask, "rle": _rle, "track": _track}
_NUMBERS: dict[str, Callable[..., Region]] = {"box": _box, "point": _point, "scribble": _scribble, "polygon": _polygon}


def _there(path: Path, kind: str) -> Path:
    if not path.is_file():
        near = nearest(path.name, [found.name for found in path.parent.iterdir()]) if path.parent.is_dir() else ""
        raise RegionError(
            f"there is no file {str(path)!r}.{near} A {kind} is written {FORMS[kind]}, with @12 or @2.0s after it."
        )
    return path


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except JSON_ERRORS as error:
        raise RegionError(f"{path} is not valid JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object, refusing a key that is there twice (a plain reader would keep the last without a word)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise RegionError(f"{double!r} is given twice in one JSON object")
    return found

"""Boxes in words, and by task heads: what a model is asked, and how its answer becomes a box."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from regard.bench._spans import is_number
from regard.regions import rle
from regard.regions.units import UNITS, to_pixels

UNIT = "norm1000"
_NUMBER = r"\s*(-?\d+(?:\.\d+)?)\s*"
_FOUR = ",".join([_NUMBER] * 4)
BRACKETED = re.compile(rf"[\[(]{_FOUR}[\])]")
BARE = re.compile(rf"\s*{_FOUR}\.?\s*")


def ask(expression: str) -> str:
    """Return the question for the box of what an expression means."""
    return (
        f'Where is "{expression}"? Answer with its box as [x1, y1, x2, y2], '
        "in thousandths of the width and height of the picture."
    )


def read_box(text: str, size: tuple[int, int], unit: str = UNIT) -> list[float] | None:
    """Return the one box of a text, in pixels of a picture of (width, height); None where there is none, or several.

    A box is four numbers in brackets, or a text that is four numbers. It is read in the declared unit alone: numbers
    that this unit cannot hold, and a box without area, are no box.
    """
    found = BRACKETED.findall(text) or [one.groups() for one in [BARE.fullmatch(text)] if one]
    if len(found) != 1:
        return None
    values, top = [float(value) for value in found[0]], UNITS[unit]
    if top is not None and not all(0 <= value <= top for value in values):
        return None
    return sound_box(to_pixels(values, unit, size).ravel().tolist())


def box_of(answer: Any, size: tuple[int, int]) -> list[float] | None:
    """Return the box of an answer, in pixels of a picture of (width, height): the one that a text names, the one with
    the highest score of those that task heads found, or a box as it is; None without one that is sound.
    """
    if isinstance(answer, str):
        return read_box(answer, size)
    if not isinstance(answer, Mapping):
        return sound_box(answer)
    ranked = sorted(answer["found"], key=lambda one: -one["score"])
    return next((box for one in ranked if (box := sound_box(found_box(one["result"]))) is not None), None)


def told(answer: Any, size: tuple[int, int]) -> Any:
    """Return an answer for an official file: what heads found as their box, or as the text where there is none."""
    if not isinstance(answer, Mapping):
        return answer
    box = box_of(answer, size)
    return answer["text"] if box is None else box


def found_box(result: Mapping[str, Any]) -> Sequence[float] | None:
    """Return the box that a head found, or the one around the first of its masks that has a pixel; None without."""
    if "box" in result:
        return result["box"]
    seen = [mask["rle"] for mask in result.get("masks", ()) if rle.area(mask["rle"])]
    return rle.box(seen[0]) if seen else None


def sound_box(value: Any) -> list[float] | None:
    """Return a box of four finite numbers with x1 < x2 and y1 < y2; None for anything else."""
    numbers = isinstance(value, list | tuple) and len(value) == 4
    if not numbers or not all(map(is_number, value)):
        return None
    box = np.asarray(value, dtype=float)
    return box.tolist() if np.isfinite(box).all() and (box[:2] < box[2:]).all() else None

"""How regions are written in one line of text: `box:10,20,30,40@12`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WRITTEN = ("box", "polygon", "point", "scribble")


def number_text(value: float) -> str:
    """Write a number so that it reads back as exactly the same one: 10, 0.25, 1e-07."""
    text = repr(float(value))
    return text.removesuffix(".0")


def values_text(kind: str, data: Any) -> str:
    """Write the values of a box, polygon, point or scribble; `/` separates rings, and points of several.

    A point labelled 0 (outside) has its label as a third number.
    """
    if kind == "polygon":
        return "/".join(_row(value for point in ring for value in point) for ring in data)
    if kind == "point":
        return "/".join(_row(point if point[2] == 0 else point[:2]) for point in data)
    if kind == "scribble":
        return _row(value for point in data for value in point)
    return _row(data)


def when_text(frame: int | None, seconds: float | None) -> str:
    """Write the place in time: `@12` for a frame, `@2.5s` for seconds, nothing for neither."""
    if frame is not None:
        return f"@{frame}"
    return "" if seconds is None else f"@{number_text(seconds)}s"


def _row(values: Iterable[float]) -> str:
    return ",".join(number_text(value) for value in values)

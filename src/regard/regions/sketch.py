"""A region by itself, before it lies on a picture, as a small drawing for a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from regard.regions.spelling import WRITTEN, number_text
from regard.regions.units import UNITS

SIDE = 160  # pixels of the drawing on the screen
_STYLE = 'fill="#2a78d6" fill-opacity="0.25" stroke="#2a78d6" stroke-width="2" vector-effect="non-scaling-stroke"'

View = tuple[float, float, float, float]  # x, y, width, height


def sketch(kind: str, data: Any, unit: str, caption: str) -> str:
    """Return HTML: the outline of a region as SVG above its escaped caption; nothing in it is fetched.

    The frame is the whole picture where the unit tells it (a share of width and height), else what is round the region.
    Masks, RLEs and tracks, which have no outline of their own, are their caption alone.
    """
    text = f"<figcaption><code>{html.escape(caption)}</code></figcaption>"
    if kind not in WRITTEN:
        return f"<figure>{text}</figure>"
    view = _view(kind, data, unit)
    box = " ".join(number_text(value) for value in view)
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}" viewBox="{box}"'
    border = 'style="border:1px solid #999"'
    return f"<figure>{frame} {border}>{_outline(kind, data, max(view[2:]) / 40)}</svg>{text}</figure>"


def _view(kind: str, data: Any, unit: str) -> View:
    whole = UNITS[unit]
    if whole is not None:
        return 0.0, 0.0, whole, whole
    spots = _spots(kind, data)
    left, top = min(spot[0] for spot in spots), min(spot[1] for spot in spots)
    right, bottom = max(spot[0] for spot in spots), max(spot[1] for spot in spots)
    margin = max(right - left, bottom - top, 10.0) / 8
    return left - margin, top - margin, right - left + 2 * margin, bottom - top + 2 * margin


def _spots(kind: str, data: Any) -> list[Sequence[float]]:
    if kind == "box":
        return [data[:2], data[2:]]
    return [spot for ring in data for spot in ring] if kind == "polygon" else list(data)


def _outline(kind: str, data: Any, radius: float) -> str:
    if kind == "box":
        ring = [(data[0], data[1]), (data[2], data[1]), (data[2], data[3]), (data[0], data[3])]
        return _path([ring], _STYLE, "Z")
    if kind == "polygon":
        return _path(data, f'{_STYLE} fill-rule="evenodd"', "Z")
    if kind == "scribble":
        return _path([data], _STYLE.replace('fill="#2a78d6"', 'fill="none"'), "")
    return "".join(_dot(x, y, radius, label) for x, y, label in data)


def _path(rings: Iterable[Iterable[Sequence[float]]], style: str, end: str) -> str:
    drawn = " ".join("M" + " L".join(f"{number_text(x)} {number_text(y)}" for x, y in ring) + end for ring in rings)
    return f'<path d="{drawn}" {style}/>'


def _dot(x: float, y: float, radius: float, label: int) -> str:
    style = _STYLE if label else _STYLE.replace("#2a78d6", "#d33")
    return f'<circle cx="{number_text(x)}" cy="{number_text(y)}" r="{number_text(radius)}" {style}/>'

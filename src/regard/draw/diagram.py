"""The figure of a model as SVG: one row from pixels to the answer, and below it the region, with an arrow to each of
the four places; those where this model lets regions in are lit. Task heads hang from the language model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

PLACES = ("patches", "features", "visual tokens", "text")
HEIGHT, WIDTH, TOP, BOX, GAP = 250, 1010, 58, 44, 12
INK, PALE, LIT, LIT_FILL, PART_FILL = "#1f2430", "#b9bfca", "#c2410c", "#ffedd5", "#e7eefb"
REGION = (445, 186, 120, 36)  # left, top, width, height


def diagram(title: str, parts: Mapping[str, str], lit: Mapping[str, Sequence[str]], heads: Sequence[str] = ()) -> str:
    """Return the figure as SVG text.

    `parts`: the names of `vision`, `connector` and `language`. `lit`: for each of `PLACES` where a region enters, the
    names of the region encoders that enter there. `heads`: those of the task heads.
    """
    row, centres = _row(parts, lit)
    arrows = [
        _arrow(centres[place], list(lit.get(place, ())))
        for place in sorted(PLACES, key=lambda place: bool(lit.get(place)))
    ]
    left, top, width, height = REGION
    region = [
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" fill="{LIT_FILL}" stroke="{LIT}"/>',
        _text(left + width / 2, top + height / 2 + 5, "region", LIT, bold=True),
    ]
    leaving = _leaving(centres["language"], heads) if heads else []
    body = "\n".join([_text(16, 28, title, INK, bold=True, anchor="start"), *arrows, *row, *region, *leaving])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n'
        f"{body}\n</svg>\n"
    )


def _row(parts: Mapping[str, str], lit: Mapping[str, Sequence[str]]) -> tuple[list[str], dict[str, float]]:
    """Return the row of boxes, maps and the parts between them, and the middle of each map's box."""
    boxes = (
        ("pixels", "", 64),
        ("patches", "", 74),
        ("vision", parts["vision"], 142),
        ("features", "", 78),
        ("connector", parts["connector"], 104),
        ("visual tokens", "", 104),
        ("text", "with <region1>", 114),
        ("language", parts["language"], 124),
        ("answer", "", 68),
    )
    drawn, centres, left = [], {}, 16.0
    for name, part, width in boxes:
        is_part = name in parts
        fill = PART_FILL if is_part else LIT_FILL if lit.get(name) else "white"
        edge = LIT if lit.get(name) and not is_part else INK
        drawn.append(
            f'<rect x="{left:.0f}" y="{TOP}" width="{width}" height="{BOX}" rx="6" fill="{fill}" stroke="{edge}"/>'
        )
        middle = left + width / 2
        drawn.append(_text(middle, TOP + (19 if part else 27), name, edge, bold=is_part))
        if part:
            drawn.append(_text(middle, TOP + 35, part, edge))
        centres[name] = middle
        left += width + GAP
        if name != "answer":
            drawn.append(_line(left - GAP, TOP + BOX / 2, left, TOP + BOX / 2, INK))
    return drawn, centres


def _arrow(place: float, encoders: list[str]) -> str:
    """Return the way of a region into a place: lit, with who takes it, or pale."""
    start = REGION[0] + REGION[2] / 2
    ink, dash = (LIT, "") if encoders else (PALE, ' stroke-dasharray="4 4"')
    bend, end = REGION[1] - 22, TOP + BOX + 3
    way = f"M {start:.0f} {REGION[1]} V {bend} H {place:.0f} V {end}"
    head = f"M {place - 4:.0f} {end + 8} L {place:.0f} {end} L {place + 4:.0f} {end + 8}"
    path = f'<path d="{way} {head}" fill="none" stroke="{ink}" stroke-width="{2 if encoders else 1}"{dash}/>'
    names = [_text(place + 7, bend - 8 - 16 * line, name, LIT, anchor="start") for line, name in enumerate(encoders)]
    return "\n".join([path, *names])


def _leaving(place: float, heads: Sequence[str]) -> list[str]:
    """Return the task heads, and the way from marked states to them."""
    _, top, _, height = REGION
    words = ", ".join(heads)
    width = max(120, 8 * len(words) + 24)
    left = min(place - width / 2, WIDTH - width - 16)
    return [
        f'<path d="M {place:.0f} {TOP + BOX} V {top} M {place - 4:.0f} {top - 8} L {place:.0f} {top} '
        f'L {place + 4:.0f} {top - 8}" fill="none" stroke="{LIT}" stroke-width="2"/>',
        _text(place + 7, (TOP + BOX + top) / 2, "marked states", LIT, anchor="start"),
        f'<rect x="{left:.0f}" y="{top}" width="{width:.0f}" height="{height}" rx="6" fill="{PART_FILL}" '
        f'stroke="{LIT}"/>',
        _text(left + width / 2, top + 15, "task heads", LIT, bold=True),
        _text(left + width / 2, top + 30, words, LIT),
    ]


def _line(x1: float, y1: float, x2: float, y2: float, ink: str) -> str:
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="{ink}"/>'


def _text(x: float, y: float, words: str, ink: str, *, bold: bool = False, anchor: str = "middle") -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{ink}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'

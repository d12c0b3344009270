"""A label: a numbered chip in the colour of its region, with words; and the panel of such rows beneath a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw

from regard.draw.palette import PANEL, PAPER, Colour, ink
from regard.draw.style import Style
from regard.draw.text import font, line_height, width, wrap

_GROUND_ALPHA = 224


@dataclass(frozen=True)
class Label:
    """What is written for one region: its number on a chip of its colour, and lines of text (none: the chip alone)."""

    chip: str
    colour: Colour
    lines: tuple[str, ...] = ()

    def size(self, style: Style) -> tuple[int, int]:
        """Return (width, height) in pixels."""
        chip = chip_width(self.chip, style)
        if not self.lines:
            return chip, chip_height(style)
        words = max(width(line, style.text) for line in self.lines)
        return chip + words + 2 * style.pad, line_height(style.text) * (len(self.lines) - 1) + chip_height(style)

    def write(self, canvas: ImageDraw.ImageDraw, x: int, y: int, style: Style) -> None:
        """Draw the label with its top left corner at (x, y) on an RGBA canvas."""
        right, bottom = (start + length for start, length in zip((x, y), self.size(style), strict=True))
        chip, radius = chip_width(self.chip, style), round(style.text * 0.28)
        if self.lines:
            canvas.rounded_rectangle((x, y, right - 1, bottom - 1), radius, fill=(*PANEL, _GROUND_ALPHA))
        whole = not self.lines
        corners = (True, whole, whole, True)
        canvas.rounded_rectangle((x, y, x + chip - 1, bottom - 1), radius, fill=self.colour, corners=corners)
        middle = y + chip_height(style) / 2
        canvas.text((x + chip / 2, middle), self.chip, fill=ink(self.colour), font=font(style.text), anchor="mm")
        for number, line in enumerate(self.lines):
            spot = (x + chip + style.pad, middle + number * line_height(style.text))
            canvas.text(spot, line, fill=PAPER, font=font(style.text), anchor="lm")


def chip_width(chip: str, style: Style) -> int:
    """Return the width of a chip: square for one digit, wider for more."""
    return max(chip_height(style), width(chip, style.text) + 2 * style.pad)


def chip_height(style: Style) -> int:
    """Return the height of a chip, which is that of a label of one line."""
    return style.text + 2 * style.pad


def panel(labels: Sequence[Label], caption: str, across: int, style: Style) -> np.ndarray:
    """Return the rows of text that stand beneath a picture, (height, across, 3) uint8: the caption, then one row a
    label.
    """
    room = across - 2 * style.gap
    rows: list[tuple[Label | None, list[str]]] = [(None, wrap(part, style.text, room)) for part in caption.splitlines()]
    for label in labels:
        beside = room - chip_width(label.chip, style) - 2 * style.pad
        rows.append((label, wrap(" ".join(label.lines), style.text, beside)))
    heights = [_row_height(label, lines, style) for label, lines in rows]
    height = sum(heights) + style.gap * (len(rows) + 1)
    picture = PILImage.new("RGB", (across, height), PANEL)
    canvas = ImageDraw.Draw(picture)
    y = style.gap
    for (row, lines), tall in zip(rows, heights, strict=True):
        _write_row(canvas, row, lines, y, style)
        y += tall + style.gap
    return np.asarray(picture)


def _row_height(label: Label | None, lines: Sequence[str], style: Style) -> int:
    return line_height(style.text) * max(len(lines), 1) + (chip_height(style) - line_height(style.text) if label else 0)


def _write_row(canvas: ImageDraw.ImageDraw, label: Label | None, lines: Sequence[str], y: int, style: Style) -> None:
    x, middle = style.gap, y + line_height(style.text) / 2
    if label:
        Label(label.chip, label.colour).write(canvas, x, y, style)
        x, middle = x + chip_width(label.chip, style) + style.pad, y + chip_height(style) / 2
    for number, line in enumerate(lines):
        canvas.text(
            (x, middle + number * line_height(style.text)), line, fill=PAPER, font=font(style.text), anchor="lm"
        )

"""How large text and lines are on a picture of a given size."""

from __future__ import annotations

from dataclasses import dataclass

LONG_SIDE = 800


@dataclass(frozen=True)
class Style:
    """Sizes in pixels of the drawing: `text` height, `line` width, `pad` inside a label, `gap` between things."""

    text: int
    line: int
    pad: int
    gap: int

    @classmethod
    def fit(cls, width: int, height: int) -> Style:
        """Return the sizes for a drawing of `width` x `height` pixels, so that words are as readable at 300 as at
        3000.
        """
        side = (width * height) ** 0.5
        text = min(max(round(side * 0.025), 13), max(width // 12, 13))
        return cls(text, max(2, round(text * 0.16)), max(3, round(text * 0.36)), max(3, round(text * 0.4)))


def enlargement(width: int, height: int) -> int:
    """Return the whole number a small picture is enlarged by, so that words fit on it; 1 from about 540 pixels on."""
    return max(1, int(LONG_SIDE / max(width, height) + 0.5))

"""When something happens in a clip, drawn over its seconds: bars for spans, a curve for saliency, a line for now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw

from regard.draw.palette import PANEL, PAPER, Colour, colour
from regard.draw.style import Style
from regard.draw.text import font, width

_CURVE: Colour = (150, 158, 172)
_MOST_BARS, _MOST_TICKS = 3, 8
_TICKS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class Timeline:
    """Spans (start, end, score) in seconds, best first, and one number for each second, or none."""

    spans: Sequence[tuple[float, float, float]]
    saliency: Sequence[float] = ()

    def picture(self, across: int, style: Style, seconds: float, now: float | None = None) -> np.ndarray:
        """Return the strip (H, across, 3) of a clip of `seconds`: the best spans as bars with their scores, the curve,
        and a scale. `now`: the second of the frame above, drawn as a line.
        """
        bars = list(self.spans[:_MOST_BARS])
        bar, curve = style.text + style.pad, 2 * style.text if self.saliency else 0
        bottom = style.gap + max(len(bars), 1) * bar + curve
        sheet = _Sheet(across, bottom + 2 * style.gap + style.text, seconds, style)
        for number, (start, end, score) in enumerate(bars):
            top = style.gap + number * bar
            sheet.bar((start, end), (top, top + bar - style.line), f"{score:.2f}", colour(number))
        if self.saliency:
            sheet.curve(self.saliency, bottom - curve, bottom)
        sheet.scale(bottom)
        if now is not None:
            sheet.pen.line((sheet.x(now), 0, sheet.x(now), bottom), PAPER, style.line)
        return np.asarray(sheet.image)


class _Sheet:
    """What a timeline is drawn on: seconds from left to right."""

    def __init__(self, across: int, height: int, seconds: float, style: Style) -> None:
        self.across, self.seconds, self.style = across, max(seconds, 1e-6), style
        self.image = PILImage.new("RGB", (across, height), PANEL)
        self.pen = ImageDraw.Draw(self.image)

    def x(self, second: float) -> float:
        """Return where a second lies."""
        share = min(max(second / self.seconds, 0.0), 1.0)
        return self.style.gap + share * (self.across - 2 * self.style.gap)

    def bar(self, span: tuple[float, float], height: tuple[int, int], text: str, tint: Colour) -> None:
        """Draw a span, its score behind it, or before it where there is no room."""
        style, (left, right) = self.style, (self.x(second) for second in span)
        self.pen.rectangle((left, height[0], max(right, left + style.line), height[1]), fill=tint)
        wide = width(text, style.text)
        x = right + style.pad if right + style.pad + wide < self.across else max(left - style.pad - wide, style.pad)
        self.pen.text((x, sum(height) / 2), text, fill=PAPER, font=font(style.text), anchor="lm")

    def curve(self, values: Sequence[float], top: int, bottom: int) -> None:
        """Draw one value for each second, the least at the bottom, the greatest at the top."""
        values = np.asarray(values, np.float64)
        spread = float(values.max() - values.min())
        shares = (values - values.min()) / spread if spread else np.full(len(values), 0.5)
        heights = bottom - self.style.line - shares * (bottom - top - 2 * self.style.line)
        middles = [(second + min(second + 1.0, self.seconds)) / 2 for second in range(len(values))]
        places = zip([0.0, *middles, self.seconds], [heights[0], *heights, heights[-1]], strict=True)
        points = [(self.x(second), float(height)) for second, height in places]
        self.pen.line(points, fill=_CURVE, width=self.style.line, joint="curve")

    def scale(self, bottom: int) -> None:
        """Draw the line of time and its seconds."""
        style = self.style
        self.pen.line((style.gap, bottom, self.across - style.gap, bottom), PAPER, max(1, style.line // 2))
        step = next((tick for tick in _TICKS if self.seconds / tick <= _MOST_TICKS), self.seconds / _MOST_TICKS)
        for number in range(int(self.seconds / step + 1e-6) + 1):
            text = f"{number * step:g} s"
            wide = width(text, style.text)
            x = min(max(self.x(number * step) - wide / 2, style.pad), self.across - wide - style.pad)
            self.pen.text((x, bottom + style.gap), text, fill=PAPER, font=font(style.text))

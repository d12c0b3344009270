"""Regions, masks and answers drawn on pictures and clips."""

from regard.draw.files import save, show
from regard.draw.numbers import marks
from regard.draw.picture import draw, draw_frames
from regard.draw.sheet import strip

__all__ = ["draw", "draw_frames", "marks", "save", "show", "strip"]

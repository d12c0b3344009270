"""Regions, masks and answers drawn on pictures and clips."""

from regard.draw.files import save, save_picture, show
from regard.draw.heat import heat
from regard.draw.numbers import marks
from regard.draw.picture import draw, draw_frames
from regard.draw.sheet import strip

__all__ = ["draw", "draw_frames", "heat", "marks", "save", "save_picture", "show", "strip"]

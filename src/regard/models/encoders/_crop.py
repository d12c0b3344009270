"""The pixels around a region, for designs that look at each region on its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from regard.models.encoders._settings import at_least, number_from


@dataclass(frozen=True)
class Crop:
    """What an encoder asks to see of each region: its box, `enlarge` times as wide and as high, around its centre.

    `least`: pixels of the picture that a side of the box counts as at least, before it is enlarged. `most_frames`:
    frames that are cut a region, evenly spread. Raises `ConfigError` for a number that is too small.
    """

    enlarge: float
    least: int
    most_frames: int

    def __post_init__(self) -> None:
        number_from("crop enlarge", self.enlarge, 1)
        at_least("crop least", self.least)
        at_least("crop most_frames", self.most_frames)

    def around(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return the whole pixels (x1, y1, x2, y2) to cut for a box, in a picture of `size` = (width, height); what
        would lie outside is left out.
        """
        (x1, x2), (y1, y2) = (self._span(box[axis], box[axis + 2], size[axis]) for axis in (0, 1))
        return x1, y1, x2, y2

    def _span(self, start: int, end: int, most: int) -> tuple[int, int]:
        half = max(end - start, self.least) * self.enlarge / 2
        centre = (start + end) / 2
        return max(math.floor(centre - half), 0), min(math.ceil(centre + half), most)

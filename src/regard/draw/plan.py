"""What is written where: beside the regions when the words are few, in a panel beneath the picture when they are
many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from regard.core.errors import RegionError
from regard.draw.label import Label, panel
from regard.draw.layout import Rect, place
from regard.draw.palette import colour
from regard.draw.shapes import enlarge_mask
from regard.draw.style import Style
from regard.draw.text import drawable, wrap
from regard.regions.bound import BoundRegion

_MOST_LINES = 3
_BESIDE = 0.44


@dataclass
class Plan:
    """The drawing of one picture or clip: its regions, sizes and labels, the words beneath it, and where labels were
    last.
    """

    regions: Sequence[BoundRegion]
    scale: int
    style: Style
    labels: list[Label]
    beneath: np.ndarray | None
    _beside: dict[int, tuple[int, int]] = field(default_factory=dict)
    _centres: dict[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    _seen: tuple[int, dict[int, np.ndarray]] = (-1, {})

    @classmethod
    def make(
        cls,
        regions: Sequence[BoundRegion],
        texts: Sequence[str],
        caption: str,
        size: tuple[int, int],
        scale: int,
        frames: Sequence[int],
    ) -> Plan:
        """Decide for words beside the regions or beneath the picture, judged on `frames`.

        `size` is the picture's (width, height). Raises `RegionError` when there are more texts than regions.
        """
        if len(texts) > len(regions):
            raise RegionError(f"there are {len(texts)} texts for {len(regions)} regions; give one text a region")
        width, height = size[0] * scale, size[1] * scale
        style = Style.fit(width, height)
        words = _words(regions, texts)
        wrapped = [tuple(wrap(text, style.text, _beside(width, style))) for text in words]
        labels = [Label(str(number + 1), colour(number), lines) for number, lines in enumerate(wrapped)]
        plan = cls(regions, scale, style, labels, None)
        if not plan._fits_beside((width, height), frames):
            plan.labels = [replace(label, lines=()) for label in labels]
            plan.beneath = panel(rows(regions, texts), caption, width, style)
        elif caption:
            plan.beneath = panel((), caption, width, style)
        return plan

    def _fits_beside(self, size: tuple[int, int], frames: Sequence[int]) -> bool:
        if not any(label.lines for label in self.labels):
            return True
        if any(len(label.lines) > _MOST_LINES for label in self.labels):
            return False
        seen = [frame for frame in frames if self.present(frame)]
        unseen = [n for n, region in enumerate(self.regions) if not any(frame in region.rles for frame in seen)]
        return not unseen and all(None not in self.arrange(frame, size, calm=False) for frame in seen)

    def present(self, frame: int) -> list[int]:
        """Return the numbers (0-based) of the regions seen at a frame."""
        return [number for number, region in enumerate(self.regions) if frame in region.rles]

    def masks(self, frame: int) -> dict[int, np.ndarray]:
        """Return the enlarged masks of the regions seen at a frame, by number; those of the last frame asked for are
        kept.
        """
        if self._seen[0] != frame:
            masks = {number: self.regions[number].mask(frame) for number in self.present(frame)}
            self._seen = frame, {number: enlarge_mask(mask, self.scale) for number, mask in masks.items()}
        return self._seen[1]

    def box(self, number: int, frame: int) -> Rect:
        """Return the box of a region on the enlarged picture."""
        x1, y1, x2, y2 = (edge * self.scale for edge in self.regions[number].box(frame))
        return x1, y1, x2, y2

    def is_box(self, number: int, frame: int) -> bool:
        """Return whether a region fills its box at a frame, so that a rectangle shows it exactly."""
        x1, y1, x2, y2 = self.regions[number].box(frame)
        return self.regions[number].area(frame) == (x2 - x1) * (y2 - y1)

    def centre(self, number: int, frame: int) -> tuple[float, float]:
        """Return the centre of mass of a region at a frame, on the enlarged picture."""
        if (number, frame) not in self._centres:
            rows, columns = np.nonzero(self.regions[number].mask(frame))
            self._centres[number, frame] = (columns.mean() + 0.5) * self.scale, (rows.mean() + 0.5) * self.scale
        return self._centres[number, frame]

    def arrange(self, frame: int, size: tuple[int, int], *, calm: bool = True) -> list[Rect | None]:
        """Place the labels of the regions seen at a frame; `calm` keeps them near where they were in the frame
        before.
        """
        numbers = self.present(frame)
        masks = self.masks(frame)
        covered = np.zeros((size[1], size[0]), dtype=bool)
        for mask in masks.values():
            covered |= mask
        anchors = [self.box(number, frame) for number in numbers]
        sizes = [self.labels[number].size(self.style) for number in numbers]
        before = [
            self._followed(number, anchor) if calm else None for number, anchor in zip(numbers, anchors, strict=True)
        ]
        return place(anchors, sizes, size, covered, gap=max(2, self.style.gap // 2), previous=before)

    def keep(self, frame: int, rects: dict[int, Rect | None]) -> None:
        """Remember where labels stood beside their regions at a frame, for the next one."""
        for number, rect in rects.items():
            if rect is not None:
                box = self.box(number, frame)
                self._beside[number] = rect[0] - box[0], rect[1] - box[1]

    def _followed(self, number: int, anchor: Rect) -> Rect | None:
        """Where a label would stand now, had it moved with its region."""
        if number not in self._beside:
            return None
        (x, y), (width, height) = self._beside[number], self.labels[number].size(self.style)
        return anchor[0] + x, anchor[1] + y, anchor[0] + x + width, anchor[1] + y + height


def _beside(width: int, style: Style) -> int:
    return max(round(width * _BESIDE) - 4 * style.pad, 6 * style.text)


def rows(regions: Sequence[BoundRegion], texts: Sequence[str]) -> list[Label]:
    """Return the rows of a panel: one label for every region of which something is said, its words on one line.

    Raises `RegionError` when there are more texts than regions.
    """
    words = _words(regions, texts)
    return [Label(str(number + 1), colour(number), (text,)) for number, text in enumerate(words) if text]


def _words(regions: Sequence[BoundRegion], texts: Sequence[str]) -> list[str]:
    if len(texts) > len(regions):
        raise RegionError(f"there are {len(texts)} texts for {len(regions)} regions; give one text a region")
    said = [*texts, *[""] * (len(regions) - len(texts))]
    pairs = [(drawable(region.name or ""), drawable(text)) for region, text in zip(regions, said, strict=True)]
    return [": ".join(part for part in pair if part) for pair in pairs]

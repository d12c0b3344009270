"""Text coordinates: the region's box as numbers in the text, no vectors (Shikra, arXiv 2306.15195; where the papers on
regions start from).
"""

from __future__ import annotations

from regard.models.encoders._base import Dims, RegionEncoder, RegionInputs
from regard.models.encoders._settings import at_least


class TextCoordinates(RegionEncoder):
    """`[0.123,0.456,0.789,0.900]`: left, top, right and bottom of the box, from 0 to 1 over the tower's input.

    `decimals`: 3, as in Shikra. Where a picture is padded to a square, that square counts, as it does for the visual
    tokens. Of a clip it is the box on the first frame that the model sees the region on. Masks are told apart by their
    boxes only. No parameters: a language model has to learn what the numbers mean.
    """

    def __init__(self, dims: Dims, decimals: int = 3) -> None:
        super().__init__(dims)
        self.decimals = at_least("text_coordinates decimals", decimals)

    def in_words(self, regions: RegionInputs) -> list[str]:
        """Return the box of each region in words; none for a region that is on no frame."""
        boxes: dict[int, list[float]] = {}
        for region, box in zip(regions.region_M.tolist(), regions.boxes_M4.tolist(), strict=True):
            boxes.setdefault(region, box)
        return [self._spelled(boxes[region]) if region in boxes else "" for region in range(regions.count)]

    def _spelled(self, box: list[float]) -> str:
        return f"[{','.join(f'{edge:.{self.decimals}f}' for edge in box)}]"

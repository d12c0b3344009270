"""Local crop: a region's crop goes through tower and connector on its own, its visual tokens stand in the text (a
baseline of GAR, appendix C, tables 8 and 9).

Shapes: D width of the language model, K crops, N visual tokens of a picture.
"""

from __future__ import annotations

from torch import Tensor

from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._crop import Crop
from regard.models.encoders._pool import row_counts


class LocalCrop(RegionEncoder):
    """All visual tokens of the crop of a region, cut from the picture at full resolution; no parameters of its own.

    `enlarge`, `least`, `most_frames`: see `Crop`. GAR states neither how much is cut nor the frames of a clip; it also
    gives picture and crop a mask embedding, here they are pixels alone. The crop is seen without regions: what other
    encoders do to the picture, they do not do to it.
    """

    def __init__(self, dims: Dims, enlarge: float = 1.0, least: int = 48, most_frames: int = 8) -> None:
        super().__init__(dims)
        self.crop = Crop(enlarge, least, most_frames)

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the visual tokens of the crops of each region, (frames N, D), frame by frame and row by row."""
        if len(regions.region_M) == 0:
            return super().in_text(maps, regions)
        tokens_KND = self.read(maps.crops[self.crop], maps)
        kept = [min(frames, self.crop.most_frames) for frames in row_counts(regions)]
        return [own_KND.flatten(0, 1) for own_KND in tokens_KND.split(kept)]

    def read(self, tokens_KND: Tensor, maps: FeatureMaps) -> Tensor:
        """Return what stands in the text for the visual tokens of the crops."""
        return tokens_KND

    def tokens_for(self, frames: int) -> int:
        """Return one slot for each visual token of a picture, on at most `most_frames` frames."""
        return min(frames, self.crop.most_frames) * self.dims.picture

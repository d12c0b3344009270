"""Box token: the four numbers of a region's box, encoded as one word (VideoChat-TPO, its tracking prompt).

Shapes: D width of the language model, R regions, M (region, frame) rows sorted by region, then frame.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._pool import first_rows
from regard.models.encoders._settings import at_least


class BoxToken(RegionEncoder):
    """Two linear layers on the box (x1, y1, x2, y2) of the first frame on which the region is given, in 0..1.

    Nothing of the picture enters, and of the region its box alone: two outlines with one box are the same region twice.
    The language model has to find in the visual tokens what lies there. `hidden`: width between the layers. Parameter
    names are those of the release, so that its weights load by name.
    """

    def __init__(self, dims: Dims, hidden: int = 2048) -> None:
        super().__init__(dims)
        at_least("box_token hidden", hidden)
        self.loc_encoder = nn.Sequential(nn.Linear(4, hidden), nn.ReLU(), nn.Linear(hidden, dims.text))

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the encoded box of each region, one (1, D) a region; (0, D) for one on none of the frames."""
        boxes_R4 = regions.boxes_M4[first_rows(regions.region_M)]
        tokens_RD = self.loc_encoder(boxes_R4.to(self.loc_encoder[0].weight.dtype)).to(maps.visual_THWD.dtype)
        present_R = torch.bincount(regions.region_M, minlength=regions.count).clamp_max(1)
        return list(tokens_RD.split(present_R.tolist()))

    def tokens_for(self, frames: int) -> int:
        """Return 1, however many frames show the region; 0 where none does."""
        return min(frames, 1)

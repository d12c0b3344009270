"""Token Mark: one learned mark a region, painted on the visual tokens and written in the text (Omni-RGPT, section 3.1).

Shapes: T frames, H x W visual tokens of a frame (N in all), D width of the language model, R regions, M (region, frame)
rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.core.errors import TooManyRegions
from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs, cover
from regard.models.encoders._pool import first_rows
from regard.models.encoders._settings import at_least, one_of

NAME = "token_mark"


class TokenMark(RegionEncoder):
    """A mark for each region: a residual on the visual tokens it covers, and one token in the text.

    `marks`, `mark_width`: 100 marks of width 256 (section 5.1). In training the marks of a sample
    are drawn without replacement from torch's default generator; otherwise region i gets mark i.
    `frames`: a mark is painted on the `first` frame on which its region is given, as in section 3.2, or on `all` such.
    The shared layer has no bias, so cells and samples without regions keep their visual tokens exactly.
    """

    needs_map = True

    def __init__(self, dims: Dims, marks: int = 100, mark_width: int = 256, frames: str = "first") -> None:
        super().__init__(dims)
        at_least("token_mark mark_width", mark_width)
        self.frames = one_of("token_mark frames", frames, ("first", "all"))
        self.marks = nn.Parameter(torch.empty(at_least("token_mark marks", marks), mark_width))
        self.project = nn.Linear(mark_width, dims.text, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the marks from a normal distribution."""
        nn.init.normal_(self.marks)

    def assign(self, regions: RegionInputs) -> RegionInputs:
        """Choose a mark for each region; marks that were assigned before are kept. Raises `TooManyRegions`."""
        limit = len(self.marks)
        if regions.count > limit:
            raise TooManyRegions(
                f"{regions.count} regions came with one question; this model tells at most {limit} apart. "
                f"Ask about {limit} regions at a time, or build the model with more marks (marks={regions.count})."
            )
        if NAME in regions.assigned:
            return regions
        chosen_R = torch.randperm(limit)[: regions.count] if self.training else torch.arange(regions.count)
        return regions.with_assigned(NAME, chosen_R.to(regions.masks_MHW.device))

    def at_tokens(self, visual_THWD: Tensor, regions: RegionInputs) -> Tensor:
        """Add to each visual token the marks of the regions on it, by the share that each covers (equation 1)."""
        if len(regions.region_M) == 0:
            return visual_THWD
        painted = self._painted(regions)
        region_M, frame_M = regions.region_M[painted], regions.frame_M[painted]
        share_MHW = mark_shares(regions.masks_MHW[painted], frame_M, *visual_THWD.shape[:3])
        share_TRN = share_MHW.new_zeros(len(visual_THWD), regions.count, share_MHW[0].numel())
        share_TRN = share_TRN.index_put((frame_M, region_M), share_MHW.flatten(1)).to(visual_THWD.dtype)
        marks_RD = self._marks(regions).to(visual_THWD.dtype)
        return visual_THWD + torch.einsum("trn,rd->tnd", share_TRN, marks_RD).view_as(visual_THWD).to(visual_THWD.dtype)

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the projected mark of each region, one (1, D) a region."""
        return list(self._marks(regions).to(maps.visual_THWD.dtype).split([1] * regions.count))

    def tokens_for(self, frames: int) -> int:
        """Return 1: a mark is the same on every frame."""
        return 1

    def _marks(self, regions: RegionInputs) -> Tensor:
        """Return the projected mark (R, D) of each region."""
        return self.project(self.marks[self.assign(regions).assigned[NAME]])

    def _painted(self, regions: RegionInputs) -> Tensor:
        """Return which rows are painted: the first row of each region, or all rows."""
        if self.frames == "first":
            return first_rows(regions.region_M)
        return torch.ones_like(regions.region_M, dtype=torch.bool)


def mark_shares(masks_MHW: Tensor, frame_M: Tensor, frames: int, height: int, width: int) -> Tensor:
    """Return how much of each visual token (M, H, W) carries the mark of each row.

    Equation 1 averages the marks at a pixel that several regions cover; then marks are averaged over the cell. Both are
    linear in the marks, so it is enough to normalise and pool the masks: a map of marks at the resolution of the masks
    is never built. The sum of the masks is divided out only where it is above one: the limit of equation 1 for a small
    epsilon, which keeps the share of cells that are covered in part.
    """
    masks_MHW = masks_MHW.float()
    sum_THW = masks_MHW.new_zeros(frames, *masks_MHW.shape[1:]).index_add(0, frame_M, masks_MHW)
    return cover(masks_MHW / sum_THW.clamp_min(1)[frame_M], height, width)

"""Mask pooling: the mean of the features under the region stands in the text (RegionGPT, section 3.1).

Shapes: T frames, H x W cells, C width of the tower, D width of the language model, M (region, frame) rows, R regions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._pool import mean_by_region, pool_rows, soft_weights, spread
from regard.models.encoders._refine import TwoDeconvolutions, refine
from regard.models.encoders._settings import at_least, one_of


class MaskPool(RegionEncoder):
    """One pooled token for each frame on which a region is given, or one for all of them.

    `refine`: two deconvolutions make the map four times finer before regions are read; the image gets it pooled back.
    `projector`: `shared` with the image tokens, as in the paper, or one `own` linear layer, as SpatialRGPT released.
    `per_frame`: a token for each frame (at most `most_frames`, evenly spread), or the mean over the frames.
    `weights`: the share of each cell that is covered (`area`), or `bilinear` samples of the mask, as in that release.
    Parameter names are those of that release, so that its weights load by name.
    """

    def __init__(
        self,
        dims: Dims,
        refine: bool = False,
        projector: str = "shared",
        per_frame: bool = True,
        most_frames: int = 8,
        weights: str = "area",
    ) -> None:
        super().__init__(dims)
        one_of("mask_pool projector", projector, ("shared", "own"))
        self.weights = one_of("mask_pool weights", weights, ("area", "bilinear"))
        self.most_frames = at_least("mask_pool most_frames", most_frames)
        self.per_frame = per_frame
        self.feature_refinement_module = TwoDeconvolutions(dims.vision) if refine else None
        self.rgb_projector = nn.Linear(dims.vision, dims.text) if projector == "own" else None

    def at_features(self, features_THWC: Tensor) -> tuple[Tensor, Tensor]:
        """Return the map for the image tokens and the map for the regions; the same one when there is no refinement."""
        if self.feature_refinement_module is None:
            return features_THWC, features_THWC
        return refine(self.feature_refinement_module, features_THWC)

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the pooled and projected features of each region, one (n, D) a region."""
        kept = spread(regions, self.most_frames) if self.per_frame else slice(None)
        region_M, frame_M = regions.region_M[kept], regions.frame_M[kept]
        height, width = maps.features_THWC.shape[1:3]
        weights_MHW = soft_weights(regions.masks_MHW[kept], height, width, self.weights)
        rows_MC = pool_rows(maps.features_THWC, weights_MHW, frame_M)
        present_R = torch.bincount(region_M, minlength=regions.count)
        if not self.per_frame:
            rows_MC = mean_by_region(rows_MC, region_M, regions.count)[present_R > 0]
            present_R = present_R.clamp_max(1)
        project = maps.project if self.rgb_projector is None else self.rgb_projector
        return list(project(rows_MC.to(maps.features_THWC.dtype)).split(present_R.tolist()))

    def tokens_for(self, frames: int) -> int:
        """Return one slot a frame, at most `most_frames`, or one in all."""
        return min(frames, self.most_frames if self.per_frame else 1)

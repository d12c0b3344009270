"""Object tokens: a pooled token a frame, similar neighbours merged, one to four a region (VideoRefer, section 3.2.2).

Shapes: T frames, H x W cells, C width of the tower, D width of the language model, M (region, frame) rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs, cover
from regard.models.encoders._merge import merge_tokens
from regard.models.encoders._pool import bilinear, pool_rows, row_counts
from regard.models.encoders._settings import at_least, one_of


class ObjectTokens(RegionEncoder):
    """Mask pooling on every frame, Temporal Token Merge to at most `most` tokens, then two linear layers.

    `most`: u of the paper, 4. `ties`: `exact` gives exactly min(k, u) tokens for k frames; `as_released` may give fewer
    when frames are equally alike. `masks`: `area` weighs each cell by its covered share; `as_released` takes every cell
    in which a bilinear sample of the mask is above zero, so that a small region may vanish and pool to the zero vector.
    `merge`: `before` both layers, as released, or `between` them, as in the paper. Parameter names are those of the
    release, so that its weights load by name.
    """

    def __init__(
        self, dims: Dims, most: int = 4, ties: str = "exact", masks: str = "area", merge: str = "before"
    ) -> None:
        super().__init__(dims)
        self.most = at_least("object_tokens most", most)
        self.ties = one_of("object_tokens ties", ties, ("exact", "as_released"))
        self.masks = one_of("object_tokens masks", masks, ("area", "as_released"))
        self.merge = one_of("object_tokens merge", merge, ("before", "between"))
        self.feat_linear = nn.Sequential(nn.Linear(dims.vision, dims.text), nn.GELU(), nn.Linear(dims.text, dims.text))

    def in_text(self, maps: FeatureMaps, regions: RegionInputs) -> list[Tensor]:
        """Return the merged and projected tokens of each region, one (n, D) a region."""
        weights_MHW, epsilon = self._weights(regions.masks_MHW, *maps.features_THWC.shape[1:3])
        rows_MC = pool_rows(maps.features_THWC, weights_MHW, regions.frame_M, epsilon)
        if not regions.count:
            return []
        dtype = maps.features_THWC.dtype
        ahead = 0 if self.merge == "before" else 1  # layers that each frame's token passes before it is merged
        if ahead:
            rows_MC = self.feat_linear[:ahead](rows_MC.to(dtype))
        merged = [merge_tokens(tokens, self.most, self.ties) for tokens in rows_MC.split(row_counts(regions))]
        projected = self.feat_linear[ahead:](torch.cat(merged).to(dtype))
        return list(projected.split([len(tokens) for tokens in merged]))

    def tokens_for(self, frames: int) -> int:
        """Return one slot a frame, at most `most`; ties as released may use fewer."""
        return min(frames, self.most)

    def _weights(self, masks_MHW: Tensor, height: int, width: int) -> tuple[Tensor, float]:
        """Return the weight of each cell, and what the released code adds to their sum."""
        if self.masks == "area":
            return cover(masks_MHW.float(), height, width), 0.0
        return (bilinear(masks_MHW, height, width) > 0).float(), 1e-8

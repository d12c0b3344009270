"""Pooling of many (region, frame) rows at once, and the way from rows back to regions.

Shapes: T frames, H x W cells (N in all), C channels, R regions, M rows sorted by region, then frame; F distinct frames
among the rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.encoders._base import RegionInputs, cover


def row_counts(regions: RegionInputs) -> list[int]:
    """Return for each region how many rows it has; a region that is on none of the frames has 0."""
    return torch.bincount(regions.region_M, minlength=regions.count).tolist()


def spread(regions: RegionInputs, most: int) -> Tensor:
    """Return the positions (into M) of at most `most` rows a region, evenly spread over its frames.

    Of c rows the i-th that is kept is floor((i + 1/2) c / most), the middle of the i-th of `most` equal parts.
    """
    count_R = torch.bincount(regions.region_M, minlength=regions.count)
    start_R = count_R.cumsum(0) - count_R
    rank_M = torch.arange(len(regions.region_M), device=regions.region_M.device) - start_R[regions.region_M]
    count_M = count_R[regions.region_M]
    keep_M = count_M.clamp_max(most)

    def middles_before(rank_M: Tensor) -> Tensor:
        return -torch.div(count_M - 2 * rank_M * keep_M, 2 * count_M, rounding_mode="floor")

    return (middles_before(rank_M + 1) > middles_before(rank_M)).nonzero().flatten()


def first_rows(region_M: Tensor) -> Tensor:
    """Return which rows (M, bool) are the first of their region."""
    first_M = torch.ones_like(region_M, dtype=torch.bool)
    first_M[1:] = region_M[1:] != region_M[:-1]
    return first_M


def bilinear(masks_MHW: Tensor, height: int, width: int) -> Tensor:
    """Resize masks by bilinear samples without antialiasing, as released extractors do; small regions may vanish."""
    masks_M1HW = masks_MHW[:, None].float()
    return nn.functional.interpolate(masks_M1HW, (height, width), mode="bilinear", align_corners=False)[:, 0]


def soft_weights(masks_MHW: Tensor, height: int, width: int, how: str) -> Tensor:
    """Return the weight of each cell: its covered share (`area`), or `bilinear` samples of the mask.

    Where the samples miss a small region altogether, its covered share is used: every region keeps at least one cell.
    """
    area_MHW = cover(masks_MHW.float(), height, width)
    if how == "area":
        return area_MHW
    sampled_MHW = bilinear(masks_MHW, height, width)
    seen_M11 = (sampled_MHW.sum((1, 2)) > 0)[:, None, None]
    return torch.where(seen_M11, sampled_MHW, area_MHW)


def pool_rows(features_THWC: Tensor, weights_MHW: Tensor, frame_M: Tensor, epsilon: float = 0.0) -> Tensor:
    """Return the weighted mean (M, C) of each row's frame, in float32 even under autocast.

    One matrix product a frame, over the frames concerned only: no map is copied for each row.
    `epsilon` is added to the sum of the weights, where a released model did so. Zero weights give the zero vector.
    """
    with torch.autocast(features_THWC.device.type, enabled=False):
        weights_MN = weights_MHW.float().flatten(1)
        total_M1 = weights_MN.sum(1, keepdim=True)
        total_M1 = total_M1 + epsilon if epsilon else total_M1.clamp_min(torch.finfo(torch.float32).tiny)
        return _sums(features_THWC.flatten(1, 2), weights_MN, frame_M) / total_M1


def _sums(features_TNC: Tensor, weights_MN: Tensor, frame_M: Tensor) -> Tensor:
    if len(features_TNC) == 1 or len(weights_MN) == 0:
        return weights_MN @ features_TNC[0].float()
    frames_F, group_M = frame_M.unique(return_inverse=True)
    place_M = _place_in_group(group_M, len(frames_F))
    most = int(place_M.max()) + 1
    grouped_FRN = weights_MN.new_zeros(len(frames_F), most, weights_MN.shape[1])
    grouped_FRN = grouped_FRN.index_put((group_M, place_M), weights_MN)
    return (grouped_FRN @ features_TNC[frames_F].float())[group_M, place_M]


def _place_in_group(group_M: Tensor, groups: int) -> Tensor:
    """Return for each row how many rows before it are of the same group."""
    one_hot_MF = nn.functional.one_hot(group_M, groups)
    return (one_hot_MF.cumsum(0) - 1).gather(1, group_M[:, None])[:, 0]


def mean_by_region(rows_MC: Tensor, region_M: Tensor, count: int) -> Tensor:
    """Return the mean (R, C) of each region's rows in float32; zeros for a region without rows."""
    sums_RC = rows_MC.new_zeros(count, rows_MC.shape[1], dtype=torch.float32).index_add(0, region_M, rows_MC.float())
    return sums_RC / torch.bincount(region_M, minlength=count).clamp_min(1)[:, None]

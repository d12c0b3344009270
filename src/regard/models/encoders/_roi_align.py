"""RoI-align (Mask R-CNN, section 3) as two small matrix products, equal to the published operator with `aligned=True`.

Shapes: T maps, H x W cells, C channels, M boxes, S output cells a side.
"""

from __future__ import annotations

import torch
from torch import Tensor


def roi_align(features_THWC: Tensor, boxes_M4: Tensor, frame_M: Tensor, size: int, samples: int = 2) -> Tensor:
    """Return (M, S, S, C) in float32: the mean of `samples` x `samples` bilinear samples in each cell of a box.

    `boxes_M4`: x1, y1, x2, y2 in cells, the left edge of the first cell being 0. Samples up to one cell before the
    first or after the last centre take the border value, those further away are zero. A bilinear sample is a weight for
    a row times a weight for a column, so a box is a matrix of row weights, the map and one of column weights; nothing
    is gathered or scattered.
    """
    height, width = features_THWC.shape[1:3]
    with torch.autocast(features_THWC.device.type, enabled=False):
        boxes_M4 = boxes_M4.float()
        rows_MSH = axis_weights(boxes_M4[:, 1], boxes_M4[:, 3], height, size, samples)
        columns_MSW = axis_weights(boxes_M4[:, 0], boxes_M4[:, 2], width, size, samples)
        if len(features_THWC) == 1:
            strips_MSWC = torch.einsum("msh,hwc->mswc", rows_MSH, features_THWC[0].float())
        else:
            strips_MSWC = torch.einsum("msh,mhwc->mswc", rows_MSH, features_THWC[frame_M].float())
        return torch.einsum("mtw,mswc->mstc", columns_MSW, strips_MSWC)


def axis_weights(start_M: Tensor, end_M: Tensor, cells: int, size: int, samples: int) -> Tensor:
    """Return the weight (M, S, cells) of each cell along one axis in each of `size` equal parts from start to end."""
    step_M = (end_M - start_M) / size
    offsets = (torch.arange(size * samples, device=start_M.device) + 0.5) / samples
    points_MP = start_M[:, None] - 0.5 + step_M[:, None] * offsets
    inside_MP = (points_MP >= -1) & (points_MP <= cells)
    distance_MPN = points_MP.clamp(0, cells - 1)[..., None] - torch.arange(cells, device=start_M.device)
    weights_MPN = (1 - distance_MPN.abs()).clamp_min(0) * inside_MP[..., None]
    return weights_MPN.unflatten(1, (size, samples)).mean(2)

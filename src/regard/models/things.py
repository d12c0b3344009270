"""The things of a picture, marked by the model itself: each visual token is told of the thing that it lies on.

Small towers say of a cell what it looks like, hardly what it is a part of: a corner of a star does not know the star.
Here the cell asks the mask head for its thing, and what is drawn is read as a region that somebody gave.

Shapes: T frames, H x W visual tokens of a frame (N in all), D width of the language model, C width of the tower, h x w
cells of the map that regions are read from (Z in all), M masks, L cells along a side, K parts along a side of an
outline (`OUTLINE`).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from regard.models.encoders._base import OUTLINE, RegionInputs
from regard.models.encoders._compose import RegionEncoders
from regard.models.heads._mask_points import Place
from regard.models.heads.light_mask import LightMask

LEAST = 1e-3  # cells that a region has at least, where features are averaged


class Things(nn.Module):
    """Adds to each visual token what the region token of the thing under it would be.

    The token, with the place of its square, asks a mask head that reads the regions' map; what it draws is pooled,
    projected and placed as `mask_pool` does with a region. A projection, which begins as the identity, adds that to the
    visual token: what the language model reads from region tokens it then reads from visual tokens too. Where nothing
    is drawn the token has no place, and is told the mean of the map by how likely each cell was.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.told = FromIdentity(width, width, bias=False)

    def forward(
        self,
        visual_THWD: Tensor,
        map_ThwC: Tensor,
        regions: RegionInputs,
        head: LightMask,
        encoders: RegionEncoders,
        project: Callable[[Tensor], Tensor],
    ) -> tuple[Tensor, Tensor]:
        """Return the visual tokens of a sample (T, H, W, D), each told of its thing, and the logits (T, H, W, h, w) of
        the things.

        `regions`: of the sample, for where its picture lies and when its frames are seen. `project`: the connector's.
        """
        map_ThwC = map_ThwC[: len(visual_THWD)]  # without frames that are there for the regions alone
        squares_THWHW = squares(*visual_THWD.shape[:3], visual_THWD.device)
        asked_THWD = visual_THWD + placed(encoders, squares_THWHW, regions).to(visual_THWD.dtype)
        frames = zip(head.cells(map_ThwC, regions.picture).split(1), head.question(asked_THWD), strict=True)
        logits_THWhw = torch.stack([head.compare(cells_1Chw, asked_HWC)[:, :, 0] for cells_1Chw, asked_HWC in frames])
        tokens_THWD = encoders.norm(project(pooled(map_ThwC, logits_THWhw)))
        tokens_THWD = tokens_THWD + placed(encoders, logits_THWhw > 0, regions).to(tokens_THWD.dtype)
        return visual_THWD + self.told(tokens_THWD), logits_THWhw


class FromIdentity(nn.Linear):
    """A projection that begins as the identity."""

    def reset_parameters(self) -> None:
        """Begin anew."""
        nn.init.eye_(self.weight)


def squares(frames: int, rows: int, columns: int, device: torch.device) -> Tensor:
    """Return the square of each visual token as a mask (T, H, W, H, W)."""
    one_HWHW = torch.eye(rows * columns, device=device).view(rows, columns, rows, columns)
    return one_HWHW.expand(frames, -1, -1, -1, -1)


def pooled(map_ThwC: Tensor, logits_THWhw: Tensor) -> Tensor:
    """Return the mean (T, H, W, C) of the map under each mask, in float32 even under autocast; differentiable in the
    mask.
    """
    with torch.autocast(map_ThwC.device.type, enabled=False):
        shares_TNZ = logits_THWhw.float().sigmoid().flatten(3).flatten(1, 2)
        sums_TNC = shares_TNZ @ map_ThwC.float().flatten(1, 2)
        means_TNC = sums_TNC / shares_TNZ.sum(-1, keepdim=True).clamp_min(LEAST)
    return means_TNC.to(map_ThwC.dtype).unflatten(1, logits_THWhw.shape[1:3])


def placed(encoders: RegionEncoders, masks_THWhw: Tensor, regions: RegionInputs) -> Tensor:
    """Return the embedding (T, H, W, D) of where masks lie and of their outlines."""
    frames, rows, columns = masks_THWhw.shape[:3]
    masks_Mhw = masks_THWhw.float().flatten(0, 2)
    times_T = masks_Mhw.new_tensor(regions.times or (0.0,))[:frames].expand(frames)
    place_M6, outline_MKK = place_of(masks_Mhw, regions.picture, times_T.repeat_interleave(rows * columns))
    return encoders.place.of(place_M6, outline_MKK).view(frames, rows, columns, -1)


def place_of(masks_Mhw: Tensor, picture: Place, time_M: Tensor) -> tuple[Tensor, Tensor]:
    """Return places (M, 6) and outlines (M, K, K) of masks of 0 and 1, as `RegionInputs` has them; an empty one lies at
    0.

    `picture`: where the picture lies among the cells (x1, y1, x2, y2), in [0, 1].
    """
    height, width = masks_Mhw.shape[1:]
    x1, y1, x2, y2 = picture
    wide, high = (x2 - x1) * width, (y2 - y1) * height
    left_M, right_M, x_M = _along(masks_Mhw.sum(1))
    top_M, bottom_M, y_M = _along(masks_Mhw.sum(2))
    share_M = masks_Mhw.sum((1, 2)) / (wide * high)
    place_M5 = [
        (x_M - x1 * width) / wide,
        (y_M - y1 * height) / high,
        (right_M - left_M) / wide,
        (bottom_M - top_M) / high,
        share_M.sqrt(),
    ]
    place_M6 = torch.stack([*place_M5, time_M], dim=-1).clamp(0, 1) * (share_M > 0)[:, None]
    across_MKw, down_MKh = _parts(left_M, right_M, width), _parts(top_M, bottom_M, height)
    return place_M6, down_MKh @ masks_Mhw @ across_MKw.transpose(1, 2)


def _along(sums_ML: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return where masks begin and end along an axis and their centres there, in cells; 0 for an empty one."""
    length = sums_ML.shape[1]
    at_L = torch.arange(length, device=sums_ML.device, dtype=sums_ML.dtype)
    seen_ML = sums_ML > 0
    first_M = torch.where(seen_ML, at_L, length).amin(-1) * seen_ML.any(-1)
    end_M = torch.where(seen_ML, at_L + 1, 0).amax(-1)
    return first_M, end_M, (sums_ML * (at_L + 0.5)).sum(-1) / sums_ML.sum(-1).clamp_min(1)


def _parts(start_M: Tensor, end_M: Tensor, cells: int) -> Tensor:
    """Return the share (M, K, cells) that each cell along an axis has of each of K equal parts from start to end."""
    at_K1 = torch.arange(OUTLINE + 1, device=start_M.device) / OUTLINE
    edges_MK1 = start_M[:, None] + (end_M - start_M)[:, None] * at_K1
    at_L = torch.arange(cells, device=start_M.device, dtype=start_M.dtype)
    ends_MKL = torch.minimum(edges_MK1[:, 1:, None], at_L + 1)
    shared_MKL = (ends_MKL - torch.maximum(edges_MK1[:, :-1, None], at_L)).clamp_min(0)
    return shared_MKL * OUTLINE / (end_M - start_M).clamp_min(1)[:, None, None]

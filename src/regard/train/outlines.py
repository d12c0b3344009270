"""Teach a mask head before anybody calls it: a region's own token asks for the region's outline.

The language model learns to call the head much sooner when what it has to write is a vector that the head reads
already, and region tokens are vectors that it knows. Shapes: M = R x T drawn masks, R regions of a sample, T frames, C
width of the head, h x w cells of its masks.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from regard.models.encoders._base import RegionInputs
from regard.models.heads import _mask_losses as losses
from regard.models.heads.light_mask import LightMask
from regard.models.model import Encoded
from regard.regions.geometry import overlap_ratio
from regard.train.dense import cell_shown

WEIGHTS = losses.MaskWeights(cross_entropy=8.0, dice=2.0)  # over all cells, most of which are empty


def outline_loss(
    head: LightMask, encoded: Encoded, outlines: Sequence[RegionInputs]
) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of drawing every region of a batch, and the mean IoU of what is drawn.

    `encoded`: what `RegardModel.encode` returns. `outlines`: the same regions with their true
    masks; on frames without one nothing is to be drawn. Any of a region's tokens asks, drawn at random, since a user
    gives any frame. The IoU is that of frames with a mask. Without any region, or any token of one, the loss is 0.
    """
    rows = zip(encoded.features, encoded.in_text, outlines, strict=True)
    drawn = [_drawn(head, *row) for row in rows if any(map(len, row[1]))]
    if not drawn:
        return encoded.features[0].new_zeros(()), {}
    terms = torch.stack([_loss(logits_Mhw, true_Mhw) for logits_Mhw, true_Mhw in drawn]).mean()
    there = torch.cat([_iou(logits_Mhw, true_Mhw) for logits_Mhw, true_Mhw in drawn])
    return terms, {"iou": float(there.mean())} if len(there) else {}


def things_loss(drawn: Sequence[Tensor], things: Sequence[RegionInputs]) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of drawing the thing under each visual token of a batch, and the mean IoU where there is one.

    `drawn`: logits (T, H, W, h, w) as `RegardModel.encode` returns them; `things`: all things of each sample, with
    their true masks on the frames that the language model sees. Tokens that lie on nothing draw nothing; together they
    weigh as much as all others do. On the CPU.
    """
    pairs = [(found.float().flatten(0, 2), _under(found, sample)) for found, sample in zip(drawn, things, strict=True)]
    shown_M = torch.cat([true_Mhw.flatten(1).any(1) for _, true_Mhw in pairs])
    terms = [losses.cross_entropy_and_dice(found_Mhw.flatten(1), true_Mhw.flatten(1)) for found_Mhw, true_Mhw in pairs]
    crossed_M, dice_M = (torch.cat(part) for part in zip(*terms, strict=True))
    terms_M = WEIGHTS.cross_entropy * crossed_M + WEIGHTS.dice * dice_M
    parts = [terms_M[part_M].mean() for part_M in (shown_M, ~shown_M) if part_M.any()]
    overlaps = torch.cat([_iou(*pair) for pair in pairs])
    return torch.stack(parts).mean(), {"things iou": float(overlaps.mean())} if len(overlaps) else {}


def _under(logits_THWhw: Tensor, things: RegionInputs) -> Tensor:
    """Return how much of each cell belongs to the thing under each visual token (T x H x W, h, w); of none, nothing."""
    true_Mhw = F.interpolate(things.masks_MHW[:, None].float(), size=logits_THWhw.shape[-2:], mode="area")[:, 0]
    frames = []
    for frame, logits_HWhw in enumerate(logits_THWhw):
        own_Mhw = true_Mhw[things.frame_M == frame]
        shown_HW = cell_shown([mask_hw.numpy() for mask_hw in own_Mhw], *logits_HWhw.shape[:2])
        frames.append(torch.cat([torch.zeros_like(logits_HWhw[:1, 0]), own_Mhw])[torch.from_numpy(shown_HW).flatten()])
    return torch.cat(frames)


def _drawn(
    head: LightMask, map_THWM: Tensor, tokens: Sequence[Tensor], outlines: RegionInputs
) -> tuple[Tensor, Tensor]:
    """Return the logits (R x T, h, w) that one token of each region asks for, and how much of each cell is its."""
    cells_TChw = head.cells(map_THWM, outlines.picture)
    one_of = [int(torch.randint(len(token_nD), ())) for token_nD in tokens]
    asked_RC = head.question(torch.stack([token_nD[at] for token_nD, at in zip(tokens, one_of, strict=True)]))
    logits_RThw = head.compare(cells_TChw, asked_RC).float()
    true_M1hw = F.interpolate(outlines.masks_MHW[:, None].float(), size=logits_RThw.shape[-2:], mode="area")
    true_RThw = torch.zeros_like(logits_RThw)
    true_RThw[outlines.region_M, outlines.frame_M] = true_M1hw[:, 0]
    return logits_RThw.flatten(0, 1), true_RThw.flatten(0, 1)


def _loss(logits_Mhw: Tensor, true_Mhw: Tensor) -> Tensor:
    terms = losses.weighed([losses.cross_entropy_and_dice(logits_Mhw.flatten(1), true_Mhw.flatten(1))], WEIGHTS)
    return terms["cross_entropy"] + terms["dice"]


def _iou(logits_Mhw: Tensor, true_Mhw: Tensor) -> Tensor:
    """Return the IoU of each mask where there is something to draw."""
    there_M = true_Mhw.flatten(1).any(1)
    found_Mhw, true_Mhw = logits_Mhw[there_M] > 0, true_Mhw[there_M] > 0.5
    return overlap_ratio((found_Mhw & true_Mhw).sum((1, 2)), found_Mhw.sum((1, 2)), true_Mhw.sum((1, 2)))

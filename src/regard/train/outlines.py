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
from regard.models.heads._mask_points import WHOLE
from regard.models.heads.light_mask import LightMask
from regard.models.model import Encoded

WEIGHTS = losses.MaskWeights(cross_entropy=8.0, dice=2.0)  # over all cells, most of which are empty


def outline_loss(
    head: LightMask, encoded: Encoded, outlines: Sequence[RegionInputs]
) -> tuple[Tensor, dict[str, float]]:
    """Return the loss of drawing every region of a batch, and the mean IoU of what is drawn.

    `encoded`: what `RegardModel.encode` returns for square pictures. `outlines`: the same regions with their true
    masks; on frames without one nothing is to be drawn. Any of a region's tokens asks, drawn at random, since a user
    gives any frame. The IoU is that of frames with a mask. Without any region the loss is 0.
    """
    drawn = [_drawn(head, *row) for row in zip(encoded.features, encoded.in_text, outlines, strict=True) if row[1]]
    if not drawn:
        return encoded.features[0].new_zeros(()), {}
    terms = torch.stack([_loss(logits_Mhw, true_Mhw) for logits_Mhw, true_Mhw in drawn]).mean()
    there = torch.cat([_iou(logits_Mhw, true_Mhw) for logits_Mhw, true_Mhw in drawn])
    return terms, {"iou": float(there.mean())} if len(there) else {}


def _drawn(
    head: LightMask, map_THWM: Tensor, tokens: Sequence[Tensor], outlines: RegionInputs
) -> tuple[Tensor, Tensor]:
    """Return the logits (R x T, h, w) that one token of each region asks for, and how much of each cell is its."""
    cells_TChw = head.cells(map_THWM, WHOLE)
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
    both_M, either_M = (found_Mhw & true_Mhw).sum((1, 2)), (found_Mhw | true_Mhw).sum((1, 2))
    return both_M / either_M.clamp_min(1)

"""What a mask should be and how far it is from that.

Shapes: N points, h x w cells of a map, H x W pixels of the media.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from regard.core.errors import DataError
from regard.models.heads._mask_points import WHOLE, Place, at, doubtful, grid
from regard.regions import rle


@dataclass(frozen=True)
class MaskWeights:
    """Weights of the terms: those of Sa2VA (arXiv 2501.04001), and 1 for VideoChat-TPO's prompt."""

    cross_entropy: float = 2.0
    dice: float = 0.5
    prompt: float = 1.0


def true_rle(known: Mapping[str, Any], frame: int, size: tuple[int, int]) -> dict[str, Any] | None:
    """Return the true mask of a frame, None where it is not known; JSON's text keys count too.

    Raises `DataError` where nothing is said of masks, `RegionError` for an RLE that is damaged or not of the media's
    `size` (width, height).
    """
    masks = known.get("masks")
    if not isinstance(masks, Mapping):
        raise DataError(
            f"a sample says nothing of its masks, it has {sorted(known)}; give facts['masks'], {{frame: COCO RLE}}, "
            "with an empty mask where the thing is not there"
        )
    given = masks.get(frame, masks.get(str(frame)))
    return None if given is None else rle.validate(given, size)


def mask_terms(logits_hw: Tensor, place: Place, truth: Mapping[str, Any], points: int | None) -> tuple[Tensor, Tensor]:
    """Return cross-entropy and dice of a map against the RLE of its picture.

    They are compared at `points` drawn where the map is in doubt, as Sa2VA does; with None in the middles of as many
    cells as the map has. In dice one is added above and below, so that an empty mask is answered well by an empty one.
    """
    logits_hw = logits_hw.float()
    mask_HW = torch.from_numpy(rle.decode(truth)).to(logits_hw)
    if points is None:
        where_N2 = grid(*logits_hw.shape, logits_hw.device)
    else:
        where_N2 = doubtful(logits_hw.detach(), place, points)
    return cross_entropy_and_dice(at(logits_hw, place, where_N2), at(mask_HW, WHOLE, where_N2))


def cross_entropy_and_dice(found_N: Tensor, true_N: Tensor) -> tuple[Tensor, Tensor]:
    """Return cross-entropy and dice of logits against the share of a mask at the same points; of masks (M, N) those of
    each (M,).
    """
    share_N = found_N.sigmoid()
    dice = 1 - (2 * (share_N * true_N).sum(-1) + 1) / (share_N.sum(-1) + true_N.sum(-1) + 1)
    return F.binary_cross_entropy_with_logits(found_N, true_N, reduction="none").mean(-1), dice


def weighed(terms: list[tuple[Tensor, Tensor]], weights: MaskWeights) -> dict[str, Tensor]:
    """Return the weighted means of `mask_terms` over masks, by name."""
    crossed, dice = (torch.stack(values).mean() for values in zip(*terms, strict=True))
    return {"cross_entropy": weights.cross_entropy * crossed, "dice": weights.dice * dice}

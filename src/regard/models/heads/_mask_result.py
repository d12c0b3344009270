"""What a mask head finds: the pixels of the media's frames that a call asks for.

Shapes: h x w cells of a map, H x W pixels of the media.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from regard.models.heads._mask_points import Place, at, grid
from regard.regions import rle


@dataclass(frozen=True)
class FrameMask:
    """A mask on one frame: its COCO RLE at the resolution of the media, which may hold no pixel, and a score in 0..1.
    Which score it is, the head says.
    """

    frame: int
    rle: Mapping[str, Any]
    score: float


@dataclass(frozen=True)
class Masks:
    """The masks that one call asked for, in order of frames."""

    masks: tuple[FrameMask, ...]


def inside(logits_hw: Tensor, place: Place, size: tuple[int, int]) -> tuple[dict[str, Any], float]:
    """Return the pixels whose logit is above 0, as an RLE of media of `size` (width, height), and the mean probability
    of these pixels, 0 where there are none.
    """
    width, height = size
    logits_HW = at(logits_hw.detach().float(), place, grid(height, width, logits_hw.device)).view(height, width)
    found_HW = logits_HW > 0
    sure = torch.sigmoid(logits_HW[found_HW]).mean().item() if found_HW.any() else 0.0
    return rle.encode(found_HW.cpu().numpy()), sure

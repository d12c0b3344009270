"""What a mask head finds: the pixels of the media's frames that a call asks for.

Shapes: h x w cells of a map, H x W pixels of the media.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from regard.core.errors import DataError
from regard.models.heads._base import NOT_FINITE
from regard.models.heads._edges import to_edges
from regard.models.heads._mask_points import Place, at, grid
from regard.regions import rle
from regard.regions.pieces import piece_sizes

OUTSIDE = np.float32(-10)  # the logit of what is surely outside


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


def inside(
    logits_hw: Tensor,
    place: Place,
    size: tuple[int, int],
    least_piece: float = 0.0,
    picture_HW3: np.ndarray | None = None,
) -> tuple[dict[str, Any], float]:
    """Return the pixels whose logit is above 0, as an RLE of media of `size` (width, height), and the mean probability
    of these pixels, 0 where there are none.

    `least_piece`: pieces smaller than this share of the largest are left out. `picture_HW3`: the frame, uint8 RGB, for
    pixels that end where its colours change (`to_edges`). Raises `DataError` for logits that are not finite.
    """
    width, height = size
    if not torch.isfinite(logits_hw).all():
        raise DataError(f"a mask has logits that are {NOT_FINITE}")
    logits_HW = at(logits_hw.detach().float(), place, grid(height, width, logits_hw.device)).view(height, width).cpu()
    read_HW = (logits_HW > 0).numpy()
    found_HW = without_specks(read_HW, least_piece)
    if picture_HW3 is not None and found_HW.any():
        specks_HW = read_HW & ~found_HW
        edged_HW = to_edges(np.where(specks_HW, OUTSIDE, logits_HW.numpy()), picture_HW3)
        found_HW = without_specks(edged_HW, least_piece)
    sure = torch.sigmoid(logits_HW[torch.from_numpy(found_HW)])
    return rle.encode(found_HW), sure.mean().item() if len(sure) else 0.0


def without_specks(mask_HW: np.ndarray, least_piece: float) -> np.ndarray:
    """Return a mask without the pieces that are smaller than a share of its largest; pixels that touch at a corner are
    one piece.
    """
    size_HW = piece_sizes(mask_HW)
    return mask_HW & (size_HW >= least_piece * size_HW.max())

"""The things of a picture as the model marks them itself: places to look at that nobody has pointed at.

Shapes: H x W visual tokens (N in all), h x w cells of what they draw.
"""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import Tensor

from regard.models.encoders._base import FeatureMaps
from regard.models.heads._mask_result import Masks
from regard.models.heads.light_mask import LightMask
from regard.models.model import RegardModel
from regard.prompts.answer import Found
from regard.prompts.sample import Media
from regard.regions import rle
from regard.regions.geometry import mask_iou

MOST = 16
SAME = 0.5  # overlap (IoU) from which two marks are of one thing
LEAST = 0.6  # how sure a mark is at least


def marked(model: RegardModel, maps: FeatureMaps, picture: Media) -> list[Found]:
    """Return what a model marks on a picture itself, the surest first; nothing where it does not mark things.

    `maps`: what it saw. Raises `DataError` for numbers that are not finite.
    """
    if maps.things_THWhw is None:
        return []
    name = model.config.things
    found = proposals(model.heads.of(name), maps.things_THWhw[0], picture)
    return [Found(name, 0, one.masks[0].score, asdict(one)) for one in found]


def proposals(head: LightMask, logits_HWhw: Tensor, picture: Media) -> list[Masks]:
    """Return what the visual tokens of a picture lie on, each thing once, the surest first, at most `MOST`.

    `logits_HWhw`: what each token drew, as `Things` gives it. A mark is as sure as its cells are on average, and left
    out below `LEAST`; of two that overlap by half the surer stays; one without a pixel in the picture is none.
    Raises `DataError` for logits that are not finite.
    """
    logits_Nhw = logits_HWhw.flatten(0, 1).float()
    marked_Nhw = logits_Nhw > 0
    sure_N = (logits_Nhw.sigmoid() * marked_Nhw).sum((1, 2)) / marked_Nhw.sum((1, 2)).clamp_min(1)
    same_NN = mask_iou(marked_Nhw, marked_Nhw) >= SAME
    found: list[Masks] = []
    left_N = sure_N >= LEAST
    while left_N.any() and len(found) < MOST:
        surest = int(torch.where(left_N, sure_N, -1.0).argmax())
        left_N &= ~same_NN[surest]
        drawn = head.draw([(0, logits_Nhw[surest])], picture)
        if rle.area(drawn.masks[0].rle):
            found.append(drawn)
    return found

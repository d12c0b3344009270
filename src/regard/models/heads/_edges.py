"""The pixels of a mask that a small model drew: near the border that was read, where the head is not sure, they go with
the colours of the picture (GrabCut: Rother et al. 2004, "GrabCut: interactive foreground extraction using iterated
graph cuts").

Shapes: H x W pixels of a frame.
"""

from __future__ import annotations

import cv2
import numpy as np

SURE = 3.0  # the logit beyond which a pixel stays inside, or outside
NEAR = 0.12  # how far from the border that was read a pixel may change, in parts of the side of a square as large
NEAREST = 3.0  # but so many pixels of the part at least
SIDE = 96  # pixels along the longer side of the part that is looked at
ENLARGED = 2.0  # how much larger a small part is made at most
MARGIN = 0.15  # what is seen around the part, in parts of its longer side
LEAST = 8  # pixels of a mask that has edges
KEPT = 0.6  # the overlap (IoU) below which what was found is another thing


def to_edges(logits_HW: np.ndarray, picture_HW3: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) of a mask whose logits are float32, ending where the colours of the picture, uint8 RGB,
    change.

    A mask comes back as it was read, its logits above 0, where it is tiny or all sure, and where what the colours say
    is hardly the same mask. The same logits and picture give the same pixels.
    """
    read_HW = logits_HW > 0
    if np.count_nonzero(read_HW) < LEAST:
        return read_HW
    part = _around(logits_HW > -SURE)
    marked = _marked(logits_HW[part], picture_HW3[part])
    if marked is None:
        return read_HW
    found_HW = np.zeros_like(read_HW)
    height, width = found_HW[part].shape
    if height < len(marked):
        found_HW[part] = cv2.resize(marked, (width, height), interpolation=cv2.INTER_AREA) > 0.5
    else:
        found_HW[part] = cv2.resize(cv2.GaussianBlur(marked, (5, 5), 0), (width, height)) > 0.5  # no stairs
    both, either = np.count_nonzero(found_HW & read_HW), np.count_nonzero(found_HW | read_HW)
    return found_HW if both > KEPT * either else read_HW


def _around(doubtful_HW: np.ndarray) -> tuple[slice, slice]:
    """Return the part of the picture that holds all pixels that may be inside, and something around them."""
    ys, xs = np.flatnonzero(doubtful_HW.any(1)), np.flatnonzero(doubtful_HW.any(0))
    margin = max(4, round(MARGIN * max(ys[-1] - ys[0], xs[-1] - xs[0])))
    return slice(max(ys[0] - margin, 0), ys[-1] + 1 + margin), slice(max(xs[0] - margin, 0), xs[-1] + 1 + margin)


def _marked(logits_hw: np.ndarray, picture_hw3: np.ndarray) -> np.ndarray | None:
    """Return 1 inside and 0 outside (float32) at the size that is worked at, None where nothing is in doubt."""
    height, width = logits_hw.shape
    scale = min(SIDE / max(height, width), ENLARGED)
    size = max(round(width * scale), 2), max(round(height * scale), 2)
    picture_hw3 = cv2.resize(picture_hw3, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    logits_hw = cv2.resize(logits_hw, size, interpolation=cv2.INTER_LINEAR)
    read_hw = logits_hw > 0
    sure_hw = (np.abs(logits_hw) > SURE) | _far_from_border(read_hw)
    if read_hw.all() or not read_hw.any() or sure_hw.all():
        return None
    outside_hw = np.where(sure_hw, cv2.GC_BGD, cv2.GC_PR_BGD)
    marks_hw = np.where(read_hw, np.where(sure_hw, cv2.GC_FGD, cv2.GC_PR_FGD), outside_hw).astype(np.uint8)
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(picture_hw3), marks_hw, None, *models, 1, cv2.GC_INIT_WITH_MASK)
    return ((marks_hw == cv2.GC_FGD) | (marks_hw == cv2.GC_PR_FGD)).astype(np.float32)


def _far_from_border(read_hw: np.ndarray) -> np.ndarray:
    near = max(NEAREST, NEAR * np.sqrt(np.count_nonzero(read_hw)))
    deep_hw, away_hw = (cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 3) for side in (read_hw, ~read_hw))
    return np.maximum(deep_hw, away_hw) > near

"""Masks that a small model drew, snapped to the colours of the picture: near the border that was read, where the head
is not sure, GrabCut decides (Rother et al. 2004, "GrabCut: interactive foreground extraction using iterated graph
cuts").

Shapes: H x W pixels of a frame.
"""

from __future__ import annotations

import cv2
import numpy as np

from regard.media.grabcut import cut
from regard.regions.geometry import overlap_ratio

SURE = 3.0  # the logit beyond which a pixel stays inside, or outside
NEAR = 0.12  # how far from the read border a pixel may change: this share of the root of the mask's area
NEAREST = 3.0  # and at least so many pixels at the working size
SIDE = 96  # working size: pixels along the longer side of the part that is looked at
ENLARGED = 2.0  # how much larger a small part is made at most
MARGIN = 0.25  # what is seen around the mask, in parts of its longer side
LEAST = 8  # pixels; smaller masks stay as they were read
KEPT = 0.6  # the overlap (IoU) with what was read below which another thing was found


def to_edges(logits_HW: np.ndarray, picture_HW3: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) of a mask whose logits are float32, ending where the colours of the picture, uint8 RGB,
    change.

    A mask comes back as it was read, its logits above 0, where it is tiny or all sure, and where what the colours say
    is hardly the same mask. The same logits and picture give the same pixels.
    """
    read_HW = logits_HW > 0
    if np.count_nonzero(read_HW) < LEAST:
        return read_HW
    part = _around(read_HW)
    marked_hw = _marked(logits_HW[part], picture_HW3[part])
    if marked_hw is None:
        return read_HW
    found_HW = np.zeros_like(read_HW)
    found_HW[part] = _resized(marked_hw, logits_HW[part])
    shared, found, read = (np.count_nonzero(mask_HW) for mask_HW in (found_HW & read_HW, found_HW, read_HW))
    return found_HW if overlap_ratio(shared, found, read) > KEPT else read_HW


def _around(read_HW: np.ndarray) -> tuple[slice, slice]:
    """Return the part of the picture that holds a mask, and all around it that may become inside."""
    ys, xs = np.flatnonzero(read_HW.any(1)), np.flatnonzero(read_HW.any(0))
    margin = max(4, round(MARGIN * max(ys[-1] - ys[0], xs[-1] - xs[0])))
    return slice(max(ys[0] - margin, 0), ys[-1] + 1 + margin), slice(max(xs[0] - margin, 0), xs[-1] + 1 + margin)


def _resized(marked_hw: np.ndarray, logits_HW: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) inside of a part that was marked at its working size; what is sure stays."""
    height, width = logits_HW.shape
    if height < len(marked_hw):
        found_HW = cv2.resize(marked_hw, (width, height), interpolation=cv2.INTER_AREA) > 0.5
    else:
        found_HW = cv2.resize(cv2.GaussianBlur(marked_hw, (5, 5), 0), (width, height)) > 0.5  # no stairs
    return np.where(np.abs(logits_HW) > SURE, logits_HW > 0, found_HW)


def _marked(logits_hw: np.ndarray, picture_hw3: np.ndarray) -> np.ndarray | None:
    """Return 1 inside and 0 outside (float32) at the size that is worked at, None where nothing is in doubt."""
    height, width = logits_hw.shape
    scale = min(SIDE / max(height, width), ENLARGED)
    size = max(round(width * scale), 2), max(round(height * scale), 2)
    picture_hw3 = cv2.resize(picture_hw3, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    logits_hw = cv2.resize(logits_hw, size, interpolation=cv2.INTER_LINEAR)
    read_hw = logits_hw > 0
    if read_hw.all() or not read_hw.any():
        return None
    sure_hw = (np.abs(logits_hw) > SURE) | _far_from_border(read_hw)
    if sure_hw.all():
        return None
    outside_hw = np.where(sure_hw, cv2.GC_BGD, cv2.GC_PR_BGD)
    marks_hw = np.where(read_hw, np.where(sure_hw, cv2.GC_FGD, cv2.GC_PR_FGD), outside_hw).astype(np.uint8)
    return cut(picture_hw3, marks_hw, rounds=1).astype(np.float32)


def _far_from_border(read_hw: np.ndarray) -> np.ndarray:
    """Return the pixels (h, w) that are too far from the border of a mask to change sides."""
    near = max(NEAREST, NEAR * np.sqrt(np.count_nonzero(read_hw)))
    deep_hw, away_hw = (cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 3) for side in (read_hw, ~read_hw))
    return np.maximum(deep_hw, away_hw) > near

"""Masks over a clip: region similarity J, contour accuracy F and J&F.

J is the IoU of a frame's masks, F the F-measure of their outlines within a tolerance (Perazzi et al. 2016, section 4),
both as the published DAVIS 2017 evaluator computes them: the outline lies half a pixel towards the origin, and the
tolerance is a disk whose radius is 0.8 % of the frame's diagonal, rounded up to whole pixels.

Where neither the truth nor the prediction has a pixel, a frame counts 1 for J and F; where only one of them has, 0.
What is averaged differs by benchmark (`RULES`):

- `davis`: semi-supervised DAVIS; the first frame, where the mask is given, and the last are left out; one score an
  object.
- `mevis`: all frames; the objects of an expression are one mask; an expression without a prediction counts 0.
- `ref_youtube_vos`: as `mevis` on the annotated frames. Its scorer runs on a server and is not public: unverified.

Results are shares, 0..1. T: frames, H, W: height and width in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot

import cv2
import numpy as np

from regard.core.errors import DataError, not_found
from regard.regions.geometry import mask_area, overlap_ratio

TOLERANCE = 0.008
RULES = {"davis": slice(1, -1), "mevis": slice(None), "ref_youtube_vos": slice(None)}


@dataclass(frozen=True)
class MaskScore:
    """How one object's masks fare over a clip: mean region similarity and mean contour accuracy, 0..1."""

    similarity: float
    accuracy: float

    @property
    def both(self) -> float:
        """J&F, the mean of the two."""
        return (self.similarity + self.accuracy) / 2


def score_clip(predicted_THW: np.ndarray | None, truth_THW: np.ndarray, rule: str = "mevis") -> MaskScore:
    """Return J and F of one object over a clip, or of all objects of an expression joined.

    predicted_THW, truth_THW: masks, anything non-zero being inside; None where nothing was predicted, which counts 0.
    Raises `NotFound` for an unknown rule and `DataError` for masks of different shapes or a clip in which the rule
    leaves no frame.
    """
    if rule not in RULES:
        raise not_found("rule", rule, RULES)
    truth_THW = np.asarray(truth_THW)[RULES[rule]]
    if predicted_THW is None:
        return MaskScore(0.0, 0.0)
    predicted_THW = np.asarray(predicted_THW)[RULES[rule]]
    if not len(truth_THW):
        raise DataError(f"the rule {rule!r} leaves no frame of this clip; it needs more frames")
    similarity_T = region_similarity(predicted_THW, truth_THW)
    accuracy_T = contour_accuracy(predicted_THW, truth_THW)
    return MaskScore(float(similarity_T.mean()), float(accuracy_T.mean()))


def mean_score(scores: Sequence[MaskScore]) -> MaskScore:
    """Return the mean over objects or expressions, each counting once however long its clip is; 0 for none."""
    if not scores:
        return MaskScore(0.0, 0.0)
    similarity = np.mean([score.similarity for score in scores])
    return MaskScore(float(similarity), float(np.mean([score.accuracy for score in scores])))


def region_similarity(predicted_THW: np.ndarray, truth_THW: np.ndarray) -> np.ndarray:
    """Return J, the IoU of the two masks of each frame, (T,); 1 where both are empty.

    Raises `DataError` for masks of different shapes.
    """
    predicted_THW, truth_THW = _checked(predicted_THW, truth_THW)
    shared_T = mask_area(predicted_THW & truth_THW)
    return overlap_ratio(shared_T, mask_area(predicted_THW), mask_area(truth_THW), empty=1.0)


def contour_accuracy(predicted_THW: np.ndarray, truth_THW: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """Return F, the F-measure of the two outlines of each frame, (T,); 1 where neither mask has an outline.

    tolerance: radius as a share of the frame's diagonal, or in pixels from 1 on. A mask that fills the whole frame has
    no outline. Raises `DataError` for masks of different shapes.
    """
    predicted_THW, truth_THW = _checked(predicted_THW, truth_THW)
    radius = int(tolerance if tolerance >= 1 else ceil(tolerance * hypot(*truth_THW.shape[1:])))
    pairs = zip(predicted_THW, truth_THW, strict=True)
    return np.array([_outline_measure(outline(one), outline(other), radius) for one, other in pairs])


def outline(mask_HW: np.ndarray) -> np.ndarray:
    """Return the outline of a mask: bool (H, W), True where the pixel to the right, below or both differs."""
    inside = np.asarray(mask_HW) != 0
    padded = np.pad(inside, ((0, 1), (0, 1)), mode="edge")
    edge = (inside != padded[:-1, 1:]) | (inside != padded[1:, :-1])
    edge[:-1, :-1] |= inside[:-1, :-1] != inside[1:, 1:]
    return edge


def _outline_measure(predicted_HW: np.ndarray, truth_HW: np.ndarray, radius: int) -> float:
    if not predicted_HW.any() or not truth_HW.any():
        return float(predicted_HW.any() == truth_HW.any())
    precision = (predicted_HW & _grown(truth_HW, radius)).sum() / predicted_HW.sum()
    recall = (truth_HW & _grown(predicted_HW, radius)).sum() / truth_HW.sum()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def _grown(edge_HW: np.ndarray, radius: int) -> np.ndarray:
    steps = np.arange(-radius, radius + 1)
    disk = (steps[:, None] ** 2 + steps[None, :] ** 2 <= radius**2).astype(np.uint8)
    return cv2.dilate(edge_HW.astype(np.uint8), disk) > 0


def _checked(predicted_THW: np.ndarray, truth_THW: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    predicted_THW, truth_THW = np.asarray(predicted_THW) != 0, np.asarray(truth_THW) != 0
    if predicted_THW.ndim != 3 or predicted_THW.shape != truth_THW.shape:
        raise DataError(
            f"the predicted masks have the shape {predicted_THW.shape}, the true ones {truth_THW.shape}; both need the"
            " same (frames, height, width)"
        )
    return predicted_THW, truth_THW

"""Moments and highlights in a clip: temporal IoU, R@1, mIoU, MR-mAP, highlight mAP and HIT@1.

The figures are those of QVHighlights' published evaluator (Lei et al. 2021; `standalone_eval` of moment_detr), which
Charades-STA's R@1 and mIoU agree with. Every function scores one query; a benchmark takes the mean over queries, in
which a query without a prediction counts 0.

Units: spans are (start, end) in seconds, predictions (start, end, score); clips are the 2-second pieces of
QVHighlights; results are shares, 0..1.

Traps: R@1 takes the span that is listed first, mAP sorts by score; mAP reads ten spans and no more; a query counts for
a length range when one of its true spans has that length, but its predictions are not filtered by length, so a long
prediction is a false alarm among the short ones. A true clip counts for a highlight level by each annotator alone for
mAP and by any of them for HIT@1. A reversed span covers nothing; a span with NaN is never right (in the published
evaluator it passes every threshold of mAP: `nan_passes`). Spans beyond the end are not clipped.

L: spans, M: true spans, T: thresholds, C: clips, A: annotators.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from regard.core.errors import DataError
from regard.regions.geometry import span_iou

THRESHOLDS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
LENGTHS = {"short": (0.0, 10.0), "middle": (10.0, 30.0), "long": (30.0, 150.0)}
LEVELS = {"Fair": 2, "Good": 3, "VeryGood": 4}
MOST_SPANS = 10
CLIP_SECONDS = 2


def best_iou(span: Sequence[float], truths_M2: Sequence[Sequence[float]]) -> float:
    """Return the temporal IoU of one span with the true span it fits best; 0 where there is no true span."""
    truths_M2 = spans(truths_M2, 2)
    if not len(truths_M2):
        return 0.0
    return float(_overlaps(spans([span[:2]], 2), truths_M2).max())


def recall_at_one(ious: Sequence[float], threshold: float) -> float:
    """Return the share of queries whose first span has an IoU of at least `threshold`; ious: `best_iou` of each."""
    return float(np.mean(np.asarray(ious, dtype=float) >= threshold)) if len(ious) else 0.0


def mean_iou(ious: Sequence[float]) -> float:
    """Return the mean IoU of the queries' first spans (mIoU)."""
    return float(np.mean(ious)) if len(ious) else 0.0


def of_length(truths_M2: Sequence[Sequence[float]], name: str) -> np.ndarray:
    """Return the true spans (.., 2) longer than the lower bound of a length range and not longer than its upper one.

    name: "short", "middle" or "long". A query without any such span does not count for the range.
    """
    truths_M2 = spans(truths_M2, 2)
    low, high = LENGTHS[name]
    length_M = truths_M2[:, 1] - truths_M2[:, 0]
    return truths_M2[(length_M > low) & (length_M <= high)]


def average_precision(
    predictions_L3: Sequence[Sequence[float]],
    truths_M2: Sequence[Sequence[float]],
    thresholds: Sequence[float] = THRESHOLDS,
    *,
    nan_passes: bool = False,
) -> np.ndarray:
    """Return the average precision of one query's scored spans at each IoU threshold, (T,).

    Interpolated as in ActivityNet's evaluator: in the order of the scores each prediction takes the best true span
    that is still free. Equal scores keep their order. Of the predictions the first ten listed are read. nan_passes: a
    span with NaN finds any true span, as in the published evaluator.
    """
    predictions_L3, truths_M2 = spans(predictions_L3, 3)[:MOST_SPANS], spans(truths_M2, 2)
    if not len(predictions_L3) or not len(truths_M2):
        return np.zeros(len(thresholds))
    order_L = np.argsort(-predictions_L3[:, 2], kind="stable")
    ious_LM = _overlaps(predictions_L3[order_L, :2], truths_M2)
    if nan_passes:
        ious_LM[np.isnan(predictions_L3[order_L, :2]).any(axis=1)] = 1.0
    found = [_hits(ious_LM, threshold) for threshold in thresholds]
    return np.array([_area(hits_L, len(truths_M2)) for hits_L in found])


def saliency_levels(duration: float, clips: Sequence[int], scores: Sequence[Sequence[int]]) -> np.ndarray:
    """Return the annotators' saliency of every clip, (C, A), 0 where none was given.

    duration: seconds; clips: indices of the clips that were scored; scores: 0 (very bad) to 4 (very good), one a clip
    and annotator. Raises `DataError` when they are not equally many, or a clip lies beyond the end.
    """
    if len(clips) != len(scores) or not len(scores):
        raise DataError(f"{len(clips)} clips have {len(scores)} saliency scores; each clip needs its own")
    count = int(duration / CLIP_SECONDS)
    if not all(0 <= clip < count for clip in clips):
        raise DataError(f"clip {max(clips)} lies outside {duration:g} seconds, which have the clips 0 to {count - 1}")
    levels_CA = np.zeros((count, len(scores[0])))
    levels_CA[list(clips)] = scores
    return levels_CA


def highlight_precision(saliency: Sequence[float], levels_CA: np.ndarray, level: str = "VeryGood") -> float:
    """Return the average precision of a curve of saliency (one number a clip), mean over annotators.

    A curve that is too long is cut, one that is too short is filled with 0, as published: write numbers that mean
    something beside 0, or one for each clip. An annotator who gave no clip this level counts 0.
    """
    curve_C = np.zeros(len(levels_CA))
    given = np.nan_to_num(np.asarray(saliency, dtype=float), nan=-np.inf)[: len(curve_C)]
    curve_C[: len(given)] = given
    positive_CA = levels_CA >= LEVELS[level]
    return float(np.mean([_curve_precision(curve_C, positive_C) for positive_C in positive_CA.T]))


def highlight_hit(saliency: Sequence[float], levels_CA: np.ndarray, level: str = "VeryGood") -> float:
    """Return 1.0 when any annotator gave the clip of highest saliency at least this level (HIT@1), else 0.0.

    The first of equally high clips is taken; a clip beyond the end is no hit.
    """
    if not len(saliency) or np.isnan(np.asarray(saliency, dtype=float)).all():
        return 0.0
    best = int(np.nanargmax(saliency))
    return float(best < len(levels_CA) and levels_CA[best].max() >= LEVELS[level])


def spans(values: Sequence[Sequence[float]], width: int) -> np.ndarray:
    """Return spans as an array (.., width). Raises `DataError` for another shape or what is no number."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise DataError(f"spans are lists of {width} numbers; these are not: {error}") from error
    if array.size == 0:
        return np.zeros((0, width))
    if array.ndim != 2 or array.shape[1] != width:
        raise DataError(f"spans are lists of {width} numbers; these have the shape {array.shape}")
    return array


def _overlaps(spans_L2: np.ndarray, truths_M2: np.ndarray) -> np.ndarray:
    """Return all IoUs (L, M); a span that is not finite covers nothing."""
    finite_L = np.isfinite(spans_L2).all(axis=1)
    return span_iou(np.where(finite_L[:, None], spans_L2, 0.0), truths_M2)


def _hits(ious_LM: np.ndarray, threshold: float) -> np.ndarray:
    """Return which predictions, best first, find a true span that no earlier one has taken."""
    free_M = np.ones(ious_LM.shape[1], dtype=bool)
    hits_L = np.zeros(len(ious_LM), dtype=bool)
    for index, ious_M in enumerate(ious_LM):
        for place in np.argsort(ious_M)[::-1]:
            if ious_M[place] >= threshold and free_M[place]:
                hits_L[index], free_M[place] = True, False
                break
    return hits_L


def _area(hits_L: np.ndarray, truths: int) -> float:
    """Return the area under the interpolated precision-recall curve."""
    found_L = np.cumsum(hits_L)
    precision_L = found_L / np.arange(1, len(hits_L) + 1)
    recall_L = np.concatenate([[0.0], found_L / truths])
    best_L = np.maximum.accumulate(precision_L[::-1])[::-1]
    return float(np.sum(np.diff(recall_L) * best_L))


def _curve_precision(curve_C: np.ndarray, positive_C: np.ndarray) -> float:
    """Return the mean, over the recalls that are reached, of the best precision at that recall or a higher one.

    Clips of equal saliency come together. Each value of recall counts once, however many clips it brings, unlike in
    the usual average precision.
    """
    if positive_C.all() or not positive_C.any():
        return float(positive_C.all())
    order_C = np.argsort(-curve_C, kind="stable")
    last = np.append(np.flatnonzero(np.diff(curve_C[order_C])), len(curve_C) - 1)
    found = np.cumsum(positive_C[order_C])[last]
    precision = np.maximum.accumulate((found / (last + 1))[::-1])[::-1]
    return float(np.mean(precision[np.diff(found, prepend=0) > 0]))

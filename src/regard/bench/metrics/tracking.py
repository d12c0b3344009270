"""Boxes over a clip: success, precision and normalised precision (LaSOT), AO and SR (GOT-10k).

Two published readings of LaSOT's figures exist and give different numbers (`RULES`):

- `pytracking`: the one most papers print. A frame without the target counts as a failure in every figure. Normalised
  precision is its value at 0.20.
- `got10k_toolkit`: only frames whose truth is no box at all (NaN) are left out. Normalised precision is the mean over
  51 thresholds from 0 to 0.5.

In both, success is the share of frames whose IoU is above a threshold, mean over 21 thresholds from 0 to 1 (Wu et al.
2013; Fan et al. 2019, section 4), so that perfect boxes score 20/21; precision is the share of frames whose centre is
at most 20 pixels off; the first frame, where the box is given, counts as right. Figures are taken per clip, then
averaged over clips. GOT-10k (Huang et al. 2019, section 4) pools the frames of all clips, leaves out the first frame
and those in which nothing of the target is visible, and brings boxes into the picture first.

Traps: a box without area is replaced by the one before it by `pytracking`; predictions beyond the last frame are cut;
missing ones are an error, never zeros. Files hold x, y, width, height; here boxes are (x1, y1, x2, y2) in pixels, x2
and y2 exclusive, as everywhere in the package. Results are shares, 0..1. T: frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regard.core.errors import DataError, not_found
from regard.regions.geometry import aligned_box_iou

RULES = ("pytracking", "got10k_toolkit")
OVERLAPS = np.linspace(0, 1, 21)
NORMALISED = np.linspace(0, 0.5, 51)
PIXELS = 20.0
NORMALISED_AT = 0.2


@dataclass(frozen=True)
class TrackScore:
    """How one clip's boxes fare: area under the success curve, precision and normalised precision, 0..1."""

    success: float
    precision: float
    normalised_precision: float


def score_track(
    predicted_T4: np.ndarray, truth_T4: np.ndarray, visible_T: np.ndarray | None = None, rule: str = "pytracking"
) -> TrackScore:
    """Return LaSOT's three figures of one clip.

    predicted_T4, truth_T4: boxes in pixels; NaN in the truth where there is no box. visible_T: False where the target
    is out of view or fully hidden (all visible when None); `got10k_toolkit` does not look at it. Raises `NotFound` for
    an unknown rule and `DataError` for too few predictions or ones that are no boxes, for other than one flag a frame,
    and for a first frame without a true box.
    """
    if rule not in RULES:
        raise not_found("rule", rule, RULES)
    predicted_T4, truth_T4 = _checked(predicted_T4, truth_T4)
    known_T = ~np.isnan(truth_T4).any(axis=1)
    if not len(known_T) or not known_T[0]:
        raise DataError("the first frame has no true box, so there was nothing to track")
    if rule == "got10k_toolkit":
        predicted_T4, truth_T4 = predicted_T4[known_T], truth_T4[known_T]
        counted_T = np.ones(len(truth_T4), dtype=bool)
    else:
        predicted_T4 = _without_gaps(predicted_T4)
        seen_T = np.ones(len(truth_T4), dtype=bool) if visible_T is None else _flags(visible_T, len(truth_T4))
        counted_T = known_T & (np.nan_to_num(_sides(truth_T4)) > 0).all(axis=1) & seen_T
    predicted_T4[0] = truth_T4[0]
    return _score(predicted_T4, truth_T4, counted_T, rule)


def mean_score(scores: Sequence[TrackScore]) -> TrackScore:
    """Return the mean over clips, each counting once however long it is; 0 for none."""
    if not scores:
        return TrackScore(0.0, 0.0, 0.0)
    rows = [(score.success, score.precision, score.normalised_precision) for score in scores]
    return TrackScore(*map(float, np.mean(rows, axis=0)))


def visible_overlaps(
    predicted_T4: np.ndarray, truth_T4: np.ndarray, cover_T: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Return the IoU of the frames of one clip that GOT-10k measures, (measured frames,).

    cover_T: visible share of the target, 0 where it is absent (the file's 0 to 8 serves as well); size: (width,
    height) of the picture. Pool these over clips for `average_overlap` and `success_rate`. Boxes are brought into the
    picture as published: the corner is moved inside first, then what sticks out on the far side is cut; a box that
    begins left of the picture is so moved, not cut.
    """
    predicted_T4, truth_T4 = _checked(predicted_T4, truth_T4)
    measured_T = (np.asarray(cover_T) > 0) & (np.arange(len(truth_T4)) > 0)
    return aligned_box_iou(_moved_inside(predicted_T4[measured_T], size), _moved_inside(truth_T4[measured_T], size))


def average_overlap(overlaps: np.ndarray) -> float:
    """Return AO, the mean IoU of all measured frames."""
    return float(np.mean(overlaps)) if len(overlaps) else 0.0


def success_rate(overlaps: np.ndarray, threshold: float = 0.5) -> float:
    """Return SR, the share of measured frames whose IoU is above `threshold` (0.5 and 0.75 are published)."""
    return float(np.mean(np.asarray(overlaps) > threshold)) if len(overlaps) else 0.0


def _score(predicted_T4: np.ndarray, truth_T4: np.ndarray, counted_T: np.ndarray, rule: str) -> TrackScore:
    """Return the figures; frames that do not count are failures and stay in the denominator."""
    overlap_T = np.where(counted_T, aligned_box_iou(predicted_T4, truth_T4), -1.0)
    apart_T2 = (predicted_T4[:, :2] + predicted_T4[:, 2:] - truth_T4[:, :2] - truth_T4[:, 2:]) / 2
    official = rule == "pytracking"
    scale_T2 = np.where(counted_T[:, None], _sides(truth_T4), 1.0) if official else _sides(truth_T4).clip(min=1)
    pixels_T = np.where(counted_T, np.hypot(*apart_T2.T), np.inf)
    shares_T = np.where(counted_T, np.hypot(*(apart_T2 / scale_T2).T), np.inf)
    limits = np.array([NORMALISED_AT]) if official else NORMALISED
    return TrackScore(
        success=float(np.mean(overlap_T[:, None] > OVERLAPS)),
        precision=float(np.mean(pixels_T <= PIXELS)),
        normalised_precision=float(np.mean(shares_T[:, None] <= limits)),
    )


def _checked(predicted_T4: np.ndarray, truth_T4: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    predicted_T4, truth_T4 = np.array(predicted_T4, dtype=float), np.array(truth_T4, dtype=float)
    if predicted_T4.shape[1:] != (4,) or truth_T4.shape[1:] != (4,):
        raise DataError(f"boxes are (frames, 4); these are {predicted_T4.shape}, the true ones {truth_T4.shape}")
    if len(predicted_T4) < len(truth_T4):
        raise DataError(f"{len(predicted_T4)} boxes were predicted for {len(truth_T4)} frames; every frame needs one")
    predicted_T4 = predicted_T4[: len(truth_T4)]
    bad = np.flatnonzero(~np.isfinite(predicted_T4).all(axis=1) | (_sides(predicted_T4) < 0).any(axis=1))
    if len(bad):
        raise DataError(f"the box of frame {bad[0]}, {predicted_T4[bad[0]].tolist()}, is none: x1 <= x2 and y1 <= y2")
    return predicted_T4, truth_T4


def _flags(visible_T: np.ndarray, frames: int) -> np.ndarray:
    flags_T = np.asarray(visible_T).astype(bool)
    if flags_T.shape != (frames,):
        raise DataError(f"{flags_T.shape} says of each frame whether the target is visible; expected ({frames},)")
    return flags_T


def _without_gaps(predicted_T4: np.ndarray) -> np.ndarray:
    """Return the boxes with each one that has no width or no height replaced by the one before it."""
    filled_T4 = predicted_T4.copy()
    for frame in np.flatnonzero((_sides(predicted_T4) == 0).any(axis=1)):
        filled_T4[frame] = filled_T4[max(frame - 1, 0)]
    return filled_T4


def _moved_inside(boxes_T4: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    corner_T2 = boxes_T4[:, :2].clip(0, size)
    return np.concatenate([corner_T2, corner_T2 + _sides(boxes_T4).clip(0, np.array(size) - corner_T2)], axis=1)


def _sides(boxes_T4: np.ndarray) -> np.ndarray:
    return boxes_T4[:, 2:] - boxes_T4[:, :2]

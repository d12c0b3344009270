"""Boxes and names: COCO's mean average precision, referring expressions at IoU 0.5, names of given boxes.

Average precision is pycocotools' (COCO detection, 101 recall points, IoU 0.50:0.05:0.95, at most 100 boxes a picture).
Boxes are (x1, y1, x2, y2) in pixels of one declared frame, x2 and y2 exclusive; results are shares, 0..1.

Traps: a box is read in the unit that was declared, never in the one that scores better; a referring expression is
right by IoU, not by generalised IoU, which is stricter; an item without a box is wrong and stays in the denominator.
Where a text model names given boxes (RegionGPT, section 4.2) there is no score to rank by, so every name has the score
1, and mAP is that of the names alone: every box is right.
"""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from regard.core.errors import DataError
from regard.regions.geometry import aligned_box_iou, box_area, box_iou

Box = Sequence[float]
THRESHOLDS = np.minimum(np.linspace(0.5, 0.95, 10), 1 - 1e-10)
RECALLS = np.linspace(0.0, 1.0, 101)
FIGURES = ("mAP", "AP50", "AP75", "AP small", "AP medium", "AP large", "AR 1", "AR 10", "AR 100")


@dataclass(frozen=True)
class Found:
    """A named box in a picture: true (score unused), or predicted with a score.

    area: pixels of the object's mask, by which COCO tells small from large; the box's own where it is None. crowd: a
    true box around many things, which is neither found nor missed.
    """

    picture: str
    name: str
    box: Box
    score: float = 1.0
    area: float | None = None
    crowd: bool = False


def average_precision(truths: Sequence[Found], predictions: Sequence[Found]) -> dict[str, float | None]:
    """Return COCO's figures by name (`FIGURES`), mean over the names that occur among the truths.

    A prediction with a name that is not among the truths, in whatever picture, changes nothing, as in COCO. A figure
    without any true box of its size is None. Raises `DataError` for a box or score that is no number, an inverted box
    and no truth at all.
    """
    if not truths:
        raise DataError("there is no true box, so there is nothing to measure")
    pictures = {name: place for place, name in enumerate(sorted({row.picture for row in (*truths, *predictions)}), 1)}
    names = {name: place for place, name in enumerate(sorted({row.name for row in truths}), 1)}
    coco = COCO()
    coco.dataset = {
        "images": [{"id": place} for place in pictures.values()],
        "categories": [{"id": place} for place in names.values()],
        "annotations": [_row(index, row, pictures, names) for index, row in enumerate(truths, 1)],
    }
    kept = [row for row in predictions if row.name in names]
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        found = COCO()
        found.dataset = coco.dataset | {"annotations": [_row(i, row, pictures, names) for i, row in enumerate(kept, 1)]}
        found.createIndex()
        evaluation = COCOeval(coco, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {name: float(value) if value >= 0 else None for name, value in zip(FIGURES, evaluation.stats, strict=False)}


def expressions_found(predicted: Sequence[Box | None], truths_N4: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Return which referring expressions were found, bool (N,): IoU of box and true box at least `threshold`.

    predicted: a box each, None where the answer held none. A box that is inverted or holds NaN is not right. Raises
    `DataError` for other than one prediction an expression.
    """
    truths_N4 = np.asarray(truths_N4, dtype=float).reshape(-1, 4)
    if len(predicted) != len(truths_N4):
        raise DataError(f"{len(predicted)} boxes were predicted for {len(truths_N4)} expressions; each needs one")
    boxes_N4 = np.array([[np.nan] * 4 if box is None else box for box in predicted], dtype=float).reshape(-1, 4)
    sound_N = np.isfinite(boxes_N4).all(axis=1)
    return sound_N & (aligned_box_iou(np.where(sound_N[:, None], boxes_N4, 0.0), truths_N4) >= threshold)


def naming(
    truths: Sequence[Found], answers: Sequence[str | None], names: Sequence[str], scores: Sequence[float] | None = None
) -> dict[str, float | None]:
    """Return accuracy and COCO's mAP of names given to true boxes (RegionGPT's region classification).

    answers: one name a true box, None where none could be read; a name that is not among `names` is wrong and counts
    for no name. scores: how sure the model is, 1 for all where it does not say.
    """
    if len(answers) != len(truths):
        raise DataError(f"{len(answers)} names came for {len(truths)} boxes; each needs one, or None")
    listed = set(names)
    rows = zip(truths, answers, scores or [1.0] * len(truths), strict=True)
    given = [Found(row.picture, name, row.box, score) for row, name, score in rows if name in listed]
    right = sum(row.name == name for row, name in zip(truths, answers, strict=True))
    return {"accuracy": right / max(1, len(truths)), "mAP": average_precision(truths, given)["mAP"]}


@dataclass(frozen=True)
class NamedPicture:
    """How the names given to the true boxes of one picture fare: by name, its number of true boxes, and which boxes
    with that name find one, bool (thresholds, boxes).
    """

    positives: Mapping[str, int]
    hits: Mapping[str, np.ndarray]


def named_picture(truths: Sequence[Found], answers: Sequence[str | None]) -> NamedPicture:
    """Match the names given to the true boxes of one picture, as COCO's evaluation does: box by box, each with the
    free true box of that name that it fits best, at every threshold.
    """
    boxes_N4 = np.array([row.box for row in truths], dtype=float).reshape(-1, 4)
    ious_NN = box_iou(boxes_N4, boxes_N4)
    names, hits = np.array([row.name for row in truths]), {}
    for name in sorted({answer for answer in answers if answer is not None}):
        given = [place for place, answer in enumerate(answers) if answer == name]
        hits[name] = _matches(ious_NN[np.ix_(given, np.flatnonzero(names == name))])
    return NamedPicture(Counter(row.name for row in truths), hits)


def named_precision(pictures: Sequence[NamedPicture]) -> float:
    """Return COCO's mAP of names given to true boxes, over the names that occur among the truths; 0 for none.

    It is that of `naming`, from pictures that were matched before, so that it can be taken again of a part of them.
    """
    positives: Counter[str] = Counter()
    hits: dict[str, list[np.ndarray]] = {}
    for picture in pictures:
        positives.update(picture.positives)
        for name, found in picture.hits.items():
            hits.setdefault(name, []).append(found)
    areas = [
        _area(np.concatenate(hits[name], axis=1), count) if name in hits else 0.0 for name, count in positives.items()
    ]
    return float(np.mean(areas)) if areas else 0.0


def _matches(ious_PM: np.ndarray) -> np.ndarray:
    """Return which of P boxes, in their order, find one of M true boxes that none before has, (thresholds, P)."""
    hits = np.zeros((len(THRESHOLDS), len(ious_PM)), dtype=bool)
    for row, threshold in enumerate(THRESHOLDS):
        free_M = np.ones(ious_PM.shape[1], dtype=bool)
        for place, ious_M in enumerate(ious_PM):
            open_M = np.where(free_M & (ious_M >= threshold), ious_M, -1.0)
            if len(open_M) and open_M.max() >= 0:
                best = len(open_M) - 1 - int(open_M[::-1].argmax())  # the last of equal ones, as published
                hits[row, place], free_M[best] = True, False
    return hits


def _area(hits_TP: np.ndarray, positives: int) -> float:
    """Return the mean over thresholds of the interpolated precision at 101 recalls."""
    found_TP = np.cumsum(hits_TP, axis=1)
    precision_TP = found_TP / np.arange(1, hits_TP.shape[1] + 1)
    best_TP = np.maximum.accumulate(precision_TP[:, ::-1], axis=1)[:, ::-1]
    best_TP = np.concatenate([best_TP, np.zeros((len(best_TP), 1))], axis=1)
    places = [np.searchsorted(found_P / positives, RECALLS, side="left") for found_P in found_TP]
    return float(np.mean([best_P[at] for best_P, at in zip(best_TP, places, strict=True)]))


def _row(index: int, row: Found, pictures: dict[str, int], names: dict[str, int]) -> dict[str, Any]:
    x1, y1, x2, y2 = map(float, row.box)
    if not np.isfinite([x1, y1, x2, y2, row.score]).all() or x2 < x1 or y2 < y1:
        raise DataError(
            f"the box {list(row.box)} of {row.name!r} in {row.picture!r} is none, or its score is no number"
        )
    area = float(box_area([row.box])[0]) if row.area is None else row.area
    return {
        "id": index,
        "image_id": pictures[row.picture],
        "category_id": names[row.name],
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "area": area,
        "score": row.score,
        "iscrowd": int(row.crowd),
    }

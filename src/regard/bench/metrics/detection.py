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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from regard.core.errors import DataError
from regard.regions.geometry import aligned_box_iou, box_area

Box = Sequence[float]
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

"""How answers that are places and times fare in the drawn world: boxes, masks, tracks, moments, and "not there"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from regard.bench._base import Score
from regard.bench._boxes import found_box
from regard.data.world.reading import normalise
from regard.prompts import tasks
from regard.regions import rle
from regard.regions.geometry import box_iou, mask_iou, span_iou

ENOUGH = 0.5  # overlap of a box or a span that was found
NOT_THERE = "not there"
HIGHLIGHT = "moments, HIT@1"
WANTED = {"locate": {"box", "masks"}, "segment": {"masks"}, "track": {"masks"}, "moments": {"spans"}}


def score(skill: str, truths: Sequence[Mapping[str, Any]], answer: Any) -> Score:
    """Score an answer: a text, or {"text": .., "found": what task heads found in it}.

    `truths`: of each thing that is there. locate: the share of boxes that overlap a true one by half, of those found or
    there, whichever are more. segment, track: the mean overlap (IoU) over the frames that are answered about and on
    which something is there or was found. moments: whether the best span overlaps a true one by half; beside it, where
    there is a curve, HIT@1: whether its highest second lies in a true span by half of the second, or by half of the
    span where that is shorter. What a head found that was not asked for is no answer.
    """
    text, found = (answer, []) if isinstance(answer, str) else (answer["text"], answer["found"])
    results = [one["result"] for one in found if WANTED[skill] & one["result"].keys()]
    absent = not found and normalise(text) == tasks.NONE
    if not truths:
        return Score(float(absent), readable=absent or bool(results))
    if not results:
        return Score(0.0, readable=absent)
    if skill == "locate":
        count = max(len(results), len(truths))
        return Score(float(_boxes_right(results, truths)), float(count))
    if skill == "moments":
        return Score(float(_moment_right(results[0], truths[0])), parts=_highlight(results[0], truths[0]))
    return Score(_overlap(results[0], truths[0]))


def _boxes_right(results: Sequence[Mapping[str, Any]], truths: Sequence[Mapping[str, Any]]) -> int:
    """Count true boxes that a found one overlaps by half; every found box counts once, the best pairs first."""
    boxes = [box for result in results if (box := found_box(result)) is not None]
    if not boxes:
        return 0
    overlaps = box_iou(np.array(boxes, float), np.array([truth["box"] for truth in truths], float))
    right = 0
    while overlaps.size and overlaps.max() >= ENOUGH:
        row, column = np.unravel_index(overlaps.argmax(), overlaps.shape)
        overlaps[row], overlaps[:, column] = 0.0, 0.0
        right += 1
    return right


def _overlap(result: Mapping[str, Any], truth: Mapping[str, Any]) -> float:
    masks = {int(frame): mask for frame, mask in truth["masks"].items()}
    pairs = [(rle.decode(one["rle"]), rle.decode(masks[one["frame"]])) for one in result["masks"]]
    there = [(found, true) for found, true in pairs if found.any() or true.any()]
    overlaps = [float(mask_iou(found[None], true[None])[0, 0]) for found, true in there]
    return sum(overlaps) / len(overlaps) if overlaps else 1.0


def _moment_right(result: Mapping[str, Any], truth: Mapping[str, Any]) -> bool:
    if not result["spans"]:
        return False
    best = max(result["spans"], key=lambda span: span["score"])
    overlaps = span_iou(np.array([[best["start"], best["end"]]]), np.array(truth["moments"], float))
    return bool(overlaps.max() >= ENOUGH)


def _highlight(result: Mapping[str, Any], truth: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    if not result["saliency"]:
        return {}
    second = int(np.argmax(result["saliency"]))
    starts, ends = np.array(truth["moments"], float).T
    shared = np.minimum(ends, second + 1) - np.maximum(starts, second)
    return {HIGHLIGHT: (float((shared >= ENOUGH * np.minimum(ends - starts, 1)).any()), 1.0)}

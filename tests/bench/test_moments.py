"""Moments and highlights: hand-worked queries, and every figure that QVHighlights' evaluator printed for its sample."""

import gzip
import json

import numpy as np
import pytest
from oracles import FOLDER, needs

from regard.bench.metrics import moments
from regard.core.errors import DataError

TRUTH = [[10, 20], [40, 60]]


def test_the_best_true_span_counts():
    assert moments.best_iou([12, 22], TRUTH) == pytest.approx(8 / 12)
    assert moments.best_iou([40, 60, 0.3], TRUTH) == 1.0
    assert moments.best_iou([0, 5], TRUTH) == 0.0


@pytest.mark.parametrize("span", [[20, 10], [15, 15], [float("nan"), 20], [10, float("nan")], [-5, -1]])
def test_a_span_that_covers_nothing_is_never_right(span):
    assert moments.best_iou(span, TRUTH) == 0.0
    assert moments.average_precision([[*span, 0.9]], TRUTH).tolist() == [0.0] * 10


def test_spans_beyond_the_end_are_not_clipped():
    assert moments.best_iou([50, 70], [[50, 60]]) == 0.5
    assert moments.best_iou([0, float("inf")], TRUTH) == 0.0


def test_no_prediction_and_no_truth_score_nothing():
    assert moments.average_precision([], TRUTH).max() == 0.0
    assert moments.average_precision([[10, 20, 1]], []).max() == 0.0
    assert moments.best_iou([1, 2], []) == 0.0
    assert moments.recall_at_one([], 0.5) == moments.mean_iou([]) == 0.0


def test_what_is_no_span_is_refused():
    for wrong in ([[1, 2]], [[1, 2, 3], [1, 2]], [["a", 1, 2]], "later", [1, 2, 3]):
        with pytest.raises(DataError, match="spans are lists of 3 numbers"):
            moments.average_precision(wrong, TRUTH)


def test_recall_at_one_takes_what_reaches_the_threshold():
    assert moments.recall_at_one([0.5, 0.7, 0.49, 0.0], 0.5) == 0.5
    assert moments.mean_iou([0.5, 0.7]) == pytest.approx(0.6)


def test_average_precision_by_hand():
    """Ranked by score: right, wrong, right. Interpolated precision 1 up to recall 1/2, then 2/3."""
    given = [[0, 5, 0.5], [40, 60, 0.4], [10, 20, 0.9]]
    assert moments.average_precision(given, TRUTH) == pytest.approx(np.full(10, (1 + 2 / 3) / 2))


def test_a_true_span_is_found_once():
    twice = moments.average_precision([[10, 20, 0.9], [10, 20, 0.8]], TRUTH)
    assert twice == pytest.approx(np.full(10, 0.5))


def test_ten_predictions_are_read():
    given = [[0, 1, 1.0]] * 10 + [[10, 20, 2.0], [40, 60, 2.0]]
    assert moments.average_precision(given, TRUTH).max() == 0.0


def test_length_ranges_hold_their_upper_bound():
    spans = [[0, 10], [0, 10.5], [0, 30], [0, 31], [5, 5]]
    assert [len(moments.of_length(spans, name)) for name in moments.LENGTHS] == [1, 2, 1]


def test_saliency_by_hand():
    levels = moments.saliency_levels(8, [1, 2], [[4, 1], [2, 4]])
    assert levels.tolist() == [[0, 0], [4, 1], [2, 4], [0, 0]]
    assert moments.highlight_hit([0.1, 0.9, 0.2, 0.0], levels) == 1.0
    assert moments.highlight_hit([0.9, 0.1, 0.2, 0.0], levels) == 0.0
    assert moments.highlight_precision([0.1, 0.9, 0.2, 0.0], levels) == pytest.approx((1 + 1 / 2) / 2)
    assert moments.highlight_precision([0.1, 0.9, 0.2, 0.0], levels, "Fair") == pytest.approx((1 + 1 / 2) / 2)


def test_equal_saliency_comes_together():
    levels = moments.saliency_levels(8, [0], [[4]])
    assert moments.highlight_precision([1, 1, 1, 1], levels) == pytest.approx(1 / 4)
    assert moments.highlight_precision([], levels) == pytest.approx(1 / 4)


def test_a_curve_is_cut_and_filled():
    levels = moments.saliency_levels(4, [1], [[4]])
    assert moments.highlight_precision([0.1, 0.5, 9.0], levels) == 1.0
    assert moments.highlight_hit([0.1, 0.5, 9.0], levels) == 0.0
    assert moments.highlight_precision([-1.0], levels) == 1.0


def test_an_annotator_without_the_level_counts_nothing():
    levels = moments.saliency_levels(4, [0, 1], [[4, 0], [4, 0]])
    assert moments.highlight_precision([1, 2], levels) == 0.5


def test_a_curve_of_nan_hits_nothing():
    levels = moments.saliency_levels(4, [0, 1], [[4], [1]])
    assert moments.highlight_hit([float("nan")] * 2, levels) == 0.0
    assert moments.highlight_hit([], levels) == 0.0
    assert moments.highlight_precision([float("nan"), 0.0], levels) == pytest.approx(1 / 2)


@pytest.mark.parametrize("clips, scores", [([4], [[1]]), ([-1], [[1]]), ([0, 1], [[1]]), ([], [])])
def test_saliency_that_does_not_fit_is_refused(clips, scores):
    with pytest.raises(DataError):
        moments.saliency_levels(8, clips, scores)


@needs("qvhighlights")
def test_the_published_evaluator_is_reproduced_to_the_printed_digit():
    folder = FOLDER / "qvhighlights"
    truths, given = (
        {row["qid"]: row for row in map(json.loads, gzip.decompress((folder / name).read_bytes()).splitlines())}
        for name in ("highlight_val_release.jsonl.gz", "sample_val_preds.jsonl.gz")
    )
    recorded = json.loads((folder / "sample_val_preds_metrics_raw.json").read_text())
    found = {name: _moment_figures(name, truths, given) for name in ("full", *moments.LENGTHS)}
    assert found == {name: recorded[name] for name in found}
    levels = {
        key: moments.saliency_levels(row["duration"], row["relevant_clip_ids"], row["saliency_scores"])
        for key, row in truths.items()
    }
    for name in moments.LEVELS:
        curves = [(given[key]["pred_saliency_scores"], levels[key], name) for key in truths]
        assert recorded[f"HL-min-{name}"] == {
            "HL-mAP": _printed(np.mean([moments.highlight_precision(*curve) for curve in curves])),
            "HL-Hit1": _printed(np.mean([moments.highlight_hit(*curve) for curve in curves])),
        }


def _moment_figures(name, truths, given):
    spans = {key: row["relevant_windows"] for key, row in truths.items()}
    if name != "full":
        spans = {key: moments.of_length(row, name) for key, row in spans.items()}
    spans = {key: row for key, row in spans.items() if len(row)}
    windows = {key: given[key]["pred_relevant_windows"] for key in spans}
    precision = np.mean([moments.average_precision(windows[key], spans[key]) for key in spans], axis=0)
    ious = [moments.best_iou(windows[key][0], spans[key]) for key in spans]
    names = [str(threshold) for threshold in moments.THRESHOLDS]
    return {
        "MR-mAP": dict(zip(names, map(_printed, precision), strict=True)) | {"average": _printed(precision.mean())},
        "MR-R1": {one: _printed(moments.recall_at_one(ious, float(one))) for one in names},
    }


def _printed(share):
    return float(f"{100 * share:.2f}")

"""Success, precision, AO and SR: hand-worked tracks, absent frames, and the two readings in use."""

import numpy as np
import pytest

from regard.bench.metrics import tracking
from regard.core.errors import DataError, NotFound

TRUTH = np.tile([10.0, 10.0, 50.0, 30.0], (4, 1))
NOTHING = np.full(4, np.nan)


def test_perfect_boxes_score_what_they_can():
    """No overlap is above 1, so the last of the 21 thresholds is never passed."""
    for rule in tracking.RULES:
        score = tracking.score_track(TRUTH, TRUTH, rule=rule)
        assert (score.success, score.precision, score.normalised_precision) == (pytest.approx(20 / 21), 1.0, 1.0)


def test_one_box_by_hand():
    """Moved by 20 pixels of 40: IoU 1/3 passes 7 of 21 thresholds; 20 pixels pass; half a width does not pass 0.2."""
    given = TRUTH.copy()
    given[1] += [20, 0, 20, 0]
    score = tracking.score_track(given[:2], TRUTH[:2])
    assert score.success == pytest.approx((20 + 7) / 42)
    assert (score.precision, score.normalised_precision) == (1.0, 0.5)
    toolkit = tracking.score_track(given[:2], TRUTH[:2], rule="got10k_toolkit")
    assert toolkit.normalised_precision == pytest.approx((51 + 1) / 102)


def test_frames_without_the_target():
    truth = TRUTH.copy()
    truth[3] = NOTHING
    visible = np.array([1, 1, 0, 0])
    official = tracking.score_track(TRUTH, truth, visible)
    assert (official.success, official.precision) == (pytest.approx(20 / 42), 0.5)
    assert tracking.score_track(TRUTH, truth, visible, "got10k_toolkit").precision == 1.0


def test_the_first_frame_is_given():
    given = TRUTH.copy()
    given[0] = [0, 0, 1, 1]
    assert tracking.score_track(given, TRUTH).precision == 1.0


def test_a_box_without_area_repeats_the_one_before():
    given = TRUTH.copy()
    given[2] = given[3] = [3, 3, 3, 3]
    assert tracking.score_track(given, TRUTH).success == pytest.approx(20 / 21)
    assert tracking.score_track(given, TRUTH, rule="got10k_toolkit").success == pytest.approx(10 / 21)


def test_more_predictions_than_frames_are_cut_fewer_are_refused():
    assert tracking.score_track(np.tile(TRUTH[0], (9, 1)), TRUTH).precision == 1.0
    with pytest.raises(DataError, match="3 boxes were predicted for 4 frames"):
        tracking.score_track(TRUTH[:3], TRUTH)


@pytest.mark.parametrize("box", [[5, 5, 1, 9], NOTHING, [0, 0, np.inf, 1]])
def test_what_is_no_box_is_refused(box):
    given = TRUTH.copy()
    given[2] = box
    with pytest.raises(DataError, match="the box of frame 2"):
        tracking.score_track(given, TRUTH)


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(DataError, match="first frame has no true box"):
        tracking.score_track(TRUTH, np.array([NOTHING, *TRUTH[1:]]))
    with pytest.raises(DataError, match="visible"):
        tracking.score_track(TRUTH, TRUTH, np.ones(3))
    with pytest.raises(DataError, match="boxes are \\(frames, 4\\)"):
        tracking.score_track(TRUTH[:, :2], TRUTH)
    with pytest.raises(NotFound):
        tracking.score_track(TRUTH, TRUTH, rule="lasot")


def test_clips_count_once_each():
    scores = [tracking.TrackScore(1.0, 1.0, 1.0), tracking.TrackScore(0.0, 0.5, 0.0)]
    assert tracking.mean_score(scores) == tracking.TrackScore(0.5, 0.75, 0.5)
    assert tracking.mean_score([]).success == 0.0


def test_got_10k_pools_visible_frames_after_the_first():
    given = TRUTH.copy()
    given[0] = given[1] = [90, 90, 99, 99]
    given[2] += [20, 0, 20, 0]
    overlaps = tracking.visible_overlaps(given, TRUTH, np.array([8, 0, 4, 8]), (100, 100))
    assert overlaps == pytest.approx([1 / 3, 1])
    assert tracking.average_overlap(overlaps) == pytest.approx(2 / 3)
    assert tracking.success_rate(overlaps) == tracking.success_rate(overlaps, 0.75) == 0.5
    assert tracking.average_overlap(np.zeros(0)) == tracking.success_rate(np.zeros(0)) == 0.0


def test_got_10k_moves_boxes_into_the_picture():
    """A corner at -10 goes to 0 and takes its width along; the far side is cut."""
    given = np.array([[0, 0, 1, 1], [-10, 0, 40, 20], [80, 0, 130, 20]])
    truth = np.array([[0, 0, 1, 1], [0, 0, 50, 20], [80, 0, 100, 20]])
    assert tracking.visible_overlaps(given, truth, np.ones(3), (100, 50)) == pytest.approx([1.0, 1.0])

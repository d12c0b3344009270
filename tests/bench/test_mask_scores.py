"""J and F: hand-worked outlines, absent objects, and what each benchmark averages."""

import numpy as np
import pytest

from regard.bench.metrics import masks
from regard.core.errors import DataError, NotFound


def square(left, top, side, size=64):
    mask = np.zeros((size, size), dtype=np.uint8)
    mask[top : top + side, left : left + side] = 255
    return mask


def test_the_outline_lies_towards_the_origin():
    mask = np.zeros((4, 4), dtype=bool)
    mask[2, 2] = True
    assert np.argwhere(masks.outline(mask)).tolist() == [[1, 1], [1, 2], [2, 1], [2, 2]]
    assert not masks.outline(np.ones((4, 4))).any()


def test_the_last_row_and_column_look_one_way():
    mask = np.zeros((3, 3), dtype=bool)
    mask[2, 2] = True
    assert np.argwhere(masks.outline(mask)).tolist() == [[1, 1], [1, 2], [2, 1]]


def test_similarity_and_accuracy_by_hand():
    """One pixel to the side is within the tolerance of a 64 pixel frame (1 pixel), three are not."""
    truth = np.stack([square(10, 10, 20)] * 3)
    given = np.stack([square(10, 10, 20), square(11, 10, 20), square(13, 10, 20)])
    similarity = masks.region_similarity(given, truth)
    assert similarity == pytest.approx([1, 380 / 420, 340 / 460])
    accuracy = masks.contour_accuracy(given, truth)
    assert accuracy[:2].tolist() == [1.0, 1.0]
    assert 0.3 < accuracy[2] < 0.6


def test_a_tolerance_in_pixels():
    truth, given = square(10, 10, 20)[None], square(13, 10, 20)[None]
    assert masks.contour_accuracy(given, truth, tolerance=3)[0] == 1.0


@pytest.mark.parametrize("given, truth, expected", [(0, 0, 1.0), (0, 9, 0.0), (9, 0, 0.0), (9, 9, 1.0)])
def test_absent_objects(given, truth, expected):
    given, truth = square(5, 5, given)[None], square(5, 5, truth)[None]
    assert masks.region_similarity(given, truth)[0] == masks.contour_accuracy(given, truth)[0] == expected


def test_what_each_benchmark_averages():
    truth = np.stack([square(5, 5, 9), square(5, 5, 9), square(0, 0, 0), square(0, 0, 0)])
    given = np.stack([square(30, 30, 9), square(5, 5, 9), square(0, 0, 0), square(40, 40, 9)])
    assert masks.score_clip(given, truth, "mevis").both == 0.5
    assert masks.score_clip(given, truth, "davis").both == 1.0
    assert masks.score_clip(None, truth, "ref_youtube_vos") == masks.MaskScore(0.0, 0.0)


def test_each_object_counts_once():
    scores = [masks.MaskScore(1.0, 0.5), masks.MaskScore(0.0, 0.5)]
    assert masks.mean_score(scores) == masks.MaskScore(0.5, 0.5)
    assert masks.mean_score([]).both == 0.0


def test_what_cannot_be_measured_is_refused():
    truth = np.stack([square(5, 5, 9)] * 2)
    with pytest.raises(DataError, match="the same \\(frames, height, width\\)"):
        masks.score_clip(truth[:, :32], truth)
    with pytest.raises(DataError, match="leaves no frame"):
        masks.score_clip(truth, truth, "davis")
    with pytest.raises(NotFound, match="Did you mean 'davis'"):
        masks.score_clip(truth, truth, "daviss")

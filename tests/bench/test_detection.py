"""Boxes and names: COCO's precision, referring expressions, names of given boxes."""

import numpy as np
import pytest

from regard.bench.metrics.detection import (
    Found,
    average_precision,
    expressions_found,
    named_picture,
    named_precision,
    naming,
)
from regard.core.errors import DataError

TRUTH = [
    Found("one", "cup", (0, 0, 40, 40)),
    Found("one", "cup", (60, 60, 100, 100)),
    Found("two", "dog", (10, 10, 200, 200)),
]


def test_perfect_boxes_score_one():
    found = average_precision(TRUTH, TRUTH)
    assert [found["mAP"], found["AP50"], found["AR 100"]] == pytest.approx([1.0, 1.0, 1.0])
    assert found["AP small"] is None
    assert [found["AP medium"], found["AP large"]] == pytest.approx([1.0, 1.0])


def test_half_of_the_cups_and_no_dog():
    given = [Found("one", "cup", (0, 0, 40, 40), 0.9), Found("one", "cup", (200, 200, 240, 240), 0.8)]
    found = average_precision(TRUTH, given)
    assert found["mAP"] == pytest.approx((51 / 101 + 0) / 2, abs=1e-6)


def test_a_looser_box_counts_at_fewer_thresholds():
    """IoU 0.8: right at 0.50 to 0.80, which is seven of ten thresholds."""
    found = average_precision(TRUTH[2:], [Found("two", "dog", (10, 10, 162, 200))])
    assert found["mAP"] == pytest.approx(0.7)
    assert found["AP75"] == pytest.approx(1.0)


def test_nothing_predicted_and_names_nobody_asked_for():
    assert average_precision(TRUTH, [])["mAP"] == 0.0
    stranger = Found("three", "unicorn", (0, 0, 9, 9))
    assert average_precision(TRUTH, [*TRUTH, stranger])["mAP"] == pytest.approx(1.0)


def test_crowds_are_neither_found_nor_missed():
    truth = [TRUTH[0], Found("one", "cup", (0, 50, 99, 99), crowd=True)]
    given = [Found("one", "cup", (0, 0, 40, 40), 0.5), Found("one", "cup", (5, 55, 20, 70), 0.9)]
    assert average_precision(truth, given)["mAP"] == pytest.approx(1.0)


@pytest.mark.parametrize("box", [(5, 5, 1, 9), (0, 0, float("nan"), 1)])
def test_what_is_no_box_is_refused(box):
    with pytest.raises(DataError, match="the box"):
        average_precision(TRUTH, [Found("one", "cup", box)])
    with pytest.raises(DataError, match="no true box"):
        average_precision([], TRUTH)


def test_expressions_by_hand():
    truth = np.array([[0, 0, 10, 10]] * 6)
    given = [(0, 0, 10, 10), (0, 0, 10, 5), (0, 0, 10, 4.9), None, (10, 10, 0, 0), (0, 0, float("nan"), 10)]
    assert expressions_found(given, truth).tolist() == [True, True, False, False, False, False]
    with pytest.raises(DataError, match="each needs one"):
        expressions_found(given[:2], truth)


def test_names_of_given_boxes():
    right = [row.name for row in TRUTH]
    assert naming(TRUTH, right, ["cup", "dog"]) == {"accuracy": 1.0, "mAP": pytest.approx(1.0)}
    found = naming(TRUTH, ["cup", "mug", "cup"], ["cup", "dog"])
    assert found["accuracy"] == pytest.approx(1 / 3)
    assert found["mAP"] == pytest.approx(51 / 101 / 2, abs=1e-6)
    assert naming(TRUTH, [None] * 3, ["cup", "dog"]) == {"accuracy": 0.0, "mAP": 0.0}
    with pytest.raises(DataError):
        naming(TRUTH, right[:1], ["cup"])


@pytest.mark.parametrize("seed", range(5))
def test_named_pictures_give_the_map_of_all_boxes(seed):
    """Matched picture by picture, names of true boxes score what pycocotools gives them together."""
    random, names, pictures = np.random.default_rng(seed), list("abcde"), []
    for place in range(12):
        corner = random.uniform(0, 50, 2)
        boxes = [corner + random.uniform(0, 15, 2) for _ in range(random.integers(1, 8))]
        truths = [
            Found(f"p{place:02d}", names[random.integers(5)], [*box, *(box + random.uniform(10, 40, 2))])
            for box in boxes
        ]
        answers = [names[random.integers(5)] if random.random() < 0.5 else row.name for row in truths]
        pictures.append((truths, [None, *answers[1:]]))
    together = naming(
        [row for truths, _ in pictures for row in truths], [one for _, answers in pictures for one in answers], names
    )
    apart = named_precision([named_picture(*picture) for picture in pictures])
    assert apart == pytest.approx(together["mAP"], abs=1e-12)
    assert named_precision([]) == 0.0

"""Intervals: Wilson against known values, the clustered bootstrap against theory."""

import numpy as np
import pytest

from regard.bench.metrics.intervals import clustered, wilson


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (950, 1000, 0.9347, 0.9619)],
)
def test_wilson(hits, count, low, high):
    assert wilson(hits, count) == pytest.approx((low, high), abs=1e-4)


def test_nothing_measured_is_no_knowledge():
    assert wilson(0, 0) == (0.0, 1.0)
    assert clustered([], [], []) == (0.0, 1.0)


def test_single_items_give_about_the_interval_of_independent_items():
    right = [1.0] * 80 + [0.0] * 20
    low, high = clustered(right, [1.0] * 100, [str(number) for number in range(100)])
    assert (low, high) == pytest.approx((0.72, 0.875), abs=0.02)


def test_items_that_stand_and_fall_together_widen_the_interval():
    right = [1.0] * 80 + [0.0] * 20
    alone = clustered(right, [1.0] * 100, [str(number) for number in range(100)])
    together = clustered(right, [1.0] * 100, [str(number // 10) for number in range(100)])
    assert together[1] - together[0] > 2 * (alone[1] - alone[0])


def test_order_does_not_matter():
    rng = np.random.default_rng(0)
    right, clusters = rng.integers(0, 2, 60).astype(float), rng.integers(0, 9, 60).astype(str)
    mixed = rng.permutation(60)
    assert clustered(right, [1.0] * 60, clusters) == clustered(right[mixed], [1.0] * 60, clusters[mixed])


def test_ratios_of_sums_and_no_doubt_visible():
    assert clustered([3, 3], [4, 4], ["a", "b"]) == wilson(1.5, 2)
    low, high = clustered([4, 1], [4, 4], ["a", "b"])
    assert (low, high) == (0.25, 1.0)

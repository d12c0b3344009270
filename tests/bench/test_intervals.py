"""Intervals: Wilson against known values, the clustered bootstrap against theory."""

import numpy as np
import pytest

from regard.bench.metrics.intervals import clustered, paired, wilson


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


def test_a_difference_on_the_same_items_is_surer_than_the_two_figures():
    rng = np.random.default_rng(0)
    hard = rng.random(600) < 0.4
    first = [(float(not one), 1.0) for one in hard]
    second = [(float(not one or rng.random() < 0.2), 1.0) for one in hard]
    names = [str(number) for number in range(600)]
    gap, low, high = paired(first, second, names)
    assert gap == pytest.approx(sum(hits for hits, _ in second) / 600 - sum(hits for hits, _ in first) / 600)
    assert 0 < low < gap < high
    # McNemar's: only the items that differ make the doubt
    differ = sum(one != other for one, other in zip(first, second, strict=True))
    half = 1.96 * np.sqrt(differ / 600 - gap**2) / np.sqrt(600)
    assert high - low == pytest.approx(2 * half, rel=0.1)
    alone = clustered([hits for hits, _ in first], [1.0] * 600, names)
    assert high - low < alone[1] - alone[0]
    assert paired(second, first, names)[0] == pytest.approx(-gap)


def test_runs_that_agree_leave_the_doubt_of_what_was_never_seen():
    same = [(1.0, 1.0), (0.0, 1.0), (1.0, 2.0)]
    assert paired(same, same, ["a", "b", "c"]) == (0.0, -wilson(0, 3)[1], wilson(0, 3)[1])
    assert paired([], [], []) == (0.0, -1.0, 1.0)
    assert paired([(0.0, 0.0)], [(0.0, 0.0)], ["a"]) == (0.0, -1.0, 1.0)


def test_counts_may_differ_and_clusters_stand_together():
    gap, low, high = paired([(1.0, 2.0), (2.0, 2.0)], [(2.0, 4.0), (1.0, 4.0)], ["a", "b"])
    assert gap == pytest.approx(3 / 8 - 3 / 4) and (low, high) == pytest.approx((-0.75, 0.0))

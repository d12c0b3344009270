"""How sure a figure is: 95 % intervals of proportions, also for clustered items such as the regions of one picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import sqrt

import numpy as np

Z_95 = 1.959963984540054
REPEATS = 10_000
KEPT = 5_000  # clusters; their draws take 50 MB


def wilson(hits: float, count: float) -> tuple[float, float]:
    """Return the 95 % interval of a proportion of independent items (Wilson, 1927); (0, 1) for none.

    Unlike hits/count plus or minus two standard errors it stays inside [0, 1] and keeps a width when all items are
    right.
    """
    if count <= 0:
        return 0.0, 1.0
    share, z2 = hits / count, Z_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = Z_95 / (1 + z2 / count) * sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def clustered(hits: Sequence[float], counts: Sequence[float], clusters: Sequence[str]) -> tuple[float, float]:
    """Return the 95 % interval of sum(hits) / sum(counts) when items of one cluster stand or fall together.

    hits, counts, clusters: sequences (N,).

    Percentile bootstrap: whole clusters are drawn with replacement, 10,000 times, always with the same random numbers;
    the order of the items does not matter. Where every cluster has the same share, and the bootstrap cannot see any
    doubt, the interval is Wilson's with one item a cluster.
    """
    names = sorted(set(clusters))
    if not names or sum(counts) <= 0:
        return 0.0, 1.0
    place = {name: index for index, name in enumerate(names)}
    sums_C2 = np.zeros((len(names), 2))
    np.add.at(sums_C2, [place[name] for name in clusters], np.stack([hits, counts], axis=-1))
    sums_C2 = sums_C2[sums_C2[:, 1] > 0]
    shares_C = sums_C2[:, 0] / sums_C2[:, 1]
    if np.allclose(shares_C, shares_C[0]):
        return wilson(float(shares_C[0]) * len(shares_C), len(shares_C))
    return _percentiles(sums_C2)


def paired(
    first: Sequence[tuple[float, float]], second: Sequence[tuple[float, float]], clusters: Sequence[str]
) -> tuple[float, float, float]:
    """Return how much sum(hits) / sum(counts) of the second is above that of the first, and its 95 % interval.

    first, second: (hits, count) of the same items (N,), each with its cluster; items that count for neither are left
    out. (0, -1, 1) for none.

    Percentile bootstrap over whole clusters, the same ones drawn for both. Where no item differs, and the bootstrap
    cannot see any doubt, the interval goes as far as Wilson's of what was never seen among so many clusters.
    """
    names = sorted(set(clusters))
    place = {name: index for index, name in enumerate(names)}
    sums_C4 = np.zeros((len(names), 4))
    np.add.at(sums_C4, [place[name] for name in clusters], np.concatenate([first, second], axis=-1).reshape(-1, 4))
    sums_C4 = sums_C4[(sums_C4[:, 1] > 0) & (sums_C4[:, 3] > 0)]
    if not len(sums_C4):
        return 0.0, -1.0, 1.0
    gap = _gaps(sums_C4.sum(0)[None])[0]
    if np.array_equal(sums_C4[:, :2], sums_C4[:, 2:]):
        unseen = wilson(0, len(sums_C4))[1]
        return 0.0, -unseen, unseen
    low, high = np.percentile(_gaps(_totals(sums_C4)), [2.5, 97.5])
    return float(gap), float(low), float(high)


def _gaps(sums_R4: np.ndarray) -> np.ndarray:
    return sums_R4[:, 2] / sums_R4[:, 3] - sums_R4[:, 0] / sums_R4[:, 1]


def _percentiles(sums_C2: np.ndarray) -> tuple[float, float]:
    totals_R2 = _totals(sums_C2)
    low, high = np.percentile(totals_R2[:, 0] / totals_R2[:, 1], [2.5, 97.5])
    return float(low), float(high)


def _totals(sums_CK: np.ndarray) -> np.ndarray:
    """Return the sums over the clusters of each draw (repeats, K)."""
    size = len(sums_CK)
    blocks = _kept_draws(size) if size <= KEPT else _draws(size)
    return np.concatenate([drawn_BC.astype(float) @ sums_CK for drawn_BC in blocks])


def _draws(size: int) -> Iterator[np.ndarray]:
    """Yield how often each cluster is drawn in each repeat, in blocks of uint8 (repeats, clusters)."""
    generator = np.random.default_rng(0)
    block = max(1, 2_000_000 // size)
    for start in range(0, REPEATS, block):
        drawn = generator.integers(0, size, (min(block, REPEATS - start), size))
        rows = np.arange(len(drawn))[:, None] * size
        counts = np.bincount((drawn + rows).ravel(), minlength=drawn.size)
        yield counts.astype(np.uint8).reshape(drawn.shape)


@lru_cache(maxsize=2)
def _kept_draws(size: int) -> tuple[np.ndarray, ...]:
    """Return the draws for a number of clusters: a benchmark with many figures over the same items draws once."""
    return tuple(_draws(size))

"""How sure a figure is: 95 % intervals of proportions, also for clustered items such as the regions of one picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np

Z_95 = 1.959963984540054
REPEATS = 10_000


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


def _percentiles(sums_C2: np.ndarray) -> tuple[float, float]:
    generator = np.random.default_rng(0)
    size, block = len(sums_C2), max(1, 2_000_000 // len(sums_C2))
    shares = []
    for start in range(0, REPEATS, block):
        drawn = generator.integers(0, size, (min(block, REPEATS - start), size))
        totals = sums_C2[drawn].sum(axis=1)
        shares.append(totals[:, 0] / totals[:, 1])
    low, high = np.percentile(np.concatenate(shares), [2.5, 97.5])
    return float(low), float(high)

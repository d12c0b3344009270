"""Temporal Token Merge: neighbouring frame tokens that look alike become one (VideoRefer, section 3.2.2).

Shapes: k tokens of one region in order of time, C channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def merge_tokens(tokens_kC: Tensor, most: int, ties: str = "exact") -> Tensor:
    """Merge k tokens into at most `most`, in float32.

    The k - `most` most similar pairs of neighbours are joined, and every run of joined tokens becomes the mean of its
    tokens. With at most `most` tokens nothing is merged. `ties`: `exact` joins exactly k - `most` pairs, the earlier of
    equal ones first; `as_released` joins every pair that is as similar as the last one chosen, so a region that stands
    still gives a single token.
    """
    tokens_kC = tokens_kC.float()
    if len(tokens_kC) <= most:
        return tokens_kC
    joined = _joined(_similarity(tokens_kC.detach()), len(tokens_kC) - most, ties)
    run_k = nn.functional.pad((~joined).cumsum(0), (1, 0))
    size_n = torch.bincount(run_k)
    sums_nC = tokens_kC.new_zeros(len(size_n), tokens_kC.shape[1]).index_add(0, run_k, tokens_kC)
    return sums_nC / size_n[:, None]


def _similarity(tokens_kC: Tensor) -> Tensor:
    """Return the cosine of each token and the next one; 0 where one of them is the zero vector."""
    unit_kC = nn.functional.normalize(tokens_kC, dim=-1)
    return (unit_kC[:-1] * unit_kC[1:]).sum(-1)


def _joined(similarity: Tensor, pairs: int, ties: str) -> Tensor:
    """Return for each pair of neighbours whether it is joined."""
    order = similarity.sort(descending=True, stable=True)
    if ties == "as_released":
        return ~(similarity < order.values[pairs - 1])
    joined = torch.zeros_like(similarity, dtype=torch.bool)
    joined[order.indices[:pairs]] = True
    return joined

"""Caches of a language model, put together to one."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import DynamicCache


def stacked(caches: Sequence[DynamicCache], length: int) -> DynamicCache:
    """Return one cache with a row for each given one, shorter ones filled from the left (and masked by the caller)."""
    made = DynamicCache()
    for layer in range(len(caches[0].layers)):
        keys = [_left_pad(cache.layers[layer].keys, length) for cache in caches]
        values = [_left_pad(cache.layers[layer].values, length) for cache in caches]
        made.update(torch.cat(keys), torch.cat(values), layer)
    return made


def _left_pad(states_1HND: Tensor, length: int) -> Tensor:
    return nn.functional.pad(states_1HND, (0, 0, length - states_1HND.shape[2], 0))

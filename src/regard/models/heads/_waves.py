"""Places and spans as sines and cosines, in float32.

Shapes: B calls, V features of a clip, Q spans.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

NEAREST = 1e-3


def waves(numbers: Tensor, width: int) -> Tensor:
    """Return sines and cosines (..., width) of numbers (...) in radians, at wavelengths from 1 to 10,000, in turns."""
    speeds = 10000.0 ** -(torch.arange(0, width, 2, device=numbers.device, dtype=torch.float32) / width)
    angles = numbers[..., None] * speeds
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)


def waves_of(spans_BQ2: Tensor, width: int) -> Tensor:
    """Return sines and cosines (B, Q, width) of spans: the first half of the centre, the second of the width."""
    return waves(spans_BQ2 * 2 * math.pi, width // 2).flatten(-2)


def places_in_time(mask_BV: Tensor, width: int) -> Tensor:
    """Return sines and cosines (B, V, width) of each feature's number, from 1, as a share of how many there are."""
    number_BV = mask_BV.cumsum(1).float()
    return waves(number_BV / (number_BV[:, -1:] + 1e-6) * 2 * math.pi, width)


def logit(shares: Tensor) -> Tensor:
    """Return the inverse of the sigmoid, of shares kept `NEAREST` away from 0 and 1."""
    shares = shares.clamp(0, 1)
    return (shares.clamp(min=NEAREST) / (1 - shares).clamp(min=NEAREST)).log()

"""Places as vectors: Fourier features of numbers in [0, 1], and one linear layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Fourier(nn.Module):
    """Sines and cosines of `inputs` numbers at `octaves` doubling frequencies, projected to `width`."""

    def __init__(self, inputs: int, octaves: int, width: int) -> None:
        super().__init__()
        self.octaves = octaves
        self.project = nn.Linear(inputs * (2 * octaves + 1), width)

    def forward(self, numbers: Tensor) -> Tensor:
        """Return (..., width) for numbers (..., inputs) in [0, 1]."""
        steps = torch.arange(self.octaves, device=numbers.device, dtype=torch.float32)
        angles = (numbers.float()[..., None] * torch.pi * 2.0**steps).flatten(-2)
        features = torch.cat([numbers.float() * 2 - 1, angles.sin(), angles.cos()], dim=-1)
        return self.project(features.to(self.project.weight.dtype))

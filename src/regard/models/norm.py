"""Root-mean-square normalisation in float32, whatever the precision around it."""

from __future__ import annotations

from torch import Tensor, nn


class UnitNorm(nn.RMSNorm):
    """Brings vectors to unit scale; the result has the type of the input."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., width) at unit scale, times a learned weight."""
        return nn.functional.rms_norm(x.float(), self.normalized_shape, self.weight.float(), self.eps).to(x.dtype)

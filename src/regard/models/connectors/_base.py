"""What a connector is: a map of features to visual tokens as wide as the language model, still laid out as a map."""

from __future__ import annotations

from torch import Tensor, nn


class Connector(nn.Module):
    """A connector from width C to width D."""

    def project(self, features: Tensor) -> Tensor:
        """Project features (..., C) to (..., D), cell by cell; designs that share it with regions call it for both."""
        raise NotImplementedError

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T, H / pool, W / pool, D)."""
        raise NotImplementedError

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens that a map of `height` x `width` cells becomes."""
        raise NotImplementedError

"""What a connector is: a map of features to visual tokens as wide as the language model, still laid out as a map."""

from __future__ import annotations

from torch import Tensor, nn


class Connector(nn.Module):
    """A connector from width C to width D.

    `mixes_frames`: whether a visual token is made from several frames; such a connector gets one sample at a time.
    `keeps_map`: whether a visual token stands for a place in the picture, so that regions can be found among them.
    """

    mixes_frames = False
    keeps_map = True

    def project(self, features: Tensor) -> Tensor:
        """Project features (..., C) to (..., D), cell by cell; designs that share it with regions call it for both."""
        raise NotImplementedError

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T, H / pool, W / pool, D); fewer frames where `frames` says so."""
        raise NotImplementedError

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens that a map of `height` x `width` cells becomes."""
        raise NotImplementedError

    def frames(self, count: int) -> int:
        """Return how many frames of visual tokens `count` frames become."""
        return count

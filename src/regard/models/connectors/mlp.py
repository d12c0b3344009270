"""Two-layer perceptron, with averaging of cells into fewer visual tokens before or after it.

LLaVA-1.5's connector is `pool=1`; Perception-LM's, on which GAR stands, averages after the perceptron (`pool_after`).
"""

from __future__ import annotations

from torch import Tensor, nn

from regard.models.connectors._base import Connector


class Mlp(Connector):
    """Linear, GELU, Linear on each cell; cells are averaged before it, or with `pool_after` behind it."""

    def __init__(self, vision_width: int, text_width: int, pool_after: bool = False) -> None:
        super().__init__()
        self.pool_after = pool_after
        self.linear_1 = nn.Linear(vision_width, text_width)
        self.linear_2 = nn.Linear(text_width, text_width)

    def project(self, features: Tensor) -> Tensor:
        """Project features (..., C) to (..., D)."""
        return self.linear_2(nn.functional.gelu(self.linear_1(features)))

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T, H / pool, W / pool, D)."""
        if self.pool_after:
            return self._average(self.project(features_THWC), pool)
        return self.project(self._average(features_THWC, pool))

    def _average(self, cells_THWC: Tensor, pool: int) -> Tensor:
        if pool == 1:
            return cells_THWC
        grid = self.grid(*cells_THWC.shape[1:3], pool)
        return nn.functional.adaptive_avg_pool2d(cells_THWC.permute(0, 3, 1, 2), grid).permute(0, 2, 3, 1)

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens."""
        return max(height // pool, 1), max(width // pool, 1)

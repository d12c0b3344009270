"""Two-layer perceptron, with cells made fewer before or after it.

LLaVA-1.5's connector is `pool=1`; Perception-LM's, on which GAR stands, averages after the perceptron (`pool_after`);
LLaVA-OneVision's does so bilinearly for clips.
"""

from __future__ import annotations

from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.models.connectors._base import Connector

FEWER = ("average", "bilinear")


class Mlp(Connector):
    """Linear, GELU, Linear on each cell; cells are made fewer before it, or with `pool_after` behind it.

    `fewer`: `average` means of blocks, with an odd side rounded down; `bilinear` interpolates between the cells next to
    a new one's centre, with an odd side rounded up. Raises `ConfigError` for another name.
    """

    def __init__(self, vision_width: int, text_width: int, pool_after: bool = False, fewer: str = "average") -> None:
        super().__init__()
        if fewer not in FEWER:
            raise ConfigError(f"mlp fewer={fewer!r}; one of {', '.join(FEWER)} is needed")
        self.pool_after, self.fewer = pool_after, fewer
        self.linear_1 = nn.Linear(vision_width, text_width)
        self.linear_2 = nn.Linear(text_width, text_width)

    def project(self, features: Tensor) -> Tensor:
        """Project features (..., C) to (..., D)."""
        return self.linear_2(nn.functional.gelu(self.linear_1(features)))

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T, H / pool, W / pool, D)."""
        if self.pool_after:
            return self._fewer(self.project(features_THWC), pool)
        return self.project(self._fewer(features_THWC, pool))

    def _fewer(self, cells_THWC: Tensor, pool: int) -> Tensor:
        if pool == 1:
            return cells_THWC
        grid = self.grid(*cells_THWC.shape[1:3], pool)
        cells_TCHW = cells_THWC.permute(0, 3, 1, 2)
        if self.fewer == "average":
            return nn.functional.adaptive_avg_pool2d(cells_TCHW, grid).permute(0, 2, 3, 1)
        return nn.functional.interpolate(cells_TCHW, grid, mode="bilinear").permute(0, 2, 3, 1)

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens."""
        if self.fewer == "bilinear":
            return -(-height // pool), -(-width // pool)
        return max(height // pool, 1), max(width // pool, 1)

"""Two-layer perceptron, after averaging cells into fewer visual tokens.

LLaVA-1.5's connector (no pooling) and Perception-LM's (2 x 2 average pooling) are settings of it.
"""

from __future__ import annotations

from torch import Tensor, nn

from regard.models.connectors._base import Connector


class Mlp(Connector):
    """Linear, GELU, Linear on each cell; cells are averaged first."""

    def __init__(self, vision_width: int, text_width: int) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(vision_width, text_width)
        self.linear_2 = nn.Linear(text_width, text_width)

    def project(self, features: Tensor) -> Tensor:
        """Project features (..., C) to (..., D)."""
        return self.linear_2(nn.functional.gelu(self.linear_1(features)))

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T, H / pool, W / pool, D)."""
        if pool > 1:
            rows = self.grid(*features_THWC.shape[1:3], pool)
            features_TCHW = features_THWC.permute(0, 3, 1, 2)
            features_THWC = nn.functional.adaptive_avg_pool2d(features_TCHW, rows).permute(0, 2, 3, 1)
        return self.project(features_THWC)

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens."""
        return max(height // pool, 1), max(width // pool, 1)

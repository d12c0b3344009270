"""Patch merger: blocks of 2 x 2 normalised cells through a two-layer perceptron (Qwen2-VL, arXiv 2409.12191, section
2.1; Qwen2.5-VL has it too).
"""

from __future__ import annotations

from torch import Tensor, nn

from regard.models.connectors._blocks import SIDE, BlockConnector
from regard.models.norm import UnitNorm


class PatchMerger(BlockConnector):
    """Each cell normalised, then Linear, GELU, Linear on each block. Parameter names are the released ones."""

    def __init__(self, vision_width: int, text_width: int) -> None:
        super().__init__()
        wide = vision_width * SIDE**2
        self.ln_q = UnitNorm(vision_width, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(wide, wide), nn.GELU(), nn.Linear(wide, text_width))

    def cell(self, features: Tensor) -> Tensor:
        """Return cells (..., C), normalised."""
        return self.ln_q(features)

    def block(self, blocks: Tensor) -> Tensor:
        """Return (..., D) of blocks (..., 4 C)."""
        return self.mlp(blocks)

"""Pixel shuffle: blocks of 2 x 2 cells, normalised, through a two-layer perceptron (InternVL 1.5, arXiv 2404.16821,
section 3.1; InternVL3 has it too).
"""

from __future__ import annotations

from torch import Tensor, nn

from regard.models.connectors._blocks import SIDE, BlockConnector


class PixelShuffle(BlockConnector):
    """Each block normalised, then Linear, GELU, Linear. Parameter names are those of the release for transformers."""

    def __init__(self, vision_width: int, text_width: int) -> None:
        super().__init__()
        wide = vision_width * SIDE**2
        self.layer_norm = nn.LayerNorm(wide)
        self.linear_1 = nn.Linear(wide, text_width)
        self.linear_2 = nn.Linear(text_width, text_width)

    def block(self, blocks: Tensor) -> Tensor:
        """Return (..., D) of blocks (..., 4 C)."""
        return self.linear_2(nn.functional.gelu(self.linear_1(self.layer_norm(blocks))))

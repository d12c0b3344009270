"""Connectors that make one visual token of each block of 2 x 2 cells, side by side in one vector.

Shapes: T frames, H x W cells, C width of the tower, D width of the language model.
"""

from __future__ import annotations

import torch
from torch import Tensor

from regard.core.errors import ConfigError
from regard.models.connectors._base import Connector

SIDE = 2


class BlockConnector(Connector):
    """What such connectors share; subclasses say what happens to a cell before (`cell`) and to a block (`block`)."""

    def cell(self, features: Tensor) -> Tensor:
        """Return cells (..., C) as they enter the block."""
        return features

    def block(self, blocks: Tensor) -> Tensor:
        """Return (..., D) of blocks (..., 4 C)."""
        raise NotImplementedError

    def project(self, features: Tensor) -> Tensor:
        """Project features (..., C) to (..., D), each as a block of four equal cells."""
        return self.block(torch.cat([self.cell(features)] * SIDE**2, dim=-1))

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T, H // 2, W // 2, D); an odd last row or column is left out. Raises `ConfigError` for
        another `pool`.
        """
        if pool != 1:
            raise ConfigError(f"this connector halves the map itself; set image_pool and clip_pool to 1, not {pool}")
        return self.block(side_by_side(self.cell(features_THWC)))

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens."""
        return height // SIDE, width // SIDE


def side_by_side(cells_THWC: Tensor) -> Tensor:
    """Return (T, H // 2, W // 2, 4 C): the cells of each block behind each other, row by row."""
    rows, columns = (side // SIDE for side in cells_THWC.shape[1:3])
    even_THWC = cells_THWC[:, : rows * SIDE, : columns * SIDE]
    return even_THWC.unflatten(2, (columns, SIDE)).unflatten(1, (rows, SIDE)).transpose(2, 3).flatten(3)

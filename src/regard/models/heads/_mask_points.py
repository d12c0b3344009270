"""Places in a picture, and what a map says of them.

Shapes: N points, h x w cells of a map.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

Place = tuple[float, float, float, float]
"""Where a picture lies in its map (x1, y1, x2, y2), in 0..1 of the map."""

WHOLE: Place = (0.0, 0.0, 1.0, 1.0)


def grid(rows: int, columns: int, device: torch.device) -> Tensor:
    """Return the middles (N, 2) of rows x columns equal cells of a picture, row by row, as x, y in 0..1."""
    across = (torch.arange(columns, device=device) + 0.5) / columns
    down = (torch.arange(rows, device=device) + 0.5) / rows
    y, x = torch.meshgrid(down, across, indexing="ij")
    return torch.stack([x, y], dim=-1).flatten(0, 1)


def at(map_hw: Tensor, place: Place, points_N2: Tensor) -> Tensor:
    """Return what a map says (N,) of points of its picture, x, y in 0..1, linear between the middles of its cells."""
    x1, y1, x2, y2 = place
    scale, shift = points_N2.new_tensor([x2 - x1, y2 - y1]), points_N2.new_tensor([x1, y1])
    where_N2 = 2 * (points_N2 * scale + shift) - 1
    return F.grid_sample(
        map_hw[None, None], where_N2[None, None], mode="bilinear", padding_mode="border", align_corners=False
    ).flatten()


@torch.no_grad()
def doubtful(logits_hw: Tensor, place: Place, count: int, oversample: float = 3.0, share: float = 0.75) -> Tensor:
    """Draw `count` points (N, 2): of `oversample` times as many the `share` whose logits are nearest 0, and the rest
    anywhere (PointRend, arXiv 1912.08193, section 3.1).
    """
    device, chosen = logits_hw.device, int(share * count)
    tried_N2 = torch.rand(int(oversample * count), 2, device=device)
    nearest = at(logits_hw, place, tried_N2).abs().topk(chosen, largest=False).indices
    return torch.cat([tried_N2[nearest], torch.rand(count - chosen, 2, device=device)])

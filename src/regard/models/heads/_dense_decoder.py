"""The dense decoder: every clip feature says whether it lies in the moment, and how far its ends are (Lin et al. 2023,
"UniVTG"). It has no queries to tell apart, so it learns in a fraction of the steps.

Shapes: B calls, V features of a clip, D width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

KERNEL = 3
DEPTH = 3


class DenseDecoder(nn.Module):
    """Two stacks of convolutions over time: one for foreground, one for the distances to the moment's two ends."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.class_embed = Convolutions(width, 2)
        self.span_embed = Convolutions(width, 2)

    def forward(self, clips_BVD: Tensor, mask_BV: Tensor, middles_BV: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (B, V, 2), foreground first, and the span (B, V, 2) each feature points at: centre and width
        as shares of the clip, in float32, so long as the clip at most to either side.

        `middles_BV`: the middle of what each feature stands for, as a share of the clip.
        """
        left, right = self.span_embed(clips_BVD, mask_BV).float().sigmoid().unbind(-1)
        spans_BV2 = torch.stack([middles_BV + (right - left) / 2, left + right], dim=-1)
        return self.class_embed(clips_BVD, mask_BV), spans_BV2


class Convolutions(nn.Module):
    """Convolutions over time with ReLU between; padding is silent, so batched equals single."""

    def __init__(self, width: int, wide_out: int) -> None:
        super().__init__()
        widths = [width] * DEPTH + [wide_out]
        self.layers = nn.ModuleList(
            nn.Conv1d(*pair, KERNEL, padding=KERNEL // 2) for pair in zip(widths, widths[1:], strict=False)
        )

    def forward(self, clips_BVD: Tensor, mask_BV: Tensor) -> Tensor:
        """Return (B, V, wide_out)."""
        x_BDV, keep_B1V = clips_BVD.transpose(1, 2), mask_BV[:, None].to(clips_BVD.dtype)
        for layer in self.layers[:-1]:
            x_BDV = layer(x_BDV * keep_B1V).relu()
        return self.layers[-1](x_BDV * keep_B1V).transpose(1, 2)

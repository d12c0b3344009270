"""Crop attention: a region's crop, with room around it, looks at the whole picture by gated cross-attention (after
Describe Anything, arXiv 2504.16072; a baseline of GAR, tables 8 and 9).

Shapes: D width of the language model, K crops, N visual tokens of a picture, L those of the whole picture or clip, h
heads, d width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.models.encoders._base import Dims, FeatureMaps
from regard.models.encoders._settings import at_least
from regard.models.encoders.local_crop import LocalCrop


class CropAttention(LocalCrop):
    """The visual tokens of a region's focal crop, after one layer that attends to all visual tokens of the picture.

    `enlarge`, `least`: three times the box, whose sides count as 48 pixels at least, as released. `most_frames`: 8, the
    frames that the released video model reads. `heads`: of the attention. The gates start at zero: at first it is
    `local_crop`. Describe Anything attends inside the tower, after every layer and a frame to itself; gives the tower
    the mask as a fourth channel; and shows the language model nothing but the crop. Here one layer behind the connector
    attends to the whole clip, pixels come without mask, and the picture stands before the question as in every design.
    """

    def __init__(self, dims: Dims, enlarge: float = 3.0, least: int = 48, most_frames: int = 8, heads: int = 8) -> None:
        super().__init__(dims, enlarge, least, most_frames)
        if dims.text % at_least("crop_attention heads", heads):
            raise ConfigError(f"crop_attention heads is {heads}; it must be a divisor of the width {dims.text}.")
        self.context = GatedAttention(dims.text, heads)

    def read(self, tokens_KND: Tensor, maps: FeatureMaps) -> Tensor:
        """Return the crops' tokens, each having looked at the whole picture."""
        return self.context(tokens_KND, maps.visual_THWD.flatten(0, 2))


class GatedAttention(nn.Module):
    """Cross-attention and a two-layer perceptron, each added times a learned number that starts at zero."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.queries = nn.Linear(width, width)
        self.keys_values = nn.Linear(width, 2 * width)
        self.attention_out = nn.Linear(width, width)
        self.perceptron_norm = nn.LayerNorm(width)
        self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.attention_gate = nn.Parameter(torch.empty(1))
        self.perceptron_gate = nn.Parameter(torch.empty(1))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Close the gates."""
        nn.init.zeros_(self.attention_gate)
        nn.init.zeros_(self.perceptron_gate)

    def forward(self, tokens_KND: Tensor, context_LD: Tensor) -> Tensor:
        """Return the tokens (K, N, D), each having looked at the context."""
        queries_KhNd = self.queries(self.attention_norm(tokens_KND)).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        keys_hLd, values_hLd = self.keys_values(context_LD).unflatten(-1, (2, self.heads, -1)).permute(1, 2, 0, 3)
        shared = (len(tokens_KND), -1, -1, -1)
        mixed_KhNd = nn.functional.scaled_dot_product_attention(
            queries_KhNd, keys_hLd.expand(shared), values_hLd.expand(shared)
        )
        looked_KND = self.attention_out(mixed_KhNd.transpose(1, 2).flatten(2))
        tokens_KND = tokens_KND + (self.attention_gate * looked_KND).to(tokens_KND.dtype)
        worked_KND = self.perceptron(self.perceptron_norm(tokens_KND))
        return tokens_KND + (self.perceptron_gate * worked_KND).to(tokens_KND.dtype)

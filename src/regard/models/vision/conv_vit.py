"""A small vision tower: a convolutional stem (stride 8) and a few transformer blocks.

The stem in place of one large patch projection makes small towers learn faster (Xiao et al. 2021, "Early convolutions
help transformers see better"). Positions are Fourier features of the cell centres, so one set of weights serves every
picture size. Shapes: T frames, H x W cells, C width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.fourier import Fourier
from regard.models.vision._base import VisionTower


class ConvVit(VisionTower):
    """Stem of three strided convolutions, then `depth` pre-norm blocks with full attention inside a frame."""

    def __init__(self, width: int = 160, depth: int = 4, heads: int = 2, stem: tuple[int, int] = (32, 64)) -> None:
        super().__init__()
        self.width = self.patch_width = width
        self.stride = 8
        self.stem = nn.Sequential(
            StemConvolution(3, stem[0], 3, stride=2, padding=1),
            nn.GELU(),
            StemConvolution(stem[0], stem[1], 3, stride=2, padding=1),
            nn.GELU(),
            StemConvolution(stem[1], width, 3, stride=2, padding=1),
        )
        self.position = Fourier(inputs=2, octaves=5, width=width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def embed(self, pixels_T3HW: Tensor) -> Tensor:
        """Return patch embeddings (T, H / 8, W / 8, C) of pixels in [-1, 1]."""
        pixels = pixels_T3HW.contiguous(memory_format=torch.channels_last)
        return self.stem(pixels).permute(0, 2, 3, 1)

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C)."""
        frames, height, width, channels = patches_THWP.shape
        places_HW2 = centres(height, width, patches_THWP.device)
        tokens_TNC = (patches_THWP + self.position(places_HW2).to(patches_THWP.dtype)).flatten(1, 2)
        for block in self.blocks:
            tokens_TNC = block(tokens_TNC)
        return self.norm(tokens_TNC).view(frames, height, width, channels)


class StemConvolution(nn.Conv2d):
    """A convolution whose output, after GELU, is as strong as its input.

    With the usual, smaller weights three of them shrink what is drawn until it drowns in the embedding of where it is.
    """

    def reset_parameters(self) -> None:
        """Draw the weights anew (He et al. 2015, "Delving deep into rectifiers")."""
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)


def centres(height: int, width: int, device: torch.device) -> Tensor:
    """Return the centres (x, y) of the cells of a map, each in [0, 1], as (H, W, 2)."""
    ys = (torch.arange(height, device=device) + 0.5) / height
    xs = (torch.arange(width, device=device) + 0.5) / width
    return torch.stack(torch.meshgrid(xs, ys, indexing="xy"), dim=-1)


class Block(nn.Module):
    """Pre-norm attention and a two-layer perceptron, both residual."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.queries_keys_values = nn.Linear(width, 3 * width)
        self.attention_out = nn.Linear(width, width)
        self.perceptron_norm = nn.LayerNorm(width)
        self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens_TNC: Tensor) -> Tensor:
        """Return the tokens, each having looked at all others of its frame."""
        split = self.queries_keys_values(self.attention_norm(tokens_TNC)).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = split.permute(2, 0, 3, 1, 4)
        # Written out: on a CPU in bfloat16, with few wide heads and short rows, it trains faster than the fused kernel.
        scores = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-1, -2)
        mixed = scores.softmax(-1).to(values.dtype) @ values
        tokens_TNC = tokens_TNC + self.attention_out(mixed.transpose(1, 2).flatten(2))
        return tokens_TNC + self.perceptron(self.perceptron_norm(tokens_TNC))

"""UMT-L: a video tower in which every patch of every frame sees all others (Unmasked Teacher, arXiv 2303.16058).

VideoChat2, on which VideoChat-TPO stands, sees through it. Parameter names are those of its released weights. Shapes: T
frames of one sample, H x W cells, N = T H W tokens, C width, h heads, d width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.vision._base import FixedSizeTower
from regard.models.vision.perception_encoder import Mlp


class Umt(FixedSizeTower):
    """The tower; the defaults are those of VideoChat2: L/16 at 224 pixels, 14 x 14 cells a frame.

    `depth`: 23 of the 24 blocks, since the map is what goes into the last one, which the release neither runs nor
    stores. `known_frames`: how many frames the waves of place and time were laid over when the tower was trained; clips
    of another length stretch them, a picture has those of the first frame. The last normalisation (`vision_layernorm`
    in the release) is part of the tower, so that the map is at one scale for whoever reads it. Pixels are expected less
    the mean of each colour, by its deviation.
    """

    mixes_frames = True

    def __init__(
        self,
        width: int = 1024,
        depth: int = 23,
        heads: int = 16,
        hidden: int = 4096,
        patch: int = 16,
        image: int = 224,
        known_frames: int = 4,
    ) -> None:
        super().__init__()
        self.patch_width = self.width = width
        self.stride, self.image, self.known_frames = patch, image, known_frames
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv3d(3, width, (1, patch, patch), (1, patch, patch))})
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-12)

    def embed(self, pixels_T3HW: Tensor) -> Tensor:
        """Return patch embeddings (T, H, W, C). Raises `ImageError` for another size than that of the positions."""
        self.check_size(pixels_T3HW)
        return self.patch_embed["proj"](pixels_T3HW.transpose(0, 1)).permute(1, 2, 3, 0)

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C) of one sample."""
        frames, height, width, channels = patches_THWP.shape
        places_THWC = positions(frames, height * width, channels, self.known_frames).view(patches_THWP.shape)
        tokens_1NC = (patches_THWP + places_THWC.to(patches_THWP)).flatten(0, 2)[None]
        for block in self.blocks:
            tokens_1NC = block(tokens_1NC)
        return self.norm(tokens_1NC).view(frames, height, width, channels)


class Block(nn.Module):
    """Attention and MLP, each normalised before."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, hidden)

    def forward(self, tokens_1NC: Tensor) -> Tensor:
        """Return the tokens after this block."""
        tokens_1NC = tokens_1NC + self.attn(self.norm1(tokens_1NC))
        return tokens_1NC + self.mlp(self.norm2(tokens_1NC))


class Attention(nn.Module):
    """Attention of every token to every token; queries and values have a bias, keys have none."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_bias = nn.Parameter(torch.empty(width))
        self.v_bias = nn.Parameter(torch.empty(width))
        self.proj = nn.Linear(width, width)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start both biases at zero."""
        nn.init.zeros_(self.q_bias)
        nn.init.zeros_(self.v_bias)

    def forward(self, tokens_1NC: Tensor) -> Tensor:
        """Return what each token gathers."""
        bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
        mixed = nn.functional.linear(tokens_1NC, self.qkv.weight, bias)
        queries, keys, values = mixed.unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        gathered_1hNd = nn.functional.scaled_dot_product_attention(queries, keys, values)
        return self.proj(gathered_1hNd.transpose(1, 2).flatten(2))


def positions(frames: int, cells: int, width: int, known_frames: int) -> Tensor:
    """Return the position (T, cells, C) of each cell of each frame, on the CPU: waves over the count of all cells.

    One frame has the waves of the first; any other number than `known_frames` stretches theirs in time, linearly.
    """
    waves_TNC = sinusoids(known_frames * cells, width).unflatten(0, (known_frames, cells))
    if frames == 1:
        return waves_TNC[:1]
    if frames == known_frames:
        return waves_TNC
    stretched_NCT = nn.functional.interpolate(waves_TNC.permute(1, 2, 0), frames, mode="linear", align_corners=False)
    return stretched_NCT.permute(2, 0, 1)


def sinusoids(count: int, width: int) -> Tensor:
    """Return (count, width): sines at even, cosines at odd channels, ever slower (arXiv 1706.03762, section 3.5)."""
    channel_C = torch.arange(width, device="cpu", dtype=torch.float64)
    speed_C = 10000.0 ** -(2 * (channel_C // 2) / width)
    angle_NC = torch.arange(count, device="cpu", dtype=torch.float64)[:, None] * speed_C
    return torch.where(channel_C % 2 == 0, angle_NC.sin(), angle_NC.cos()).float()

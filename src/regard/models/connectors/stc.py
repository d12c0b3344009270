"""Spatial-temporal convolution: two RegNet stages with a strided 3-d convolution between them (VideoLLaMA 2.1, on which
VideoRefer stands, section 3.1 of its paper; released as `stc_connector_v35`).

Shapes: T frames, H x W cells, C width of the tower, D width of the language model.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.models.connectors._base import Connector


class Stc(Connector):
    """A stage of convolutions on each frame, a 3-d convolution that halves time, height and width, a second stage, and
    a two-layer perceptron.

    `depth`: blocks a stage. `still_frames`: a picture is repeated this often, as the released code does, so it costs as
    much as a clip of so many frames. An odd last frame, row or column is left out. Parameter names are the released
    ones.
    """

    mixes_frames = True

    def __init__(self, vision_width: int, text_width: int, depth: int = 4, still_frames: int = 16) -> None:
        super().__init__()
        if still_frames < 2:
            raise ConfigError(f"stc still_frames must be at least 2 (two frames become one), got {still_frames}")
        self.still_frames = still_frames
        self.s1 = stage(vision_width, text_width, depth)
        self.sampler = nn.Sequential(nn.Conv3d(text_width, text_width, kernel_size=2, stride=2), nn.SiLU())
        self.s2 = stage(text_width, text_width, depth)
        self.readout = nn.Sequential(nn.Linear(text_width, text_width), nn.GELU(), nn.Linear(text_width, text_width))

    def project(self, features: Tensor) -> Tensor:
        """Raise `ConfigError`: this connector mixes cells, so nothing of it can be shared with regions."""
        raise ConfigError(
            "the stc connector has no per-cell projection to share with regions; give the region encoder its own "
            "(mask_pool: projector=own; object_tokens has one)"
        )

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return visual tokens (T // 2, H // 2, W // 2, D) of one sample. Raises `ConfigError` for another `pool`."""
        if pool != 1:
            raise ConfigError(f"the stc connector halves the map itself; set image_pool and clip_pool to 1, not {pool}")
        if len(features_THWC) == 1:
            features_THWC = features_THWC.expand(self.still_frames, -1, -1, -1)
        frames_TDHW = self.s1(features_THWC.permute(0, 3, 1, 2))
        halved_TDHW = self.sampler(frames_TDHW.transpose(0, 1)).transpose(0, 1)
        return self.readout(self.s2(halved_TDHW).permute(0, 2, 3, 1))

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return the rows and columns of visual tokens."""
        return height // 2, width // 2

    def frames(self, count: int) -> int:
        """Return how many frames of visual tokens `count` frames become."""
        return (self.still_frames if count == 1 else count) // 2


def stage(wide_in: int, wide_out: int, depth: int) -> nn.Sequential:
    """Return `depth` blocks, named b1, b2, ..; the first one changes the width."""
    widths = [wide_in, *[wide_out] * depth]
    blocks = [(f"b{number + 1}", RegNetBlock(widths[number], wide_out)) for number in range(depth)]
    return nn.Sequential(OrderedDict(blocks))


class RegNetBlock(nn.Module):
    """1 x 1, depthwise 3 x 3, squeeze and excitation, 1 x 1; residual (Radosavovic et al. 2020, "Designing network
    design spaces", the Y variant).
    """

    def __init__(self, wide_in: int, wide_out: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(wide_in, wide_out)
        self.conv2 = ConvNorm(wide_out, wide_out, kernel=3)
        self.se = Excitation(wide_out, wide_in // 4)
        self.conv3 = ConvNorm(wide_out, wide_out)
        self.downsample = ConvNorm(wide_in, wide_out) if wide_in != wide_out else None

    def forward(self, map_TCHW: Tensor) -> Tensor:
        """Return the map, convolved."""
        shortcut = map_TCHW if self.downsample is None else self.downsample(map_TCHW)
        inner = nn.functional.silu(self.conv1(map_TCHW))
        inner = nn.functional.silu(self.conv2(inner))
        return nn.functional.silu(self.conv3(self.se(inner)) + shortcut)


class ConvNorm(nn.Module):
    """A convolution without bias (depthwise when larger than 1 x 1) and a normalisation over the channels."""

    def __init__(self, wide_in: int, wide_out: int, kernel: int = 1) -> None:
        super().__init__()
        groups = wide_in if kernel > 1 else 1
        self.conv = nn.Conv2d(wide_in, wide_out, kernel, padding=kernel // 2, groups=groups, bias=False)
        self.bn = nn.LayerNorm(wide_out, eps=1e-5)

    def forward(self, map_TCHW: Tensor) -> Tensor:
        """Return the map, convolved and normalised."""
        return self.bn(self.conv(map_TCHW).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Excitation(nn.Module):
    """Each channel is weighted by what the means of all channels say (Hu et al. 2018, "Squeeze-and-excitation")."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, width, 1)

    def forward(self, map_TCHW: Tensor) -> Tensor:
        """Return the weighted map."""
        means_TC11 = map_TCHW.mean((2, 3), keepdim=True)
        return map_TCHW * torch.sigmoid(self.fc2(nn.functional.silu(self.fc1(means_TC11))))

"""Qwen2.5-VL's tower (arXiv 2502.13923, section 2.1): rotary positions, attention in windows but for a few layers.

Shapes: T frames, H x W cells (N in all), C width, d width of a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionTransformerPretrainedModel

from regard.core.errors import ImageError
from regard.models.vision._base import VisionTower

SIDE = 2


class QwenVl(VisionTower):
    """The tower without its merger (the connector `patch_merger`); the defaults are those of Qwen2.5-VL-3B.

    `window`: pixels a side of a window. `whole`: numbers of the layers, from 0, that attend to the whole frame. The
    published tower takes two frames of a clip at once and a picture twice; here every frame is a picture, so that each
    keeps its own map. Pixels are expected as CLIP scales them. Parameter names are the released ones.
    """

    def __init__(
        self,
        width: int = 1280,
        depth: int = 32,
        heads: int = 16,
        hidden: int = 3420,
        patch: int = 14,
        window: int = 112,
        whole: Sequence[int] = (7, 15, 23, 31),
    ) -> None:
        super().__init__()
        kind = Qwen2_5_VisionTransformerPretrainedModel
        config = kind.config_class(
            hidden_size=width,
            depth=depth,
            num_heads=heads,
            intermediate_size=hidden,
            patch_size=patch,
            window_size=window,
            fullatt_block_indexes=list(whole),
            spatial_merge_size=SIDE,
        )
        self.tower = kind._from_config(config)
        del self.tower.merger, self.tower.rotary_pos_emb
        self.patch_width = self.width = width
        self.head_width = width // heads
        self.stride = patch

    @property
    def needs(self) -> str:
        """Say which sizes of input the tower takes: whole blocks of patches."""
        return f"a multiple of the tower's {self.stride * SIDE}"

    def takes(self, size: int) -> bool:
        """Does the tower take squares of `size` pixels?"""
        return size % (self.stride * SIDE) == 0

    def embed(self, pixels_T3HW: Tensor) -> Tensor:
        """Return patch embeddings (T, H, W, C), of each frame twice. Raises `ImageError` for a size in between."""
        height, width = pixels_T3HW.shape[-2:]
        if not (self.takes(height) and self.takes(width)):
            raise ImageError(f"a picture of {width} x {height} pixels came; each side must be {self.needs}")
        # The same frame meets both halves of the kernel in time, so they act as their sum.
        kernel_C3KK = self.tower.patch_embed.proj.weight.sum(2)
        return nn.functional.conv2d(pixels_T3HW, kernel_C3KK, stride=self.stride).permute(0, 2, 3, 1)

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C) of the last layer."""
        frames, height, width = patches_THWP.shape[:3]
        order_N, windows = self._windows(height, width)
        order_N = order_N.to(patches_THWP.device)
        places_N2 = torch.stack([order_N // width, order_N % width], dim=-1)
        turn = rotation(places_N2.repeat(frames, 1), self.head_width)
        ends_windows, ends_frames = (_ends(lengths * frames) for lengths in (windows, [height * width]))
        tokens_NC = patches_THWP.flatten(1, 2)[:, order_N].flatten(0, 1)
        for number, block in enumerate(self.tower.blocks):
            ends = ends_frames if number in self.tower.fullatt_block_indexes else ends_windows
            tokens_NC = block(tokens_NC, cu_seqlens=ends.to(tokens_NC.device), position_embeddings=turn)
        tokens_TNC = tokens_NC.unflatten(0, (frames, -1))[:, order_N.argsort()]
        return tokens_TNC.unflatten(1, (height, width))

    def _windows(self, height: int, width: int) -> tuple[Tensor, list[int]]:
        """Return the patches of a frame, numbered row by row, window by window (N), and how many each window has; in a
        window block by block.
        """
        rows, columns, side = height // SIDE, width // SIDE, self.tower.window_size // (self.stride * SIDE)
        number_RCSS = torch.arange(height * width).view(rows, SIDE, columns, SIDE).transpose(1, 2)
        across = -(-columns // side)
        window_RC = torch.arange(rows)[:, None] // side * across + torch.arange(columns) // side
        order_B = window_RC.flatten().argsort(stable=True)
        return number_RCSS.flatten(0, 1)[order_B].flatten(), (window_RC.flatten().bincount() * SIDE**2).tolist()


def _ends(lengths: Sequence[int]) -> Tensor:
    """Return where each of several runs begins, and where the last one ends."""
    return torch.tensor([0, *lengths], dtype=torch.int32).cumsum(0, dtype=torch.int32)


def rotation(places_N2: Tensor, head_width: int) -> tuple[Tensor, Tensor]:
    """Return cosines and sines (N, d) of the angles by which patches at (row, column) turn queries and keys: rows
    turn the first and third quarter of the channels, columns the second and fourth.

    The library's own module for it takes other arguments in each version.
    """
    half = head_width // 2
    speed_Q = 10000.0 ** -(torch.arange(0, half, 2, device=places_N2.device) / half)
    angles_Nd = (places_N2[..., None] * speed_Q).flatten(1).repeat(1, 2)
    return angles_Nd.cos(), angles_Nd.sin()

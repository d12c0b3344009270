"""Perception Encoder: a vision transformer with rotary positions in two dimensions (arXiv 2504.13181).

GAR and Perception-LM see through it. Parameter names are those of their released weights. Shapes: T pictures, H x W
patches, N tokens (the patches, after the class token where there is one), C width, h heads, d width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError, ImageError
from regard.models.vision._base import VisionTower


class PerceptionEncoder(VisionTower):
    """The tower; the defaults are PE-Lang L/14 at 448 pixels, the tower of Perception-LM-1B and GAR-1B.

    `image`: pixels a side that the learned positions were made for; other sizes interpolate them. `hidden`: width in
    the MLPs. `layer_scale`: first value of the learned scale on each residual, None for no such scale. `norm_after`: a
    last normalisation.
    """

    def __init__(
        self,
        width: int = 1024,
        depth: int = 23,
        heads: int = 16,
        hidden: int = 4096,
        patch: int = 14,
        image: int = 448,
        class_token: bool = True,
        layer_scale: float | None = 0.1,
        norm_after: bool = False,
    ) -> None:
        super().__init__()
        if width % (4 * heads):
            raise ConfigError(
                f"width is {width}; it must be a multiple of 4 x heads = {4 * heads}, to turn in x and y."
            )
        self.patch_width = self.width = width
        self.stride, self.cells, self.head_width = patch, image // patch, width // heads
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, width, patch, patch, bias=False)})
        self.cls_token = nn.Parameter(torch.empty(1, 1, width)) if class_token else None
        self.pos_embed = nn.Parameter(torch.empty(1, self.cells**2 + int(class_token), width))
        self.norm_pre = nn.LayerNorm(width, eps=1e-5)
        self.blocks = nn.ModuleList(Block(width, heads, hidden, layer_scale) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-5) if norm_after else nn.Identity()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start the class token at zero and the positions small."""
        if self.cls_token is not None:
            nn.init.zeros_(self.cls_token)
        nn.init.normal_(self.pos_embed, std=0.02)

    def embed(self, pixels_T3HW: Tensor) -> Tensor:
        """Return patch embeddings (T, H, W, C) of pixels in [-1, 1]. Raises `ImageError` for a size in between."""
        height, width = pixels_T3HW.shape[-2:]
        if height % self.stride or width % self.stride:
            raise ImageError(f"a picture of {width} x {height} pixels came; both must be multiples of {self.stride}.")
        return self.patch_embed["proj"](pixels_T3HW).permute(0, 2, 3, 1)

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C); the class token takes part and is left out at the end."""
        pictures, height, width = patches_THWP.shape[:3]
        tokens_TNC = patches_THWP.flatten(1, 2)
        if self.cls_token is not None:
            class_T1C = self.cls_token.to(tokens_TNC.dtype).expand(pictures, -1, -1)
            tokens_TNC = torch.cat([class_T1C, tokens_TNC], dim=1)
        tokens_TNC = self.norm_pre(tokens_TNC + self._positions(height, width).to(tokens_TNC.dtype))
        turn = rotation(height, width, self.cells, self.head_width, patches_THWP.device)
        for block in self.blocks:
            tokens_TNC = block(tokens_TNC, turn)
        return self.norm(tokens_TNC)[:, -height * width :].unflatten(1, (height, width))

    def _positions(self, height: int, width: int) -> Tensor:
        """Return the learned positions for a grid of patches, interpolated where they were made for another one."""
        if (height, width) == (self.cells, self.cells):
            return self.pos_embed
        first = self.pos_embed.shape[1] - self.cells**2
        grid_1CHW = self.pos_embed[:, first:].unflatten(1, (self.cells, self.cells)).permute(0, 3, 1, 2).float()
        grid_1CHW = nn.functional.interpolate(grid_1CHW, (height, width), mode="bicubic", antialias=True)
        return torch.cat([self.pos_embed[:, :first], grid_1CHW.flatten(2).transpose(1, 2).to(self.pos_embed)], dim=1)


class Block(nn.Module):
    """Attention and MLP, each normalised before and scaled after."""

    def __init__(self, width: int, heads: int, hidden: int, layer_scale: float | None) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-5)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-5)
        self.mlp = Mlp(width, hidden)
        self.layer_scale = layer_scale
        self.gamma_1 = None if layer_scale is None else nn.Parameter(torch.empty(width))
        self.gamma_2 = None if layer_scale is None else nn.Parameter(torch.empty(width))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start both scales at `layer_scale`."""
        for gamma in (self.gamma_1, self.gamma_2):
            if gamma is not None:
                nn.init.constant_(gamma, self.layer_scale)

    def forward(self, tokens_TNC: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Return the tokens after this block."""
        attended = self.attn(self.norm1(tokens_TNC), turn)
        tokens_TNC = tokens_TNC + (attended if self.gamma_1 is None else self.gamma_1 * attended)
        changed = self.mlp(self.norm2(tokens_TNC))
        return tokens_TNC + (changed if self.gamma_2 is None else self.gamma_2 * changed)


class Mlp(nn.Module):
    """Two linear layers with GELU between."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, tokens_TNC: Tensor) -> Tensor:
        """Return the tokens after both layers."""
        return self.fc2(nn.functional.gelu(self.fc1(tokens_TNC)))


class Attention(nn.Module):
    """Attention of every token to every token; the queries and keys of patches are turned by their place."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens_TNC: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Return what each token gathers."""
        queries, keys, values = self.qkv(tokens_TNC).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        queries, keys = rotate(queries, turn).to(values.dtype), rotate(keys, turn).to(values.dtype)
        gathered_ThNd = nn.functional.scaled_dot_product_attention(queries, keys, values)
        return self.proj(gathered_ThNd.transpose(1, 2).flatten(2))


def rotation(height: int, width: int, cells: int, head_width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return sine and cosine (H W, d) of each patch's angles: first those of x, then those of y, each angle twice.

    Places count from 1 and are scaled to the grid of `cells` x `cells` patches that the tower was made for.
    """
    quarter = head_width // 4
    speeds = 10000.0 ** -(torch.arange(quarter, device=device, dtype=torch.float32) / quarter)
    across = (torch.arange(width, device=device, dtype=torch.float32) + 1) / width * cells
    down = (torch.arange(height, device=device, dtype=torch.float32) + 1) / height * cells
    x_HWq = (across[:, None] * speeds).expand(height, width, quarter)
    y_HWq = (down[:, None, None] * speeds).expand(height, width, quarter)
    angles = torch.cat([x_HWq, y_HWq], dim=-1).flatten(0, 1).repeat_interleave(2, dim=-1)
    return angles.sin(), angles.cos()


def rotate(heads_ThNd: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turn each pair of neighbouring channels of the patches by its angle; tokens before the patches stay."""
    sine, cosine = turn
    first = heads_ThNd.shape[2] - len(sine)
    patches = heads_ThNd[:, :, first:]
    crossed = torch.stack([-patches[..., 1::2], patches[..., ::2]], dim=-1).flatten(-2)
    return torch.cat([heads_ThNd[:, :, :first], patches * cosine + crossed * sine], dim=2)

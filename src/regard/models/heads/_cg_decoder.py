"""The decoder of CG-DETR: queries are spans that every layer moves (in one dimension what DAB-DETR, Liu et al. 2022,
does, after Conditional DETR, Meng et al. 2021).

Parameters have the released names. Shapes: B calls, Q queries, V features of a clip, D width, h heads. A span is its
centre and width as shares of the clip, in float32.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.models.heads._cg_layers import BareAttention, DropPath, Perceptron, Sizes
from regard.models.heads._waves import logit, waves_of


class QueryDecoder(nn.Module):
    """Layers that let each query look around its span, and move the span after each."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width = sizes.width
        self.layers = nn.ModuleList(DecoderLayer(sizes, first=not number) for number in range(sizes.decoder_layers))
        self.norm = nn.LayerNorm(width)
        self.query_scale = Perceptron(width, width, width)
        self.ref_point_head = Perceptron(width, width, width)
        self.ref_anchor_head = Perceptron(width, width, 1)
        self.bbox_embed = Perceptron(width, width, width, 2)

    def forward(
        self, spans_Q2: Tensor, clips_BVD: Tensor, places_BVD: Tensor, mask_BV: Tensor
    ) -> list[tuple[Tensor, Tensor]]:
        """Return, for each layer, the queries (B, Q, D) after it and the spans (B, Q, 2) they started it with.

        `spans_Q2`: the learned spans before the sigmoid.
        """
        moved = spans_Q2.float().sigmoid().expand(len(clips_BVD), -1, -1)
        start, x_BQD, found = moved, clips_BVD.new_zeros(*moved.shape[:2], clips_BVD.shape[2]), []
        for number, layer in enumerate(self.layers):
            waves = waves_of(start, x_BQD.shape[2])
            places = self.ref_point_head(waves.to(x_BQD.dtype))
            scale = self.query_scale(x_BQD) if number else 1
            zoom = self.ref_anchor_head(x_BQD).sigmoid() / start[..., 1:]
            x_BQD = layer(x_BQD, places, (waves * scale * zoom).to(x_BQD.dtype), (clips_BVD, places_BVD, mask_BV))
            found.append((self.norm(x_BQD), moved))
            moved = (self.bbox_embed(x_BQD).float() + logit(start)).sigmoid()
            start = moved.detach()
        return found


class DecoderLayer(nn.Module):
    """Queries gather from each other, then from the clip by content and, apart from it, by place.

    Only the `first` layer adds the queries' places to their content where they look at the clip.
    """

    def __init__(self, sizes: Sizes, first: bool) -> None:
        super().__init__()
        width = sizes.width
        self.sa_qcontent_proj = nn.Linear(width, width)
        self.sa_qpos_proj = nn.Linear(width, width)
        self.sa_kcontent_proj = nn.Linear(width, width)
        self.sa_kpos_proj = nn.Linear(width, width)
        self.sa_v_proj = nn.Linear(width, width)
        self.ca_qcontent_proj = nn.Linear(width, width)
        self.ca_kcontent_proj = nn.Linear(width, width)
        self.ca_kpos_proj = nn.Linear(width, width)
        self.ca_v_proj = nn.Linear(width, width)
        self.ca_qpos_sine_proj = nn.Linear(width, width)
        self.ca_qpos_proj = nn.Linear(width, width) if first else None
        self.self_attn = BareAttention(width, sizes.heads, sizes.dropout)
        self.cross_attn = BareAttention(width, sizes.heads, sizes.dropout)
        self.linear1 = nn.Linear(width, sizes.hidden)
        self.linear2 = nn.Linear(sizes.hidden, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.norm3 = nn.LayerNorm(width)
        self.activation = nn.PReLU()
        self.dropout = nn.Dropout(sizes.dropout)
        self.branch = DropPath(sizes.dropout)

    def forward(
        self, x_BQD: Tensor, places_BQD: Tensor, waves_BQD: Tensor, memory: tuple[Tensor, Tensor, Tensor]
    ) -> Tensor:
        """Return the queries after this layer.

        `places_BQD`, `waves_BQD`: the queries' spans, learned and as sines. `memory`: clips (B, V, D), their places and
        the mask (B, V).
        """
        queries = self.sa_qcontent_proj(x_BQD) + self.sa_qpos_proj(places_BQD)
        keys = self.sa_kcontent_proj(x_BQD) + self.sa_kpos_proj(places_BQD)
        x_BQD = self.norm1(x_BQD + self.branch(self.self_attn(queries, keys, self.sa_v_proj(x_BQD))[0]))
        x_BQD = self.norm2(x_BQD + self.branch(self._look(x_BQD, places_BQD, waves_BQD, *memory)))
        transformed = self.linear2(self.dropout(self.activation(self.linear1(x_BQD))))
        return self.norm3(x_BQD + self.branch(transformed))

    def _look(
        self,
        x_BQD: Tensor,
        places_BQD: Tensor,
        waves_BQD: Tensor,
        clips_BVD: Tensor,
        clip_places_BVD: Tensor,
        mask_BV: Tensor,
    ) -> Tensor:
        """Return what the queries gather from the clip: per head, content and place stand side by side."""
        queries, keys = self.ca_qcontent_proj(x_BQD), self.ca_kcontent_proj(clips_BVD)
        key_places = self.ca_kpos_proj(clip_places_BVD)
        if self.ca_qpos_proj is not None:
            queries, keys = queries + self.ca_qpos_proj(places_BQD), keys + key_places
        heads = self.cross_attn.heads
        queries = per_head(queries, self.ca_qpos_sine_proj(waves_BQD), heads)
        keys = per_head(keys, key_places, heads)
        return self.cross_attn(queries, keys, self.ca_v_proj(clips_BVD), mask_BV[:, None, None])[0]


def untaught(layers: int) -> list[str]:
    """Return the beginnings of the names that no loss can teach in a decoder of so many layers: how queries compare
    each other while all of them are still zero; where there is one layer, also what only later layers use.
    """
    names = [f"layers.0.sa_{part}_proj." for part in ("qcontent", "qpos", "kcontent", "kpos")]
    names.append("layers.0.sa_v_proj.weight")
    if layers == 1:
        names += ["bbox_embed.", "query_scale.", "ref_anchor_head.layers.0.weight"]
    return names


def per_head(first: Tensor, second: Tensor, heads: int) -> Tensor:
    """Return two tensors (..., D) side by side (..., 2 D), head by head."""
    return torch.cat([first.unflatten(-1, (heads, -1)), second.unflatten(-1, (heads, -1))], dim=-1).flatten(-2)

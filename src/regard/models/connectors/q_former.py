"""Q-Former: learned queries read all features of a sample and become its visual tokens (BLIP-2, arXiv 2301.12597).

VideoChat2's bridge, and so VideoChat-TPO's. Parameter names are those of the released weights. Shapes: T frames, H x W
cells (N in all), C width of the tower, Q queries, B width of the bridge, D width of the language model, h heads, d
width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.models.connectors._base import Connector

EPSILON = 1e-12


class QFormer(Connector):
    """Queries through a BERT whose every second layer looks at the features, then one linear layer.

    A picture and a clip of any length become `queries` + `extra` tokens, in one row that is no map: region encoders
    that read or change the visual map cannot stand behind it. Instructions do not enter, so the part of the release for
    words is left out; so are its dropout and dropped paths.
    """

    mixes_frames = True
    keeps_map = False

    def __init__(
        self,
        vision_width: int,
        text_width: int,
        queries: int = 32,
        extra: int = 64,
        width: int = 768,
        depth: int = 12,
        heads: int = 12,
        hidden: int = 3072,
    ) -> None:
        super().__init__()
        self.query_tokens = nn.Parameter(torch.empty(1, queries, width))
        self.extra_query_tokens = nn.Parameter(torch.empty(1, extra, width))
        self.bert = Bert(vision_width, width, depth, heads, hidden)
        self.project_up = nn.Linear(width, text_width)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start the queries small; equal ones would stay equal."""
        nn.init.normal_(self.query_tokens, std=0.02)
        nn.init.normal_(self.extra_query_tokens, std=0.02)

    def project(self, features: Tensor) -> Tensor:
        """Raise `ConfigError`: a token is made from all cells, so nothing of it can be shared with regions."""
        raise ConfigError(
            "the q_former connector has no per-cell projection to share with regions; give the region encoder its own "
            "(mask_pool: projector=own; object_tokens and box_token have one)"
        )

    def forward(self, features_THWC: Tensor, pool: int = 1) -> Tensor:
        """Return the visual tokens (1, 1, Q, D) of one sample. Raises `ConfigError` for another `pool` than 1."""
        if pool != 1:
            raise ConfigError(
                f"the q_former connector makes as many tokens of any map; set image_pool and clip_pool to 1, not {pool}"
            )
        queries_1QB = torch.cat([self.query_tokens, self.extra_query_tokens], dim=1)
        return self.project_up(self.bert(queries_1QB, features_THWC.flatten(0, 2)[None]))[None]

    def grid(self, height: int, width: int, pool: int = 1) -> tuple[int, int]:
        """Return one row of as many visual tokens as there are queries."""
        return 1, self.query_tokens.shape[1] + self.extra_query_tokens.shape[1]

    def frames(self, count: int) -> int:
        """Return 1: a clip becomes as many tokens as a picture."""
        return 1


class Bert(nn.Module):
    """The layers, after a normalisation of the queries."""

    def __init__(self, vision_width: int, width: int, depth: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.embeddings = nn.ModuleDict({"LayerNorm": nn.LayerNorm(width, eps=EPSILON)})
        layers = [Layer(width, heads, hidden, vision_width if number % 2 == 0 else None) for number in range(depth)]
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})

    def forward(self, queries_1QB: Tensor, features_1NC: Tensor) -> Tensor:
        """Return the queries (1, Q, B) after all layers."""
        queries_1QB = self.embeddings["LayerNorm"](queries_1QB)
        for layer in self.encoder["layer"]:
            queries_1QB = layer(queries_1QB, features_1NC)
        return queries_1QB


class Layer(nn.Module):
    """Queries look at each other, in layers that have a `vision_width` at the features, then pass a perceptron."""

    def __init__(self, width: int, heads: int, hidden: int, vision_width: int | None) -> None:
        super().__init__()
        self.attention = Attention(width, width, heads)
        self.crossattention = None if vision_width is None else Attention(width, vision_width, heads)
        self.intermediate_query = nn.ModuleDict({"dense": nn.Linear(width, hidden)})
        self.output_query = Output(hidden, width)

    def forward(self, queries_1QB: Tensor, features_1NC: Tensor) -> Tensor:
        """Return the queries (1, Q, B) after this layer."""
        queries_1QB = self.attention(queries_1QB, queries_1QB)
        if self.crossattention is not None:
            queries_1QB = self.crossattention(queries_1QB, features_1NC)
        return self.output_query(nn.functional.gelu(self.intermediate_query["dense"](queries_1QB)), queries_1QB)


class Attention(nn.Module):
    """Attention of the queries to what they look at, added to them and normalised after."""

    def __init__(self, width: int, seen_width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self = nn.ModuleDict(
            {
                "query": nn.Linear(width, width),
                "key": nn.Linear(seen_width, width),
                "value": nn.Linear(seen_width, width),
            }
        )
        self.output = Output(width, width)

    def forward(self, queries_1QB: Tensor, seen_1NC: Tensor) -> Tensor:
        """Return the queries (1, Q, B) with what each gathered."""
        asking, keys, values = (
            self.self[name](given).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for name, given in (("query", queries_1QB), ("key", seen_1NC), ("value", seen_1NC))
        )
        gathered_1hQd = nn.functional.scaled_dot_product_attention(asking, keys, values)
        return self.output(gathered_1hQd.transpose(1, 2).flatten(2), queries_1QB)


class Output(nn.Module):
    """A linear layer whose result is added to what came before, then normalised."""

    def __init__(self, wide_in: int, wide_out: int) -> None:
        super().__init__()
        self.dense = nn.Linear(wide_in, wide_out)
        self.LayerNorm = nn.LayerNorm(wide_out, eps=EPSILON)

    def forward(self, changed: Tensor, before: Tensor) -> Tensor:
        """Return (1, Q, B)."""
        return self.LayerNorm(self.dense(changed) + before)

"""The layers of CG-DETR (Moon et al. 2023, "Correlation-guided query-dependency calibration"), batch first.

Modules and parameters have the released names, so that released weights load by name. Shapes: B calls, L tokens, Q
tokens that gather, V features of a clip, M dummies and words, D width, h heads.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError
from regard.models.encoders._settings import at_least


@dataclass(frozen=True)
class Sizes:
    """The sizes of the network; the defaults are those of VideoChat-TPO's head, which are those of CG-DETR.

    `width`, `heads`, `hidden`: of every layer; the dummy and the sentence encoder have `dummy_heads`, 8 in the release
    whatever `heads` is. `projections`: layers that bring features to `width`. `dummies`: learned tokens beside the
    words, for clips that the words do not concern; `dummy_layers` let them see the words. `cross_layers`: adaptive
    cross-attention. `layers`: encoder. `decoder_layers`, `queries`: decoder. `sentence_layers`, `moment_layers`: the
    encoders that only training uses. `prompts`: learned tokens of which the best `chosen` make the global token.
    `longest_text`: words that the text positions are made for. `text_positions`: use them (off in the release).
    Raises `ConfigError`.
    """

    width: int = 256
    heads: int = 8
    dummy_heads: int = 8
    hidden: int = 1024
    projections: int = 2
    dummies: int = 45
    dummy_layers: int = 2
    cross_layers: int = 2
    layers: int = 3
    decoder_layers: int = 3
    queries: int = 10
    sentence_layers: int = 1
    moment_layers: int = 1
    prompts: int = 10
    chosen: int = 1
    longest_text: int = 100
    text_positions: bool = False
    dropout: float = 0.1
    input_dropout: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            if type(field.default) is int:
                at_least(f"moment {field.name}", getattr(self, field.name))
        for name in ("heads", "dummy_heads"):
            if self.width % getattr(self, name):
                raise ConfigError(
                    f"moment width is {self.width}; it must be a multiple of {name}={getattr(self, name)}"
                )
        if self.width % 4:
            raise ConfigError(
                f"moment width is {self.width}; it must be a multiple of 4: sines and cosines of two places"
            )
        if self.chosen > self.prompts:
            raise ConfigError(f"moment chosen is {self.chosen}; there are prompts={self.prompts} to choose from")


class Projection(nn.Module):
    """Layer norm, dropout, a linear layer and, with `bend`, ReLU."""

    def __init__(self, wide_in: int, wide_out: int, dropout: float, bend: bool) -> None:
        super().__init__()
        self.LayerNorm = nn.LayerNorm(wide_in)
        self.net = nn.Sequential(nn.Dropout(dropout), nn.Linear(wide_in, wide_out))
        self.bend = bend

    def forward(self, features: Tensor) -> Tensor:
        """Return features (..., wide_out)."""
        projected = self.net(self.LayerNorm(features))
        return projected.relu() if self.bend else projected


def projections(wide_in: int, sizes: Sizes) -> nn.Sequential:
    """Return `sizes.projections` layers to `sizes.width`, with ReLU between them."""
    widths = [wide_in, *[sizes.width] * sizes.projections]
    pairs = enumerate(zip(widths, widths[1:], strict=False), start=1)
    return nn.Sequential(*(Projection(*pair, sizes.input_dropout, n < sizes.projections) for n, pair in pairs))


class Perceptron(nn.Module):
    """Linear layers with ReLU between them."""

    def __init__(self, *widths: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, widths[1:], strict=False))

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., last width)."""
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class TextPositions(nn.Module):
    """Learned positions of words."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.position_embeddings = nn.Embedding(sizes.longest_text, sizes.width)
        self.LayerNorm = nn.LayerNorm(sizes.width)
        self.dropout = nn.Dropout(sizes.input_dropout)

    def forward(self, words_BLD: Tensor) -> Tensor:
        """Return (B, L, D). Raises `ConfigError` for more words than there are positions."""
        known, length = len(self.position_embeddings.weight), words_BLD.shape[1]
        if length > known:
            raise ConfigError(
                f"{length} words came, there are positions for longest_text={known}; shorten the question"
            )
        return self.dropout(self.LayerNorm(words_BLD + self.position_embeddings.weight[:length]))


class DropPath(nn.Module):
    """In training, leaves a residual branch out for whole samples (Huang et al. 2016, "Stochastic depth")."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, branch_BLD: Tensor) -> Tensor:
        """Return the branch, scaled up where it stays, so that its mean stays."""
        if not self.training or self.share == 0:
            return branch_BLD
        stays_B11 = torch.rand(len(branch_BLD), 1, 1, device=branch_BLD.device) >= self.share
        return branch_BLD * (stays_B11 / (1 - self.share)).to(branch_BLD.dtype)


class BareAttention(nn.Module):
    """Attention without projections of queries, keys and values; what is gathered is projected."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(width, width)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start without a bias."""
        nn.init.zeros_(self.out_proj.bias)

    def forward(
        self, queries: Tensor, keys: Tensor, values: Tensor, seen: Tensor | None = None, silent: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Return what is gathered (B, Q, D) and the attention (B, Q, L), the mean over the heads, in float32.

        Queries and keys (B, Q or L, any width) are cut into heads, as values (B, L, D) are. `seen`: False for keys to
        leave out, in a shape that fits (B, h, Q, L). The first `silent` keys take their share of the attention and
        give nothing.
        """
        queries, keys, values = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (queries, keys, values))
        scores_BhQL = (queries * queries.shape[-1] ** -0.5) @ keys.transpose(-1, -2)
        if seen is not None:
            scores_BhQL = scores_BhQL.masked_fill(~seen, -torch.inf)
        shares_BhQL = scores_BhQL.float().softmax(-1)
        kept_BhQL = self.dropout(shares_BhQL)[..., silent:].to(values.dtype)
        gathered_BQD = (kept_BhQL @ values[:, :, silent:]).transpose(1, 2).flatten(2)
        return self.out_proj(gathered_BQD), shares_BhQL.mean(1)


class Layer(nn.Module):
    """What the layers share: two linear layers with a learned ReLU, two norms, dropped residual branches."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.linear1 = nn.Linear(sizes.width, sizes.hidden)
        self.linear2 = nn.Linear(sizes.hidden, sizes.width)
        self.norm1 = nn.LayerNorm(sizes.width)
        self.norm2 = nn.LayerNorm(sizes.width)
        self.activation = nn.PReLU()
        self.dropout = nn.Dropout(sizes.dropout)
        self.branch = DropPath(sizes.dropout)

    def transformed(self, x_BLD: Tensor) -> Tensor:
        """Return what the two linear layers make of each token, as a residual branch."""
        return self.branch(self.linear2(self.dropout(self.activation(self.linear1(x_BLD)))))


class SelfAttention(nn.MultiheadAttention):
    """Torch's attention, which can be initialised anew."""

    def reset_parameters(self) -> None:
        """Draw weights as torch does when it builds one."""
        self._reset_parameters()


class EncoderLayer(Layer):
    """Attention of all tokens to all tokens, then the linear layers; each normalised after."""

    def __init__(self, sizes: Sizes, heads: int) -> None:
        super().__init__(sizes)
        self.self_attn = SelfAttention(sizes.width, heads, sizes.dropout, batch_first=True)

    def forward(self, x_BLD: Tensor, places_BLD: Tensor, mask_BL: Tensor) -> Tensor:
        """Return the tokens after this layer; places are added where they are compared, not where they are read."""
        seen = x_BLD + places_BLD
        gathered = self.self_attn(seen, seen, x_BLD, key_padding_mask=~mask_BL, need_weights=False)[0]
        x_BLD = self.norm1(x_BLD + self.branch(gathered))
        return self.norm2(x_BLD + self.transformed(x_BLD))


class Encoder(nn.Module):
    """Several encoder layers."""

    def __init__(self, sizes: Sizes, count: int, heads: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(sizes, heads) for _ in range(count))

    def forward(self, x_BLD: Tensor, places_BLD: Tensor, mask_BL: Tensor) -> Tensor:
        """Return the tokens after all layers. Each row has at least one token."""
        for layer in self.layers:
            x_BLD = layer(x_BLD, places_BLD, mask_BL)
        return x_BLD


@dataclass(frozen=True, eq=False)
class Text:
    """Dummies, then words, as clips look at them: with their places, and without.

    `seen`: False for what a clip leaves out, in a shape that fits (B, h, V, M); None: nothing.
    """

    keys_BMD: Tensor
    values_BMD: Tensor
    seen: Tensor | None

    @property
    def nothing(self) -> Text:
        """No text at all (M = 0)."""
        return Text(self.keys_BMD[:, :0], self.values_BMD[:, :0], None)


class AdaptiveLayer(Layer):
    """Clips gather from words and dummies; only words give (CG-DETR, adaptive cross-attention)."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.dummies = sizes.dummies
        self.self_attn = BareAttention(sizes.width, sizes.heads, sizes.dropout)

    def forward(self, clips_BVD: Tensor, places_BVD: Tensor, text: Text) -> tuple[Tensor, Tensor]:
        """Return the clips after this layer and their attention (B, V, M)."""
        looking = clips_BVD + places_BVD
        gathered, attention_BVM = self.self_attn(looking, text.keys_BMD, text.values_BMD, text.seen, self.dummies)
        mixed = clips_BVD + self.branch(gathered)
        return self.norm2(mixed + self.transformed(self.norm1(mixed))), attention_BVM


class AdaptiveEncoder(nn.Module):
    """Several adaptive cross-attention layers; the text stays as it is."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(AdaptiveLayer(sizes) for _ in range(sizes.cross_layers))

    def forward(self, clips_BVD: Tensor, places_BVD: Tensor, text: Text) -> tuple[Tensor, Tensor]:
        """Return the clips after all layers and the mean of the layers' attention (B, V, M), in float32.

        Without text (M = 0) nothing is gathered and the layers still transform.
        """
        found = []
        for layer in self.layers:
            clips_BVD, attention = layer(clips_BVD, places_BVD, text)
            found.append(attention)
        return clips_BVD, torch.stack(found).mean(0)

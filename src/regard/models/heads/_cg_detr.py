"""The network of CG-DETR (Moon et al. 2023): a clip in the light of a text, and the spans and saliency that follow.

Shapes: B calls, V features of the longest clip, L words of the longest question, N dummies, M = N + L, Q candidates, P
prompts of the global token, C and E widths of clip and text features, D width of the network, h heads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from regard.models.encoders._settings import one_of
from regard.models.heads._base import TaskHead
from regard.models.heads._cg_decoder import QueryDecoder, untaught
from regard.models.heads._cg_layers import (
    AdaptiveEncoder,
    Encoder,
    Perceptron,
    Projection,
    Sizes,
    Text,
    TextPositions,
    projections,
)
from regard.models.heads._dense_decoder import DenseDecoder
from regard.models.heads._moment_inputs import MomentInputs
from regard.models.heads._waves import logit, places_in_time

TEXT, VIDEO = 0, 1


@dataclass(frozen=True, eq=False)
class Tokens:
    """Clips and text as the network compares them; the text is dummies (which have seen the words), then words."""

    clips_BVD: Tensor
    places_BVD: Tensor
    mask_BV: Tensor
    text_BMD: Tensor
    text_places_BMD: Tensor
    text_mask_BM: Tensor


@dataclass(frozen=True, eq=False)
class MomentOutputs:
    """What the network says; the released names are in brackets.

    `logits_BQ2`: foreground, background of each candidate [pred_logits]. `spans_BQ2`: its centre and width as shares
    of the clip [pred_spans]. `candidates_BQ`: which candidates there are. `earlier`: logits and spans after each
    earlier decoder layer [aux_outputs]. `saliency_BV`: how much each feature is asked for, in no unit
    [saliency_scores]. `engagement_BV`: its attention to the words rather than the dummies, 0..1 [t2vattnvalues].
    `attention_BVM`: to each of them [cate_attn_weights]. What lies behind a clip's last feature means nothing.
    """

    inputs: MomentInputs
    tokens: Tokens
    logits_BQ2: Tensor
    spans_BQ2: Tensor
    candidates_BQ: Tensor
    earlier: tuple[tuple[Tensor, Tensor], ...]
    saliency_BV: Tensor
    engagement_BV: Tensor
    attention_BVM: Tensor


class CgDetr(TaskHead):
    """The network, without what stands before and behind it.

    `video_width`: C. `decoder`: `queries`, published, or `dense`. `padding`: `own`, or `as_released`, where padding in
    one call of a batch hides words from features of another. Parameter names are the released ones.
    """

    def __init__(self, text_width: int, video_width: int, decoder: str, padding: str, sizes: Sizes) -> None:
        super().__init__(text_width)
        self.decoder = one_of("moment decoder", decoder, ("queries", "dense"))
        self.padding = one_of("moment padding", padding, ("own", "as_released"))
        self.sizes = sizes
        width = sizes.width
        self.input_txt_proj = projections(text_width, sizes)
        self.input_vid_proj = projections(video_width, sizes)
        self.token_type_embeddings = nn.Embedding(2, width)
        self.txt_position_embed = TextPositions(sizes)
        self.txt_proj_linear = Projection(text_width, width, sizes.dropout, bend=True)
        self.txtproj_encoder = Encoder(sizes, sizes.dummy_layers, sizes.dummy_heads)
        self.scls_encoder = Encoder(sizes, sizes.sentence_layers, sizes.dummy_heads)
        self.transformer = nn.ModuleDict(
            {
                "mcls_encoder": Encoder(sizes, sizes.moment_layers, sizes.heads),
                "t2v_encoder": AdaptiveEncoder(sizes),
                "encoder": Encoder(sizes, sizes.layers, sizes.heads),
            }
        )
        self.saliency_proj1 = nn.Linear(width, width)
        self.saliency_proj2 = nn.Linear(width, width)
        self.global_rep_token = nn.Parameter(torch.empty(sizes.prompts, width))
        self.global_rep_pos = nn.Parameter(torch.empty(1, width))
        self.dummy_rep_token = nn.Parameter(torch.empty(sizes.dummies, width))
        self.dummy_rep_pos = nn.Parameter(torch.empty(sizes.dummies, width))
        self.moment_rep_token = nn.Parameter(torch.empty(width))
        self.moment_rep_pos = nn.Parameter(torch.empty(width))
        self.sent_rep_token = nn.Parameter(torch.empty(width))
        self.sent_rep_pos = nn.Parameter(torch.empty(width))
        self._add_decoder()
        self.reset_parameters()

    def _add_decoder(self) -> None:
        width = self.sizes.width
        if self.decoder == "dense":
            self.dense = DenseDecoder(width)
            return
        self.transformer["decoder"] = QueryDecoder(self.sizes)
        self.query_embed = nn.Embedding(self.sizes.queries, 2)
        self.class_embed = nn.Linear(width, 2)
        self.span_embed = Perceptron(width, width, width, 2)

    def reset_parameters(self) -> None:
        """Draw the learned tokens from a normal distribution, the transformer's matrices after Glorot."""
        for token in self.parameters(recurse=False):
            nn.init.normal_(token)
        nn.init.normal_(self.token_type_embeddings.weight, std=0.02)
        for matrix in self.transformer.parameters():
            if matrix.dim() > 1:
                nn.init.xavier_uniform_(matrix)

    @property
    def unused(self) -> tuple[str, ...]:
        """What the release holds and never trains: a projection that nothing calls, text positions that are off, and
        what the decoder cannot be taught.
        """
        names = ["txt_proj_linear."]
        if not self.sizes.text_positions:
            names.append("txt_position_embed.")
        if self.decoder == "queries":
            names += [f"transformer.decoder.{name}" for name in untaught(self.sizes.decoder_layers)]
        return tuple(names)

    def forward(self, inputs: MomentInputs) -> MomentOutputs:
        """Return logits, spans, saliency and engagement of each clip and question."""
        tokens = self._tokens(inputs)
        clips_BVD, attention_BVM, saliency_BV = self._read(tokens)
        steps = self._candidates(inputs, tokens, clips_BVD)
        mask_BQ = tokens.mask_BV if self.decoder == "dense" else torch.ones_like(steps[-1][0][..., 0], dtype=torch.bool)
        return MomentOutputs(
            inputs,
            tokens,
            *steps[-1],
            mask_BQ,
            tuple(steps[:-1]),
            saliency_BV,
            self._engagement(attention_BVM),
            attention_BVM,
        )

    def _tokens(self, inputs: MomentInputs) -> Tokens:
        """Bring clips and words to one width, mark which is which, and let the dummies see the words."""
        clips_BVD = self.input_vid_proj(inputs.video_BVC) + self.token_type_embeddings.weight[VIDEO]
        words_BLD = self.input_txt_proj(inputs.text_BLE) + self.token_type_embeddings.weight[TEXT]
        if self.sizes.text_positions:
            word_places_BLD = self.txt_position_embed(words_BLD)
        else:
            word_places_BLD = torch.zeros_like(words_BLD)
        text_BMD, mask_BM = lead(self.dummy_rep_token, words_BLD, inputs.text_mask_BL)
        text_places_BMD, _ = lead(self.dummy_rep_pos, word_places_BLD, inputs.text_mask_BL)
        seen_BMD = self.txtproj_encoder(text_BMD, text_places_BMD, mask_BM)
        text_BMD = torch.cat([seen_BMD[:, : self.sizes.dummies], words_BLD.to(seen_BMD.dtype)], dim=1)
        places_BVD = places_in_time(inputs.video_mask_BV, self.sizes.width).to(clips_BVD.dtype)
        return Tokens(clips_BVD, places_BVD, inputs.video_mask_BV, text_BMD, text_places_BMD, mask_BM)

    def _read(self, tokens: Tokens) -> tuple[Tensor, Tensor, Tensor]:
        """Return clips (B, V, D) in the light of the text, their attention (B, V, M) to it, and saliency (B, V)."""
        look = self.transformer["t2v_encoder"]
        text = Text(tokens.text_BMD + tokens.text_places_BMD, tokens.text_BMD, self._seen(tokens))
        clips_BVD, attention_BVM = look(tokens.clips_BVD, tokens.places_BVD, text)
        global_B1D = self._global(tokens, self._engagement(attention_BVM))
        place_B1D = self.global_rep_pos.expand_as(global_B1D)
        global_B1D, _ = look(global_B1D, place_B1D, text.nothing)
        memory_BXD = self.transformer["encoder"](
            torch.cat([global_B1D, clips_BVD], dim=1),
            torch.cat([place_B1D, tokens.places_BVD], dim=1),
            F.pad(tokens.mask_BV, (1, 0), value=True),
        )
        global_B1D, clips_BVD = memory_BXD[:, :1], memory_BXD[:, 1:] + memory_BXD[:, :1]
        alike_BV = (self.saliency_proj1(clips_BVD) * self.saliency_proj2(global_B1D)).sum(-1)
        return clips_BVD, attention_BVM, alike_BV / self.sizes.width**0.5

    def _seen(self, tokens: Tokens) -> Tensor:
        """Return which dummies and words a clip's features see: those that are there.

        In the release the mask of call b and head h is that of call (b x heads + h) modulo B, so that what is padding
        in one call, feature and word, is also hidden in another.
        """
        seen_B11M = tokens.text_mask_BM[:, None, None]
        if self.padding == "own":
            return seen_B11M
        empty_BVM = ~tokens.mask_BV[:, :, None] & ~tokens.text_mask_BM[:, None]
        return seen_B11M & ~empty_BVM.repeat(self.sizes.heads, 1, 1).unflatten(0, (-1, self.sizes.heads))

    def _engagement(self, attention_BVM: Tensor) -> Tensor:
        return attention_BVM[..., self.sizes.dummies :].sum(-1).clamp(0, 1)

    def _global(self, tokens: Tokens, engagement_BV: Tensor) -> Tensor:
        """Return a token (B, 1, D) for the whole clip: its mean, and the learned tokens that are most like what its
        engaged features are beside the mean.
        """
        keep_BV1 = tokens.mask_BV[..., None]
        clips_BVD = tokens.clips_BVD
        mean_B1D = (clips_BVD.masked_fill(~keep_BV1, 0).sum(1, keepdim=True) / keep_BV1.sum(1, keepdim=True)).detach()
        beside_BVD = F.normalize(clips_BVD - mean_B1D, dim=-1)
        alike_BVP = (beside_BVD @ F.normalize(self.global_rep_token, dim=-1).T).float().softmax(-1)
        share_BV1 = (engagement_BV * tokens.mask_BV).detach()[..., None]
        share_BV1 = share_BV1 / share_BV1.sum(1, keepdim=True).clamp(min=1e-12)
        best_BX, chosen_BX = (alike_BVP * share_BV1).sum(1).topk(self.sizes.chosen)
        tokens_BXD = best_BX[..., None] * self.global_rep_token[chosen_BX]
        return tokens_BXD.sum(1, keepdim=True).to(clips_BVD.dtype) + mean_B1D.to(clips_BVD.dtype)

    def _candidates(self, inputs: MomentInputs, tokens: Tokens, clips_BVD: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return logits and spans (B, Q, 2) after each layer of the decoder."""
        if self.decoder == "dense":
            return [self.dense(clips_BVD, tokens.mask_BV, inputs.places_BV2.mean(-1))]
        decoder = self.transformer["decoder"]
        steps = decoder(self.query_embed.weight, clips_BVD, tokens.places_BVD, tokens.mask_BV)
        return [
            (self.class_embed(queries), (self.span_embed(queries).float() + logit(start)).sigmoid())
            for queries, start in steps
        ]


def lead(first_ND: Tensor, rows_BLD: Tensor, mask_BL: Tensor) -> tuple[Tensor, Tensor]:
    """Return learned tokens in front of each row (B, N + L, D), and the mask with them."""
    rows = torch.cat([first_ND.expand(len(rows_BLD), -1, -1).to(rows_BLD.dtype), rows_BLD], dim=1)
    return rows, F.pad(mask_BL, (len(first_ND), 0), value=True)


def swapped(tokens: Tokens, rows_R: Tensor) -> Tokens:
    """Return some calls' clips with the text of the call after each."""
    text = {name: getattr(tokens, name).roll(-1, 0)[rows_R] for name in ("text_BMD", "text_places_BMD", "text_mask_BM")}
    clips = {name: getattr(tokens, name)[rows_R] for name in ("clips_BVD", "places_BVD", "mask_BV")}
    return replace(tokens, **clips, **text)

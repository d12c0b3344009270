"""Moments: the time spans of a clip that a sentence speaks of, and how much each second matters to it (CG-DETR, as the
temporal head of VideoChat-TPO).

Shapes: B calls, V features of the longest clip, L words of the longest question, M dummies and words, Q candidates, R
calls whose clip is asked for something else, C and E widths of clip and text features, D width of the network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from regard.core.errors import DataError, VideoError
from regard.media.clip import Clip
from regard.models.encoders._settings import at_least
from regard.models.heads import _moment_losses as losses
from regard.models.heads._base import Call
from regard.models.heads._cg_detr import CgDetr, MomentOutputs, Tokens, lead, swapped
from regard.models.heads._cg_layers import Sizes
from regard.models.heads._moment_inputs import (
    PLACE,
    SHORTEST,
    MomentInputs,
    even_stretches,
    padded,
    stretches_around,
    with_place,
)
from regard.models.heads._moment_result import Moments, moments_of
from regard.models.heads._moment_truth import Match, Truth, match_features, match_queries, truth_of


class Moment(CgDetr):
    """Finds moments from the features of a clip and of the words that ask for them.

    `features`: width of the clip's features where they come from another encoder, as in VideoChat-TPO
    (`Sample.facts["features"]`, (V, C) evenly spaced); None: the language model's hidden states of the frames.
    `decoder`: `queries`, published, or `dense`, which learns in fewer steps. `padding`: `own`, or `as_released`, where
    padding in one call of a batch hides words from features of another. `weights`: of the loss, fields of
    `LossWeights`. Others: fields of `Sizes`. Parameter names are those of CG-DETR's release, so that its weights load
    by name; the state at the slot is read as one more word.
    """

    trigger = "<time_begin>"
    slot = "<temp>"
    finds = "moments"

    def __init__(
        self,
        text_width: int,
        features: int | None = None,
        decoder: str = "queries",
        padding: str = "own",
        weights: Mapping[str, float] | None = None,
        **sizes: Any,
    ) -> None:
        width = text_width if features is None else at_least("moment features", features)
        super().__init__(text_width, width + PLACE, decoder, padding, Sizes(**sizes))
        self.features = features
        self.weights = losses.LossWeights(**weights or {})

    def prepare(self, calls: Sequence[Call]) -> MomentInputs:
        """Return the batch of these calls. Raises `VideoError` for a picture, `DataError` where the head reads the
        features of another encoder and a sample has none of its width.
        """
        rows = [self._row(call) for call in calls]
        video, text, stretches, seconds, keys = zip(*rows, strict=True)
        device = text[0].device
        return MomentInputs(
            *padded(video),
            *padded(text),
            padded(stretches)[0],
            torch.tensor(seconds, dtype=torch.float32, device=device),
            torch.tensor([keys.index(key) for key in keys], device=device),
        )

    def _row(self, call: Call) -> tuple[Tensor, Tensor, Tensor, float, str]:
        """Return a call's features, words, stretches and length in seconds, and what tells its clip from others."""
        media = call.sample.media
        if not isinstance(media, Clip):
            raise VideoError("moments are found in a clip, and this is a picture; open a video, or a folder of frames")
        if not len(call.frames):
            raise VideoError("moments are found on frames, and none was looked at; give at least one")
        seconds = max(media.duration, SHORTEST)
        if self.features is None:
            found_VC = call.frames_TD
            stretches_V2 = stretches_around(media.times[list(call.frames)], seconds)
        else:
            found_VC = self._given(call.sample.facts).to(call.slot_D)
            stretches_V2 = even_stretches(len(found_VC), seconds)
        stretches_V2 = stretches_V2.to(found_VC.device)
        text_LE = torch.cat([call.words_LD, call.slot_D[None]])
        return with_place(found_VC, stretches_V2, seconds), text_LE, stretches_V2, seconds, media.source or media.key

    def _given(self, facts: Mapping[str, Any]) -> Tensor:
        features = torch.as_tensor(facts.get("features", ()))
        if features.dim() != 2 or features.shape[1] != self.features or not len(features):
            came = f"{tuple(features.shape)} came" if "features" in facts else "none came"
            raise DataError(
                f"this moment head reads features of another encoder, (V, {self.features}) at even distances in time; "
                f"{came}. Give them to the verb `moments` as features=FILE or features=ARRAY, to training as "
                "Sample.facts['features'], or build the head with features=None to read the language model's own frames"
            )
        return features

    def decode(self, outputs: MomentOutputs) -> list[Moments]:
        """Return the moments of each call, in seconds inside its clip, best first, and its saliency by the second."""
        inputs = outputs.inputs
        scores_BQ = outputs.logits_BQ2.detach().float().softmax(-1)[..., losses.FOREGROUND]
        distinct = self.decoder == "dense"
        return moments_of(
            inputs, scores_BQ, outputs.spans_BQ2, outputs.candidates_BQ, outputs.saliency_BV.detach(), distinct=distinct
        )

    def loss(self, outputs: MomentOutputs, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the terms by name, weighted.

        `facts[...]["moments"]`: the call's (start, end) in seconds; `["saliency"]`, where known: 0..12 for each of the
        clip's features. Raises `DataError` where moments are missing or do not fit.
        """
        truth = truth_of(outputs.inputs, facts)
        terms = self._span_terms(outputs, truth)
        terms["saliency"] = self.weights.saliency * self._saliency_term(outputs, truth)
        return {name: self.weights.whole * term for name, term in (terms | self._text_terms(outputs, truth)).items()}

    def _span_terms(self, outputs: MomentOutputs, truth: Truth) -> dict[str, Tensor]:
        """Return the terms of logits and spans after each layer of the decoder, each matched anew."""
        weights = self.weights
        terms: dict[str, Tensor] = {}
        for number, (logits, spans) in enumerate([*outputs.earlier, (outputs.logits_BQ2, outputs.spans_BQ2)]):
            match = self._match(logits, spans, truth)
            apart, overlap = losses.span_terms(spans, match)
            label = losses.label_term(logits, outputs.candidates_BQ, match, weights.background)
            own = {"span": weights.span * apart, "overlap": weights.overlap * overlap, "label": weights.label * label}
            behind = f"_{number}" if number < len(outputs.earlier) else ""
            terms |= {f"{name}{behind}": term for name, term in own.items()}
        return terms

    def _match(self, logits_BQ2: Tensor, spans_BQ2: Tensor, truth: Truth) -> Match:
        if self.decoder == "dense":
            return match_features(truth)
        return match_queries(logits_BQ2, spans_BQ2, truth, self.weights.prices)

    def _saliency_term(self, outputs: MomentOutputs, truth: Truth) -> Tensor:
        """Return the loss of saliency and of engagement; the next call's question is asked of each clip as well, where
        it is another clip's.
        """
        tokens, clip_B = outputs.tokens, outputs.inputs.clip_B
        rows_R = (clip_B != clip_B.roll(-1)).nonzero().flatten()
        about, engaged = None, None
        if len(rows_R):
            _, attention_RVM, saliency_RV = self._read(swapped(tokens, rows_R))
            about = losses.Negative(rows_R, saliency_RV, F.softplus)
            engaged = losses.Negative(rows_R, self._engagement(attention_RVM), losses.refused_share)
        known = (truth.relevance_BV, tokens.mask_BV)
        margin = self.weights.margin
        attended = losses.engagement_term(outputs.engagement_BV, *known)
        attended = attended + losses.saliency_term(outputs.engagement_BV, *known, engaged, margin)
        return losses.saliency_term(outputs.saliency_BV, *known, about, margin) + self.weights.engagement * attended

    def _text_terms(self, outputs: MomentOutputs, truth: Truth) -> dict[str, Tensor]:
        """Return the terms that tie moments to sentences, attention to what they share, and keep tokens apart."""
        tokens, dummies = outputs.tokens, self.sizes.dummies
        inside_BV = (truth.relevance_BV > 0) & tokens.mask_BV
        moment, features_in = self._summed(tokens, inside_BV)
        other, features_out = self._summed(tokens, tokens.mask_BV & ~inside_BV)
        sentence, words = self._sentence(tokens, slice(dummies, None))
        empty, beside = self._sentence(tokens, slice(0, dummies))
        features = torch.where(inside_BV[..., None], features_in, features_out)
        likeness_BVM = features_in @ torch.cat([beside, words], dim=1).transpose(1, 2)
        apart = losses.orthogonal_term(self.global_rep_token[None])
        apart = apart + losses.orthogonal_term(tokens.text_BMD[:, :dummies])
        align = losses.contrast_term(moment, other, sentence, empty)
        align = align + losses.membership_term(moment, features, inside_BV, tokens.mask_BV)
        distill = losses.distill_term(outputs.attention_BVM, likeness_BVM, inside_BV, tokens.text_mask_BM)
        weights = self.weights
        return {
            "align": weights.align * align,
            "distill": weights.distill * distill,
            "orthogonal": weights.orthogonal * apart,
        }

    def _summed(self, tokens: Tokens, keep_BV: Tensor) -> tuple[Tensor, Tensor]:
        """Return one token (B, D) for some of a clip's features, and these features (B, V, D) beside it."""
        clips, mask = lead(self.moment_rep_token[None], tokens.clips_BVD, keep_BV)
        places, _ = lead(self.moment_rep_pos[None], tokens.places_BVD, keep_BV)
        together = self.transformer["mcls_encoder"](clips, places, mask)
        return together[:, 0], together[:, 1:]

    def _sentence(self, tokens: Tokens, part: slice) -> tuple[Tensor, Tensor]:
        """Return one token (B, D) for a part of the text, and this part (B, .., D) beside it."""
        text, mask = lead(self.sent_rep_token[None], tokens.text_BMD[:, part], tokens.text_mask_BM[:, part])
        places, _ = lead(self.sent_rep_pos[None], tokens.text_places_BMD[:, part], tokens.text_mask_BM[:, part])
        together = self.scls_encoder(text, places, mask)
        return together[:, 0], together[:, 1:]

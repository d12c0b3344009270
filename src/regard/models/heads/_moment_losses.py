"""The terms of the moment head's loss: those of CG-DETR with the weights of its Charades-STA run, as VideoChat-TPO has
them.

Every mean is over what is there, never over padding. Shapes: B calls, V features of the longest clip, Q candidates, K
matched pairs, R rows that are ranked, M dummies and words, D width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from regard.models.heads._moment_truth import Match, centred, ends
from regard.regions.geometry import generalized_span_iou

LEVELS = 11  # of relevance, at each of which there is a ranking loss; their sum is divided by one more, as released
SHARPNESS = 0.5  # temperature of these losses, as released
FOREGROUND, BACKGROUND = 0, 1


@dataclass(frozen=True)
class LossWeights:
    """What each term counts. `whole`: of all of them, beside the language model's loss (VideoChat-TPO).

    `background`: of a candidate that is no moment, within `label`. `engagement`: of attention to the words, within
    `saliency`. `margin`: by how much a clip that is asked for should win.
    """

    span: float = 10.0
    overlap: float = 1.0
    label: float = 4.0
    background: float = 0.1
    saliency: float = 4.0
    engagement: float = 1.0
    align: float = 1.0
    distill: float = 1.0
    orthogonal: float = 1.0
    margin: float = 0.2
    whole: float = 0.05

    @property
    def prices(self) -> tuple[float, float, float]:
        """What matching pays for distance, overlap and foreground: the released costs are the losses' weights."""
        return self.span, self.overlap, self.label


@dataclass(frozen=True, eq=False)
class Negative:
    """Scores (R, V) of clips that were asked for another clip's question. `rows_R`: which calls these are.

    `against`: what a score costs there.
    """

    rows_R: Tensor
    scores_RV: Tensor
    against: Callable[[Tensor], Tensor]


def span_terms(spans_BQ2: Tensor, match: Match) -> tuple[Tensor, Tensor]:
    """Return the mean L1 distance of centres and widths, and the mean of 1 - generalised IoU, over matched pairs."""
    found_K2 = spans_BQ2[match.call_K, match.candidate_K]
    pairs = max(len(found_K2), 1)
    apart = (found_K2 - centred(match.span_K2)).abs().sum() / (2 * pairs)
    overlap_K = generalized_span_iou(ends(found_K2), match.span_K2).diagonal()
    return apart, (1 - overlap_K).sum() / pairs


def label_term(logits_BQ2: Tensor, mask_BQ: Tensor, match: Match, background: float) -> Tensor:
    """Return the mean cross-entropy of foreground and background; the latter counts `background`."""
    wanted_BQ = torch.full_like(mask_BQ, BACKGROUND, dtype=torch.long)
    wanted_BQ[match.call_K, match.candidate_K] = FOREGROUND
    counts = logits_BQ2.new_tensor([1.0, background], dtype=torch.float32)
    loss_BQ = F.cross_entropy(logits_BQ2.float().transpose(1, 2), wanted_BQ, counts, reduction="none")
    return mean_over(loss_BQ, mask_BQ)


def saliency_term(
    scores_BV: Tensor, relevance_BV: Tensor, mask_BV: Tensor, negative: Negative | None, margin: float
) -> Tensor:
    """Return margin, ranking and negative-pair loss of scores (B, V): more relevant features should score higher, and
    all of them higher than the same clip asked for something else.
    """
    total = 2 * margin_term(scores_BV, relevance_BV, mask_BV, margin)
    if negative is None:
        return total + ranking_term(scores_BV, relevance_BV, mask_BV)
    rows = negative.rows_R
    scores = torch.cat([scores_BV[rows], negative.scores_RV], dim=1)
    relevance = torch.cat([relevance_BV[rows], torch.zeros_like(relevance_BV[rows])], dim=1)
    total = total + ranking_term(scores, relevance, mask_BV[rows].repeat(1, 2))
    others = torch.ones(len(scores_BV), dtype=torch.bool, device=rows.device).index_fill(0, rows, False)
    if others.any():
        total = total + ranking_term(scores_BV[others], relevance_BV[others], mask_BV[others])
    against_RV = negative.against(negative.scores_RV.float()).masked_fill(~mask_BV[rows], 0)
    return total + against_RV.sum(1).mean()


def refused_share(shares: Tensor) -> Tensor:
    """Return -log(1 - share), for shares that should be 0; finite at 1."""
    return -torch.log1p(-shares.clamp(max=1 - 1e-6))


def margin_term(scores_BV: Tensor, relevance_BV: Tensor, mask_BV: Tensor, margin: float) -> Tensor:
    """Return by how much pairs of a more and a less relevant feature miss the margin: the mean over all pairs of a
    call, of which the release draws two, then over the calls.
    """
    better_BVV = relevance_BV[:, :, None] > relevance_BV[:, None, :]
    better_BVV = better_BVV & mask_BV[:, :, None] & mask_BV[:, None, :]
    missed_BVV = (margin + scores_BV[:, None, :] - scores_BV[:, :, None]).clamp(min=0) * better_BVV
    return (missed_BVV.sum((1, 2)) / better_BVV.sum((1, 2)).clamp(min=1)).mean()


def ranking_term(scores_RV: Tensor, relevance_RV: Tensor, mask_RV: Tensor) -> Tensor:
    """Return the rank-contrastive loss: at each level of relevance, what reaches it should win a softmax over all."""
    shares_RV = (scores_RV.float() / SHARPNESS).masked_fill(~mask_RV, -torch.inf).log_softmax(1)
    levels_K11 = torch.arange(1, LEVELS + 1, device=scores_RV.device)[:, None, None]
    reaches_KRV = (relevance_RV >= levels_K11) & mask_RV
    won_KR = shares_RV.expand_as(reaches_KRV).masked_fill(~reaches_KRV, 0).sum(2) / reaches_KRV.sum(2).clamp(min=1)
    return -won_KR.mean(1).sum() / (LEVELS + 1)


def engagement_term(engagement_BV: Tensor, relevance_BV: Tensor, mask_BV: Tensor) -> Tensor:
    """Return the cross-entropy of a feature's attention to the words with whether it is asked for at all."""
    wanted_BV = relevance_BV.clamp(0, 1)
    shares_BV = engagement_BV.float().clamp(1e-6, 1 - 1e-6)
    loss_BV = -(wanted_BV * shares_BV.log() + (1 - wanted_BV) * (1 - shares_BV).log())
    return mean_over(loss_BV, mask_BV)


def contrast_term(moments_BD: Tensor, others_BD: Tensor, sentences_BD: Tensor, dummies_BD: Tensor) -> Tensor:
    """Return how badly each moment finds its sentence among all of the batch and those of the other features, and how
    much it takes its own dummies for it.
    """
    moments_BD, others_BD, sentences_BD, dummies_BD = (
        F.normalize(one.float(), dim=-1) for one in (moments_BD, others_BD, sentences_BD, dummies_BD)
    )
    own_B = torch.arange(len(moments_BD), device=moments_BD.device)
    sentence_BX = torch.cat([moments_BD @ sentences_BD.T, others_BD @ sentences_BD.T], dim=1)
    dummy_BX = torch.cat([moments_BD @ dummies_BD.T, others_BD @ dummies_BD.T], dim=1)
    own_dummy_B = dummy_BX.softmax(1)[own_B, own_B]
    return F.cross_entropy(sentence_BX, own_B) + refused_share(own_dummy_B).mean()


def membership_term(moments_BD: Tensor, features_BVD: Tensor, inside_BV: Tensor, mask_BV: Tensor) -> Tensor:
    """Return the cross-entropy of whether features resemble their moment's token with whether they lie in it."""
    alike_BV = (features_BVD.float() @ moments_BD.float()[..., None])[..., 0]
    loss_BV = F.binary_cross_entropy_with_logits(alike_BV, inside_BV.float(), reduction="none")
    return mean_over(loss_BV, mask_BV)


def distill_term(attention_BVM: Tensor, likeness_BVM: Tensor, inside_BV: Tensor, text_mask_BM: Tensor) -> Tensor:
    """Return how far the attention of features in the moment is from a softmax of their likeness to dummies and words
    (Kullback-Leibler, divided by the number of dummies and words); the likeness learns nothing here.
    """
    wanted_BVM = likeness_BVM.detach().float().masked_fill(~text_mask_BM[:, None], -torch.inf).softmax(-1)
    loss_BVM = F.kl_div((attention_BVM + 1e-6).log(), wanted_BVM, reduction="none")
    return mean_over(loss_BVM.sum(-1) / text_mask_BM.sum(1, keepdim=True), inside_BV)


def orthogonal_term(tokens_BND: Tensor) -> Tensor:
    """Return the mean absolute cosine of different tokens of a set (B, N, D); gradient on one side, as released."""
    unit_BND = F.normalize(tokens_BND.float(), dim=-1)
    cosine_BNN = unit_BND @ unit_BND.detach().transpose(1, 2)
    same_NN = torch.eye(tokens_BND.shape[1], dtype=torch.bool, device=tokens_BND.device)
    return cosine_BNN.masked_fill(same_NN, 0).abs().mean()


def mean_over(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of values where `mask` is True; 0 where it is True nowhere."""
    return values.masked_fill(~mask, 0).sum() / mask.sum().clamp(min=1)

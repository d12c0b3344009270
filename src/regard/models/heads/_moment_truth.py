"""What is right for a batch of calls of the moment head, and which candidates answer for it.

Shapes: B calls, V features of the longest clip, S moments of one call, Q candidates, K matched pairs of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from regard.core.errors import DataError
from regard.models.heads._assignment import assign
from regard.models.heads._moment_inputs import Timed
from regard.regions.geometry import generalized_span_iou


@dataclass(frozen=True, eq=False)
class Truth:
    """`spans`: for each call its moments (S, 2), start and end as shares of the clip; there may be none.

    `owner_BV`: the number of the moment that each feature lies in, -1 for none. `relevance_BV`: how much each feature
    is asked for: 0 not at all, up to 12 (the sum of three annotators' 0..4 in QVHighlights), 1 where only moments are
    known.
    """

    spans: tuple[Tensor, ...]
    owner_BV: Tensor
    relevance_BV: Tensor


@dataclass(frozen=True, eq=False)
class Match:
    """Which candidate answers for which moment: call, candidate and the moment's start and end (K, 2)."""

    call_K: Tensor
    candidate_K: Tensor
    span_K2: Tensor


def truth_of(inputs: Timed, facts: Sequence[Mapping[str, Any]]) -> Truth:
    """Read the truth of each call: `facts["moments"]`, a list of (start, end) in seconds, cut to the clip, and,
    where it is known, `facts["saliency"]`, one number for each of the call's features.

    Raises `DataError` where nothing is said of moments, or something that is none, or saliency of another length.
    """
    spans, owners, saliency = [], [], []
    middles_BV = inputs.places_BV2.mean(-1)
    for row, known in enumerate(facts):
        keep_V = inputs.video_mask_BV[row]
        spans.append(_spans(known, inputs.seconds_B[row]))
        owners.append(_owner(middles_BV[row], keep_V, spans[-1]))
        saliency.append(_saliency(known, keep_V, owners[-1]))
    return Truth(tuple(spans), torch.stack(owners), torch.stack(saliency))


def _spans(known: Mapping[str, Any], seconds: Tensor) -> Tensor:
    if "moments" not in known:
        raise DataError(f"a sample says nothing of its moments; give facts['moments'], it has {sorted(known)}")
    wrong = f"moments are a list of (start, end) in seconds with start <= end; {known['moments']!r} came"
    try:
        spans_S2 = torch.as_tensor(known["moments"], dtype=torch.float32, device=seconds.device)
    except (TypeError, ValueError) as error:
        raise DataError(wrong) from error
    if not spans_S2.numel():
        return spans_S2.reshape(0, 2)
    if spans_S2.shape[1:] != (2,) or not ((spans_S2[:, 0] <= spans_S2[:, 1]) & torch.isfinite(spans_S2).all(1)).all():
        raise DataError(wrong)
    return (spans_S2 / seconds).clamp(0, 1)


def _owner(middles_V: Tensor, keep_V: Tensor, spans_S2: Tensor) -> Tensor:
    """Return the shortest moment around the middle of each feature; a moment around none gets the nearest feature."""
    if not len(spans_S2):
        return torch.full_like(middles_V, -1, dtype=torch.long)
    starts_S, ends_S = spans_S2.unbind(-1)
    inside_VS = (middles_V[:, None] >= starts_S) & (middles_V[:, None] <= ends_S) & keep_V[:, None]
    apart_VS = (middles_V[:, None] - (starts_S + ends_S) / 2).abs().masked_fill(~keep_V[:, None], torch.inf)
    missed_S = ~inside_VS.any(0)
    inside_VS[apart_VS.argmin(0)[missed_S], missed_S.nonzero().flatten()] = True
    lengths_VS = (ends_S - starts_S).expand_as(inside_VS).masked_fill(~inside_VS, torch.inf)
    return lengths_VS.argmin(1).masked_fill(~inside_VS.any(1), -1)


def _saliency(known: Mapping[str, Any], keep_V: Tensor, owner_V: Tensor) -> Tensor:
    if known.get("saliency") is None:
        return (owner_V >= 0).float()
    given = torch.as_tensor(known["saliency"], dtype=torch.float32, device=keep_V.device)
    count = int(keep_V.sum())
    if given.shape != (count,) or not torch.isfinite(given).all():
        raise DataError(
            f"facts['saliency'] holds one finite number for each of the clip's {count} features; "
            f"what came has shape {tuple(given.shape)}: {known['saliency']!r}"
        )
    return torch.zeros_like(keep_V, dtype=torch.float32).masked_scatter(keep_V, given)


@torch.no_grad()
def match_queries(logits_BQ2: Tensor, spans_BQ2: Tensor, truth: Truth, prices: tuple[float, float, float]) -> Match:
    """Give each moment a query of its own so that the sum of costs is least (Hungarian matching, as in DETR).

    `prices`: of the L1 distance of centre and width, of the generalised IoU, and of the foreground's probability.
    """
    far, apart, doubt = prices
    calls, candidates, wanted = [], [], []
    for row, spans_S2 in enumerate(truth.spans):
        cost_QS = far * torch.cdist(spans_BQ2[row].float(), centred(spans_S2), p=1)
        cost_QS = cost_QS - apart * generalized_span_iou(ends(spans_BQ2[row].float()), spans_S2)
        cost_QS = cost_QS - doubt * logits_BQ2[row].float().softmax(-1)[:, :1]
        queries, moments = assign(cost_QS.cpu().numpy())
        calls.append(torch.full((len(queries),), row))
        candidates.append(torch.from_numpy(queries))
        wanted.append(spans_S2[torch.from_numpy(moments).to(spans_S2.device)])
    device = spans_BQ2.device
    return Match(torch.cat(calls).to(device), torch.cat(candidates).to(device), torch.cat(wanted))


def match_features(truth: Truth) -> Match:
    """Let every feature answer for the moment it lies in."""
    calls, features = (truth.owner_BV >= 0).nonzero(as_tuple=True)
    before_B = torch.tensor([0, *map(len, truth.spans)][:-1], device=calls.device).cumsum(0)
    return Match(calls, features, torch.cat(truth.spans)[before_B[calls] + truth.owner_BV[calls, features]])


def centred(spans: Tensor) -> Tensor:
    """Return spans (..., 2) given by start and end as centre and width."""
    return torch.stack([spans.mean(-1), spans[..., 1] - spans[..., 0]], dim=-1)


def ends(spans: Tensor) -> Tensor:
    """Return spans (..., 2) given by centre and width as start and end."""
    half = spans[..., 1] / 2
    return torch.stack([spans[..., 0] - half, spans[..., 0] + half], dim=-1)

"""What the moment head finds: spans in seconds with scores, and a curve over the seconds of the clip.

Shapes: V features of one clip, Q candidates, S seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from regard.models.heads._moment_inputs import Timed
from regard.models.heads._moment_truth import ends
from regard.prompts.answer import Span
from regard.regions.geometry import span_iou

MOST = 10
DOUBLE = 0.7


@dataclass(frozen=True)
class Moments:
    """The moments of one clip, best first, and how much each of its seconds is asked for.

    `saliency[s]` is about the time from s to s + 1 seconds; its unit has no meaning, only its order within a clip.
    """

    spans: tuple[Span, ...]
    saliency: tuple[float, ...]


def moments_of(
    times: Timed, scores_BQ: Tensor, spans_BQ2: Tensor, there_BQ: Tensor, saliency_BV: Tensor, *, distinct: bool
) -> list[Moments]:
    """Return the moments of each call, in seconds inside its clip, and its saliency by the second.

    `spans_BQ2`: centre and width of each candidate as shares of the clip. `there_BQ`: which candidates there are.
    """
    ends_BQ2 = ends(spans_BQ2.detach().float()) * times.seconds_B[:, None, None]
    found = []
    for row, seconds in enumerate(times.seconds_B.tolist()):
        there, keep = there_BQ[row], times.video_mask_BV[row]
        spans = best(scores_BQ[row, there], ends_BQ2[row, there].clamp(0, seconds), distinct)
        found.append(Moments(spans, per_second(saliency_BV[row, keep], times.stretches_BV2[row, keep], seconds)))
    return found


def best(scores_Q: Tensor, ends_Q2: Tensor, distinct: bool) -> tuple[Span, ...]:
    """Return the best candidates, at most `MOST`; with `distinct`, of those that overlap by `DOUBLE` the best one only.

    `ends_Q2`: start and end of each candidate, in seconds. Equal scores keep their order.
    """
    order_Q = scores_Q.float().sort(descending=True, stable=True).indices
    ends_Q2 = ends_Q2[order_Q]
    chosen = without_doubles(ends_Q2) if distinct else list(range(len(order_Q)))
    rows = zip(ends_Q2.tolist(), scores_Q[order_Q].tolist(), strict=True)
    spans = [Span(start, end, score) for (start, end), score in rows]
    return tuple(spans[number] for number in chosen[:MOST])


def without_doubles(ends_Q2: Tensor) -> list[int]:
    """Return the numbers of the spans, best first, that overlap none chosen before them by `DOUBLE` or more."""
    overlaps = (span_iou(ends_Q2, ends_Q2) >= DOUBLE).tolist()
    chosen: list[int] = []
    for number, overlap in enumerate(overlaps):
        if not any(overlap[better] for better in chosen):
            chosen.append(number)
    return chosen


def per_second(values_V: Tensor, stretches_V2: Tensor, seconds: float) -> tuple[float, ...]:
    """Return the mean of values over each second, weighted by how long each holds within it; the last second may be
    cut short, and less than half a millisecond is none.
    """
    edges = torch.arange(max(math.ceil(round(seconds, 3)), 1) + 1, device=values_V.device).clamp(max=seconds)
    starts_V, ends_V = stretches_V2.unbind(-1)
    within_SV = torch.minimum(edges[1:, None], ends_V) - torch.maximum(edges[:-1, None], starts_V)
    shares_SV = within_SV.clamp(min=0) / within_SV.clamp(min=0).sum(1, keepdim=True)
    return tuple((shares_SV @ values_V.float()).tolist())

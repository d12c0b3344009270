"""Moments read from where a thing is: the head finds it on every frame, as `light_mask` does, and says from its way
through the clip when the sentence holds. For small models, whose own states hold little about time.

Shapes: B calls, V frames of the longest, T frames of one, h x w cells of its masks, C width of this head, S numbers
that say where a thing is and how it goes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError, VideoError
from regard.media.clip import Clip
from regard.models.heads import _mask_losses as mask_losses
from regard.models.heads import _moment_losses as losses
from regard.models.heads._base import Call
from regard.models.heads._dense_decoder import DenseDecoder
from regard.models.heads._mask_points import Place, grid
from regard.models.heads._moment_inputs import SHORTEST, Timed, padded, stretches_around
from regard.models.heads._moment_result import Moments, moments_of
from regard.models.heads._moment_truth import match_features, truth_of
from regard.models.heads.light_mask import LightInputs, LightMask, LightOutputs

WAY = 8  # S: where (2), how far from the frame before and to the next (2, 2), how much there is, and whether
STEP = 8.0  # a step through an eighth of the picture counts 1


@dataclass(frozen=True, eq=False)
class Times(Timed):
    """When the frames of a batch are."""

    video_mask_BV: Tensor
    stretches_BV2: Tensor
    seconds_B: Tensor


@dataclass(frozen=True, eq=False)
class LightMoments:
    """What the head says: `masks` of what is spoken of, and for each frame the logits (B, V, 2), foreground first, and
    the span (B, V, 2) that it points at, centre and width as shares of the clip.
    """

    masks: LightOutputs
    times: Times
    logits_BV2: Tensor
    spans_BV2: Tensor


class LightMoment(LightMask):
    """Finds moments from a thing's way through the clip: where it is on each frame, how far it goes, how much of it is
    seen; then a dense decoder over time.

    Settings are those of `light_mask`, whose weights fit by name: a trained one is a good beginning. In training its
    masks are taught too where they are known. `span`, `overlap`, `label`: weights of the terms about time.
    """

    trigger = "<when_begin>"
    slot = "<when>"
    finds = "moments"

    def __init__(
        self, text_width: int, span: float = 1.0, overlap: float = 0.25, label: float = 0.5, **settings: Any
    ) -> None:
        if settings.pop("follows", False):
            raise ConfigError("light_moment finds moments; regions are followed by light_mask: give it follows=True")
        if settings.pop("edges", False):
            raise ConfigError("light_moment finds moments and returns no masks; give edges=True to light_mask")
        super().__init__(text_width, **settings)
        width = self.question[-1].out_features
        self.shares = {"span": span, "overlap": overlap, "label": label}
        self.seen = nn.Linear(width, width)
        self.way = nn.Sequential(nn.Linear(WAY, width), nn.GELU(), nn.Linear(width, width))
        self.when = nn.Linear(2, width)
        self.norm = nn.LayerNorm(width)
        self.dense = DenseDecoder(width)

    def prepare(self, calls: Sequence[Call]) -> tuple[LightInputs, Times]:  # type: ignore[override]
        """Return the batch of these calls. Raises `VideoError` for a picture, else what `light_mask` raises."""
        rows, lengths = [], []
        for call in calls:
            media = call.sample.media
            if not isinstance(media, Clip):
                raise VideoError("moments are found in a clip, and this is a picture; open a video or a frame folder")
            lengths.append(max(media.duration, SHORTEST))
            rows.append(stretches_around(media.times[list(call.frames)], lengths[-1]))
        inputs = super().prepare(calls)
        stretches_BV2, mask_BV = padded(rows)
        device = inputs.slot_BD.device
        return inputs, Times(mask_BV.to(device), stretches_BV2.to(device), torch.tensor(lengths, device=device))

    def forward(self, inputs: tuple[LightInputs, Times]) -> LightMoments:  # type: ignore[override]
        """Return masks, logits and spans of every call."""
        light, times = inputs
        asked_BC = self.question(light.slot_BD)
        cells = self.cells_of(light)
        masks = LightOutputs(light, tuple(map(self.compare, cells, asked_BC)))
        rows = [self._read(cells[row], masks, row) for row in range(len(cells))]
        read_BVC = padded(rows)[0] + self.when(times.places_BV2.to(asked_BC)) + asked_BC[:, None]
        decoded = self.dense(self.norm(read_BVC), times.video_mask_BV, times.places_BV2.mean(-1))
        return LightMoments(masks, times, *decoded)

    def _read(self, cells_TChw: Tensor, masks: LightOutputs, row: int) -> Tensor:
        """Return what is seen of a thing on each frame, and of its way (T, C)."""
        steps = masks.steps(row)
        share_Thw = masks.logits[row][steps].float().sigmoid()
        place = masks.inputs.places[row]
        share_Thw = share_Thw * in_picture(*share_Thw.shape[1:], place, share_Thw.device)
        weights_Thw = share_Thw / share_Thw.sum((1, 2), keepdim=True).clamp(min=1e-3)
        seen_TC = torch.einsum("tchw,thw->tc", cells_TChw[steps].float(), weights_Thw)
        way_TS = way_of(share_Thw, weights_Thw, place)
        return self.seen(seen_TC.to(cells_TChw)) + self.way(way_TS.to(cells_TChw))

    def loss(self, outputs: LightMoments, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:  # type: ignore[override]
        """Return the terms by name, weighted.

        `facts[...]["moments"]`: (start, end) in seconds; `["masks"]`, where known: of what is spoken of, by frame.
        Raises `DataError` where moments are missing or do not fit.
        """
        truth = truth_of(outputs.times, facts)
        match = match_features(truth)
        apart, overlap = losses.span_terms(outputs.spans_BV2, match)
        label = losses.label_term(outputs.logits_BV2, outputs.times.video_mask_BV, match, 1.0)
        terms = {"span": apart, "overlap": overlap, "label": label}
        terms = {name: self.shares[name] * term for name, term in terms.items()}
        known_rows = [(row, known) for row, known in enumerate(facts) if "masks" in known]
        drawn = [term for row, known in known_rows for term in self._terms(outputs.masks, row, known)]
        return terms | (mask_losses.weighed(drawn, self.weights) if drawn else {})

    def decode(self, outputs: LightMoments) -> list[Moments]:  # type: ignore[override]
        """Return the moments of each call, in seconds inside its clip, best first, and its saliency by the second."""
        times = outputs.times
        scores_BV = outputs.logits_BV2.detach().float().softmax(-1)[..., losses.FOREGROUND]
        return moments_of(times, scores_BV, outputs.spans_BV2, times.video_mask_BV, scores_BV, distinct=True)


def in_picture(rows: int, columns: int, place: Place, device: torch.device) -> Tensor:
    """Return 1 for the cells (h, w) of a map whose middle shows the picture, 0 for its padding; all 1 if none does."""
    x1, y1, x2, y2 = place
    x_N, y_N = grid(rows, columns, device).unbind(-1)
    inside_hw = ((x_N >= x1) & (x_N <= x2) & (y_N >= y1) & (y_N <= y2)).float().unflatten(0, (rows, columns))
    return inside_hw if inside_hw.any() else torch.ones_like(inside_hw)


def way_of(share_Thw: Tensor, weights_Thw: Tensor, place: Place) -> Tensor:
    """Return for each frame (T, S) where a thing is, its steps from the frame before and to the next, how much of the
    picture it covers (the root of its share), and whether it is seen at all.

    `share_Thw`: how surely each cell shows it, 0 beside the picture, which lies at `place`. `weights_Thw`: the same as
    parts of one whole.
    """
    x1, y1, x2, y2 = place
    where_N2 = grid(*share_Thw.shape[1:], share_Thw.device)
    at_T2 = (weights_Thw.flatten(1)[..., None] * where_N2).sum(1)  # no product of matrices: autocast would round it
    at_T2 = (at_T2 - at_T2.new_tensor([x1, y1])) / at_T2.new_tensor([x2 - x1, y2 - y1])
    there_T1 = share_Thw.flatten(1).amax(1, keepdim=True)
    step_T2 = (at_T2[1:] - at_T2[:-1]) * STEP * torch.minimum(there_T1[1:], there_T1[:-1])
    none_12 = at_T2.new_zeros(1, 2)
    cells = in_picture(*share_Thw.shape[1:], place, share_Thw.device).sum()
    much_T1 = (share_Thw.sum((1, 2)) / cells).clamp(min=1e-6).sqrt()[:, None]
    return torch.cat(
        [2 * at_T2 - 1, torch.cat([none_12, step_T2]), torch.cat([step_T2, none_12]), much_T1, there_T1], dim=-1
    )

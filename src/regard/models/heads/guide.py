"""Guide: which region each visual token belongs to, learned in training so that regions are followed through a clip
(Omni-RGPT, section 3.2: the temporal region guide head).

Shapes: T frames, H x W visual tokens of a frame, D width of the language model, R regions of one sample, N marks, M
(region, frame) rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from regard.core.errors import DataError, InputError, TooManyRegions
from regard.models.encoders import token_mark
from regard.models.encoders._base import RegionInputs
from regard.models.encoders._settings import at_least, number_from
from regard.models.heads._base import Call, TaskHead
from regard.models.heads._mask_points import Place, at, grid


@dataclass(frozen=True, eq=False)
class RegionMaps:
    """How likely each visual token belongs to each region: `maps` (T, H, W, R + 1), float32, the background last; and
    the numbers of the T frames.

    What they lack to a sum of 1 is the probability of marks that no region of the sample has.
    """

    maps: np.ndarray
    frames: tuple[int, ...]

    @property
    def regions(self) -> np.ndarray:
        """The maps (T, H, W, R) of the regions alone."""
        return self.maps[..., :-1]

    def within(self, place: Place) -> RegionMaps:
        """Return the maps of the picture alone, which lies at `place` (0..1) in these, at the same resolution; what is
        beside it, such as grey bars, is left out.
        """
        x1, y1, x2, y2 = place
        frames, height, width, classes = self.maps.shape
        rows, columns = max(round(height * (y2 - y1)), 1), max(round(width * (x2 - x1)), 1)
        points_N2 = grid(rows, columns, torch.device("cpu"))
        maps_TKHW = torch.from_numpy(self.maps).movedim(-1, 1)
        cut = [at(map_hw, place, points_N2) for map_hw in maps_TKHW.flatten(0, 1)]
        return RegionMaps(torch.stack(cut).view(frames, classes, rows, columns).movedim(1, -1).numpy(), self.frames)


@dataclass(frozen=True, eq=False)
class GuideOutputs:
    """The calls, and of each the logits (T, H, W, N + 1), the background last."""

    calls: tuple[Call, ...]
    logits: tuple[Tensor, ...]


class Guide(TaskHead):
    """One linear layer on the state of each visual token: the mark of the region that it shows, or background.

    The language model sees the regions on their first frame; this makes it say where they are on the others. It is
    never called and costs nothing where questions are answered. `marks`: N, as many as `token_mark` has (100, section
    5.1); in a model without marks, region i is class i. `weight`: alpha, 0.05 (section 5.1).
    """

    def __init__(self, text_width: int, marks: int = 100, weight: float = 0.05) -> None:
        super().__init__(text_width)
        self.marks = at_least("guide marks", marks)
        self.weight = number_from("guide weight", weight, 0)
        self.classify = nn.Linear(text_width, marks + 1)

    def prepare(self, calls: Sequence[Call]) -> tuple[Call, ...]:
        """Return the calls. Raises `InputError` for one without a map of states for each frame or without regions (as
        tensors; there may be none in them), and `TooManyRegions` for marks that the head does not know.
        """
        for call in calls:
            self._check(call)
        return tuple(calls)

    def _check(self, call: Call) -> None:
        if call.visual_THWD is None or call.regions is None:
            raise InputError("the guide reads a call's `visual_THWD` and `regions`; give both")
        frames, last = len(call.visual_THWD), int(call.regions.frame_M.max()) if len(call.regions.frame_M) else 0
        if len(call.frames) != frames or last >= frames:
            raise InputError(
                f"the guide reads a map of visual tokens for each frame; {frames} maps came for {len(call.frames)} "
                f"frames, with regions up to frame {last} of them. It does not go with a connector that merges frames, "
                "nor with tiles, nor with region_frames"
            )
        if (beyond := max(marks_of(call.regions), default=-1)) >= self.marks:
            raise TooManyRegions(
                f"a region has mark {beyond}, counted from 0, and this guide tells {self.marks} apart; ask about fewer "
                f"regions at a time, or build it with marks={beyond + 1}, as many as token_mark has"
            )

    def forward(self, inputs: Sequence[Call]) -> GuideOutputs:
        """Return the logits of each call's visual tokens."""
        return GuideOutputs(tuple(inputs), tuple(self.classify(call.visual_THWD) for call in inputs))

    def loss(self, outputs: GuideOutputs, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the cross-entropy to the share of each visual token that each region covers: the mean over the tokens
        of a call, then over calls, times alpha.

        The truth is `Call.regions`, and `facts[...]["tracked"]`: numbers of the frames on which all regions are given
        that can be seen there. Of other frames nothing is known, and they cost nothing. Raises `DataError` where it is
        missing or names no frames.
        """
        costs = [self._cost(*one) for one in zip(outputs.calls, outputs.logits, facts, strict=True)]
        return {"guide": self.weight * torch.stack(costs).mean()}

    def _cost(self, call: Call, logits_THWK: Tensor, known: Mapping[str, Any]) -> Tensor:
        labels_THWK = soft_labels(call.regions, logits_THWK.shape)
        costs_THW = -(labels_THWK * logits_THWK.float().log_softmax(-1)).sum(-1)
        costs_THW = costs_THW[_tracked(call, known)]
        return costs_THW.sum() / max(costs_THW.numel(), 1)

    def decode(self, outputs: GuideOutputs) -> list[RegionMaps]:
        """Return the maps of each call, its regions in their order, as the paper's figure 5 shows them."""
        return [
            RegionMaps(
                logits.detach().float().softmax(-1)[..., [*marks_of(call.regions), self.marks]].cpu().numpy(),
                tuple(int(frame) for frame in call.frames),
            )
            for call, logits in zip(outputs.calls, outputs.logits, strict=True)
        ]


def marks_of(regions: RegionInputs) -> list[int]:
    """Return the mark of each region: that which `token_mark` assigned, or else its own number."""
    assigned_R = regions.assigned.get(token_mark.NAME)
    return list(range(regions.count)) if assigned_R is None else assigned_R.tolist()


def soft_labels(regions: RegionInputs, shape: Sequence[int]) -> Tensor:
    """Return the share of each visual token that each mark has, as (T, H, W, N + 1), and what is left as background.

    These are the shares by which `token_mark` paints: where regions overlap, each has an equal part of the pixel.
    """
    frames, height, width, classes = shape
    shares_MHW = token_mark.mark_shares(regions.masks_MHW, regions.frame_M, frames, height, width)
    mark_M = torch.tensor(marks_of(regions), dtype=torch.long, device=regions.region_M.device)[regions.region_M]
    marked_TNHW = shares_MHW.new_zeros(frames, classes - 1, height, width)
    marked_TNHW = marked_TNHW.index_put((regions.frame_M, mark_M), shares_MHW)
    rest_T1HW = (1 - marked_TNHW.sum(1, keepdim=True)).clamp_min(0)
    return torch.cat([marked_TNHW, rest_T1HW], dim=1).movedim(1, -1)


def _tracked(call: Call, known: Mapping[str, Any]) -> list[int]:
    """Return the positions of the frames, among those looked at, on which the regions are known."""
    if "tracked" not in known:
        raise DataError(
            "a sample does not say on which frames its regions are known; give facts['tracked'], the numbers of these "
            f"frames, it has {sorted(known)}"
        )
    tracked = known["tracked"]
    if isinstance(tracked, str) or not isinstance(tracked, (Sequence, np.ndarray)):
        raise DataError(f"facts['tracked'] is a list of numbers of frames; {tracked!r} came")
    return [position for position, frame in enumerate(call.frames) if frame in tracked]

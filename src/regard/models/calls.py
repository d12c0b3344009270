"""From states of the language model to calls of task heads: the same in training and when answers are written.

Shapes: L text positions, N visual tokens of one sample, D width of the language model, T frames, H x W visual tokens of
a frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from regard.models.encoders._base import RegionInputs
from regard.models.heads._base import Call
from regard.models.model import RegardModel
from regard.models.processor import Told
from regard.prompts.sample import ASSISTANT, Sample


@dataclass(frozen=True, eq=False)
class MediaStates:
    """States of the visual tokens of one sample: of each frame their mean, and the map where they stand for places;
    beside them the map (T, H, W, C) that regions are read from.
    """

    frames: tuple[int, ...]
    frames_TD: Tensor
    visual_THWD: Tensor | None
    features_THWC: Tensor | None = None

    @classmethod
    def of(
        cls,
        model: RegardModel,
        states_ND: Tensor,
        frames: Sequence[int],
        size: int,
        apart: int,
        features_THWC: Tensor | None = None,
    ) -> MediaStates:
        """Return those of a sample whose `frames`, the last `apart` for regions alone, came with `size` pixels a side.

        Frames that a connector merges share a state; of a picture in tiles the map is that of the thumbnail.
        """
        frames = tuple(frames)[: len(frames) - apart]
        features_THWC = None if features_THWC is None else features_THWC[: len(frames)]
        if not model.connector.keeps_map:
            return cls(frames, states_ND.mean(0).expand(len(frames), -1), None, features_THWC)
        cells = model.visual_tokens(1, size, size)
        stride = model.vision.stride
        rows, columns = model.connector.grid(size // stride, size // stride, model.pool(size))
        visual_THWD = states_ND.view(len(states_ND) // cells, rows, columns, -1)
        visual_THWD = visual_THWD[: model.connector.frames(len(frames))]
        steps = [number * len(visual_THWD) // len(frames) for number in range(len(frames))]
        return cls(frames, visual_THWD.mean((1, 2))[steps], visual_THWD, features_THWC)

    def call(self, sample: Sample, slot_D: Tensor | None, words_LD: Tensor, regions: RegionInputs | None) -> Call:
        """Return a call about this sample."""
        return Call(
            sample, self.frames, slot_D, words_LD, self.frames_TD, self.visual_THWD, regions, self.features_THWC
        )


@dataclass(eq=False)
class Called:
    """Calls by head, in order, and the truth of each, as training has them."""

    calls: dict[str, list[Call]] = field(default_factory=dict)
    truths: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, head: str, call: Call, truth: Mapping[str, Any]) -> None:
        """Add one call of a head."""
        self.calls.setdefault(head, []).append(call)
        self.truths.setdefault(head, []).append(truth)


def called(
    model: RegardModel, batch: Mapping[str, Any], hidden_BLD: Tensor, features: Sequence[Tensor] | None = None
) -> Called:
    """Return the calls in a batch whose answers are given, read from the states `hidden_BLD` after the last norm.

    `features`: of each sample the map that regions are read from, for heads that look at it.

    A head that is never called reads each media once, with its first question's facts.
    """
    found = Called()
    silent = [name for name, head in model.heads.members.items() if head.trigger is None]
    told: Told = batch["told"]
    for row, samples in enumerate(told.samples):
        ids_L, hidden_LD = batch["input_ids"][row], hidden_BLD[row]
        regions, pixels = batch["regions"][row], batch["pixels"][row]
        states_ND = hidden_LD[ids_L == model.config.visual_token_id]
        seen = (pixels.shape[-1], regions.apart, None if features is None else features[row])
        media = MediaStates.of(model, states_ND, told.frames[row], *seen)
        for name in silent:
            call = media.call(samples[0], None, hidden_LD[:0], regions)
            found.add(name, call, samples[0].facts)
        for name, sample, truth, slot, words in _slots(model, ids_L, told, row):
            found.add(name, media.call(sample, hidden_LD[slot], hidden_LD[words], regions), truth)
    return found


def _slots(
    model: RegardModel, ids_L: Tensor, told: Told, row: int
) -> Iterator[tuple[str, Sample, Mapping[str, Any], int, Tensor]]:
    """Yield each call of a row: head, sample, truth, the position of its slot, and those of its question's words."""
    head_of = {slot: name for name, (_, slot) in model.heads.tokens.items()}
    for number, sample in enumerate(told.samples[row], start=1):
        own_L, asked_L = told.sample_BL[row] == number, told.asked_BL[row]
        known = iter(call for turn in sample.turns if turn.role == ASSISTANT for call in turn.calls)
        for slot in torch.isin(ids_L, ids_L.new_tensor(list(head_of))).logical_and(own_L).nonzero()[:, 0].tolist():
            turn = int(asked_L[:slot][own_L[:slot]].max())
            words = (own_L & (asked_L == turn)).nonzero()[:, 0]
            yield head_of[int(ids_L[slot])], sample, next(known).truth, slot, words

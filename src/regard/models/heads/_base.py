"""What a task head is: how an answer that is not text leaves the model, at marked hidden states (VideoChat-TPO).

The language model writes a head's *trigger*; the *slot* follows it, a position whose input vector is learned; the head
reads the hidden state at the slot and, as it needs, those of the question and of the frames.

A head without a trigger is never called: in training it reads every sample once (Omni-RGPT's temporal region guide).

Shapes: D width of the language model, L words of one question, T frames of one sample, H x W visual tokens of a frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from regard.models.encoders._base import RegionInputs
from regard.prompts.sample import Sample

NOT_FINITE = 'not finite; the weights are damaged, or too large for the dtype: load with dtype="float32"'


@dataclass(frozen=True, eq=False)
class Call:
    """One place where the language model called a head, or one sample as a head reads it that is never called. States
    are those after the last norm.

    `sample`: the question and its media. `frames`: numbers of the frames that were looked at, in order of time.
    `slot_D`: the state at the slot, None where the head has none. `words_LD`: those of the question's words; there may
    be none. `frames_TD`: for each of `frames`, the mean of those of its visual tokens. `visual_THWD`: those of the
    visual tokens themselves, where they stand for places. `regions`: the sample's regions as the model had them, with
    what encoders assigned to each. `features_THWC`: the map that regions are read from, often finer, of width C; no
    states of the language model.
    """

    sample: Sample
    frames: Sequence[int]
    slot_D: Tensor | None
    words_LD: Tensor
    frames_TD: Tensor
    visual_THWD: Tensor | None = None
    regions: RegionInputs | None = None
    features_THWC: Tensor | None = None


class TaskHead(nn.Module):
    """A task head: several calls in, one result for each out, `decode(head(prepare(calls)))`.

    A subclass is one file in `regard/models/heads/`; its keyword arguments after `text_width` (D) are its settings.
    `trigger` and `slot` are its special tokens, which `prompts` alone writes and reads; both are None for a head that
    is never called. The slot's vector belongs to the model that joins the heads, as in published checkpoints, where it
    stands beside the head's own weights. `follows`: it was taught to take a region's own token in place of the state at
    the slot; its result is then that region, on every frame (`Masks`).

    `finds`: what its results are, for the verbs that ask for it: "box" (its `box` and `frame`), "masks" (`masks` on the
    frames that were looked at, each with `frame`, `rle` and `score`), "tracks" (the same on every frame of a clip), or
    "moments" (`spans` and `saliency`). The result of another kind, None, is reached by `Answer.calls` alone.
    """

    trigger: str | None = None
    slot: str | None = None
    follows = False
    finds: str | None = None

    def __init__(self, text_width: int) -> None:
        super().__init__()
        self.text_width = text_width

    @property
    def unused(self) -> tuple[str, ...]:
        """Beginnings of the names of parameters that no loss can teach, there because published checkpoints have
        them.
        """
        return ()

    def prepare(self, calls: Sequence[Call]) -> Any:
        """Return what `forward` takes: one batch, made from the states and from what the head needs of each sample,
        such as pixels or frame times. Raises an `InputError` for a sample the head cannot answer about.
        """
        raise NotImplementedError

    def forward(self, inputs: Any) -> Any:
        """Return raw outputs for a whole batch; they hold all that `loss` and `decode` need."""
        raise NotImplementedError

    def loss(self, outputs: Any, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the terms of the head's loss by name, weighted: training adds them to the language model's.

        `facts`: what is known of each sample (`Sample.facts`). Raises `DataError` where the truth is missing.
        """
        raise NotImplementedError

    def decode(self, outputs: Any) -> list[Any]:
        """Return one frozen result a call, in the units of its media."""
        raise NotImplementedError

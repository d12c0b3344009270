"""The task heads of one model: their tokens, the vectors in their slots, and one reading of many calls.

Shapes: B samples, L text positions, D width of the language model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import torch
from torch import Tensor, nn

from regard.core import rooms
from regard.core.errors import ConfigError, DataError, not_found
from regard.models.heads._base import NOT_FINITE, Call, TaskHead

ROOM = "regard.models.heads"


class TaskHeads(nn.Module):
    """The heads of a model, by name, in the order of its configuration.

    `settings`: for each head a dict with its `name`, the ids of its `trigger_id` and `slot_id` in the tokenizer (both
    left out for a head that is never called), and its own settings. `tokens`: trigger and slot of each head that is
    called. Raises `ConfigError` for a head named twice, or one whose tokens have no ids.
    """

    def __init__(self, settings: Sequence[Mapping[str, Any]], width: int) -> None:
        super().__init__()
        self.members = nn.ModuleDict()
        self.slots = nn.ParameterDict()
        self.tokens: dict[str, tuple[int, int]] = {}
        for entry in settings:
            own = {name: value for name, value in entry.items() if name not in ("name", "trigger_id", "slot_id")}
            self._join(entry, rooms.load(ROOM, entry["name"], TaskHead)(width, **own))
        self.reset_parameters()

    def _join(self, entry: Mapping[str, Any], head: TaskHead) -> None:
        name, ids = entry["name"], (entry.get("trigger_id"), entry.get("slot_id"))
        if name in self.members:
            raise ConfigError(f"heads: {name} is there twice; a head finds as many things as it is called")
        self.members[name] = head
        if head.trigger is None:
            return
        if None in ids:
            raise ConfigError(
                f"heads: {name} is called by {head.trigger} and read at {head.slot}; give their ids in the tokenizer "
                "as trigger_id and slot_id, or take regard.models.with_heads, which adds them"
            )
        self.tokens[name] = ids
        self.slots[name] = nn.Parameter(torch.empty(head.text_width))

    def reset_parameters(self) -> None:
        """Start the slots anew."""
        for slot_D in self.slots.values():
            nn.init.normal_(slot_D)

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def __bool__(self) -> bool:
        return len(self.members) > 0

    def fill(self, input_ids_BL: Tensor, embeds_BLD: Tensor) -> Tensor:
        """Return embeddings with each head's own vector in its slots."""
        for name, slot_D in self.slots.items():
            here_BL1 = (input_ids_BL == self.tokens[name][1])[..., None]
            embeds_BLD = torch.where(here_BL1, slot_D.to(embeds_BLD.dtype), embeds_BLD)
        return embeds_BLD

    def of(self, name: str) -> TaskHead:
        """Return a head. Raises `NotFound` for one that the model does not have."""
        if name not in self.members:
            raise not_found("task head of this model", name, list(self.members))
        return self.members[name]

    def find(self, name: str, calls: Sequence[Call]) -> list[Any]:
        """Return what a head finds, one frozen result a call. Raises `DataError` for a result with a number that is not
        finite.
        """
        head = self.of(name)
        results = head.decode(head(head.prepare(calls)))
        if not all(map(_finite, results)):
            raise DataError(f"{name} found numbers that are {NOT_FINITE}")
        return results

    def losses(self, called: Mapping[str, Sequence[Call]], truths: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict:
        """Return the terms of all heads' losses as `head/term`, weighted; `truths`: what each head's `loss` wants, a
        call.
        """
        terms = {}
        for name, calls in called.items():
            head = self.of(name)
            found = head.loss(head(head.prepare(calls)), truths[name])
            terms |= {f"{name}/{term}": value for term, value in found.items()}
        return terms


def _finite(value: Any) -> bool:
    """Return whether all numbers of a result are finite, those of the results within it too."""
    if isinstance(value, float):
        return math.isfinite(value)
    if is_dataclass(value):
        value = [getattr(value, one.name) for one in fields(value)]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return all(map(_finite, parts))

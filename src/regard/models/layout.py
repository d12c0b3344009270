"""How weights were published: under which names, and how the config.json beside them tells their sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

from regard.models.lora import merged


class Layout:
    """One way in which weights were published.

    `published`: what their names begin with and what ours begin with instead; the longest beginning that fits counts.
    `unread`: patterns of published names that have no place here. `lora_scale`: alpha / rank of the low-rank changes
    that released weights keep beside their layers.
    """

    published: Mapping[str, str] = {}
    unread: Sequence[str] = ()
    lora_scale: float | None = None

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a released config.json changes, part by part: the sizes that it states. Raises `KeyError` where
        it lacks one that is needed.
        """
        return {}

    @classmethod
    def whole(cls, weights: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
        """Yield published weights as the model has them: changes added to their layers, `unread` names left out."""
        layers = weights if cls.lora_scale is None else merged(weights, cls.lora_scale)
        return ((name, tensor) for name, tensor in layers if not any(re.match(one, name) for one in cls.unread))

    @classmethod
    def our_name(cls, name: str) -> str:
        """Return what a published weight is called here; an unknown beginning is kept."""
        for begins in sorted(cls.published, key=len, reverse=True):
            if name.startswith(begins):
                return cls.published[begins] + name.removeprefix(begins)
        return name

    @classmethod
    def published_name(cls, name: str) -> str:
        """Return what a weight of ours is called in the published checkpoint: the inverse of `our_name`, with the first
        beginning where several mean the same.
        """
        for begins, ours in sorted(cls.published.items(), key=lambda pair: len(pair[1]), reverse=True):
            if name.startswith(ours):
                return begins + name.removeprefix(ours)
        return name

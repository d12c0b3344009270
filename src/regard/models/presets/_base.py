"""What a preset is: a published design in numbers, where each number is from, and a twin small enough for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.core import rooms
from regard.models.config import RegardConfig

ROOM = "regard.models.presets"
TWIN = "_tiny"


class Preset:
    """One design. Subclasses are one file each and give what follows.

    `settings`: the arguments of `RegardConfig` at full size. `small`: what the twin changes, part by part; what is not
    named there it shares. `sources`: where the numbers are from, a line a part. `published`: for released weights, what
    their names begin with and what ours begin with instead; the longest beginning that fits counts.
    """

    settings: Mapping[str, Any]
    small: Mapping[str, Any]
    sources: Mapping[str, str]
    published: Mapping[str, str] = {}

    @classmethod
    def config(cls, **changes: Any) -> RegardConfig:
        """Return the configuration at full size; `changes` replace arguments."""
        return RegardConfig(**{**cls.settings, **changes})

    @classmethod
    def twin(cls, **changes: Any) -> RegardConfig:
        """Return the configuration of the small twin: the same parts, the same hooks, a few thousand weights."""
        parts = {name: _changed(cls.settings.get(name), small) for name, small in cls.small.items()}
        return cls.config(**{**parts, **changes})

    @classmethod
    def our_name(cls, name: str) -> str:
        """Return what a published weight is called here; an unknown beginning is kept."""
        for begins in sorted(cls.published, key=len, reverse=True):
            if name.startswith(begins):
                return cls.published[begins] + name.removeprefix(begins)
        return name

    @classmethod
    def published_name(cls, name: str) -> str:
        """Return what a weight of ours is called in the published checkpoint: the inverse of `our_name`."""
        for begins, ours in sorted(cls.published.items(), key=lambda pair: len(pair[1]), reverse=True):
            if name.startswith(ours):
                return begins + name.removeprefix(ours)
        return name


def _changed(value: Any, small: Any) -> Any:
    """Return a setting with the twin's changes in it: a dict entry by entry, a list of dicts one by one."""
    if isinstance(value, Mapping):
        return {**value, **small}
    if isinstance(value, (list, tuple)):
        return [_changed(one, other) for one, other in zip(value, small, strict=True)]
    return small


def named(name: str) -> tuple[str, bool]:
    """Return a preset's own name, and whether its small twin (`NAME_tiny`) is meant."""
    name = name.replace("-", "_")
    return name.removesuffix(TWIN), name.endswith(TWIN)


def load(name: str) -> type[Preset]:
    """Return a preset by its name or its twin's. Raises `NotFound` with the nearest name."""
    return rooms.load(ROOM, named(name)[0], Preset)


def configuration(name: str, **changes: Any) -> RegardConfig:
    """Return the configuration of a preset or, where the name ends in `_tiny`, of its small twin."""
    preset = load(name)
    return preset.twin(**changes) if named(name)[1] else preset.config(**changes)

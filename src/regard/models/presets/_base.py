"""What a preset is: a published design in numbers, where each number is from, and a twin small enough for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.core import rooms
from regard.core.errors import ConfigError, not_found
from regard.models.config import RegardConfig
from regard.models.layout import Layout

ROOM = "regard.models.presets"
TWIN = "_tiny"
PAPER, RELEASED = "as_paper", "as_released"


class Preset(Layout):
    """One design. Subclasses are one file each and give what follows.

    `settings`: the arguments of `RegardConfig` at full size, in the form that we recommend. `forms`: what the other
    forms change, part by part: `as_paper` is what the paper says, `as_released` what the released code does. `small`:
    what the twin changes, part by part; what is not named there it shares. `sources`: where the numbers are from, a
    line a part. `model_type`: what the released config.json calls the design, where weights are public.
    """

    settings: Mapping[str, Any]
    small: Mapping[str, Any]
    sources: Mapping[str, str]
    forms: Mapping[str, Mapping[str, Any]] = {PAPER: {}}
    model_type = ""

    @classmethod
    def config(cls, form: str = "", **changes: Any) -> RegardConfig:
        """Return the configuration at full size; `changes` replace arguments. Raises `NotFound` for a form that the
        design does not have.
        """
        return RegardConfig(**{**cls.in_form(form), **changes})

    @classmethod
    def twin(cls, form: str = "", **changes: Any) -> RegardConfig:
        """Return the configuration of the small twin: the same parts, the same hooks, a few thousand weights."""
        return RegardConfig(**{**changed(cls.in_form(form), cls.small), **changes})

    @classmethod
    def in_form(cls, form: str) -> dict[str, Any]:
        """Return the settings in one of the `forms`; as they are for an empty name."""
        if form and form not in cls.forms:
            raise not_found(f"form of {cls.__name__}", form, cls.forms)
        return changed(cls.settings, cls.forms[form]) if form else dict(cls.settings)


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with changes in them: a dict is changed entry by entry, a list of dicts one by one. A part that
    gets another `name` is another part: nothing of the old one's settings stays.

    Raises `ConfigError` for changes of another kind or number than what they change.
    """
    return {**settings, **{name: _changed(name, settings.get(name), value) for name, value in changes.items()}}


def _changed(name: str, value: Any, change: Any) -> Any:
    if isinstance(value, Mapping):
        if not isinstance(change, Mapping):
            raise ConfigError(f"{name} has entries; {change!r} came, a dict of those to change is needed")
        same = change.get("name", value.get("name")) == value.get("name")
        return {**value, **change} if same else dict(change)
    if isinstance(value, (list, tuple)):
        if not isinstance(change, (list, tuple)) or len(change) != len(value):
            raise ConfigError(f"{name} has {len(value)} parts; {change!r} came, a list with as many changes is needed")
        return [_changed(name, one, other) for one, other in zip(value, change, strict=True)]
    return change


def named(name: str) -> tuple[str, bool]:
    """Return a preset's own name, and whether its small twin (`NAME_tiny`) is meant."""
    name = name.replace("-", "_")
    return name.removesuffix(TWIN), name.endswith(TWIN)


def load(name: str) -> type[Preset]:
    """Return a preset by its name or its twin's. Raises `NotFound` with the nearest name."""
    return rooms.load(ROOM, named(name)[0], Preset)


def configuration(name: str, form: str = "", **changes: Any) -> RegardConfig:
    """Return the configuration of a preset or, where the name ends in `_tiny`, of its small twin."""
    preset = load(name)
    return preset.twin(form, **changes) if named(name)[1] else preset.config(form, **changes)


def released_as(model_type: str, width: int = 0) -> type[Preset] | None:
    """Return the preset whose released config.json names this `model_type`: of several the one whose language model is
    `width` wide, else the first by name; None where there is none.
    """
    known = [preset for preset in map(load, rooms.names(ROOM)) if model_type and preset.model_type == model_type]
    fitting = [preset for preset in known if preset.settings["language"]["hidden_size"] == width]
    return next(iter([*fitting, *known]), None)


def known_types() -> list[str]:
    """Return the `model_type` of every released config.json that a preset reads."""
    return sorted({preset.model_type for preset in map(load, rooms.names(ROOM)) if preset.model_type})

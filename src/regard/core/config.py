"""Configuration is Python: frozen dataclasses, changed by `key=value` words whose keys are checked."""

from __future__ import annotations

import ast
import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from regard.core.errors import ConfigError, nearest

Config = TypeVar("Config")


def override(config: Config, words: Iterable[str]) -> Config:
    """Return a copy of a frozen dataclass with `key=value` words applied; `a.b=c` reaches into nested dataclasses and
    into dicts, whose keys may have dots.

    Raises `ConfigError` for an unknown key (naming the nearest) and for a value of the wrong type.
    """
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ConfigError(f"expected key=value, got {word!r}; for example {_example(config)}")
        config = _set(config, key.split("."), value, key)
    return config


def _example(config: Any) -> str:
    field = dataclasses.fields(config)[0]
    return f"{field.name}={getattr(config, field.name)}"


def _set(config: Any, path: list[str], value: str, key: str) -> Any:
    hints = typing.get_type_hints(type(config))
    name = path[0]
    if name not in hints:
        raise ConfigError(f"unknown setting {key!r}.{nearest(name, hints)} There are: {', '.join(sorted(hints))}.")
    if len(path) > 1:
        inner = getattr(config, name)
        if isinstance(inner, Mapping):
            return dataclasses.replace(config, **{name: _set_entry(inner, path[1:], value, key)})
        if not dataclasses.is_dataclass(inner):
            raise ConfigError(f"{key!r}: {name!r} has no settings of its own; it is {inner!r}")
        return dataclasses.replace(config, **{name: _set(inner, path[1:], value, key)})
    return dataclasses.replace(config, **{name: _parse(value, hints[name], key)})


def _set_entry(entries: Mapping[str, Any], path: list[str], value: str, key: str) -> dict[str, Any]:
    """Return a dict with one entry changed, or a setting of one entry."""
    whole = ".".join(path)
    if whole in entries:
        return {**entries, whole: _parse(value, type(entries[whole]), key)}
    for count in range(len(path) - 1, 0, -1):
        name = ".".join(path[:count])
        if dataclasses.is_dataclass(entries.get(name)):
            return {**entries, name: _set(entries[name], path[count:], value, key)}
    raise ConfigError(f"unknown setting {key!r}.{nearest(whole, entries)} There are: {', '.join(entries)}.")


def _parse(value: str, hint: Any, key: str) -> Any:
    if hint is str:
        return value
    if hint is bool and value.lower() in ("true", "false"):
        return value.lower() == "true"
    try:
        parsed = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        parsed = value
    if not _fits(parsed, hint):
        raise ConfigError(f"{key}={value!r}: expected {getattr(hint, '__name__', hint)}, got {type(parsed).__name__}")
    return float(parsed) if hint is float else tuple(parsed) if isinstance(parsed, list) else parsed


def _fits(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, part) for part in typing.get_args(hint))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin is tuple or hint is tuple:
        return isinstance(value, list | tuple)
    if hint is None or hint is type(None):
        return value is None or value == "None"
    return isinstance(value, hint) if isinstance(hint, type) else True

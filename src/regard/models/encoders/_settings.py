"""Checks of an encoder's settings, so that a wrong one is refused when the encoder is built and not while it runs."""

from __future__ import annotations

from collections.abc import Sequence

from regard.core.errors import ConfigError, nearest


def one_of(setting: str, value: str, allowed: Sequence[str]) -> str:
    """Return `value` when it is one of `allowed`. Raises `ConfigError` with the nearest name."""
    if value not in allowed:
        known = ", ".join(repr(name) for name in allowed)
        raise ConfigError(f"{setting} is {value!r}; it must be one of {known}.{nearest(str(value), allowed)}")
    return value


def number_from(setting: str, value: float, least: float) -> float:
    """Return `value` when it is a number of at least `least`. Raises `ConfigError`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= least:
        raise ConfigError(f"{setting} is {value!r}; it must be a number of at least {least}.")
    return value


def at_least(setting: str, value: int, least: int = 1) -> int:
    """Return `value` when it is a whole number of at least `least`. Raises `ConfigError`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(f"{setting} is {value!r}; it must be a whole number of at least {least}.")
    return value

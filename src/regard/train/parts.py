"""The parts of a model that learn, each at a rate of its own, while all else rests.

A part is the beginning of where a weight belongs (`part_of`): `vision`, `connector`, `encoders`, `language`, `lora`,
`heads`, `slots`, `things`, or finer: `encoders.0`, `heads.mask`, `heads.mask.sam`, `slots.mask`. The finest that fits
counts, and a rate of 0 says that a part rests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from torch import nn

from regard.core.errors import ConfigError, not_found

LORA = "lora"
CALLED = {"heads.members.": "heads.", "heads.slots.": "slots.", "encoders.members.": "encoders."}
Weights = list[tuple[str, nn.Parameter]]


def part_of(name: str) -> str:
    """Return where a weight belongs: its name in the model, but `lora.NAME` for low-rank changes, `heads.box..` and
    `slots.box` for a task head and the vector in its slot, `encoders.0..` for a region encoder.
    """
    if f".{LORA}_" in name:
        return f"{LORA}.{name}"
    begins = next((one for one in CALLED if name.startswith(one)), "")
    return CALLED.get(begins, "") + name.removeprefix(begins)


def by_part(module: nn.Module, rates: Mapping[str, float]) -> dict[str, Weights]:
    """Return the weights of each part in `rates`, those that rest with a rate of 0 among them.

    Raises `NotFound` for a part that no weight belongs to, `ConfigError` for a rate below 0.
    """
    found: dict[str, Weights] = {part: [] for part in rates}
    finest_first = sorted(rates, key=len, reverse=True)
    homes = {name: part_of(name) for name, _ in module.named_parameters()}
    for part, rate in rates.items():
        if rate < 0:
            raise ConfigError(f"the rate of {part} is {rate}; a rate is above 0, or 0 for a part that rests")
        if not any(_belongs(home, part) for home in homes.values()):
            raise not_found("part of this model", part, _names(homes.values()))
    for name, weight in module.named_parameters():
        part = next((part for part in finest_first if _belongs(homes[name], part)), None)
        if part is not None:
            found[part].append((name, weight))
    return found


def let_learn(module: nn.Module, rates: Mapping[str, float]) -> None:
    """Let the parts learn that have a rate above 0, and all else rest. Errors are those of `by_part`."""
    found = by_part(module, rates)
    module.requires_grad_(False)
    for part, weights in found.items():
        for _, weight in weights:
            weight.requires_grad_(rates[part] > 0)


def _belongs(home: str, part: str) -> bool:
    return f"{home}.".startswith(f"{part}.")


def _names(homes: Iterable[str]) -> set[str]:
    """Return the parts that an error lists: the first one and two words of where weights belong."""
    return {".".join(home.split(".")[:depth]) for home in homes for depth in (1, 2)}

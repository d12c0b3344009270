"""Multiple choice with letters: letters in files, and figures of questions that belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from regard.bench._base import Item
from regard.prompts.tasks import LETTERS

Right = Callable[[Item, Any], bool]


def letter_of(value: Any) -> Any:
    """Return the letter of an option that a file gives by its number from 0; any other value as it is."""
    plain = isinstance(value, int) and not isinstance(value, bool)
    return LETTERS[value] if plain and 0 <= value < len(LETTERS) else value


def together(answered: Iterable[tuple[Item, Any]], parts: Sequence[str], right: Right) -> float:
    """Return the share of questions all of whose parts are right, among those with an answer to each; 0 for none.

    An item's truth names its `question` and its `part`. A question that is drawn again counts again.
    """
    found: dict[str, dict[str, bool]] = {}
    drawn: Counter[str] = Counter()
    for item, answer in answered:
        if item.truth["part"] in parts:
            found.setdefault(item.truth["question"], {})[item.truth["part"]] = right(item, answer)
            drawn[item.truth["question"]] += item.truth["part"] == parts[0]
    whole = [name for name, hits in found.items() if len(hits) == len(parts)]
    return sum(drawn[name] * all(found[name].values()) for name in whole) / max(1, sum(drawn[name] for name in whole))

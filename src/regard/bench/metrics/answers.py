"""Reading one word of a closed set out of an answer, however it is put."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from regard.data.world.reading import SPELLING


def plain(text: str, spelling: Mapping[str, str] = SPELLING) -> str:
    """Return a text in lower case, in one spelling, without punctuation: words with single spaces between them."""
    words = re.sub(r"[^\w ]|_", " ", text.lower()).split()
    return " ".join(spelling.get(word, word) for word in words)


def one_of(text: str, choices: Iterable[str]) -> str | None:
    """Return the one choice that an answer names, or None when it names none of them, or several.

    Whole words count; a choice inside a longer one that is there ("top" in "top left") does not count on its own, and
    "left top" is read as "top left".
    """
    given = f" {plain(text)} "
    found = []
    for choice in sorted(choices, key=lambda choice: -len(plain(choice))):
        for form in _forms(plain(choice)):
            if f" {form} " in given:
                given = given.replace(f" {form} ", "  |  ")
                found.append(choice)
                break
    return found[0] if len(found) == 1 else None


def _forms(choice: str) -> tuple[str, ...]:
    words = choice.split()
    return (choice, " ".join(reversed(words))) if len(words) == 2 and words[0] in ("top", "bottom") else (choice,)

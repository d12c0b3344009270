"""How people ask: many ways to put each kind of question, some of them kept apart for evaluation.

A template's slots are words in braces: {a} and {b} become regions (perhaps "the object <region1>"), {a_} a bare
<region1>, {regions} a list of regions, everything else a word or phrase. Every kind has training templates and held-
out ones; the two never share a line.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The templates of one kind of question."""

    training: tuple[str, ...]
    held_out: tuple[str, ...]


def wording(training: str, held_out: str) -> Wording:
    """Make a `Wording` of two texts, one template a line."""
    return Wording(_lines(training), _lines(held_out))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())

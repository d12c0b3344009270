"""Sentences about clips of the world with the spans of seconds in which they are true."""

from __future__ import annotations

from dataclasses import dataclass

from regard.data.world.ask_finds import SENTENCES, SPANS
from regard.data.world.expressions import find, say
from regard.data.world.wording import Writer

TRIES = 6


@dataclass(frozen=True)
class Spoken:
    """A sentence and every span (start, end) in which it is true, in hundredths of a second."""

    sentence: str
    spans: tuple[tuple[float, float], ...]


def spoken(writer: Writer, most: int) -> Spoken | None:
    """Return a sentence about one thing that is described, true in one to `most` spans, None when a few tries find
    none.
    """
    truth = writer.truth
    for _ in range(TRIES if truth.solid else 0):
        kind, index = writer.pick(tuple(SENTENCES)), writer.pick(truth.solid)
        spans = [_span(*span) for span in SPANS[kind](truth, index) or ()]
        sound = 0 < len(spans) <= most and all(start < end for start, end in spans)
        expression = find(writer, index) if sound else None
        if expression is not None:
            return Spoken(writer.pick(SENTENCES[kind]).format(say(writer, expression)), tuple(spans))
    return None


def _span(start: float, end: float) -> tuple[float, float]:
    return round(float(start), 2), round(float(end), 2)

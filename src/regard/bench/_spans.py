"""Moments in words, and by task heads: what a model is asked, and how its answer becomes spans of seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LARGEST = 10**300
_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:\.\d+)?"
_TIME = rf"({_CLOCK}|\d+(?:\.\d+)?)"
_UNIT = r"(?:\s*(?:s|sec|secs|second|seconds)\b\.?)?"
_JOIN = r"\s*(?:-|–|—|,|to|until|till|and)\s*"
SPAN = re.compile(rf"(?<![\d.:-]){_TIME}{_UNIT}{_JOIN}{_TIME}(?![\d:]|\.\d)", re.IGNORECASE)
FORM = 'Answer with its start and end in seconds, as in "12.5 - 20.0".'


def ask(query: str) -> str:
    """Return the question for the moment that a sentence speaks of."""
    return f'When does this happen: "{query}"? {FORM}'


def read_spans(text: str) -> list[list[float]]:
    """Return every span [start, end] in seconds that a text names, in its order.

    A span is two times with a dash, a comma, "to", "until" or "and" between them ("from 12.5 to 20 seconds", "[12.5,
    20]", "0:12 - 0:20"). Numbers that stand alone are no span. Nothing is clipped, sorted or swapped.
    """
    return [[_seconds(start), _seconds(end)] for start, end in SPAN.findall(text)]


def found_moments(answer: Mapping[str, Any]) -> tuple[list[list[float]], list[float]]:
    """Return the spans [start, end, score], the highest score first, that heads found in an answer, and the saliency of
    each second that the first of them told; both empty where none found moments.
    """
    results = [one["result"] for one in answer["found"] if "spans" in one["result"]]
    spans = [[span["start"], span["end"], span["score"]] for result in results for span in result["spans"]]
    return sorted(spans, key=lambda span: -span[2]), list(results[0]["saliency"]) if results else []


def is_number(value: Any) -> bool:
    """Return whether a value of an output file is a number that can be computed with (NaN and infinity included)."""
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST)


def _seconds(time: str) -> float:
    total = 0.0
    for part in time.split(":"):
        total = 60 * total + float(part)
    return total

"""Reading answers about the world: one spelling of the same words, and descriptions taken apart into attributes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from regard.data.world.facts import COLOURS, MATERIALS, PATTERNS, SHAPES, SIZES
from regard.data.world.question import Question

SPELLING = {
    "grey": "gray",
    "center": "centre",
    "middle": "centre",
    "color": "colour",
    "big": "large",
    "upper": "top",
    "lower": "bottom",
}
NUMBERS = {
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
}
_HEAD_WORDS = {
    "size": SIZES,
    "colour": COLOURS,
    "pattern": PATTERNS,
    "material": MATERIALS,
    "shape": (*SHAPES, "region"),
}
_POSITION = re.compile(r"\b(?:at|in|on) the ((?:top|bottom)(?: (?:left|right))?|left|right|centre)\b")
_CELL = re.compile(r"\brow (\d+) column (\d+)")
_OF = re.compile(r"\b(reflection|shadow)(?: of ((?:\w+ )?\w+))?")
_INSIDE = re.compile(r"\binside ((?:\w+ )?\w+)")
_RELATION = re.compile(r"\bit is ((?:left of|right of|above|below) [\w ]+)")
_MOVES = re.compile(
    r"\bit (moves|keeps moving) (left|right|up|down)(?: (slowly|fast))?(?: and then (turns \w+|stops))?"
)


def normalise(text: str) -> str:
    """Return a text in lower case, in one spelling, without articles and punctuation; "<region2>" and "region 2"
    become "2", and "A" alone is a letter."""
    text = re.sub(r"<?\bregion ?(\d+)>?", r"\1", text.lower())
    words = re.sub(r"[^\w ]", " ", text).split()
    told = [word for word in words if word not in ("a", "an", "the")] or words
    return " ".join(NUMBERS.get(word, SPELLING.get(word, word)) for word in told)


def accepted(question: Question) -> set[str]:
    """Return every normalised answer that counts as right."""
    return {normalise(question.answer), *question.facts.get("accepted", ())}


def is_right(text: str, question: Question) -> bool:
    """Return whether a generated answer counts as right."""
    return normalise(text) in accepted(question)


def stated(text: str) -> dict[str, str]:
    """Take a generated description apart: attribute -> value, the keys of `facts["attributes"]`. Nothing readable
    gives {}."""
    first, _, rest = text.partition(".")
    head = _spelled(first)
    found = _head(re.split(r"\b(?:at|in|on|inside)\b", head)[0])
    found |= _first_match(_POSITION, head, "position") | _first_match(
        _INSIDE, _spelled(first, articles=False), "inside"
    )
    cell = _CELL.search(head)
    if cell:
        found["cell"] = f"row {cell[1]}, column {cell[2]}"
    for sentence in rest.split("."):
        found |= _movement(_spelled(sentence)) | _first_match(_RELATION, _spelled(sentence), "relation")
    return found


def _spelled(text: str, articles: bool = True) -> str:
    words = re.sub(r"[^\w ]", " ", text.lower()).split()
    return " ".join(SPELLING.get(word, word) for word in words if articles or word not in ("a", "an", "the"))


def _first_match(pattern: re.Pattern[str], text: str, name: str) -> dict[str, str]:
    match = pattern.search(text)
    return {name: match[1]} if match else {}


def _head(text: str) -> dict[str, str]:
    words = [word for word in text.split() if word not in ("a", "an", "the")]
    unreal = _OF.search(" ".join(words))
    if unreal:
        size = next((word for word in words if word in SIZES), "")
        found = {"kind": unreal[1], "size": size, "of": unreal[2] or ""}
    else:
        found = {name: next((word for word in words if word in known), "") for name, known in _HEAD_WORDS.items()}
        found["kind"] = "thing" if any(found.values()) else ""
    return {name: value for name, value in found.items() if value}


def _movement(text: str) -> dict[str, str]:
    if "it does not move" in text:
        return {"motion": "still"}
    match = _MOVES.search(text)
    if not match:
        return {}
    speed = {"slowly": "slow", "fast": "fast"}.get(match[3] or "", "")
    path = "straight" if match[1] == "keeps moving" else match[4] or ""
    found = {"motion": match[2], "speed": speed, "path": path}
    return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Description:
    """How a generated description fares: of `stated` attributes `true` are true; `known` could have been stated,
    `missing` were not."""

    true: int
    stated: int
    known: int
    missing: tuple[str, ...]


def judge(text: str, question: Question) -> Description:
    """Compare a generated description with the truth of a describe_detailed question.

    That a thing is a real thing goes without saying and is not counted. An attribute that the truth does not have (a
    relation where no clear neighbour exists) counts as stated and not true.
    """
    truth, said = question.facts["attributes"], stated(text)
    also = question.facts.get("also", {})
    if said.get("kind") == truth["kind"] == "thing":
        said, truth = _without_kind(said), _without_kind(truth)
    right = sum(value == truth.get(name) or value in also.get(name, ()) for name, value in said.items())
    return Description(right, len(said), len(truth), tuple(name for name in truth if name not in said))


def _without_kind(attributes: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name != "kind"}

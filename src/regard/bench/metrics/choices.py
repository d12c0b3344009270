"""Reading a choice out of an answer: a letter, the text of an option, yes or no.

The strict rules are this package's: what they cannot read is unreadable (None), never a default choice. The published
rules stand beside them by name, faults included:

- `mvbench` (VideoChat2's notebook): the first word, dots removed, is right when it is a part of "(x)" or "(x)" is a
  part of it. An empty answer, "(" and ")" are right for every question; "The answer is (A)" is wrong.
- `videorefer_bench_q` (VideoRefer): the first "(X)" anywhere, else the first "X)", else the first character. A letter
  quoted in the reasoning wins. An empty answer stops the published script.
- `exact` (GAR-Bench): the whole answer is the letter, in any case; "C." is wrong.
- POPE: `official` keeps the text up to the first full stop and reads "no" where one of the words No, not, no stands,
  else "yes", also for an empty answer; `lmms_eval` takes the whole answer in lower case, which must be "yes" or "no".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regard.bench.metrics.answers import one_of, plain
from regard.core.errors import not_found

YES_NO_RULES = ("strict", "official", "lmms_eval")
STATED = re.compile(r"\b(?:answer|option|choice)(?:\s+is)?\s*[:\-]?\s*[\"'*(\[]*([A-Z])\b(?![\w'])", re.IGNORECASE)
IN_BRACKETS = re.compile(r"[(\[]([A-Za-z])[)\]]")
AT_START = re.compile(r"^[\s\"'*]*([A-Z])(?=[.):,*\"']|\s*$)")
ALONE = re.compile(r"^\W*([A-Za-z])\W*$")


def strict_letter(text: str, options: Mapping[str, str]) -> str | None:
    """Return the letter of the option that an answer names, or None when it names none, or several.

    options: text by letter. In this order: a letter alone; letters that the answer states ("the answer is B"); letters
    in brackets; a letter at the start with a stop behind it ("B. a cup"; "A man runs" is no letter); the text of an
    option. The first form that is found decides, and must name one option only; a letter with another option's whole
    text behind it is unreadable.
    """
    letters = {letter.upper() for letter in options}
    for pattern in (ALONE, STATED, IN_BRACKETS, AT_START):
        found = {letter.upper() for letter in pattern.findall(text)} & letters
        if found:
            return _agreed(found, text, options)
    named = one_of(text, options.values())
    holders = [letter.upper() for letter, option in options.items() if named and plain(option) == plain(named)]
    return holders[0] if len(holders) == 1 else None


def mvbench_right(text: str, letter: str) -> bool:
    """Return whether MVBench's published script counts an answer as right. `letter` is the true option's."""
    first, option = text.lower().split(" ")[0], f"({letter.lower()})"
    return first.replace(".", "") in option or option in first


def videorefer_letter(text: str) -> str | None:
    """Return the letter, in upper case, that VideoRefer-Bench Q's published script reads; None where it stops (an
    answer without a character other than dots).
    """
    found = re.search(r"\(([A-Z])\)", text) or re.search(r"([A-Z])\)", text)
    return (found[1] if found else text.replace(".", "")[:1]).upper() or None


def exact_letter(text: str) -> str:
    """Return what GAR-Bench's published script compares with the true letter: the whole answer in upper case."""
    return text.upper()


def yes_or_no(text: str, rule: str = "strict") -> str | None:
    """Return "yes" or "no" as a rule reads it, None where it cannot.

    strict: the first word, else the one of the two words that occurs anywhere; "there is a dog" is unreadable. Raises
    `NotFound` for an unknown rule.
    """
    if rule not in YES_NO_RULES:
        raise not_found("rule", rule, YES_NO_RULES)
    if rule == "official":
        words = text.split(".")[0].replace(",", "").split(" ")
        return "no" if {"No", "not", "no"} & set(words) else "yes"
    if rule == "lmms_eval":
        word = text.lower().strip()
        return word if word in ("yes", "no") else None
    words = plain(text).split()
    named = set(words[:1]) & {"yes", "no"} or set(words) & {"yes", "no"}
    return named.pop() if len(named) == 1 else None


@dataclass(frozen=True)
class YesNoFigures:
    """POPE's figures, 0..1; "yes" is the positive class. yes_share: how often the model says yes."""

    accuracy: float
    precision: float
    recall: float
    f1: float
    yes_share: float


def yes_no_figures(answers: Sequence[str | None], truths: Sequence[str]) -> YesNoFigures:
    """Return accuracy, precision, recall, F1 and the share of yes.

    answers: "yes", "no" or None (unreadable): wrong, and neither yes nor no. A precision or recall without anything to
    divide by is 0.
    """
    pairs = list(zip(answers, truths, strict=True))
    both = sum(answer == truth == "yes" for answer, truth in pairs)
    said, true = sum(answer == "yes" for answer in answers), sum(truth == "yes" for truth in truths)
    right = sum(answer == truth for answer, truth in pairs)
    return YesNoFigures(
        accuracy=right / max(1, len(pairs)),
        precision=both / max(1, said),
        recall=both / max(1, true),
        f1=2 * both / max(1, said + true),
        yes_share=said / max(1, len(pairs)),
    )


def _agreed(found: set[str], text: str, options: Mapping[str, str]) -> str | None:
    """Return the one letter found, unless the text behind it is exactly another option's."""
    if len(found) > 1:
        return None
    letter = found.pop()
    behind = plain(text).removeprefix(f"{letter.lower()} ")
    clash = any(plain(option) == behind for other, option in options.items() if other.upper() != letter)
    return None if clash else letter

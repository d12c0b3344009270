"""Task-guided instructions: questions whose wording fixes the form of the answer.

The idea is RegionGPT's (section 3.3): tell the model which form is wanted - one label of a list, the number of a
region - and its answer can be read without guessing. The verbs ask in these words, and training shows them among many
freer ones.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

from regard.core.errors import PromptError

UNKNOWN = "I do not know"
NONE = "none"
LETTERS = string.ascii_uppercase
LETTER_ALONE = "Answer with the letter of the right option alone."


def placeholder(number: int) -> str:
    """Return the text that stands for region `number` (1-based) in a question."""
    return f"<region{number}>"


def describe(number: int = 1, detail: str = "brief") -> str:
    """Ask for a description of one region; `detail` is "brief" (a phrase) or "detailed" (everything that is known)."""
    wording = {"brief": "Describe {} briefly.", "detailed": "Describe {} in detail."}
    if detail not in wording:
        raise PromptError(f"detail is 'brief' or 'detailed', not {detail!r}")
    return wording[detail].format(placeholder(number))


def describe_scene(detail: str = "brief") -> str:
    """Ask for a description of the whole picture or clip."""
    return "Describe everything in detail." if detail == "detailed" else "Describe everything briefly."


def classify(labels: Sequence[str] = (), number: int = 1) -> str:
    """Ask what one region is: one of `labels`, or (no labels) in the model's own words."""
    if not labels:
        return f"What is {placeholder(number)}? Answer with a short phrase."
    return f"What is {placeholder(number)}? Choose one: {', '.join(labels)}."


def choose(expression: str, count: int) -> str:
    """Ask which of `count` regions an expression means. The answer is a number from 1 to `count`, or `NONE`."""
    regions = ", ".join(f"{number}: {placeholder(number)}" for number in range(1, count + 1))
    return f"Which region is {expression}? {regions}. Answer with its number, or {NONE}."


def lettered(options: Sequence[str]) -> dict[str, str]:
    """Return options by their letters. Raises `PromptError` for more of them than letters."""
    if len(options) > len(LETTERS):
        raise PromptError(f"{len(options)} options, there are letters for {len(LETTERS)}; give fewer")
    return dict(zip(LETTERS, options, strict=False))


def letters(question: str, options: Mapping[str, str]) -> str:
    """Ask a question with options, given by letter, a line each; the answer is the letter of one."""
    return "\n".join((question, *(f"({letter}) {option}" for letter, option in options.items()), LETTER_ALONE))


def without_stop(words: str) -> str:
    """Return words that are put into a request, without the stop or question mark at their end."""
    return words.strip().rstrip("?. ")


def locate(expression: str) -> str:
    """Ask for boxes: the answer calls the box head once for each thing that the expression means, or is `NONE`."""
    return f"Find {without_stop(expression)}. Answer with a box for each, or {NONE}."


def segment(expression: str) -> str:
    """Ask for pixels: the answer calls a mask head once for each thing that is meant, or is `NONE`."""
    return f"Find {without_stop(expression)}. Answer with a mask for each, or {NONE}."


def track(number: int = 1) -> str:
    """Ask where a region is on every frame: the answer calls a mask head, or is `NONE`."""
    return f"Follow {placeholder(number)}. Answer with a mask, or {NONE}."


def moments(sentence: str) -> str:
    """Ask when a sentence is true of a clip: the answer calls the moment head, or is `NONE`."""
    return f"When does this happen: {without_stop(sentence)}? Answer with moments, or {NONE}."


def read_choice(text: str, count: int) -> int | None:
    """Read the answer to `choose`: a 0-based index, or None for "none".

    Raises `PromptError` when the text is neither, or names a region that is not there; no second guess is made.
    """
    word = text.strip().rstrip(".").lower()
    if word == NONE:
        return None
    # Longer numbers than the count's are none of its regions, and int() refuses thousands of digits.
    if word.isascii() and word.isdigit() and len(word) <= len(str(count)) and 1 <= int(word) <= count:
        return int(word) - 1
    said = text if len(text) <= 200 else text[:200] + "..."
    raise PromptError(f"expected a number from 1 to {count} or {NONE!r}, the model wrote {said!r}")

"""The twin of DLC-Bench: a drawn thing in detail, and questions about its look that a rule can answer.

Positive questions ask whether a description says its colour, shape, pattern and size; negative ones whether it
gives it another. The judge looks for the words of each attribute in the description.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench.dlc_bench import RECOGNISED, SIDES
from regard.data.world.facts import CLOSED_SETS, contained
from regard.data.world.question import Question
from regard.data.world.reading import normalise
from regard.data.world.samples import samples_of
from regard.data.world.wording import Writer
from regard.prompts.tasks import describe

ASKED = ("colour", "shape", "pattern", "size")
QUESTION = re.compile(r"Which (\w+) does the text give the thing\?")
WRONG = re.compile(r"Does the text call the thing (\w+)\?")
YES_NO = ("A. Yes", "B. No")
THINGS_A_PICTURE = 2


class DlcBenchTwin(Twin):
    """Two things a picture at most."""

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield a description to write for each of some drawn things."""
        truth = writer.truth
        for number in writer.some(truth.real, THINGS_A_PICTURE):
            known = {name: truth.clear(number)[name] for name in ASKED if name in truth.clear(number)}
            if "shape" not in known:
                continue
            questions = [_positive(name, value) for name, value in known.items()]
            questions += [_negative(writer, name, value) for name, value in known.items()]
            told = {"class_name": known["shape"], "questions": questions}
            asked = Question("describe_detailed", describe(1, "detailed"), "", (number,))
            sample, seed = samples_of(truth.scene, [asked])[0], str(truth.scene.seed)
            yield Item(f"{seed}{number:02d}", "average", sample, seed, known["shape"], told, SIDES)

    def verdict(self, item: Item, call: str, text: str) -> str | None:
        """Reply with the letter and words of a choice, as the benchmark's judge is asked to."""
        if call == RECOGNISED:
            shapes = _said("shape", text)
            return YES_NO[bool(shapes) and item.truth["class_name"] not in shapes]
        question = item.truth["questions"][int(call)]
        number = _choice(question, text)
        return None if number is None else f"{'ABC'[number]}. {question['choices'][number][0]}"


def _positive(name: str, value: str) -> dict[str, Any]:
    choices = [["It gives none.", 0], [f"It says {value}.", 1], ["It gives another one.", -1]]
    return {"question": f"Which {name} does the text give the thing?", "choices": choices, "type": SIDES[0]}


def _negative(writer: Writer, name: str, value: str) -> dict[str, Any]:
    others = [word for word in CLOSED_SETS[name] if word != value and not contained(word, value)]
    choices = [["It does not.", 1], ["It does.", -1]]
    return {"question": f"Does the text call the thing {writer.pick(others)}?", "choices": choices, "type": SIDES[1]}


def _choice(question: Mapping[str, Any], text: str) -> int | None:
    if wrong := WRONG.fullmatch(question["question"]):
        return int(bool(re.search(rf"\b{wrong[1]}\b", normalise(text))))
    named = QUESTION.fullmatch(question["question"])
    if named is None or named[1] not in ASKED:
        return None
    said = _said(named[1], text)
    right = question["choices"][1][0].removeprefix("It says ").removesuffix(".")
    return 0 if not said else 1 if said == {right} else 2


def _said(name: str, text: str) -> set[str]:
    """Return the words of an attribute that stand in a text, in one spelling."""
    words = set(normalise(text).split())
    return {word for word in CLOSED_SETS[name] if word in words}

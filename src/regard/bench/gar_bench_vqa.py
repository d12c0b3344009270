"""GAR-Bench VQA: multiple choice about one to nine regions of a picture.

From Grasp Any Region (section 3.4). Colour, shape, texture and material of a region, its place in a grid,
whether it is a real thing or a reflection, and relations of several regions. The published scorer compares the whole
answer with the letter; the strict rule reads the letter, and says when there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _gar
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, part
from regard.bench.metrics.choices import exact_letter, strict_letter

FILE = OfficialFile("GAR-Bench-VQA.json", "d4302ffd53498a79537fd81dbddefd3eb7796df91e339edcbe4897122fa2e76b", 424)
TYPES = ("color", "shape", "texture/pattern", "material", "ordering", "mirror", "relation")
FIGURE = "accuracy"
ASK = "Answer with the letter of the right choice alone."
_LETTER = re.compile(r"\s*([A-Z])[.):]\s*(.*)", re.DOTALL)


class GarBenchVqa(Benchmark):
    """Multiple choice about regions."""

    card = Card(
        items="424",
        metric="accuracy, and for each of seven types",
        licence=_gar.LICENCE,
        source=_gar.SOURCE,
        files=(FILE,),
        data=_gar.PICTURES,
        published="right is an answer that is the letter alone, in any case; a row that is missing is not missed",
    )
    max_new_tokens = 32

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions in the order of the file. `settings.skills`: types of questions."""
        types = chosen(settings.skills, TYPES)
        for key, row, asking in _gar.rows(settings, self.card):
            truth = {name: part(row, name, kind, key) for name, kind in _PARTS.items()}
            kind, answer = truth["type"], part(row, "answer", str, key)
            question = "\n".join((truth["question"], *truth["choices"], ASK))
            if kind in types or not settings.skills:
                sample, also = asking(_gar.our_words(question)), (f"{FIGURE}, {kind}",)
                yield Item(key, FIGURE, sample, key, answer, truth, also, 1 / max(1, len(truth["choices"])))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one choice that the answer names is the true one; unreadable when it names none or several."""
        named = strict_letter(_gar.without_marks(answer), _options(item.truth["choices"]))
        return Score(float(named == item.answer.upper()), readable=named is not None)

    def official(self, item: Item, answer: Any) -> Score:
        """Right when the whole answer is the letter, in any case."""
        return Score(float(exact_letter(answer) == item.answer.upper()))

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield `model_output` of each row."""
        return _gar.recorded(content)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write GAR-Bench-VQA.json and the pictures."""
        mark_as_made(self, folder, {FILE.name: _gar.write(items, folder, FILE, _row)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `model_output`."""
        _gar.write_answers(items, given, path, _row)

    def notes(self, settings: Settings) -> list[str]:
        """Return what the intervals cannot know, and what was printed elsewhere."""
        return [
            "several files are the same picture; intervals take every question as independent",
            "the paper (table 1) prints 50.6 % for GAR-1B; its released outputs score 47.9 %",
        ]


_PARTS: dict[str, type] = {"question": str, "choices": list, "type": str}


def _row(item: Item) -> dict[str, Any]:
    return {**item.truth, "answer": item.answer}


def _options(choices: Iterable[str]) -> dict[str, str]:
    """Return the text of each choice by its letter; one without a letter has that of its place."""
    found = {}
    for number, choice in enumerate(choices):
        lettered = _LETTER.match(choice)
        found[lettered[1] if lettered else chr(ord("A") + number)] = lettered[2] if lettered else choice
    return found

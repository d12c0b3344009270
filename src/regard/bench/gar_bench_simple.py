"""GAR-Bench Caption-Simple: say how regions relate; a judge that sees them compares with the reference.

From Grasp Any Region (section 3.4). The published scorer counts a reply as right that is exactly "True".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.bench import _gar
from regard.bench._base import Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, part
from regard.bench._judge import Call, Judged, fenced

FILE = OfficialFile(
    "GAR-Bench-Caption-Simple.json", "9b1738871b3d733e90c2a650133db8a77290f0d864c8d55a0bac24bb1b937e6d", 97
)
PROMPT = """{shown}
A question about the regions was answered. Does the answer mean the same as the true answer? Other words for the same
relation are fine; another relation, or the roles of the regions exchanged, is not.
{material}

The question:
{question}

The true answer:
{truth}

The answer to judge:
{answer}

Reply with one word: True or False."""


class GarBenchSimple(Judged):
    """The relation of regions in a sentence."""

    card = Card(
        items="97",
        metric="share of answers that a judge finds to mean the same as the reference",
        licence=_gar.LICENCE,
        source=_gar.SOURCE,
        judge=_gar.JUDGE,
        files=(FILE,),
        data=_gar.PICTURES,
        published='right is a verdict that is exactly "True"; a row that is missing is not missed',
    )
    max_new_tokens = 256

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions in the order of the file."""
        chosen(settings.skills, ())
        for key, row, asking in _gar.rows(settings, self.card):
            question, answer = part(row, "question", str, key), part(row, "answer", str, key)
            sample = asking(_gar.our_words(question))
            yield Item(key, "accuracy", sample, key, _gar.our_words(answer), {"question": question, "answer": answer})

    def calls(self, item: Item, text: str) -> Sequence[Call]:
        """Ask whether the answer means the same as the reference."""
        prompt = PROMPT.format(
            shown=_gar.SHOWN,
            material=_gar.MATERIAL,
            question=item.question,
            truth=item.answer,
            answer=fenced(_gar.our_words(_gar.without_marks(text))),
        )
        return (Call(_gar.VERDICT, prompt, lambda: _gar.shown_to_judge(item.open())),)

    @property
    def judge_prompt(self) -> str:
        """The wording of the prompt."""
        return "\n\n".join((PROMPT, _gar.SHOWN, _gar.MATERIAL))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the verdict is True, in any spelling; without a readable verdict the item counts for nothing."""
        return _gar.verdict_score(item, answer)

    def official(self, item: Item, answer: Any) -> Score:
        """Right when the verdict is exactly "True"."""
        return _gar.official_verdict(item, answer)

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield `model_output` and `eval_result` of each row."""
        return _gar.recorded(content)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write GAR-Bench-Caption-Simple.json and the pictures."""
        mark_as_made(self, folder, {FILE.name: _gar.write(items, folder, FILE, _row)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `model_output` and, where there is a verdict, `eval_result`."""
        _gar.write_answers(items, given, path, _row)

    def notes(self, settings: Settings) -> list[str]:
        """Return what was printed elsewhere."""
        return [
            "the paper (table 2) prints 56.7 % for GAR-1B and 66.0 % for GAR-8B; "
            "their released judgements give 55.7 % and 63.9 %"
        ]


def _row(item: Item) -> dict[str, Any]:
    return {name: item.truth[name] for name in ("question", "answer")}

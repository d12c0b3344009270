"""GAR-Bench Caption-Simple: say how regions relate; a judge that sees them compares with the reference.

From Grasp Any Region (section 3.4). The published scorer counts a reply as right that is exactly "True".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regard.bench import _gar
from regard.bench._base import Card, Item, OfficialFile, Settings, chosen
from regard.bench._files import part

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


class GarBenchSimple(_gar.Captions):
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
    prompt, fields = PROMPT, ("question", "answer")
    printed = (
        "the paper (table 2) prints 56.7 % for GAR-1B and 66.0 % for GAR-8B; "
        "their released judgements give 55.7 % and 63.9 %"
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions in the order of the file."""
        chosen(settings.skills, ())
        for key, row, asking in _gar.rows(settings, self.card):
            question, answer = part(row, "question", str, key), part(row, "answer", str, key)
            sample = asking(_gar.our_words(question))
            yield Item(key, "accuracy", sample, key, _gar.our_words(answer), {"question": question, "answer": answer})

    def told(self, item: Item) -> Mapping[str, str]:
        """The question, and the reference."""
        return {"question": item.question, "truth": item.answer}

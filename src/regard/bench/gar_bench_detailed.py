"""GAR-Bench Caption-Detailed: describe a region with its relation to another; a judge looks for both.

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
    "GAR-Bench-Caption-Detailed.json", "93ede0a6419e6e66eae860d3e46807bb9c1c53b6b5839db501876397b20786c4", 107
)
NAMES = ("subject_name", "predicate_name", "object_name")
QUESTION = "Describe <region1> in detail, and say how it relates to <region2>."
PROMPT = """{shown}
A description of <region1> was written. Does it say what the region is ({subject}), or something that means the
same, and does it also say that it stands in this relation: {subject} - {predicate} - {object}? Other words for the same
are fine.
{material}

The description to judge:
{answer}

Reply with one word: True when it says both, False when it does not."""


class GarBenchDetailed(Judged):
    """A region in detail, with its relation to another."""

    card = Card(
        items="107",
        metric="share of descriptions in which a judge finds the subject and the relation",
        licence=_gar.LICENCE,
        source=_gar.SOURCE,
        judge=_gar.JUDGE,
        files=(FILE,),
        data=_gar.PICTURES,
        published='right is a verdict that is exactly "True"; a row that is missing is not missed',
    )
    max_new_tokens = 1024

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the descriptions to write, in the order of the file."""
        chosen(settings.skills, ())
        for key, row, asking in _gar.rows(settings, self.card):
            truth = {name: part(row, name, str, key) for name in NAMES}
            yield Item(key, "accuracy", asking(QUESTION), key, " ".join(truth.values()), truth)

    def calls(self, item: Item, text: str) -> Sequence[Call]:
        """Ask whether the description names the subject and the relation."""
        prompt = PROMPT.format(
            shown=_gar.SHOWN,
            material=_gar.MATERIAL,
            answer=fenced(_gar.our_words(_gar.without_marks(text))),
            **{name.removesuffix("_name"): said for name, said in item.truth.items()},
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
        """Write GAR-Bench-Caption-Detailed.json and the pictures."""
        mark_as_made(self, folder, {FILE.name: _gar.write(items, folder, FILE, _row)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `model_output` and, where there is a verdict, `eval_result`."""
        _gar.write_answers(items, given, path, _row)

    def notes(self, settings: Settings) -> list[str]:
        """Return what was printed elsewhere."""
        return [
            "the paper (table 2) prints 63.6 % for GAR-1B and 64.5 % for GAR-8B; "
            "their released judgements give 66.4 % and 69.2 %"
        ]


def _row(item: Item) -> dict[str, Any]:
    return {name: item.truth[name] for name in NAMES}

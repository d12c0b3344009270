"""GAR-Bench Caption-Detailed: describe a region with its relation to another; a judge looks for both.

From Grasp Any Region (section 3.4). The published scorer counts a reply as right that is exactly "True".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from regard.bench import _gar
from regard.bench._base import Card, Item, OfficialFile, Settings, chosen
from regard.bench._files import part

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


class GarBenchDetailed(_gar.Captions):
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
    prompt, fields = PROMPT, NAMES
    printed = (
        "the paper (table 2) prints 63.6 % for GAR-1B and 64.5 % for GAR-8B; "
        "their released judgements give 66.4 % and 69.2 %"
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the descriptions to write, in the order of the file."""
        chosen(settings.skills, ())
        for key, row, asking in _gar.rows(settings, self.card):
            truth = {name: part(row, name, str, key) for name in NAMES}
            yield Item(key, "accuracy", asking(QUESTION), key, " ".join(truth.values()), truth)

    def told(self, item: Item) -> Mapping[str, str]:
        """The subject, the relation and its object."""
        return {name.removesuffix("_name"): said for name, said in item.truth.items()}

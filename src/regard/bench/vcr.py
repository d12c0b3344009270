"""VCR, Visual Commonsense Reasoning: a question about people in a picture, its answer, and why.

From "From Recognition to Cognition" (Zellers et al. 2019), its validation split. Three accuracies: the answer among
four (Q→A), the reason among four when the right answer is told (QA→R), and both (Q→AR). People and things are masks,
numbered in the order in which the text first names them; a mask that the file lacks is replaced by its box.

Output files are rows with `annot_id`, `answer` and `rationale`, each a text or the number of an option from 0. The
leaderboard's table of probabilities is not read. `--data` holds val.jsonl, and `vcr1images` with pictures and metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _choices, _media
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench.metrics.choices import strict_letter
from regard.core.errors import DataError
from regard.core.files import read_json, write_json, write_rows
from regard.media.image import Image
from regard.prompts.tasks import lettered, letters, placeholder
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

FILE = OfficialFile("val.jsonl", "", 26_534)
PICTURES = ("vcr1images", "")
PARTS = {"answer": "Q→A", "rationale": "QA→R"}
BOTH = "Q→AR"
KINDS: dict[str, type] = {
    "annot_id": str,
    "img_fn": str,
    "metadata_fn": str,
    "question": list,
    "answer_choices": list,
    "rationale_choices": list,
    "answer_label": int,
    "rationale_label": int,
}
BEFORE = re.compile(r" (?=[.,;:?!)]|'\w|n't\b)|(?<=\() ")

Tokens = Sequence[Any]


class Vcr(Benchmark):
    """Answers and reasons about people in pictures."""

    card = Card(
        items="53,068 (26,534 questions)",
        metric="accuracy of answer, of reason, of both",
        licence="custom, non-commercial (visualcommonsense.com)",
        source="visualcommonsense.com/download; huggingface.co/datasets/Rowan/vcr",
        files=(FILE,),
        data="`vcr1images`, with pictures and metadata, when a model is asked",
    )
    max_new_tokens = 16

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield answer and reason of each question, in the order of the file. `settings.skills`: answer, rationale."""
        skills = chosen(settings.skills, tuple(PARTS))
        for place, row in enumerate(read_official(settings.data, FILE, self.card), start=1):
            where = f"{FILE.name}: row {place}"
            found: dict[str, Any] = {name: part(row, name, kind, where) for name, kind in KINDS.items()}
            yield from (_item(found, name, settings) for name in skills)

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one option that an answer names is the true one; unreadable when it names none or several."""
        named = strict_letter(answer, item.truth["options"])
        return Score(float(named == item.answer), readable=named is not None)

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return how often answer and reason are both right."""
        return {
            BOTH: _choices.together(answered, tuple(PARTS), lambda item, answer: self.score(item, answer).hits == 1)
        }

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `annot_id`, `answer` and `rationale`."""
        for place, row in enumerate(rows_of(content), start=1):
            number = part(row, "annot_id", str, f"row {place} of the output file")
            for name in (name for name in PARTS if name in row):
                yield given_text(f"{number}/{name}", _choices.letter_of(row[name]))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write val.jsonl, and the pictures with their metadata."""
        rows: dict[str, dict[str, Any]] = {}
        shapes: dict[str, dict[str, Any]] = {}
        for item in items:
            row, sample = item.truth["row"], item.open()
            rows[row["annot_id"]] = dict(row)
            _media.save(sample.media, folder, f"{PICTURES[0]}/{row['img_fn']}")
            sides = {"width": sample.media.width, "height": sample.media.height}
            known = shapes.setdefault(row["metadata_fn"], {"boxes": [], "segms": [], **sides})
            for number, region in zip(item.truth["things"], sample.regions, strict=True):
                _add(known, number, region)
        for name, known in shapes.items():
            write_json(folder / PICTURES[0] / name, known)
        write_rows(folder / FILE.name, list(rows.values()))
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `annot_id`, `answer` and `rationale`."""
        rows: dict[str, dict[str, Any]] = {}
        for item in (item for item in items if item.key in given):
            row = rows.setdefault(item.truth["question"], {"annot_id": item.truth["question"]})
            row[item.truth["part"]] = given[item.key].answer
        write_rows(path, list(rows.values()))


def _item(row: Mapping[str, Any], name: str, settings: Settings) -> Item:
    asked, choices, label = row["question"], row[f"{name}_choices"], row[f"{name}_label"]
    for one in PARTS:
        if not 0 <= row[f"{one}_label"] < len(row[f"{one}_choices"]):
            raise DataError(
                f"{row['annot_id']}: the {one} is number {row[f'{one}_label']} of {len(row[f'{one}_choices'])}"
            )
    told = row["answer_choices"][row["answer_label"]] if name == "rationale" else None
    order = _named(asked, *([] if told is None else [told]), *choices)
    options = lettered([_words(choice, order) for choice in choices])
    question = _words(asked, order)
    question += "" if told is None else f"\nThe answer is: {_words(told, order)}\nWhy?"
    letter = list(options)[label]
    truth = {"question": row["annot_id"], "part": name, "options": options, "row": row, "things": order}
    sample = _media.later(
        letters(question, options),
        lambda: Image.open(_media.find(settings.data, PICTURES, row["img_fn"])),
        lambda media: _regions(_media.find(settings.data, PICTURES, row["metadata_fn"]), order),
    )
    key, figure = f"{row['annot_id']}/{name}", PARTS[name]
    return Item(key, figure, sample, row["img_fn"], letter, truth, chance=1 / len(options))


def _named(*texts: Tokens) -> list[int]:
    """Return the numbers of the things that texts name, in the order in which they first do.

    Raises `DataError` for a text that is no list of words and lists of numbers.
    """
    for text in texts:
        things = [token for token in text if isinstance(token, list)] if isinstance(text, list) else [[None]]
        if not all(isinstance(number, int) for thing in things for number in thing):
            raise DataError(f"a text is a list of words and of lists of numbers; this one is {str(text)[:80]}")
    return list(
        dict.fromkeys(number for text in texts for token in text if isinstance(token, list) for number in token)
    )


def _words(tokens: Tokens, order: Sequence[int]) -> str:
    """Return a text whose tokens are words, or lists of things, as one that names regions."""
    words = (
        " and ".join(placeholder(order.index(number) + 1) for number in token)
        if isinstance(token, list)
        else str(token)
        for token in tokens
    )
    return BEFORE.sub("", " ".join(words))


def _regions(metadata: Path, order: Sequence[int]) -> list[Region]:
    """Return the regions of things: polygons, rings of points, or the box of one that has none."""
    content = read_json(metadata)
    boxes, outlines = part(content, "boxes", list, metadata.name), part(content, "segms", list, metadata.name)
    if order and max(order) >= min(len(boxes), len(outlines)):
        raise DataError(f"{metadata.name}: the text names thing {max(order)}, and there are {len(boxes)}")
    if not all(isinstance(boxes[one], list) and isinstance(outlines[one], list) for one in order):
        raise DataError(f"{metadata.name}: a box is a list of numbers, an outline a list of rings")
    rings = {one: [ring for ring in outlines[one] if isinstance(ring, list) and len(ring) >= 3] for one in order}
    return [Region.polygon(rings[one]) if rings[one] else Region.box(boxes[one][:4]) for one in order]


def _add(known: dict[str, Any], number: int, region: BoundRegion) -> None:
    """Put a thing into metadata, in its place; things that no text names stand there as a pixel."""
    while len(known["boxes"]) <= number:
        known["boxes"].append([0, 0, 1, 1, 0])
        known["segms"].append([])
    given = region.given
    rings = given.data if given is not None and given.kind == "polygon" else ()
    known["boxes"][number] = [*region.box(), 1]
    known["segms"][number] = [np.reshape(ring, (-1, 2)).tolist() for ring in rings]

"""Ferret-Bench: questions about parts of pictures, rated by a judge beside a reference answer.

From "Ferret: Refer and Ground Anything Anywhere at Any Granularity" (You et al. 2024): refer_desc (what a region is and
how it relates to its surroundings), refer_reason (what follows from it) and ground_conv (answers with boxes), 40 each.
The figure is the ratio of the model's mean score to the reference's. The judge of the paper, gpt-4-0314, is retired;
GAR and lmms-eval take gpt-4o, and figures of different judges do not compare.

The judge reads what is known of the picture, and does not see it. Boxes in questions are regions here. As published,
boxes in brackets are dropped from answers about regions before they are judged. Models are asked for boxes in shares of
width and height, which the judge knows them in (Ferret's own thousandths were converted by its script).

Output files are rows with `question_id`, `category` and `text`, or the published reviews, with `answer2` and `content`.
The official files lie in `refer_caption`, `refer_reason` and `ground_conv`; pictures are COCO's, in `val2017` or
beside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _media, _rated
from regard.bench._answers import rows_of
from regard.bench._base import Card, Given, Item, OfficialFile, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.core.errors import DataError
from regard.core.files import write_rows
from regard.media.image import Image
from regard.prompts.tasks import placeholder
from regard.regions.region import Region

FOLDERS = {"refer_desc": "refer_caption", "refer_reason": "refer_reason", "ground_conv": "ground_conv"}
ROWS = {"question": 40, "answer": 40, "context": None}
FILES = {
    (name, kind): OfficialFile(f"{folder}/{kind}.jsonl", "", rows)
    for name, folder in FOLDERS.items()
    for kind, rows in ROWS.items()
}
PICTURES = ("val2017", "images", "")
BOX = re.compile(r"\[\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*\]")
DROPPED = re.compile(r" \[.*?\]")
FORM = "\nGive each box as [x1, y1, x2, y2], in shares of the width and height of the picture, from 0 to 1."


class FerretBench(_rated.Rated):
    """Answers about regions, rated."""

    card = Card(
        items="120 (3 x 40)",
        metric="ratio of the model's score to the reference's, of all and of each of three kinds",
        licence="not known (Ferret: CC BY-NC 4.0); pictures of COCO",
        source="github.com/apple/ml-ferret, ferret/eval/ferret_gpt4_data",
        judge="gpt-4-0314, without the picture",
        files=tuple(FILES.values()),
        published=_rated.PUBLISHED,
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions kind by kind. `settings.skills`: refer_desc, refer_reason, ground_conv."""
        for kind in chosen(settings.skills, tuple(FOLDERS)):
            questions, answers, contexts = (read_official(settings.data, FILES[kind, one], self.card) for one in ROWS)
            known = {part(row, "image", str, f"{kind}: context"): part(row, "text", str, kind) for row in contexts}
            told = {part(row, "question_id", int, f"{kind}: answer"): part(row, "text", str, kind) for row in answers}
            for place, row in enumerate(questions, start=1):
                where = f"{kind}: question {place}"
                number, image = part(row, "question_id", int, where), part(row, "image", str, where)
                if number not in told or image not in known:
                    raise DataError(f"{where}: question {number} has no answer, or {image} no context")
                text = part(row, "text", str, where)
                truth = {"group": kind, "id": number, "image": image, "text": text, "context": known[image]}
                yield Item(f"{kind}/{number}", _rated.FIGURE, _asking(truth, settings), image, told[number], truth)

    def context(self, item: Item) -> str:
        """Return what the official file says of the picture."""
        return item.truth["context"]

    def plain(self, item: Item, text: str) -> str:
        """Return an answer about a region without boxes in brackets."""
        return text if item.truth["group"] == "ground_conv" else DROPPED.sub("", text)

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `question_id` and `category`, and `text`, or `answer2` with the review as `content`."""
        for place, row in enumerate(rows_of(content), start=1):
            where = f"row {place} of the output file"
            key = f"{part(row, 'category', str, where)}/{part(row, 'question_id', int, where)}"
            replies = {_rated.REVIEW: row["content"]} if isinstance(row.get("content"), str) else {}
            yield given_text(key, row.get("answer2", row.get("text")), replies)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write the three files of each kind, and the pictures."""
        rows: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for item in items:
            truth = item.truth
            _media.save(item.open().media, folder, f"{PICTURES[0]}/{truth['image']}")
            head = {"question_id": truth["id"], "image": truth["image"], "category": truth["group"]}
            for kind, text in (("question", truth["text"]), ("answer", item.answer), ("context", truth["context"])):
                rows.setdefault((truth["group"], kind), []).append(head | {"text": text})
        for (group, kind), written in rows.items():
            write_rows(folder / FILES[group, kind].name, written)
            counts = {FILES[group, one].name: len(rows[group, one]) for one in ROWS}
            mark_as_made(self, folder / FOLDERS[group], counts)

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the published form of reviews."""
        rows = []
        for item in (item for item in items if item.key in given):
            found = given[item.key]
            review = {"content": found.replies[_rated.REVIEW]} if _rated.REVIEW in found.replies else {}
            names = {"question_id": item.truth["id"], "category": item.truth["group"]}
            rows.append(names | {"answer1": item.answer, "answer2": found.answer} | review)
        write_rows(path, rows)


def _asking(truth: Mapping[str, Any], settings: Settings) -> Any:
    boxes = [list(map(float, found.groups())) for found in BOX.finditer(truth["text"])]
    numbers = iter(range(1, len(boxes) + 1))
    question = BOX.sub(lambda found: placeholder(next(numbers)), truth["text"])
    question += FORM if truth["group"] == "ground_conv" else ""
    return _media.later(question, _opening(settings, truth["image"]), lambda media: [_shares(box) for box in boxes])


def _shares(box: list[float]) -> Region:
    return Region.box(box, unit="norm1")


def _opening(settings: Settings, name: str) -> Callable[[], Image]:
    return lambda: Image.open(_media.find(settings.data, PICTURES, name))

"""POPE: whether a thing is in a picture, yes or no, where half of the things asked for are not.

From "Evaluating Object Hallucination in Large Vision-Language Models" (Li et al. 2023). Three splits choose the absent
things: at random, among common ones (popular), among those that go with what is there (adversarial). Accuracy over
items; precision, recall, F1 and the share of yes with "yes" as the positive class, per split, and their means over
splits.

Two published rules read answers: POPE's own (`--protocol official`), and that of lmms-eval, whose accuracy stands
beside it as a part.

Output files are rows in the order of a split, `question` with `answer`, `text` or `pred`. A row says its split as
`category` or `split`; rows that do not are of the one split that `--skills` names, and must ask its questions. Pictures
are in `val2014`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from regard.bench import _media
from regard.bench._answers import rows_of
from regard.bench._base import OFFICIAL, Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench.metrics.choices import yes_no_figures, yes_or_no
from regard.core.errors import DataError
from regard.core.files import write_rows
from regard.media.image import Image

SPLITS = ("random", "popular", "adversarial")
FILES = {split: OfficialFile(f"coco_pope_{split}.json", "", 3000) for split in SPLITS}
PICTURES = ("val2014", "images", "")
TEXTS = ("answer", "text", "pred", "prediction", "output")
FIGURE = "accuracy"
LMMS_EVAL = "accuracy, by the rule of lmms-eval"
NAMES = {"precision": "precision", "recall": "recall", "f1": "F1", "yes_share": "share of yes"}


class Pope(Benchmark):
    """Whether a thing is in a picture."""

    card = Card(
        items="9,000",
        metric="accuracy, precision, recall, F1, share of yes",
        licence="MIT; pictures of COCO val2014",
        source="github.com/RUCAIBox/POPE, output/coco",
        files=tuple(FILES.values()),
        published='"no" where the words before the first full stop have No, not or no; else "yes", also when empty',
    )
    max_new_tokens = 16

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions split by split, in the order of the files. `settings.skills`: splits."""
        for split in chosen(settings.skills, SPLITS):
            file = FILES[split]
            for place, row in enumerate(read_official(settings.data, file, self.card), start=1):
                where = f"{file.name}: row {place}"
                picture, text, label = (part(row, name, str, where) for name in ("image", "text", "label"))
                if label not in ("yes", "no"):
                    raise DataError(f"{where}: the label is 'yes' or 'no', not {label!r}")
                truth = {"question_id": row.get("question_id", place), "image": picture, "split": split}
                sample = _media.later(text, _opening(settings.data, picture))
                also = (f"{FIGURE}, {split}",)
                yield Item(f"{split}/{place}", FIGURE, sample, picture, label, truth, also, chance=0.5)

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the answer is the label; unreadable when it says neither yes nor no, or both."""
        said = yes_or_no(answer)
        return Score(float(said == item.answer), readable=said is not None, parts=_by_lmms_eval(item, answer))

    def official(self, item: Item, answer: Any) -> Score:
        """Right by POPE's own rule, by which every answer says yes or no."""
        return Score(float(yes_or_no(answer, OFFICIAL) == item.answer), parts=_by_lmms_eval(item, answer))

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return precision, recall, F1 and the share of yes: of each split, and their means over splits."""
        splits = [split for split in SPLITS if any(item.truth["split"] == split for item, _ in answered)]
        each = {split: _figures(answered, split, protocol) for split in splits}
        found: dict[str, float] = {}
        for name, shown in NAMES.items():
            found[shown] = sum(figures[name] for figures in each.values()) / max(1, len(each))
            found |= {f"{shown}, {split}": figures[name] for split, figures in each.items()}
        return found

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield the rows of an output file, told apart by split and place."""
        places: Counter[str] = Counter()
        for number, row in enumerate(rows_of(content), start=1):
            split = row.get("category", row.get("split", ""))
            places[split] += 1
            text = next((row[name] for name in TEXTS if name in row), None)
            given = given_text(f"{split}/{places[split]}", text)
            if split in SPLITS:
                yield given
                continue
            question = part(row, "question", str, f"row {number} of the output file, which names no split,")
            yield from (replace(given, key=f"{one}/{number}", question=question) for one in SPLITS)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write the files of the splits, and the pictures."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for item in items:
            _media.save(item.open().media, folder, f"{PICTURES[0]}/{item.truth['image']}")
            kept = {name: item.truth[name] for name in ("question_id", "image")}
            rows.setdefault(item.truth["split"], []).append(kept | {"text": item.question, "label": item.answer})
        for split, written in rows.items():
            write_rows(folder / FILES[split].name, written)
        mark_as_made(self, folder, {FILES[split].name: len(written) for split, written in rows.items()})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with question, answer and split; an item without an answer has an empty row, which keeps the
        order.
        """
        answers = [(item, given.get(item.key, Given(item.key)).answer) for item in items]
        write_rows(
            path,
            [
                {"question": item.question, "answer": answer, "category": item.truth["split"]}
                for item, answer in answers
            ],
        )


_said = lru_cache(maxsize=10_000)(yes_or_no)  # intervals read the same answers again and again


def _by_lmms_eval(item: Item, answer: str) -> dict[str, tuple[float, float]]:
    return {LMMS_EVAL: (float(yes_or_no(answer, "lmms_eval") == item.answer), 1.0)}


def _figures(answered: Sequence[tuple[Item, Any]], split: str, protocol: str) -> dict[str, float]:
    pairs = [(_said(text, protocol), item.answer) for item, text in answered if item.truth["split"] == split]
    return asdict(yes_no_figures([said for said, _ in pairs], [label for _, label in pairs]))


def _opening(folder: Path | None, picture: str) -> Any:
    return lambda: Image.open(_media.find(folder, PICTURES, picture))

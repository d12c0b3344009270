"""Ref-L4: the box of what a long expression means, in pictures of COCO and Objects365.

From "Revisiting Referring Expression Comprehension Evaluation in the Era of Large Multimodal Models" (Chen et al.
2024). Accuracy at IoU 0.5, 0.75 and 0.9, its mean over IoU 0.5 to 0.95, and accuracy at 0.5 by size: the square root of
the box's area is below 128 pixels (small), above 256 (large) or between. The figures over classes are not taken.

Output files are rows with `id`, `pred_bbox` and its `format` (xyxy or xywh), in pixels; text answers hold one box in
thousandths of width and height; a model with a head for boxes or masks answers by it, and the box with the highest
score counts. The files are Parquet and need pyarrow; pictures are those of images.tar.gz, unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import sqrt
from pathlib import Path
from typing import Any

from regard.bench import _boxes, _media
from regard.bench._answers import rows_of
from regard.bench._base import STOPS, Benchmark, Card, Given, Item, OfficialFile, Score, ScorerStops, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench._parquet import read_parquet, write_parquet
from regard.core.files import write_json
from regard.media.image import Image
from regard.prompts.tasks import locate
from regard.regions.geometry import aligned_box_iou
from regard.verbs.locate import Locate

FILES = {
    "val": OfficialFile("ref-l4-val.parquet", "", 7_231),
    "test": OfficialFile("ref-l4-test.parquet", "", 38_110),
}
PICTURES = ("images", "")
LIMITS = tuple(place / 100 for place in range(50, 100, 5))
FIGURES = {"accuracy@0.5": (0.5,), "accuracy@0.75": (0.75,), "accuracy@0.9": (0.9,), "mean accuracy": LIMITS}
SMALL, LARGE = 128, 256
KINDS: dict[str, type] = {"id": str, "caption": str, "bbox": list, "file_name": str, "width": int, "height": int}


class RefL4(Benchmark):
    """The box of a long expression."""

    card = Card(
        items="45,341",
        metric="accuracy at IoU 0.5, 0.75, 0.9 and their mean from 0.5 to 0.95; by size",
        licence="CC BY-NC 4.0",
        source="huggingface.co/datasets/JierunChen/Ref-L4",
        files=tuple(FILES.values()),
        published="counts an IoU above each limit, not one that equals it; ends when an expression has no box",
    )
    max_new_tokens = 32
    open_answers = True
    finds = True
    kinds = Locate.kinds
    official_lost = STOPS

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the expressions split by split. `settings.skills`: val, test."""
        for split in chosen(settings.skills, tuple(FILES)):
            for place, row in enumerate(read_official(settings.data, FILES[split], self.card, read_parquet), start=1):
                found: dict[str, Any] = {
                    name: part(row, name, kind, f"{FILES[split].name}: row {place}") for name, kind in KINDS.items()
                }
                truth = found | {"split": split, "box": _media.corners(found["bbox"])}
                sample = _media.later(_boxes.ask(truth["caption"]), _opening(settings, truth["file_name"]))
                answer = f"[{', '.join(f'{value:g}' for value in truth['box'])}]"
                also = (*list(FIGURES)[1:], f"accuracy@0.5, {_size(*found['bbox'][2:])}")
                yield Item(truth["id"], "accuracy@0.5", sample, truth["file_name"], answer, truth, also)

    def called(self, item: Item) -> str:
        """Ask for a box as `locate` does."""
        return locate(item.truth["caption"])

    def score(self, item: Item, answer: Any) -> Score:
        """Right by each limit that the IoU reaches; unreadable without exactly one sound box."""
        box = _read(item, answer)
        iou = -1.0 if box is None else float(aligned_box_iou([box], [item.truth["box"]])[0])
        return _score(item, lambda limit: iou >= limit, readable=box is not None)

    def official(self, item: Item, answer: Any) -> Score:
        """Right by each limit that the IoU is above."""
        box = _read(item, answer)
        if box is None:
            raise ScorerStops("there are no four numbers")
        iou = float(aligned_box_iou([box], [item.truth["box"]])[0])
        return _score(item, lambda limit: iou > limit)

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `id`, `pred_bbox` and `format`, or a text as `pred`."""
        for place, row in enumerate(rows_of(content), start=1):
            key, box = part(row, "id", str, f"row {place} of the output file"), row.get("pred_bbox")
            if row.get("format") == "xywh" and isinstance(box, list) and len(box) == 4:
                box = [box[0], box[1], box[0] + box[2], box[1] + box[3]]
            yield Given(key, box) if box is not None else given_text(key, row.get("pred"))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write the Parquet file of each split, and the pictures."""
        rows: dict[str, list[dict[str, Any]]] = {}
        for item in items:
            _media.save(item.open().media, folder, f"{PICTURES[0]}/{item.truth['file_name']}")
            rows.setdefault(item.truth["split"], []).append({name: item.truth[name] for name in KINDS})
        for split, written in rows.items():
            write_parquet(folder / FILES[split].name, written)
        mark_as_made(self, folder, {FILES[split].name: len(written) for split, written in rows.items()})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with boxes, or with the text as `pred`."""
        rows = []
        for item in (item for item in items if item.key in given):
            answer = _boxes.told(given[item.key].answer, _size_of(item))
            said = {"pred": answer} if isinstance(answer, str) else {"pred_bbox": answer, "format": "xyxy"}
            rows.append({"id": item.key, **said})
        write_json(path, rows)


def _read(item: Item, answer: Any) -> list[float] | None:
    return _boxes.box_of(answer, _size_of(item))


def _size_of(item: Item) -> tuple[int, int]:
    return item.truth["width"], item.truth["height"]


def _score(item: Item, passes: Callable[[float], bool], readable: bool = True) -> Score:
    parts = {name: (sum(map(passes, limits)) / len(limits), 1.0) for name, limits in FIGURES.items()}
    return Score(parts[item.figure][0], readable=readable, parts=parts)


def _size(width: float, height: float) -> str:
    side = sqrt(width * height)
    return "small" if side < SMALL else "large" if side > LARGE else "medium"


def _opening(settings: Settings, name: str) -> Callable[[], Image]:
    return lambda: Image.open(_media.find(settings.data, PICTURES, name))

"""RefCOCO, RefCOCO+ and RefCOCOg, referring expressions by choice: which of the proposed boxes an expression means.

The protocol is RegionGPT's (Guo et al. 2024, section 4.2), which Omni-RGPT follows: the proposals are MAttNet's
detections, and where none has an IoU of 0.5 with the true box, the true box is added to them. Right is a choice whose
IoU with the true box is at least 0.5. Figures do not compare with those of models that give a box of their own
(`refcoco_rec`): the right box is always among the choices.

The detections of a data set stand beside its expressions, as MAttNet publishes them, rows with `image_id` and `box`
[x, y, width, height]. Proposals are numbered from 1 in their order, the true box behind them where it is added. Answers
are a number, or a row's text; output files are rows with `dataset`, `sent_id` and `pred`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _media, _refcoco
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, Score, Settings
from regard.bench._files import given_text, official_folder, part, read_content
from regard.core.errors import PromptError
from regard.core.files import write_json, write_rows
from regard.prompts.tasks import choose, read_choice
from regard.regions.geometry import box_iou
from regard.regions.region import Region

DETECTIONS = "res101_coco_minus_refer_notime_dets.json"
ENOUGH = 0.5


class RefcocoChoice(Benchmark):
    """The proposal that an expression means."""

    card = Card(
        items=_refcoco.total(_refcoco.EXPRESSIONS),
        metric="accuracy of each of eight splits; the true box is always among the choices",
        licence=_refcoco.LICENCE,
        source=f"{_refcoco.SOURCE}; proposals: github.com/lichengunc/MAttNet, detections",
        files=tuple(_refcoco.FILES.values()),
        data=f"MAttNet's `{DETECTIONS}` beside the expressions of each data set",
    )
    max_new_tokens = 8
    open_answers = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the expressions, those of one picture of a split together. `settings.skills`: splits."""
        proposals: dict[str, dict[int, list[list[float]]]] = {}
        for thing in _refcoco.things(self, settings):
            if thing.dataset not in proposals:
                proposals[thing.dataset] = _proposals(self, settings, thing.dataset)
            boxes = with_truth(proposals[thing.dataset].get(thing.names["image_id"], []), thing.box)
            fits = [number for number, iou in enumerate(_overlaps(boxes, thing.box), start=1) if iou >= ENOUGH]
            for row in thing.sentences:
                sample = _media.later(choose(row["sent"], len(boxes)), thing.opening(settings), _pointing(boxes))
                truth = thing.truth | {name: row[name] for name in _refcoco.SENTENCE} | {"boxes": boxes, "fits": fits}
                key, figure = f"{thing.dataset}/{row['sent_id']}", f"{thing.dataset} {thing.split}"
                best = str(1 + int(np.argmax(_overlaps(boxes, thing.box))))
                yield Item(key, figure, sample, thing.picture, best, truth, chance=len(fits) / len(boxes))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the box that is chosen fits; unreadable without the number of one box."""
        try:
            place = read_choice(answer, len(item.truth["boxes"]))
        except PromptError:
            return Score(0.0, readable=False)
        return Score(float(place is not None and place + 1 in item.truth["fits"]))

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `dataset`, `sent_id` and `pred`, a number from 1 or a text."""
        for place, row in enumerate(rows_of(content), start=1):
            where, said = f"row {place} of the output file", row.get("pred")
            key = f"{part(row, 'dataset', str, where)}/{part(row, 'sent_id', int, where)}"
            yield given_text(key, str(said) if isinstance(said, int) else said)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write refs, instances.json and the detections of each data set, and the pictures."""
        items = list(items)
        _refcoco.write(self, items, folder, lambda item: [{name: item.truth[name] for name in _refcoco.SENTENCE}])
        found: dict[str, dict[int, list[list[float]]]] = {}
        for item in items:
            found.setdefault(item.truth["dataset"], {}).setdefault(item.truth["image_id"], item.truth["boxes"])
        for dataset, pictures in found.items():
            rows = [{"image_id": name, "box": _media.sides(box)} for name, boxes in pictures.items() for box in boxes]
            write_json((folder / _refcoco.FILES[dataset].name).with_name(DETECTIONS), rows)

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `dataset`, `sent_id` and `pred`."""
        kept = [item for item in items if item.key in given]
        names = [{name: item.truth[name] for name in ("dataset", "sent_id")} for item in kept]
        write_rows(path, [name | {"pred": given[item.key].answer} for name, item in zip(names, kept, strict=True)])


def with_truth(proposals: list[list[float]], truth: list[float]) -> list[list[float]]:
    """Return proposals, x1, y1, x2, y2 each, with the true box behind them where none has an IoU of 0.5 with it."""
    fits = any(iou >= ENOUGH for iou in _overlaps(proposals, truth))
    return proposals if fits else [*proposals, truth]


def _overlaps(boxes: list[list[float]], truth: list[float]) -> list[float]:
    return box_iou(np.array(boxes, dtype=float), np.array([truth], dtype=float))[:, 0].tolist() if boxes else []


def _pointing(boxes: list[list[float]]) -> Any:
    return lambda media: [Region.box(box) for box in boxes]


def _proposals(benchmark: Benchmark, settings: Settings, dataset: str) -> dict[int, list[list[float]]]:
    """Return the proposed boxes by picture."""
    file = _refcoco.FILES[dataset]
    path = (official_folder(settings.data, file, benchmark.card) / Path(file.name).name).with_name(DETECTIONS)
    found: dict[int, list[list[float]]] = {}
    for row in read_content(path):
        found.setdefault(part(row, "image_id", int, path.name), []).append(
            _media.corners(part(row, "box", list, path.name))
        )
    return found

"""RefCOCO, RefCOCO+ and RefCOCOg, referring expressions by box: the box of what an expression means.

From Yu et al. 2016 (RefCOCO, RefCOCO+; split by UNC) and Mao et al. 2016 (RefCOCOg; split by UMD). Right is a box whose
IoU with the true one is at least 0.5 (not the generalised IoU, which some evaluators take and which is stricter); one
item an expression. Not comparable with figures that choose among given boxes (RegionGPT, Omni-RGPT).

Text answers hold one box in thousandths of width and height. Rows with boxes have `dataset` (refcoco, refcoco+,
refcocog), `sent_id` and `box`, [x1, y1, x2, y2] in pixels; no official output format exists. The `instances.json` of a
data set stands beside its expressions, pictures are in `train2014`. The pickles are read as plain data; one that asks
for any function is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _boxes, _media
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import given_text, mark_as_made, official_folder, part, read_content, read_official
from regard.bench._refs import read_plain_pickle, write_plain_pickle
from regard.bench.metrics.detection import expressions_found
from regard.core.errors import DataError
from regard.core.files import write_json, write_rows
from regard.media.image import Image

FILES = {
    "refcoco": OfficialFile("refcoco/refs(unc).p", "", 50_000),
    "refcoco+": OfficialFile("refcoco+/refs(unc).p", "", 49_856),
    "refcocog": OfficialFile("refcocog/refs(umd).p", "", 49_822),
}
SPLITS = {
    "refcoco": {"val": 10_834, "testA": 5_657, "testB": 5_095},
    "refcoco+": {"val": 10_758, "testA": 5_726, "testB": 4_889},
    "refcocog": {"val": 4_896, "test": 9_602},
}
SKILLS = tuple(f"{dataset}_{split}" for dataset, splits in SPLITS.items() for split in splits)
INSTANCES = "instances.json"
PICTURES = ("train2014", "images/mscoco/images/train2014", "images", "")
NAMES = ("file_name", "image_id", "ann_id", "ref_id")


class RefcocoRec(Benchmark):
    """The box of what an expression means."""

    card = Card(
        items=f"{sum(sum(splits.values()) for splits in SPLITS.values()):,}",
        metric="accuracy at IoU 0.5, of each of eight splits",
        licence="Apache-2.0 (refer); pictures of COCO train2014",
        source="github.com/lichengunc/refer",
        files=tuple(FILES.values()),
    )
    max_new_tokens = 32
    open_answers = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the expressions, those of one picture of a split together. `settings.skills`: splits, refcoco_val and
        so on.
        """
        skills = chosen(settings.skills, SKILLS)
        for dataset, file in FILES.items():
            splits = [split for split in SPLITS[dataset] if f"{dataset}_{split}" in skills]
            if splits:
                refs = read_official(settings.data, file, self.card, read_plain_pickle)
                folder = official_folder(settings.data, file, self.card)
                boxes, sizes = _instances(folder / Path(file.name).name, folder)
                refs = sorted(refs, key=lambda ref: part(ref, "image_id", int, file.name))
                for split in splits:
                    rows = (ref for ref in refs if part(ref, "split", str, file.name) == split)
                    yield from (item for ref in rows for item in _items(dataset, split, ref, boxes, sizes, settings))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the box fits the true one; unreadable without exactly one sound box."""
        if isinstance(answer, str):
            box = _boxes.read_box(answer, item.truth["size"])
        else:
            box = _boxes.sound_box(answer)
        return Score(float(expressions_found([box], [item.truth["box"]])[0]), readable=box is not None)

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `dataset`, `sent_id` and `box`, or a text as `pred`."""
        for place, row in enumerate(rows_of(content), start=1):
            where = f"row {place} of the output file"
            key = f"{part(row, 'dataset', str, where)}/{part(row, 'sent_id', int, where)}"
            yield Given(key, row["box"]) if row.get("box") is not None else given_text(key, row.get("pred"))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write refs and instances.json of each data set, and the pictures."""
        refs: dict[str, dict[int, dict[str, Any]]] = {}
        instances: dict[str, dict[str, dict[int, Any]]] = {}
        for item in items:
            truth, dataset = item.truth, item.truth["dataset"]
            media = item.open().media
            _media.save(media, folder, f"{PICTURES[0]}/{truth['file_name']}")
            ref = {name: truth[name] for name in (*NAMES, "split")} | {"sentences": []}
            refs.setdefault(dataset, {}).setdefault(truth["ref_id"], ref)["sentences"].append(
                {"sent_id": truth["sent_id"], "sent": truth["sent"]}
            )
            known = instances.setdefault(dataset, {"images": {}, "annotations": {}})
            x1, y1, x2, y2 = truth["box"]
            known["annotations"][truth["ann_id"]] = {"id": truth["ann_id"], "bbox": [x1, y1, x2 - x1, y2 - y1]}
            sides = {"width": media.width, "height": media.height, "file_name": truth["file_name"]}
            known["images"][truth["image_id"]] = {"id": truth["image_id"], **sides}
        for dataset, found in refs.items():
            path = folder / FILES[dataset].name
            write_plain_pickle(path, list(found.values()))
            write_json(path.with_name(INSTANCES), {name: list(of.values()) for name, of in instances[dataset].items()})
            mark_as_made(self, path.parent, {FILES[dataset].name: len(found)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with boxes, or with the text as `pred`."""
        rows = []
        for item in (item for item in items if item.key in given):
            answer = given[item.key].answer
            name = "pred" if isinstance(answer, str) else "box"
            rows.append({"dataset": item.truth["dataset"], "sent_id": item.truth["sent_id"], name: answer})
        write_rows(path, rows)


def _instances(refs: Path, folder: Path) -> tuple[dict[int, list[float]], dict[int, dict[str, Any]]]:
    """Return the boxes by annotation and the pictures by number, from the instances.json beside the expressions."""
    content = read_content(refs.with_name(INSTANCES))
    pictures = {part(row, "id", int, INSTANCES): row for row in part(content, "images", list, INSTANCES)}
    boxes = {}
    for row in part(content, "annotations", list, INSTANCES):
        x, y, width, height = part(row, "bbox", list, INSTANCES)
        boxes[part(row, "id", int, INSTANCES)] = [x, y, x + width, y + height]
    return boxes, pictures


def _items(
    dataset: str,
    split: str,
    ref: Mapping[str, Any],
    boxes: Mapping[int, list[float]],
    pictures: Mapping[int, Mapping[str, Any]],
    settings: Settings,
) -> Iterator[Item]:
    picture, box = pictures.get(ref["image_id"]), boxes.get(ref.get("ann_id"))
    if picture is None or box is None:
        lost = f"the picture {ref['image_id']} or the thing {ref.get('ann_id')}"
        raise DataError(f"{FILES[dataset].name}: {lost} is not in {INSTANCES}")
    name = part(picture, "file_name", str, INSTANCES)
    truth = {"dataset": dataset, "split": split, "box": box, "size": (picture["width"], picture["height"])}
    truth |= {one: ref.get(one) for one in NAMES} | {"file_name": name}
    for row in part(ref, "sentences", list, FILES[dataset].name):
        sent, number = part(row, "sent", str, "a sentence"), part(row, "sent_id", int, "a sentence")
        sample = _media.later(_boxes.ask(sent), lambda: Image.open(_media.find(settings.data, PICTURES, name)))
        answer = f"[{', '.join(f'{value:g}' for value in box)}]"
        own = truth | {"sent_id": number, "sent": sent}
        yield Item(f"{dataset}/{number}", f"{dataset} {split}", sample, name, answer, own)

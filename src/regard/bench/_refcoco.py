"""The official files of RefCOCO, RefCOCO+ and RefCOCOg: things in pictures, each with the expressions that mean it.

Expressions are `refs(unc).p` and `refs(umd).p`, pickles that are read as plain data; boxes, outlines and pictures stand
in the `instances.json` beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regard.bench import _media
from regard.bench._base import Benchmark, Item, OfficialFile, Settings, chosen
from regard.bench._files import mark_as_made, official_folder, part, read_content, read_official
from regard.bench._refs import read_plain_pickle, write_plain_pickle
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.media.image import Image

FILES = {
    "refcoco": OfficialFile("refcoco/refs(unc).p", "", 50_000),
    "refcoco+": OfficialFile("refcoco+/refs(unc).p", "", 49_856),
    "refcocog": OfficialFile("refcocog/refs(umd).p", "", 49_822),
}
EXPRESSIONS = {
    "refcoco": {"val": 10_834, "testA": 5_657, "testB": 5_095},
    "refcoco+": {"val": 10_758, "testA": 5_726, "testB": 4_889},
    "refcocog": {"val": 4_896, "test": 9_602},
}
THINGS = {
    "refcoco": {"val": 3_811, "testA": 1_975, "testB": 1_810},
    "refcoco+": {"val": 3_805, "testA": 1_975, "testB": 1_798},
    "refcocog": {"val": 2_573, "test": 5_023},
}
SKILLS = tuple(f"{dataset}_{split}" for dataset, splits in EXPRESSIONS.items() for split in splits)
LICENCE = "Apache-2.0 (refer); pictures of COCO train2014"
SOURCE = "github.com/lichengunc/refer"
INSTANCES = "instances.json"
PICTURES = ("train2014", "images/mscoco/images/train2014", "images", "")
SENTENCE: dict[str, type] = {"sent_id": int, "sent": str}
NAMES = ("file_name", "image_id", "ann_id", "ref_id")


@dataclass(frozen=True)
class Thing:
    """A thing that expressions mean.

    box: (x1, y1, x2, y2) in pixels. outline: its segmentation as COCO has it, None where the file has none. names: the
    numbers by which the files tell it. sentences: rows with `sent_id` and `sent`.
    """

    dataset: str
    split: str
    picture: str
    size: tuple[int, int]
    box: list[float]
    outline: Any
    names: Mapping[str, Any]
    sentences: Sequence[Mapping[str, Any]]

    @property
    def truth(self) -> dict[str, Any]:
        """What `write` needs to know."""
        named = {"dataset": self.dataset, "split": self.split, "box": self.box, "size": self.size}
        return named | dict(self.names) | {"file_name": self.picture}

    def opening(self, settings: Settings) -> Callable[[], Image]:
        """Return what opens its picture."""
        return lambda: Image.open(_media.find(settings.data, PICTURES, self.picture))


def total(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return a sum over all splits, as a card writes it."""
    return f"{sum(sum(splits.values()) for splits in counts.values()):,}"


def things(benchmark: Benchmark, settings: Settings) -> Iterator[Thing]:
    """Yield the things split by split, those of one picture together. `settings.skills`: refcoco_val and so on.

    Raises `DataError` for files that are missing, damaged or of another length.
    """
    skills = chosen(settings.skills, SKILLS)
    for dataset, file in FILES.items():
        splits = [split for split in EXPRESSIONS[dataset] if f"{dataset}_{split}" in skills]
        if not splits:
            continue
        refs = read_official(settings.data, file, benchmark.card, read_plain_pickle)
        folder = official_folder(settings.data, file, benchmark.card)
        known = _instances(folder / Path(file.name).name)
        refs = sorted(refs, key=lambda ref: part(ref, "image_id", int, file.name))
        for split in splits:
            rows = (ref for ref in refs if part(ref, "split", str, file.name) == split)
            yield from (_thing(dataset, split, ref, *known) for ref in rows)


def write(
    benchmark: Benchmark, items: Iterable[Item], folder: Path, said: Callable[[Item], Sequence[Mapping[str, Any]]]
) -> None:
    """Write refs and instances.json of each data set, and the pictures; `said` gives the sentences of an item."""
    refs: dict[str, dict[int, dict[str, Any]]] = {}
    instances: dict[str, dict[str, dict[int, Any]]] = {}
    for item in items:
        truth, dataset = item.truth, item.truth["dataset"]
        media = item.open().media
        _media.save(media, folder, f"{PICTURES[0]}/{truth['file_name']}")
        ref = {name: truth[name] for name in (*NAMES, "split")} | {"sentences": []}
        refs.setdefault(dataset, {}).setdefault(truth["ref_id"], ref)["sentences"] += said(item)
        known = instances.setdefault(dataset, {"images": {}, "annotations": {}})
        x1, y1, x2, y2 = truth["box"]
        outline = {"segmentation": truth["outline"]} if "outline" in truth else {}
        box = {"id": truth["ann_id"], "bbox": [x1, y1, x2 - x1, y2 - y1]}
        known["annotations"][truth["ann_id"]] = box | outline
        sides = {"width": media.width, "height": media.height, "file_name": truth["file_name"]}
        known["images"][truth["image_id"]] = {"id": truth["image_id"], **sides}
    for dataset, found in refs.items():
        path = folder / FILES[dataset].name
        write_plain_pickle(path, list(found.values()))
        write_json(path.with_name(INSTANCES), {name: list(of.values()) for name, of in instances[dataset].items()})
        mark_as_made(benchmark, path.parent, {FILES[dataset].name: len(found)})


def _instances(refs: Path) -> tuple[dict[int, Any], dict[int, Any]]:
    """Return the things by annotation and the pictures by number, from the instances.json beside the expressions."""
    content = read_content(refs.with_name(INSTANCES))
    return tuple(  # type: ignore[return-value]
        {part(row, "id", int, INSTANCES): row for row in part(content, name, list, INSTANCES)}
        for name in ("annotations", "images")
    )


def _thing(
    dataset: str, split: str, ref: Mapping[str, Any], annotations: Mapping[int, Any], pictures: Mapping[int, Any]
) -> Thing:
    file = FILES[dataset].name
    found, picture = annotations.get(ref.get("ann_id", -1)), pictures.get(ref["image_id"])
    if picture is None or found is None:
        lost = f"the picture {ref['image_id']} or the thing {ref.get('ann_id')}"
        raise DataError(f"{file}: {lost} is not in {INSTANCES}")
    for row in part(ref, "sentences", list, file):
        for name, kind in SENTENCE.items():
            part(row, name, kind, f"{file}: a sentence")
    return Thing(
        dataset,
        split,
        part(picture, "file_name", str, INSTANCES),
        (part(picture, "width", int, INSTANCES), part(picture, "height", int, INSTANCES)),
        _media.corners(part(found, "bbox", list, INSTANCES)),
        found.get("segmentation"),
        {name: ref.get(name) for name in NAMES},
        ref["sentences"],
    )

"""COCO, region classification: which of 80 names a true box has.

The protocol is RegionGPT's (Guo et al. 2024, section 4.2): the true boxes of val2017 are given, crowds left out, and an
answer that is none of the names is wrong. Accuracy, and COCO's mAP of the names: every box is right and every score is
1, so that a wrong name costs its box and stands in another's way. `--protocol official` is the rule of the released
code, by which an answer is the name or wrong.

Output files are rows with `id`, the number of the thing in `instances_val2017.json`, and `pred`. Pictures are in
`val2017`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from regard.bench import _media
from regard.bench._answers import rows_of
from regard.bench._base import OFFICIAL, Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench.metrics.answers import one_of
from regard.bench.metrics.detection import Found, NamedPicture, named_picture, named_precision
from regard.core.errors import DataError
from regard.core.files import write_json, write_rows
from regard.media.image import Image
from regard.prompts.tasks import classify
from regard.regions.region import Region

FILE = OfficialFile("instances_val2017.json", "", 36_781, within="annotations")
PICTURES = ("val2017", "images/val2017", "images", "")
FIGURE, PRECISION = "accuracy", "mAP"


class CocoRegions(Benchmark):
    """The name of a box, of a closed list."""

    card = Card(
        items="36,335",
        metric="accuracy, and COCO's mAP of the names",
        licence="CC BY 4.0 (annotations); pictures under Flickr's terms",
        source="cocodataset.org, annotations_trainval2017.zip",
        files=(FILE,),
        published="right is an answer that is the name and nothing else, letter by letter",
    )
    max_new_tokens = 16

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the boxes picture by picture."""
        chosen(settings.skills, ())
        content = read_official(settings.data, FILE, self.card)
        rows = {name: part(content, name, list, FILE.name) for name in ("categories", "images", "annotations")}
        names = {part(row, "id", int, FILE.name): part(row, "name", str, FILE.name) for row in rows["categories"]}
        pictures = {part(row, "id", int, FILE.name): part(row, "file_name", str, FILE.name) for row in rows["images"]}
        things = [row for row in rows["annotations"] if not part(row, "iscrowd", int, FILE.name)]
        listed = tuple(names.values())
        for row in sorted(things, key=lambda row: [part(row, name, int, FILE.name) for name in ("image_id", "id")]):
            box = _media.corners(part(row, "bbox", list, FILE.name))
            name, picture = names.get(part(row, "category_id", int, FILE.name)), pictures.get(row["image_id"])
            if name is None or picture is None:
                raise DataError(f"{FILE.name}: the thing {row['id']} is of no known name, or in no known picture")
            truth = {"id": row["id"], "image": picture, "box": box, "names": listed}
            sample = _media.later(classify(listed), _opening(settings, picture), _pointing(truth["box"]))
            yield Item(str(row["id"]), FIGURE, sample, picture, name, truth, chance=1 / len(listed))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one name that an answer holds is the true one; unreadable when it holds none or several."""
        named = one_of(answer, item.truth["names"])
        return Score(float(named == item.answer), readable=named is not None)

    def official(self, item: Item, answer: Any) -> Score:
        """Right when the answer is the name."""
        return Score(float(answer == item.answer))

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return mAP. Items that are drawn again, to see how sure it is, are in another picture of the same kind."""
        pictures: dict[tuple[str, int], list[tuple[Item, str]]] = {}
        drawn: Counter[str] = Counter()
        for item, answer in answered:
            drawn[item.key] += 1
            pictures.setdefault((item.cluster, drawn[item.key]), []).append((item, answer))
        return {PRECISION: named_precision([_matched(protocol, *rows) for rows in pictures.values()])}

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `id` and `pred`."""
        for place, row in enumerate(rows_of(content), start=1):
            key = part(row, "id", int | str, f"row {place} of the output file")
            yield given_text(str(key), row.get("pred"))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write instances_val2017.json, and the pictures."""
        images: dict[str, dict[str, Any]] = {}
        names: dict[str, int] = {}
        rows = []
        for item in items:
            names = names or {name: place for place, name in enumerate(item.truth["names"], start=1)}
            name = item.truth["image"]
            if name not in images:
                _media.save(item.open().media, folder, f"{PICTURES[0]}/{name}")
                images[name] = {"id": len(images) + 1, "file_name": name}
            row = {"id": item.truth["id"], "image_id": images[name]["id"], "category_id": names[item.answer]}
            rows.append(row | {"bbox": _media.sides(item.truth["box"]), "iscrowd": 0})
        categories = [{"id": number, "name": name} for name, number in names.items()]
        content = {"images": list(images.values()), "categories": categories, "annotations": rows}
        write_json(folder / FILE.name, content)
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `id` and `pred`."""
        kept = [item for item in items if item.key in given]
        write_rows(path, [{"id": item.truth["id"], "pred": given[item.key].answer} for item in kept])


@lru_cache(maxsize=20_000)
def _matched(protocol: str, *rows: tuple[Item, str]) -> NamedPicture:
    """Return how the names of one picture fare."""
    truths = [Found(item.cluster, item.answer, item.truth["box"]) for item, _ in rows]
    reads = _exactly if protocol == OFFICIAL else one_of
    return named_picture(truths, [reads(answer, item.truth["names"]) for item, answer in rows])


def _exactly(answer: str, names: Sequence[str]) -> str | None:
    return answer if answer in names else None


def _opening(settings: Settings, name: str) -> Callable[[], Image]:
    return lambda: Image.open(_media.find(settings.data, PICTURES, name))


def _pointing(box: list[float]) -> Callable[[Any], list[Region]]:
    return lambda media: [Region.box(box)]

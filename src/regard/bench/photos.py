"""Colour, size and position of regions in photographs that no training ever saw.

The regions, their truth and the rule that gives it are in data/photos.json: 21 pictures of GAR-Bench (28 files, some
of them the same picture) with the masks of that benchmark and regions drawn by hand, and astronaut and coffee of
scikit-image. The truth of a region comes from its own pixels and its own geometry, by the rules that the world is
drawn by; cases on which people would differ are left out and counted. The pictures are not shipped: `--data` names the
folder with the GAR-Bench pictures, and each is checked before it is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import cv2

from regard.bench import _world_finds
from regard.bench._base import Benchmark, Card, Item, Score, Settings, chosen
from regard.bench.metrics.answers import one_of, plain
from regard.core.errors import DataError, MissingDependency
from regard.core.files import read_json
from regard.data.world.pieces import SEEN, pieces_in
from regard.media.colours import NAMES
from regard.media.image import Image
from regard.prompts import tasks
from regard.prompts.sample import USER, Sample, Turn
from regard.prompts.tasks import UNKNOWN, placeholder
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.words import POSITIONS, SIZES

FILE = Path(__file__).parent / "data" / "photos.json"
CHOICES = {"colour": NAMES, "size": SIZES, "position": POSITIONS}
LOCATE = "locate"
NOUNS = ("region", "thing")


class Photos(Benchmark):
    """Colour, size and position of regions in photographs; for models with task heads, what a colour word names."""

    card = Card(
        items="1,152",
        metric="share of right answers",
        licence="Apache-2.0 (pictures of GAR-Bench), public domain (of scikit-image)",
        source="github.com/Haochen-Wang409/Grasp-Any-Region, evaluation/GAR-Bench; scikit-image",
        data="vqa_1.png and the other pictures of GAR-Bench",
    )
    max_new_tokens = 24
    finds = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield three questions for every region and kind that is clear, picture by picture; the first
        `settings.items`, all when None.
        """
        yield from islice(self._all(settings), settings.items)

    def _all(self, settings: Settings) -> Iterator[Item]:
        kinds = _kinds(settings)
        document, number = read_json(FILE), 0
        for picture in document["pictures"]:
            image = open_picture(picture, settings.data)
            if LOCATE in kinds:
                yield from _located(picture["name"], image)
            for region in picture["regions"]:
                bound, number = bound_region(picture, region), number + 1
                for kind in (kind for kind in kinds if kind != LOCATE and kind not in region["left_out"]):
                    yield from _ask(document, picture, region, kind, number, Sample(image, (bound,), ()))

    def score(self, item: Item, text: Any) -> Score:
        """Right when the answer names the true word and no other of its kind; unreadable with none or several.

        "I do not know" is readable, and wrong. What is located is scored as in the drawn world.
        """
        if "find" in item.truth:
            return _world_finds.score(LOCATE, item.truth["find"], text)
        word = one_of(text, CHOICES[item.figure])
        return Score(float(word == item.answer), readable=word is not None or plain(text) == plain(UNKNOWN))

    def notes(self, settings: Settings) -> list[str]:
        """Return how many regions are asked about, and how many are left out for which reason."""
        regions = [region for picture in read_json(FILE)["pictures"] for region in picture["regions"]]
        lines = []
        asked_for = _kinds(settings)
        if LOCATE in asked_for:
            lines.append("locate: what each colour word names, or that it is nowhere; unclear colours are left out")
        for kind in (kind for kind in asked_for if kind in CHOICES):
            reasons = Counter(region["left_out"].get(kind, "asked") for region in regions)
            asked = reasons.pop("asked", 0)
            why = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
            lines.append(f"{kind}: {asked} of {len(regions)} regions are asked about; left out: {why or 'none'}")
        return lines


def _kinds(settings: Settings) -> tuple[str, ...]:
    """Return the kinds to ask for; what is to be located only where that is named."""
    return chosen(settings.skills, (*CHOICES, LOCATE)) if settings.skills else tuple(CHOICES)


def _ask(
    document: dict[str, Any],
    picture: dict[str, Any],
    region: dict[str, Any],
    kind: str,
    number: int,
    sample: Sample,
) -> Iterator[Item]:
    wordings = document["questions"][kind]
    for turn in range(document["questions_a_region"]):
        wording = wordings[(number + turn) % len(wordings)]
        key = f"{picture['name']}/{region['name']}/{kind}/{turn + 1}"
        also = (f"{kind}, {region['source']} regions", f"{kind}, {wording.format('..')!r}")
        asked = replace(sample, turns=(Turn(USER, wording.format(placeholder(1))),))
        yield Item(key, kind, asked, picture["name"], region[kind], {}, also, 1 / len(CHOICES[kind]))


def _located(name: str, image: Image) -> Iterator[Item]:
    """Yield requests for what each colour word names in a picture by the rule of the drawn world (`data/world/pieces`),
    or for colours that are nowhere in it.
    """
    width, height = image.size
    scale = max(width, height) / SEEN
    small = cv2.resize(image.pixels, (round(width / scale), round(height / scale)), interpolation=cv2.INTER_AREA)
    for colour, found in pieces_in(small).items():
        boxes = [tuple(side * scale for side in rle.box(rle.encode(mask))) for mask in found.masks]
        for noun in NOUNS:
            phrase = f"{'every' if len(boxes) > 1 else 'the'} {colour} {noun}"
            sample = Sample(image, (), (Turn(USER, tasks.locate(phrase)),))
            figure = LOCATE if boxes else f"{LOCATE}, {_world_finds.NOT_THERE}"
            answer = ", ".join(str(tuple(map(round, box))) for box in boxes) or tasks.NONE
            truth = {"find": [{"box": box} for box in boxes], "expression": phrase}
            yield Item(f"{name}/{colour} {noun}/{LOCATE}", figure, sample, name, answer, truth)


def bound_region(picture: dict[str, Any], region: dict[str, Any]) -> BoundRegion:
    """Return a region of the data file bound to its picture."""
    width, height = picture["size"]
    mask = {"size": [height, width], "counts": region["counts"]}
    return BoundRegion((width, height), {0: mask}, name=region["name"])


def open_picture(picture: dict[str, Any], data: Path | None) -> Image:
    """Open a picture of the data file and check that it is the one that was measured.

    Raises `DataError` when the file is not in `data` or is another one, `MissingDependency` without scikit-image.
    """
    return _from_scikit_image(picture) if "scikit_image" in picture else _from_folder(picture, data)


def _from_scikit_image(picture: dict[str, Any]) -> Image:
    name = picture["scikit_image"]
    if importlib.util.find_spec("skimage") is None:
        raise MissingDependency(f"the picture {name!r} comes with scikit-image: pip install scikit-image")
    from skimage import data

    pixels = getattr(data, name)()
    _check(hashlib.sha256(pixels.tobytes()).hexdigest(), picture, f"the picture {name!r} of scikit-image")
    return Image.from_array(pixels, source=f"scikit-image:{name}")


def _from_folder(picture: dict[str, Any], data: Path | None) -> Image:
    if data is None:
        raise DataError(
            "the pictures of GAR-Bench are not shipped: name the folder that holds vqa_1.png and the others with "
            "--data (github.com/Haochen-Wang409/Grasp-Any-Region has them under evaluation/GAR-Bench)"
        )
    path = next((data / name for name in picture["files"] if (data / name).is_file()), None)
    if path is None:
        raise DataError(f"{str(data)!r} holds no {picture['files'][0]!r}, which is a picture of this benchmark")
    _check(hashlib.sha256(path.read_bytes()).hexdigest(), picture, str(path))
    return Image.open(path)


def _check(found: str, picture: dict[str, Any], what: str) -> None:
    if found != picture["sha256"]:
        raise DataError(
            f"{what} is not the one that was measured: sha256 {found[:12]}.., expected {picture['sha256'][:12]}..; "
            "use it as it is published, not resized or saved again"
        )

"""What the two parts of VideoRefer-Bench share: objects as masks on frames of a clip, and texts that name them.

A row's `annotation` has one mapping an object: the number of a frame, as text, to {"segmentation": COCO RLE, polygons
or None}; None where the object is absent. A text names the n-th object by the n-th `<region>` in it, often behind a
name of its own ("<object3><region>") that options use alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.bench import _media
from regard.bench._base import Later
from regard.core.errors import DataError
from regard.prompts.sample import USER, Sample, Turn
from regard.prompts.tasks import placeholder
from regard.regions.bound import BoundRegion

SOURCE = "huggingface.co/datasets/DAMO-NLP-SG/VideoRefer-Bench"
LICENCE = "not stated (code: Apache-2.0); clips of DAVIS, MeViS and Panda-70M under their own"
_NAMED = re.compile(r"(?:(<object\d{1,5}>)\s*)?<region>")
_ALONE = re.compile(r"<object\d{1,5}>")


def our_words(text: str, rest: Sequence[str] = ()) -> tuple[str, list[str]]:
    """Return a text, and further ones, with <region1>, <region2>, .. in place of the names of the objects.

    Raises `DataError` when one name stands for two objects.
    """
    names: dict[str, str] = {}
    count = 0

    def numbered(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        region = placeholder(count)
        if names.setdefault(found[1] or region, region) != region:
            raise DataError(f"{found[1]} names two objects in {text[:200]!r}")
        return region

    question = _NAMED.sub(numbered, text)
    alone = [_ALONE.sub(lambda found: names.get(found[0], found[0]), one) for one in (question, *rest)]
    return alone[0], alone[1:]


def later(
    question: str, objects: Sequence[Mapping[str, Any]], folder: Path | None, places: Sequence[str], video: str
) -> Later:
    """Return a question about objects of a clip, which is opened when it is asked."""

    def make() -> Sample:
        clip = _media.opened_clip(_media.find(folder, places, video))
        regions = tuple(_bound(number, one, clip) for number, one in enumerate(objects, start=1))
        return Sample(clip, regions, (Turn(USER, question),))

    return Later(question, make)


def annotation(sample: Sample) -> list[dict[str, Any]]:
    """Return the objects of a sample as a row has them."""
    return [{str(frame): {"segmentation": mask} for frame, mask in region.rles.items()} for region in sample.regions]


def check_objects(objects: Any, where: str) -> list[dict[str, Any]]:
    """Return the objects of a row. Raises `DataError` for anything else than mappings of frames."""
    sound = isinstance(objects, list) and objects and all(isinstance(one, dict) for one in objects)
    if not sound or not all(frame.isdigit() for one in objects for frame in one):
        raise DataError(f"{where}: 'annotation' is a list with a mapping {{frame: segmentation}} for each object")
    return objects


def _bound(number: int, frames: Mapping[str, Any], clip: Any) -> BoundRegion:
    masks = {
        int(frame): _media.outline(_segmentation(value), clip.size)
        for frame, value in frames.items()
        if _segmentation(value)
    }
    if not masks:
        raise DataError(f"object {number} has a mask on no frame")
    return BoundRegion(clip.size, masks, clip.frame_count)


def _segmentation(value: Any) -> Any:
    return value.get("segmentation") if isinstance(value, dict) else value

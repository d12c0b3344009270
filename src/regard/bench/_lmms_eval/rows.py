"""Regions as rows of lmms-eval's tasks hold them, and what a model is asked about them.

Regions are read from rows of tasks that are known to be *about* a given region. In other tasks the same columns hold
the answer: the box of a row of `refcoco_bbox_rec_val` is what the model has to find.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.core.errors import DataError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.media.open import open_media
from regard.prompts.sample import USER, Media, Sample, Turn
from regard.prompts.tasks import placeholder
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

OURS = "regard_"
CAPTIONS = re.compile(r"refcoco(?:\+|g)?_(bbox|seg)_(?:val|test|testA|testB|val_lite)")
SPOKEN = re.compile(r"\b(?:this|the) region\b", re.IGNORECASE)


def native(task: str, row: Mapping[str, Any], context: str, visuals: Sequence[Any]) -> Sample:
    """Return the question of a row with its regions as masks or boxes on the picture as it is, nothing drawn on it.

    Tasks of `regard lmms-tasks` and lmms-eval's captions of RefCOCO's regions have regions; any other row is asked as
    `drawn` asks it. Raises `DataError` for a row that lacks what its task promises.
    """
    if task.startswith(OURS):
        return _ours(row)
    kind = CAPTIONS.fullmatch(task)
    if kind is None:
        return drawn(context, visuals)
    image = Image.from_pil(_column(row, "image", task))
    return Sample.build(image, _about(context), [_region(kind[1], row, task)])


def drawn(context: str, visuals: Sequence[Any]) -> Sample:
    """Return a question about what a task shows to every model, which is one picture or clip.

    Raises `DataError` for several pictures.
    """
    if len(visuals) != 1:
        raise DataError(f"a question has one picture or clip here; this task shows {len(visuals)}")
    return Sample.build(_media(visuals[0]), context)


def _ours(row: Mapping[str, Any]) -> Sample:
    media = _stamped(open_media(Path(row["media"])), json.loads(row["times"]))
    regions = tuple(
        BoundRegion(media.size, {int(frame): mask for frame, mask in masks.items()}, media.frame_count)
        for masks in json.loads(row["regions"])
    )
    return Sample(media, regions, (Turn(USER, row["question"]),))


def _stamped(media: Media, times: Sequence[float]) -> Media:
    """Return a clip with the frame times that its benchmark gave it; a folder of frames has none of its own."""
    if isinstance(media, Image) or np.allclose(media.times, times):
        return media
    return Clip.from_frames(media.frames(list(range(media.frame_count))), times=list(times))


def _media(visual: Any) -> Media:
    return open_media(Path(visual)) if isinstance(visual, str | Path) else Image.from_pil(visual)


def _region(kind: str, row: Mapping[str, Any], task: str) -> Region:
    """Return the region of a row: `bbox` is [x, y, width, height], `segmentation` a flat list x, y, x, y, .."""
    if kind == "bbox":
        x, y, width, height = _column(row, "bbox", task)
        return Region.box(x, y, x + width, y + height)
    return Region.polygon(_column(row, "segmentation", task))


def _about(context: str) -> str:
    """Put the region's place into a question that speaks of "this region", or before one that does not."""
    text, count = SPOKEN.subn(placeholder(1), context, count=1)
    return text if count else f"{placeholder(1)}: {context}"


def _column(row: Mapping[str, Any], name: str, task: str) -> Any:
    if row.get(name) is None:
        raise DataError(f"a row of {task} needs {name!r}; it has {sorted(row)}")
    return row[name]

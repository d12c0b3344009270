"""Elysium captions: a short name for a thing that is followed through a clip (ElysiumTrack's Video-REG).

From "Elysium: Exploring Object-level Perception in Videos via MLLM" (Wang et al. 2024); METEOR as Omni-RGPT (table 3)
prints it. The descriptions are mostly single nouns. Rows have `vid`, `frames` (paths of pictures), `box` (one for each
frame, as shares of width and height) and `object_description`. Omni-RGPT's longer descriptions of the same clips
(Extended-Elysium) are not published; a file of them in this form is measured the same way.

Output files are coco-caption's: rows with `image_id`, the item's key (the clip), and `caption`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _captions, _media
from regard.bench._answers import numbered
from regard.bench._base import Card, Item, OfficialFile, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.core.errors import DataError
from regard.core.files import write_rows
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.tasks import describe
from regard.regions.region import Region

FILE = OfficialFile("ElysiumTrack-val500.json", "", None)
PLACES = ("", "images")
FRAME_RATE = 1.0


class ElysiumCaptions(_captions.Captioned):
    """Names of things in clips."""

    card = Card(
        items="500 (by the file's name; not counted here)",
        metric="METEOR, CIDEr and ROUGE-L",
        licence="not known",
        source="huggingface.co/datasets/sty-yyj/ElysiumTrack-1M",
        files=(FILE,),
        data="the frames, where the rows say, when a model is asked",
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the things in the order of the file."""
        chosen(settings.skills, ())
        count: Counter[str] = Counter()
        content = read_official(settings.data, FILE, self.card)
        yield from _captions.items(
            "", [_row(place, row, count, settings) for place, row in enumerate(content, start=1)]
        )

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write the file, and the frames."""
        rows = []
        for item in items:
            media, truth = item.open().media, item.truth
            for number, name in enumerate(truth["frames"]):
                _media.save(Image.from_array(media.frames([number])[0]), folder, name)
            row = {"id": item.key, "frames": truth["frames"], "box": truth["box"], "object_description": item.answer}
            rows.append(row | {"vid": item.cluster, "frame_size": list(media.size)})
        write_rows(folder / FILE.name, rows)
        mark_as_made(self, folder, {FILE.name: len(rows)})


def _row(place: int, row: Any, count: Counter[str], settings: Settings) -> _captions.Row:
    where = f"{FILE.name}: row {place}"
    said, frames, boxes = (part(row, name, kind, where) for name, kind in _PARTS.items())
    if len(frames) != len(boxes) or not frames:
        raise DataError(f"{where} has {len(frames)} frames and {len(boxes)} boxes; each frame has one")
    vid = str(part(row, "vid", str | int, where))
    sample = _media.later(describe(), _opening(settings, frames), _pointing(boxes))
    return _captions.Row(numbered(vid, count), vid, [said], sample, {"frames": frames, "box": boxes})


_PARTS: dict[str, type] = {"object_description": str, "frames": list, "box": list}


def _opening(settings: Settings, frames: list[str]) -> Callable[[], Clip]:
    def make() -> Clip:
        pictures = [Image.open(_media.find(settings.data, PLACES, name)).pixels for name in frames]
        return Clip.from_frames(np.stack(pictures), fps=FRAME_RATE)

    return make


def _pointing(boxes: list[list[float]]) -> Callable[[Any], list[Region]]:
    return lambda media: [Region.track(dict(enumerate(boxes)), unit="norm1")]

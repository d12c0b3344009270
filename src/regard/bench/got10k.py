"""GOT-10k: a thing that is given as a box on the first frame, its box on all others.

From "GOT-10k: A Large High-Diversity Benchmark for Generic Object Tracking" (Huang et al. 2019): the 180 clips of the
validation split, whose truth is published (the test split's figures come from a server). AO, the mean IoU, and SR, the
share of frames with an IoU above 0.5 and 0.75, over the frames of all clips together; the first frame and those in
which nothing of the thing is visible are left out.

The official output is a folder with CLIP/CLIP_001.txt, x,y,width,height a line; `--answers` takes that folder. `--data`
holds list.txt and the clips: groundtruth.txt, cover.label, meta_info.ini and the frames. A model with a mask head
answers by the box around its mask; where it has none, the one before it stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _boxes_by_frame, _media
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, read_official
from regard.bench.metrics.tracking import visible_overlaps
from regard.core.errors import DataError
from regard.core.files import write_text

FILE = OfficialFile("list.txt", "", 180)
FIGURES = {"AO": None, "SR@0.5": 0.5, "SR@0.75": 0.75}
RESOLUTION = re.compile(r"resolution:\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)")
RUN = "001"


class Got10k(Benchmark):
    """The box of a thing that is followed."""

    card = Card(
        items="180",
        metric="AO, SR at 0.5 and 0.75, over frames",
        licence="CC BY-NC-SA 4.0",
        source="got-10k.aitestunion.com, validation split",
        files=(FILE,),
        data="the clips, with their text files",
    )
    open_answers = True
    finds = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the clips in the order of the file."""
        chosen(settings.skills, ())
        for clip in read_official(settings.data, FILE, self.card):
            home = _media.find(settings.data, ("", "val"), clip)
            boxes = _boxes_by_frame.read_rows(home / "groundtruth.txt")
            cover = _boxes_by_frame.numbers(home / "cover.label")
            size = RESOLUTION.search(_boxes_by_frame.text(home / "meta_info.ini"))
            if not boxes or len(cover) != len(boxes) or size is None:
                raise DataError(f"{home}: {len(boxes)} true boxes, {len(cover)} covers; meta_info.ini has a resolution")
            truth = {"boxes": boxes, "cover": cover, "size": (int(size[1]), int(size[2]))}
            sample = _boxes_by_frame.following(home, boxes[0])
            yield Item(clip, "AO", sample, clip, "a box a frame", truth, tuple(FIGURES)[1:])

    def score(self, item: Item, answer: Any) -> Score:
        """Score the visible frames behind the first; unreadable without a box for every frame."""
        truth = np.array([_media.corners(box) for box in item.truth["boxes"]])
        cover = np.array(item.truth["cover"])
        found = _boxes_by_frame.read(answer, len(truth), item.truth["boxes"][0])
        if found is None:
            count = float((cover[1:] > 0).sum())
            return Score(0.0, count, readable=False, parts=dict.fromkeys(FIGURES, (0.0, count)))
        overlaps = visible_overlaps(found, truth, cover, item.truth["size"])
        sums = {name: float((overlaps if limit is None else overlaps > limit).sum()) for name, limit in FIGURES.items()}
        parts = {name: (value, float(len(overlaps))) for name, value in sums.items()}
        return Score(*parts["AO"], parts=parts)

    def recorded_folder(self, folder: Path) -> Iterator[Given]:
        """Yield the clips of a folder of text files."""
        for path in sorted(folder.glob(f"*/*_{RUN}.txt")):
            yield Given(path.parent.name, _boxes_by_frame.read_rows(path))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write list.txt, and the clips with their text files."""
        clips = []
        for item in items:
            home, (width, height) = folder / item.key, item.truth["size"]
            _media.save_frames(item.open().media, folder, item.key, first=1)
            _boxes_by_frame.write_rows(home / "groundtruth.txt", item.truth["boxes"])
            write_text(home / "cover.label", "".join(f"{cover:g}\n" for cover in item.truth["cover"]))
            write_text(home / "meta_info.ini", f"[METAINFO]\nresolution: ({width}, {height})\n")
            clips.append(item.key)
        write_text(folder / FILE.name, "\n".join(clips) + "\n")
        mark_as_made(self, folder, {FILE.name: len(clips)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the folder of text files."""
        for key, boxes in _boxes_by_frame.answered(items, given):
            _boxes_by_frame.write_rows(path / key / f"{key}_{RUN}.txt", boxes)

"""LaSOT: a thing that is given as a box on the first frame, its box on all others of a long clip.

From "LaSOT: A High-quality Benchmark for Large-scale Single Object Tracking" (Fan et al. 2019), its 280 test clips.
Success, precision and normalised precision, each the mean over clips. Two published readings give different numbers,
and both are shown: pytracking's, which papers print (a frame without the thing counts as a failure; normalised
precision at 0.2), and that of the GOT-10k toolkit (only frames without a true box are left out; the mean over 51
thresholds). Perfect boxes have a success of 20/21 on frames with the thing.

The official output is a folder with a text file a clip, CLIP.txt, x,y,width,height a line; `--answers` takes that
folder. `--data` holds testing_set.txt, and the clips as published: KIND/CLIP with groundtruth.txt, full_occlusion.txt,
out_of_view.txt and `img`. A model with a mask head answers by the box around its mask; where it has none, the one
before it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _boxes_by_frame, _media
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, read_official
from regard.bench.metrics.tracking import RULES, score_track
from regard.core.errors import DataError
from regard.core.files import write_text

FILE = OfficialFile("testing_set.txt", "", 280)
MEASURES = {"success": "success", "precision": "precision", "normalised precision": "normalised_precision"}
HIDDEN = ("full_occlusion.txt", "out_of_view.txt")
FIGURES = tuple(name if rule == RULES[0] else f"{name} (GOT-10k toolkit)" for rule in RULES for name in MEASURES)


class Lasot(Benchmark):
    """The box of a thing that is followed through a long clip."""

    card = Card(
        items="280",
        metric="success, precision and normalised precision, in two readings",
        licence="Apache-2.0 (annotations)",
        source="vision.cs.stonybrook.edu/~lasot",
        files=(FILE,),
        data="the clips, KIND/CLIP, with their text files",
    )
    open_answers = True
    finds = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the clips in the order of the file."""
        chosen(settings.skills, ())
        for clip in read_official(settings.data, FILE, self.card):
            home = _media.find(settings.data, (clip.partition("-")[0], "", "test"), clip)
            boxes = _boxes_by_frame.read_rows(home / "groundtruth.txt")
            hidden = [_boxes_by_frame.numbers(home / name) for name in HIDDEN]
            if not boxes or any(len(flags) != len(boxes) for flags in hidden):
                counts = " and ".join(str(len(flags)) for flags in hidden)
                raise DataError(f"{home}: {len(boxes)} true boxes, and {counts} flags of what is hidden")
            seen = [not any(flags) for flags in zip(*hidden, strict=True)]
            truth = {"clip": clip, "boxes": boxes, "seen": seen}
            sample = _boxes_by_frame.following(home / "img", boxes[0])
            yield Item(clip, FIGURES[0], sample, clip, "a box a frame", truth, FIGURES[1:])

    def score(self, item: Item, answer: Any) -> Score:
        """Score by both readings; unreadable without a box for every frame."""
        truth = np.array([_media.corners(box) for box in item.truth["boxes"]])
        found = _boxes_by_frame.read(answer, len(truth), item.truth["boxes"][0])
        if found is None:
            return Score(0.0, readable=False, parts=dict.fromkeys(FIGURES, (0.0, 1.0)))
        scores = [score_track(found, truth, np.array(item.truth["seen"]), rule) for rule in RULES]
        values = [getattr(score, name) for score in scores for name in MEASURES.values()]
        parts = {name: (value, 1.0) for name, value in zip(FIGURES, values, strict=True)}
        return Score(values[0], parts=parts)

    def recorded_folder(self, folder: Path) -> Iterator[Given]:
        """Yield the clips of a folder of text files."""
        for path in sorted(folder.glob("*.txt")):
            yield Given(path.stem, _boxes_by_frame.read_rows(path))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write testing_set.txt, and the clips with their text files."""
        clips = []
        for item in items:
            clip, home = item.key, folder / item.key.partition("-")[0] / item.key
            _media.save_frames(item.open().media, home, "img", first=1)
            _boxes_by_frame.write_rows(home / "groundtruth.txt", item.truth["boxes"])
            write_text(home / HIDDEN[0], ",".join(str(int(not seen)) for seen in item.truth["seen"]) + "\n")
            write_text(home / HIDDEN[1], ",".join("0" for _ in item.truth["seen"]) + "\n")
            clips.append(clip)
        write_text(folder / FILE.name, "\n".join(clips) + "\n")
        mark_as_made(self, folder, {FILE.name: len(clips)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the folder of text files."""
        for key, boxes in _boxes_by_frame.answered(items, given):
            _boxes_by_frame.write_rows(path / f"{key}.txt", boxes)

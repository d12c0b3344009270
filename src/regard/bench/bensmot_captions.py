"""BenSMOT captions: what each person who is followed through a clip looks like and does.

From "Beyond MOT: Semantic Multi-Object Tracking" (Li et al. 2024), its test split; METEOR as Omni-RGPT (table 3) prints
it, over the sentences of single people. `--data` is the folder that holds `test`: test/KIND/CLIP with `gt/gt.txt` (MOT
rows: frame and person counted from 1, x, y, width, height), `imgs/001.jpg` and so on, and `instance_captions.txt`,
whose n-th line is about person n.

Output files are coco-caption's: rows with `image_id`, the item's key (KIND/CLIP/PERSON), and `caption`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from regard.bench import _captions, _media
from regard.bench._base import Card, Item, Settings, chosen
from regard.bench._boxes_by_frame import text
from regard.core.errors import DataError
from regard.core.files import write_text
from regard.prompts.tasks import describe

SPLIT, TRUTH, FRAMES, SENTENCES = "test", "gt/gt.txt", "imgs", "instance_captions.txt"
FRAME_RATE = 30.0


class BensmotCaptions(_captions.Captioned):
    """Sentences about people in clips."""

    card = Card(
        items="not known",
        metric="METEOR, CIDEr and ROUGE-L",
        licence="not known",
        source="github.com/Nathan-Li123/SMOTer, BenSMOT.md",
        data="the data set's folder `test`, as published and unpacked",
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the people clip by clip. `settings.items`: the first so many."""
        chosen(settings.skills, ())
        home = Path(settings.data or ".") / SPLIT
        paths = sorted(home.glob(f"*/*/{SENTENCES}"))
        if not paths:
            raise DataError(f"{str(home)!r} holds no KIND/CLIP/{SENTENCES}; --data is the folder that holds {SPLIT!r}")
        rows = [row for path in paths for row in _rows(path.parent, "/".join(path.parts[-3:-1]))]
        yield from islice(_captions.items("", rows), settings.items)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write a folder for each clip."""
        clips: dict[str, list[Item]] = {}
        for item in items:
            clips.setdefault(item.cluster, []).append(item)
        for name, people in clips.items():
            home = folder / SPLIT / name
            _media.save_frames(people[0].open().media, folder / SPLIT, f"{name}/{FRAMES}", first=1)
            said = [f"person{number}: {item.answer}" for number, item in enumerate(people)]
            write_text(home / SENTENCES, "\n".join(said) + "\n")
            lines = [
                ",".join(map(str, (frame + 1, person, *_media.sides(box), 1, 1, 1)))
                for person, item in enumerate(people, start=1)
                for frame, box in item.truth["boxes"].items()
            ]
            write_text(home / TRUTH, "\n".join(lines) + "\n")


def _rows(home: Path, name: str) -> Iterator[_captions.Row]:
    """Yield the people of a clip."""
    boxes = _boxes(home / TRUTH)
    lines = [line for line in text(home / SENTENCES).splitlines() if line.strip()]
    for person, line in enumerate(lines, start=1):
        caption = line.partition(":")[2].strip()
        if not caption or person not in boxes:
            raise DataError(
                f"{home}: {SENTENCES} says {line[:80]!r} of person {person}, who has no boxes or no sentence"
            )
        sample = _media.later(
            describe(), lambda: _media.opened_clip(home / FRAMES, fps=FRAME_RATE), _follow(boxes[person])
        )
        yield _captions.Row(f"{name}/{person}", name, [caption], sample, {"boxes": boxes[person]})


def _follow(boxes: dict[int, list[float]]) -> Any:
    return lambda media: [_media.tracked(boxes, media)]


def _boxes(path: Path) -> dict[int, dict[int, list[float]]]:
    """Return x1, y1, x2, y2 by person and frame (from 0)."""
    found: dict[int, dict[int, list[float]]] = {}
    for number, line in enumerate(text(path).splitlines(), start=1):
        try:
            frame, person, *box = map(float, line.split(",")[:6])
            found.setdefault(int(person), {})[int(frame) - 1] = _media.corners(box)
        except ValueError as error:
            raise DataError(f"{path}:{number}: {line[:80]!r} is no row of MOT: {error}") from error
    return found

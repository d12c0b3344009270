"""DAVIS 2017: a thing that is given on the first frame, its pixels on all others.

From "The 2017 DAVIS Challenge on Video Object Segmentation" (Pont-Tuset et al. 2017), semi-supervised, the validation
split at 480p. J (region similarity), F (contour accuracy) and their mean J&F, over things; the first frame, where the
mask is given, and the last are left out, as published.

The official output is a folder with an indexed PNG a frame, CLIP/FRAME.png, in which the value of a pixel is the number
of its thing; `--answers` takes that folder. A model with a mask head answers by what the head found, on the frames that
it looks at; the others count as empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from regard.bench import _masks, _media
from regard.bench._base import ZERO, Benchmark, Card, Given, Item, Later, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, read_official
from regard.core.errors import DataError
from regard.core.files import write_text
from regard.prompts.sample import FOLLOWED
from regard.prompts.tasks import track
from regard.regions import rle

FILE = OfficialFile("ImageSets/2017/val.txt", "", 30)
CLIPS, TRUTH = "JPEGImages/480p", "Annotations/480p"


class Davis2017(Benchmark):
    """The pixels of a thing that is followed."""

    card = Card(
        items="61 things in 30 clips",
        metric="J&F, J and F",
        licence="CC BY-NC 4.0",
        source="davischallenge.org, DAVIS-2017-trainval-480p",
        files=(FILE,),
        data=f"`{TRUTH}`, and the clips in `{CLIPS}` when a model is asked",
        published="a thing that no PNG of its clip has counts 0",
    )
    open_answers = True
    finds = True
    official_lost = ZERO

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the things clip by clip."""
        chosen(settings.skills, ())
        home = settings.data or Path()
        for clip in read_official(settings.data, FILE, self.card):
            things = _masks.read_folder(home / TRUTH / clip, numbers=True)
            if not things:
                raise DataError(f"{home / TRUTH / clip} has no PNG with a thing")
            first = min(next(iter(things.values())))
            for thing, masks in things.items():
                if not rle.area(masks[first]):
                    continue  # the published scorer counts the things of the first frame
                make = _masks.opening(settings.data, (CLIPS,), clip)
                asking = partial(_masks.following, make, track(), masks[first], {FOLLOWED: 0})
                truth = {"clip": clip, "thing": thing, "frames": list(masks), "masks": list(masks.values())}
                sample = Later(track(), asking)
                yield Item(f"{clip}/{thing}", _masks.BOTH, sample, clip, f"thing {thing}", truth, _masks.PARTS)

    def score(self, item: Item, answer: Any) -> Score:
        """Score by J&F without the first and the last frame; unreadable without a mask on any."""
        return _masks.score(answer, item.truth["masks"], item.truth["frames"], "davis")

    def recorded_folder(self, folder: Path) -> Iterator[Given]:
        """Yield the things of a folder of indexed PNGs."""
        for clip in _masks.folders(folder):
            for thing, masks in _masks.read_folder(clip, numbers=True).items():
                yield Given(f"{clip.name}/{thing}", {"masks": masks})

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write val.txt, the PNGs of each clip, and the clips."""
        clips: dict[str, dict[int, Any]] = {}
        for item in items:
            truth = item.truth
            if truth["clip"] not in clips:
                _media.save_frames(item.open().media, folder, f"{CLIPS}/{truth['clip']}")
            masks = dict(zip(truth["frames"], truth["masks"], strict=True))
            clips.setdefault(truth["clip"], {})[truth["thing"]] = masks
        for clip, things in clips.items():
            _masks.write_folder(folder / TRUTH / clip, things)
        write_text(folder / FILE.name, "\n".join(clips) + "\n")
        mark_as_made(self, (folder / FILE.name).parent, {FILE.name: len(clips)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the folder of indexed PNGs."""
        clips: dict[str, dict[int, Any]] = {}
        for item in (item for item in items if item.key in given):
            masks = _masks.read(given[item.key].answer, item.truth["frames"])
            clips.setdefault(item.truth["clip"], {})[item.truth["thing"]] = masks
        for clip, things in clips.items():
            _masks.write_folder(path / clip, things)

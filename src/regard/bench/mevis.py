"""MeViS: the pixels of what an expression about motion means, through a clip.

From "MeViS: A Large-scale Benchmark for Video Segmentation with Motion Expressions" (Ding et al. 2023); the split
`valid_u`, whose truth is published. J (region similarity), F (contour accuracy) and their mean J&F on all frames; the
things that an expression means are one mask, and each expression counts once.

The official output is a folder with a PNG a frame, CLIP/EXPRESSION/FRAME.png, in which what is not 0 is meant;
`--answers` takes that folder. A model with a mask head answers by what the head found, on the frames that it looks at;
the others count as empty, so that a head that looks at 16 frames is measured below what it could. Clips are folders in
`JPEGImages`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _masks, _media
from regard.bench._base import ZERO, Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.prompts.tasks import segment
from regard.regions import rle

META = OfficialFile("meta_expressions.json", "", 50, within="videos")
MASKS = OfficialFile("mask_dict.json", "", None)
CLIPS = ("JPEGImages", "")


class Mevis(Benchmark):
    """The pixels of what an expression means, through a clip."""

    card = Card(
        items="793",
        metric="J&F, J and F",
        licence="CC BY-NC-SA 4.0",
        source="github.com/henghuiding/MeViS, split valid_u",
        files=(META, MASKS),
        data="the clips in `JPEGImages`, when a model is asked",
        published="counts an expression without an answer as 0",
    )
    open_answers = True
    finds = True
    official_lost = ZERO

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the expressions clip by clip."""
        chosen(settings.skills, ())
        videos = read_official(settings.data, META, self.card)["videos"]
        masks = dict(read_official(settings.data, MASKS, self.card))
        for clip, video in videos.items():
            names = [str(name) for name in part(video, "frames", list, f"{META.name}: {clip}")]
            for number, row in part(video, "expressions", dict, f"{META.name}: {clip}").items():
                where = f"{META.name}: {clip}/{number}"
                said, things = part(row, "exp", str, where), part(row, "anno_id", list, where)
                meant = {str(thing): masks.get(str(thing)) for thing in things}
                truth = {"clip": clip, "expression": number, "said": said, "frames": names, "things": meant}
                truth["masks"] = _joined(list(meant.values()), len(names), where)
                sample = _media.later(segment(said), _masks.opening(settings.data, CLIPS, clip))
                yield Item(f"{clip}/{number}", _masks.BOTH, sample, clip, said, truth, _masks.PARTS)

    def score(self, item: Item, answer: Any) -> Score:
        """Score by J&F over all frames; unreadable without a mask on any."""
        return _masks.score(answer, item.truth["masks"], item.truth["frames"], "mevis")

    def recorded_folder(self, folder: Path) -> Iterator[Given]:
        """Yield the expressions of a folder of PNGs."""
        for clip in _masks.folders(folder):
            for expression in _masks.folders(clip):
                masks = _masks.read_folder(expression)[1]
                yield Given(f"{clip.name}/{expression.name}", {"masks": masks})

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write meta_expressions.json, mask_dict.json, and the clips."""
        videos: dict[str, dict[str, Any]] = {}
        masks: dict[str, list[Any]] = {}
        for item in items:
            truth, clip = item.truth, item.cluster
            if clip not in videos:
                _media.save_frames(item.open().media, folder, f"{CLIPS[0]}/{clip}")
            video = videos.setdefault(clip, {"frames": truth["frames"], "expressions": {}})
            video["expressions"][truth["expression"]] = {"exp": truth["said"], "anno_id": list(truth["things"])}
            masks |= truth["things"]
        write_json(folder / META.name, {"videos": videos})
        write_json(folder / MASKS.name, masks)
        mark_as_made(self, folder, {META.name: len(videos), MASKS.name: len(masks)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the folder of PNGs."""
        for item in (item for item in items if item.key in given):
            masks = _masks.read(given[item.key].answer, item.truth["frames"])
            _masks.write_grey(path / item.truth["clip"] / item.truth["expression"], masks)


def _joined(things: Sequence[Any], count: int, where: str) -> list[dict[str, Any]]:
    """Return the masks of several things as one a frame. Raises `DataError` for a thing without masks."""
    if not things or any(not isinstance(masks, list) or len(masks) != count for masks in things):
        raise DataError(f"{where}: each thing needs a mask, or null, for each of {count} frames in {MASKS.name}")
    known = next((mask for masks in things for mask in masks if mask), None)
    if known is None:
        raise DataError(f"{where}: nothing is meant on any frame")
    height, width = rle.decode(known).shape
    joined = []
    for frame in range(count):
        inside = np.zeros((height, width), dtype=bool)
        for mask in (masks[frame] for masks in things if masks[frame]):
            inside |= rle.decode(rle.validate(mask, (width, height)))
        joined.append(rle.encode(inside))
    return joined

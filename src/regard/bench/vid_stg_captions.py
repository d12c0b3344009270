"""VidSTG captions: what a thing that is followed through a clip is and does.

From "Where Does It Exist" (Zhang et al. 2020): the declarative sentences of the test split. Omni-RGPT (table 3) prints
METEOR for them, without saying which sentences or frames it takes; here each sentence is one item, and the thing is
given by VidOR's boxes on the frames of `temporal_gt`.

`test_annotations.json` is VidSTG's; `--data` also holds VidOR's annotations of its validation split, in `validation`
(FOLDER/CLIP.json), and its clips, in `video` (FOLDER/CLIP.mp4). Output files are coco-caption's: rows with `image_id`,
the item's key (CLIP/ROW/NUMBER, counted from 1), and `caption`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from regard.bench import _captions, _media
from regard.bench._base import Card, Item, OfficialFile, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.core.files import read_json, write_json
from regard.prompts.tasks import describe
from regard.regions.region import Region

FILE = OfficialFile("test_annotations.json", "", None)
BOXES, CLIPS = ("validation", "annotation/validation", ""), ("video", "videos", "")
SIDES = ("xmin", "ymin", "xmax", "ymax")


class VidStgCaptions(_captions.Captioned):
    """Sentences about things in clips."""

    card = Card(
        items="not known (4,610 as other papers count the sentences)",
        metric="METEOR, CIDEr and ROUGE-L",
        licence="not known",
        source="github.com/Guaranteer/VidSTG-Dataset; boxes and clips: VidOR, xdshang.github.io/docs/vidor.html",
        files=(FILE,),
        data="VidOR's annotations in `validation`, and its clips in `video`, when a model is asked",
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the sentences in the order of the file."""
        chosen(settings.skills, ())
        rows = []
        for place, row in enumerate(read_official(settings.data, FILE, self.card), start=1):
            where = f"{FILE.name}: row {place}"
            span = part(row, "temporal_gt", dict, where)
            frames = [part(span, name, int, where) for name in ("begin_fid", "end_fid")]
            for number, caption in enumerate(part(row, "captions", list, where), start=1):
                truth = {"vid": part(row, "vid", str, where), "row": place, "frames": frames}
                truth |= {"target": part(caption, "target_id", int, where)}
                sample = _media.later(describe(), _opening(settings, truth["vid"]), _pointing(settings, truth))
                said = [part(caption, "description", str, where)]
                rows.append(_captions.Row(f"{truth['vid']}/{place}/{number}", truth["vid"], said, sample, truth))
        yield from _captions.items("", rows)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write test_annotations.json, the boxes as VidOR has them, and the clips."""
        rows: dict[int, dict[str, Any]] = {}
        boxes: dict[str, list[list[dict[str, Any]]]] = {}
        for item in items:
            sample, truth = item.open(), item.truth
            vid, (first, last) = truth["vid"], truth["frames"]
            if vid not in boxes:
                _media.save(sample.media, folder, f"{CLIPS[0]}/0000/{vid}.mp4")
                boxes[vid] = [[] for _ in range(sample.media.frame_count)]
            for frame in sample.regions[0].frames:
                box = dict(zip(SIDES, sample.regions[0].box(frame), strict=True))
                if all(one["tid"] != truth["target"] for one in boxes[vid][frame]):
                    boxes[vid][frame].append({"tid": truth["target"], "bbox": box})
            span = {"begin_fid": first, "end_fid": last}
            row = rows.setdefault(truth["row"], {"vid": vid, "temporal_gt": span, "captions": []})
            row["captions"].append({"description": item.answer, "target_id": truth["target"]})
        for vid, trajectories in boxes.items():
            write_json(folder / BOXES[0] / "0000" / f"{vid}.json", {"trajectories": trajectories})
        write_json(folder / FILE.name, list(rows.values()))
        mark_as_made(self, folder, {FILE.name: len(rows)})


def _opening(settings: Settings, vid: str) -> Callable[[], Any]:
    return lambda: _media.opened_clip(_media.find_below(settings.data, CLIPS, f"{vid}.mp4"))


def _pointing(settings: Settings, truth: dict[str, Any]) -> Callable[[Any], list[Region]]:
    def point(media: Any) -> list[Region]:
        trajectories = part(
            read_json(_media.find_below(settings.data, BOXES, f"{truth['vid']}.json")), "trajectories", list, "VidOR"
        )
        first, last = truth["frames"]
        found = {}
        for frame, boxes in enumerate(trajectories[first : last + 1], start=first):
            for box in (box["bbox"] for box in boxes if box["tid"] == truth["target"]):
                found[frame] = [box[side] for side in SIDES]
        return [_media.tracked(found, media)]

    return point

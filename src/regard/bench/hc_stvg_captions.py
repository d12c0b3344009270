"""HC-STVG captions: what a person who is followed through a clip does.

From "Human-centric Spatio-Temporal Video Grounding" (Tang et al. 2021), first version, its test split; used for
captions by Artemis and VideoRefer (Yuan et al. 2025, table 3). BLEU-4, METEOR, ROUGE-L and CIDEr against the one
sentence of each clip. SPICE, which those papers print too, is not taken: it downloads its parser and stops under a Java
newer than 8.

The person is given as the boxes of the official file, on all frames that it has boxes for; frames are counted from 1
there. The rows of PixelRefer's evaluation (one mask on one frame) are another protocol. Output files are PixelRefer's:
rows with `video`, `Answer` (the sentence) and `pred`, in any order. Clips are in `video`, `videos` or the folder, or in
folders of parts in these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _captions, _media
from regard.bench._base import Card, Given, Item, OfficialFile, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.core.files import write_json
from regard.prompts.tasks import describe

FILE = OfficialFile("test.json", "", 1_160)
PLACES = ("video", "videos", "")


class HcStvgCaptions(_captions.Captioned):
    """Sentences about people in clips."""

    card = Card(
        items="1,160",
        metric="METEOR, CIDEr, BLEU-4 and ROUGE-L",
        licence="not known",
        source="github.com/tzhhhh123/HC-STVG, annotations of version 1",
        files=(FILE,),
    )
    measures = (_captions.METEOR, _captions.CIDER, _captions.BLEU)

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the clips in the order of the file."""
        chosen(settings.skills, ())
        rows = read_official(settings.data, FILE, self.card)
        count: Counter[str] = Counter()
        yield from _captions.items("", [_row(video, row, count, settings) for video, row in rows.items()])

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `video`, `Answer` and `pred`."""
        return _captions.spoken_rows(content, "video")

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write test.json, and the clips."""
        rows = {}
        for item in items:
            media = item.open().media
            _media.save(media, folder, f"{PLACES[0]}/{item.truth['video']}")
            rows[item.truth["video"]] = {
                "bbox": [_media.sides(box) for box in item.truth["boxes"]],
                "st_frame": item.truth["first"],
                "img_num": media.frame_count,
                "width": media.width,
                "height": media.height,
                "caption": item.answer,
            }
        write_json(folder / FILE.name, rows)
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `video`, `Answer` and `pred`."""
        _captions.write_spoken_rows(items, given, path, "video")


def _row(video: str, row: Any, count: Counter[str], settings: Settings) -> _captions.Row:
    where = f"{FILE.name}: {video}"
    caption, first = part(row, "caption", str, where), part(row, "st_frame", int, where)
    boxes = [_media.corners(box) for box in part(row, "bbox", list, where)]
    by_frame = dict(enumerate(boxes, start=first - 1))
    sample = _media.later(describe(), _opening(settings, video), lambda media: [_media.tracked(by_frame, media)])
    key = _captions.spoken_key(video, caption, count)
    return _captions.Row(key, video, [caption], sample, {"video": video, "boxes": boxes, "first": first})


def _opening(settings: Settings, video: str) -> Callable[[], Any]:
    return lambda: _media.opened_clip(_media.find_below(settings.data, PLACES, video))

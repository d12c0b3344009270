"""Visual Genome captions: what to say of a part of a picture that is given as a box.

From "Visual Genome" (Krishna et al. 2017). The rows are 5,000 regions of the validation split, as the project of
VideoRefer published them; METEOR and CIDEr against the one phrase of each. RegionGPT and Omni-RGPT print figures on the
whole test split, which is another file: figures on these rows do not compare with theirs.

Output files are PixelRefer's, rows with `image`, `Answer` (the phrase) and `pred`, in any order, or coco-caption's,
with the item's key as `image_id`. Pictures lie where the rows say, or in `VG_100K` and `VG_100K_2`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _captions, _media
from regard.bench._answers import rows_of
from regard.bench._base import Card, Given, Item, OfficialFile, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.media.image import Image
from regard.prompts.tasks import describe
from regard.regions.region import Region

FILE = OfficialFile("vg_val_5000.json", "", 5000)
PICTURES = ("", "images", "VG_100K", "VG_100K_2")


class VisualGenomeCaptions(_captions.Captioned):
    """Phrases for boxes in pictures."""

    card = Card(
        items="5,000",
        metric="METEOR, CIDEr and ROUGE-L",
        licence="CC BY 4.0 (Visual Genome)",
        source="huggingface.co/datasets/CircleRadon/referring_evaluation; pictures: homes.cs.washington.edu/~ranjay",
        files=(FILE,),
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the boxes in the order of the file."""
        chosen(settings.skills, ())
        count: Counter[str] = Counter()
        rows = read_official(settings.data, FILE, self.card)
        yield from _captions.items("", [_row(place, row, count, settings) for place, row in enumerate(rows, start=1)])

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `image`, `Answer` and `pred`, or with `image_id` and `caption`."""
        spoken = any("Answer" in row for row in rows_of(content))
        return _captions.spoken_rows(content, "image") if spoken else super().recorded(content)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write vg_val_5000.json, and the pictures."""
        rows = []
        for item in items:
            media = item.open().media
            _media.save(media, folder, item.truth["image"])
            size = {"height": media.height, "width": media.width}
            rows.append({"image": [item.truth["image"]], **size, "caption": item.answer, "mask": None})
            rows[-1]["boxes"] = [_media.sides(item.truth["box"])]
        write_json(folder / FILE.name, rows)
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `image`, `Answer` and `pred`."""
        _captions.write_spoken_rows(items, given, path, "image")


def _row(place: int, row: Any, count: Counter[str], settings: Settings) -> _captions.Row:
    where = f"{FILE.name}: row {place}"
    images, boxes = part(row, "image", list, where), part(row, "boxes", list, where)
    if not images or not boxes:
        raise DataError(f"{where} has no picture, or no box")
    caption, box = part(row, "caption", str, where), _media.corners(boxes[0])
    sample = _media.later(describe(), _opening(settings, images[0]), lambda media: [Region.box(box)])
    key = _captions.spoken_key(images[0], caption, count)
    return _captions.Row(key, images[0], [caption], sample, {"image": images[0], "box": box})


def _opening(settings: Settings, name: str) -> Callable[[], Image]:
    return lambda: Image.open(_media.find(settings.data, PICTURES, name))

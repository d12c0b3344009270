"""MDVP-Bench: detailed descriptions of regions of photographs, texts, panels and screens, rated beside a reference.

From "Draw-and-Understand" (Lin et al. 2024), in the form in which Grasp Any Region (table 4) uses it: 364 regions as
masks, with reference descriptions. The figure is the ratio of the model's mean score to the reference's, of all and of
four groups (natural, OCR, multi-panel, screenshot). The judge of the first paper, gpt-4-vision-preview, is retired; GAR
takes gpt-4o, and figures of different judges do not compare. The judge sees the picture, the part around the region,
and the region in white on black there (the first paper drew its box).

Output files are GAR's: rows with `image_path`, `caption` (the model's) and `gt` (the reference), and `content`, the
judge's reply, where there is one. Pictures are in `data` or the folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from regard.bench import _captions, _gar, _media, _rated
from regard.bench._answers import rows_of
from regard.bench._base import Card, Given, Item, OfficialFile, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.media.image import Image
from regard.prompts.tasks import describe

FILE = OfficialFile("mdvp_caption_mask.json", "", 364)
PICTURES = ("data", "images", "")
GROUPS = {
    "natural": "natural",
    "ocr": "OCR",
    "multipanel": "multi-panel",
    "android": "screenshot",
    "web": "screenshot",
}
KINDS = {"image_path": str, "mask_rle": dict, "dataset_name": str, "caption": str}


class MdvpBench(_rated.Rated):
    """Detailed descriptions of regions, rated."""

    card = Card(
        items="364",
        metric="ratio of the model's score to the reference's, of all and of each of four groups",
        licence="not known",
        source="github.com/Haochen-Wang409/Grasp-Any-Region, evaluation/MDVP-Bench/annotations",
        judge="gpt-4-vision-preview (GAR: gpt-4o), with the picture",
        files=(FILE,),
        data="the pictures, when a model or a judge is asked",
        published=_rated.PUBLISHED,
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the regions in the order of the file."""
        chosen(settings.skills, ())
        count: Counter[str] = Counter()
        for place, row in enumerate(read_official(settings.data, FILE, self.card), start=1):
            found = {name: part(row, name, kind, f"{FILE.name}: row {place}") for name, kind in KINDS.items()}
            truth = found | {"group": _group(found["dataset_name"], place)}
            path = found["image_path"]
            sample = _media.later(describe(1, "detailed"), _opening(settings, path), _pointing(found["mask_rle"]))
            yield Item(_key(path, found["caption"], count), _rated.FIGURE, sample, path, found["caption"], truth)

    def context(self, item: Item) -> str:
        """Return nothing: the judge sees the picture."""
        return ""

    def seen(self) -> str:
        """Return what is said of the pictures that the judge sees."""
        return f" {_gar.SHOWN}"

    def shown(self, item: Item) -> Sequence[Image]:
        """Return the picture, the part around the region, and its mask there."""
        return _gar.shown_to_judge(item.open())

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `image_path`, `caption` and `gt`, and `content` where there is a review."""
        count: Counter[str] = Counter()
        for place, row in enumerate(rows_of(content), start=1):
            where = f"row {place} of the output file"
            replies = {_rated.REVIEW: row["content"]} if isinstance(row.get("content"), str) else {}
            key = _key(part(row, "image_path", str, where), part(row, "gt", str, where), count)
            yield given_text(key, row.get("caption"), replies)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write mdvp_caption_mask.json, and the pictures."""
        rows = []
        for item in items:
            _media.save(item.open().media, folder, f"{PICTURES[0]}/{item.truth['image_path']}")
            rows.append({name: item.truth[name] for name in KINDS})
        write_json(folder / FILE.name, rows)
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `image_path`, `caption`, `gt`, and the review as `content`."""
        rows = []
        for item in (item for item in items if item.key in given):
            found = given[item.key]
            review = {"content": found.replies[_rated.REVIEW]} if _rated.REVIEW in found.replies else {}
            rows.append({"image_path": item.truth["image_path"], "caption": found.answer, "gt": item.answer} | review)
        write_json(path, rows)


def _key(path: str, caption: str, count: Counter[str]) -> str:
    """Return the key of a region: where its picture lies in the data, whatever stands before, and its reference."""
    return _captions.spoken_key("/".join(path.split("/")[-3:]), caption, count)


def _group(name: str, place: int) -> str:
    found = next((group for start, group in GROUPS.items() if name.startswith(start)), None)
    if found is None:
        raise DataError(f"{FILE.name}: row {place} is of {name!r}, which is none of {', '.join(GROUPS)}")
    return found


def _opening(settings: Settings, name: str) -> Any:
    return lambda: Image.open(_media.find(settings.data, PICTURES, name))


def _pointing(mask: Mapping[str, Any]) -> Any:
    return lambda media: [_media.outlined(mask, media)]

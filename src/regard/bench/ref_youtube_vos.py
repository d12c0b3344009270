"""Ref-YouTube-VOS: the pixels of what an expression means, through a clip.

From "URVOS" (Seo et al. 2020). The truth of the validation split is not published: its figures come from a server. Its
202 clips (those of `valid` that are not in `test`) can be asked here, and answers be written as the server takes them,
Annotations/CLIP/EXPRESSION/FRAME.png in white on black; nothing is scored. `--skills train` measures the training
split, whose truth is published, for parts that were held out: J, F and J&F on the frames of the file. How the server
averages is not known here, so that figures are unverified.

`--data` holds `meta_expressions`, and `valid` and `train` with `JPEGImages` and `Annotations` (indexed PNGs). A model
with a mask head answers by what the head found, on the frames that it looks at; the others count as empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _masks, _media
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.prompts.tasks import segment

FILES = {
    split: OfficialFile(f"meta_expressions/{split}/meta_expressions.json", "", None, within="videos")
    for split in ("valid", "test", "train")
}
SPLITS = ("valid", "train")
OUTPUT = "Annotations"


class RefYoutubeVos(Benchmark):
    """The pixels of what an expression means, through a clip."""

    card = Card(
        items="202 clips to ask and submit (figures: the server's)",
        metric="J&F, J and F of the training split",
        licence="CC BY 4.0 (YouTube-VOS annotations)",
        source="youtube-vos.org/dataset/rvos",
        files=tuple(FILES.values()),
        data="`valid` and `train`, with `JPEGImages` and `Annotations`",
    )
    open_answers = True
    finds = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the expressions clip by clip. `settings.skills`: valid (the default), train."""
        for split in chosen(settings.skills or SPLITS[:1], SPLITS):
            videos = read_official(settings.data, FILES[split], self.card)["videos"]
            other = read_official(settings.data, FILES["test"], self.card)["videos"] if split == "valid" else {}
            for clip in (clip for clip in videos if clip not in other):
                yield from _items(split, clip, videos[clip], settings)

    def score(self, item: Item, answer: Any) -> Score:
        """Score by J&F where the truth is published; count for nothing otherwise."""
        if not item.truth["masks"]:
            nothing = dict.fromkeys(_masks.PARTS, (0.0, 0.0))
            return Score(0.0, 0.0, readable=_masks.readable(answer, item.truth["frames"]), parts=nothing)
        return _masks.score(answer, item.truth["masks"], item.truth["frames"], "ref_youtube_vos")

    def recorded_folder(self, folder: Path) -> Iterator[Given]:
        """Yield the expressions of a folder of PNGs, as it is submitted."""
        for clip in _masks.folders(folder / OUTPUT if (folder / OUTPUT).is_dir() else folder):
            for expression in _masks.folders(clip):
                yield Given(f"{clip.name}/{expression.name}", {"masks": _masks.read_folder(expression)[1]})

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write the meta_expressions of each split, the PNGs where there is a truth, and the clips."""
        splits: dict[str, dict[str, Any]] = {"test": {}}
        things: dict[Path, dict[int, Any]] = {}
        for item in items:
            truth, clip, split = item.truth, item.cluster, item.truth["split"]
            videos = splits.setdefault(split, {})
            if clip not in videos:
                _media.save_frames(item.open().media, folder, f"{split}/JPEGImages/{clip}")
            row = {"exp": truth["said"]} | ({"obj_id": truth["thing"]} if truth["masks"] else {})
            videos.setdefault(clip, {"frames": truth["frames"], "expressions": {}})["expressions"][truth["number"]] = (
                row
            )
            if truth["masks"]:
                masks = dict(zip(truth["frames"], truth["masks"], strict=True))
                things.setdefault(folder / split / OUTPUT / clip, {})[int(truth["thing"])] = masks
        for home, found in things.items():
            _masks.write_folder(home, found)
        for split, videos in splits.items():
            path = folder / FILES[split].name
            write_json(path, {"videos": videos})
            mark_as_made(self, path.parent, {FILES[split].name: len(videos)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the folder of PNGs that is submitted."""
        for item in (item for item in items if item.key in given):
            masks = _masks.read(given[item.key].answer, item.truth["frames"])
            _masks.write_grey(path / OUTPUT / item.cluster / item.truth["number"], masks)

    def notes(self, settings: Settings) -> list[str]:
        """Say what has no figure."""
        if "valid" in (settings.skills or SPLITS[:1]):
            return ["the truth of valid is not published: its figures come from the server, youtube-vos.org"]
        return ["unverified: how the server averages is not known"]


def _items(split: str, clip: str, video: Any, settings: Settings) -> Iterator[Item]:
    where = f"meta_expressions of {split}: {clip}"
    names = [str(name) for name in part(video, "frames", list, where)]
    known: dict[int, _masks.Masks] = {}
    if split == "train":
        known = _masks.read_folder(_media.find(settings.data, (f"{split}/{OUTPUT}",), clip), numbers=True)
    for number, row in part(video, "expressions", dict, where).items():
        said, thing = part(row, "exp", str, where), row.get("obj_id")
        truth = {"split": split, "said": said, "number": number, "thing": thing, "frames": names, "masks": []}
        if split == "train":
            masks = {str(one): found for one, found in known.items()}.get(str(thing), {})
            if any(name not in masks for name in names):
                raise DataError(f"{where}: thing {thing!r} of expression {number} has no PNG for each of its frames")
            truth["masks"] = [masks[name] for name in names]
        sample = _media.later(segment(said), _masks.opening(settings.data, (f"{split}/JPEGImages",), clip))
        yield Item(f"{clip}/{number}", _masks.BOTH, sample, clip, said, truth, _masks.PARTS)

"""Pictures and clips beside official files: where they are looked for, clips cut to a span, regions in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench._base import Later
from regard.bench._spans import is_number
from regard.core.errors import DataError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.media.open import open_media
from regard.prompts.sample import Media, Sample
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

SPAN_FRAMES = 32

Pointed = Region | BoundRegion


def find(folder: Path | None, places: Sequence[str], name: str) -> Path:
    """Return the path of a picture, clip or folder of frames, in the first place that has it.

    Raises `DataError` when no place has it, and for a name that leads out of the folder.
    """
    if not isinstance(name, str):
        raise DataError(f"the name of a picture or clip is a text, not {str(name)[:80]}")
    home = Path(folder or ".")
    for place in places:
        path = home / place / name
        if path.exists() and path.resolve().is_relative_to(home.resolve()):
            return path
    raise DataError(f"there is no {name!r} in {str(home)!r}, looked for in {', '.join(map(repr, places))}")


def find_below(folder: Path | None, places: Sequence[str], name: str) -> Path:
    """Return the path of a picture or clip in the first place that has it, or a folder with it. Raises as `find`."""
    home = Path(folder or ".")
    inner = (path for place in places for path in sorted((home / place).glob("*")) if (path / name).exists())
    return find(folder, (*places, *(str(path.relative_to(home)) for path in inner)), name)


def _none(media: Media) -> tuple[Pointed, ...]:
    return ()


def later(question: str, make: Callable[[], Media], regions: Callable[[Media], Sequence[Pointed]] = _none) -> Later:
    """Return a question about media, which are opened when it is asked, and about `regions` in them."""

    def put_together() -> Sample:
        media = make()
        return Sample.build(media, question, regions(media))

    return Later(question, put_together)


def outline(segmentation: Any, size: tuple[int, int]) -> dict[str, Any]:
    """Return the RLE of a COCO segmentation, polygons or an RLE, of a picture of (width, height)."""
    drawn = isinstance(segmentation, list)
    return rle.from_coco_polygons(segmentation, size) if drawn else rle.validate(segmentation, size)


def outlined(segmentation: Any, media: Media, frame: int = 0) -> BoundRegion:
    """Return the region of a COCO segmentation on one frame. Raises `RegionError` for none, or a damaged one."""
    return BoundRegion(media.size, {frame: outline(segmentation, media.size)}, media.frame_count)


def within(media: Clip, start: float, end: float, count: int = SPAN_FRAMES) -> Clip:
    """Return a clip of at most `count` frames spread over a span in seconds; its times start at 0.

    Raises `DataError` when the span lies outside the clip.
    """
    inside = np.flatnonzero((media.times >= start) & (media.times <= end))
    if not len(inside):
        raise DataError(f"no frame lies between {start:g} and {end:g} seconds; the clip lasts {media.duration:g}")
    chosen = inside[np.unique(np.linspace(0, len(inside) - 1, min(count, len(inside))).round().astype(int))]
    times = media.times[chosen]
    return Clip.from_frames(media.frames(chosen.tolist()), times=(times - times[0]).tolist())


def opened_clip(path: Path, span: tuple[float, float] | None = None, fps: float | None = None) -> Media:
    """Return what a path holds, cut to a span in seconds; `fps` is for folders of frames."""
    media = open_media(path, fps=fps)
    return media if span is None or isinstance(media, Image) else within(media, *span)


def save(media: Media, folder: Path, name: str) -> None:
    """Write media under a name of an official file. Raises `DataError` for a name that leads out of the folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"the name {name!r} leads out of the folder {str(folder)!r}")
    path.parent.mkdir(parents=True, exist_ok=True)
    media.save(path)


def save_frames(media: Media, folder: Path, name: str, first: int = 0) -> None:
    """Write the frames of a clip as numbered PNG files in a folder of an official layout; `first` is the first's
    number.
    """
    for number in range(media.frame_count):
        save(Image.from_array(media.frames([number])[0]), folder, f"{name}/{number + first:05d}.png")


def tracked(boxes: Mapping[int, Sequence[float]], media: Media) -> Region:
    """Return the region of boxes (x1, y1, x2, y2) in pixels by frame; those beyond the last frame are left out.

    Raises `DataError` when none is left.
    """
    kept = {frame: list(box) for frame, box in boxes.items() if 0 <= frame < media.frame_count}
    if not kept:
        raise DataError(f"the clip has {media.frame_count} frames, and no box lies on one of them")
    return Region.track(kept)


def corners(box: Sequence[float]) -> list[float]:
    """Return x1, y1, x2, y2 of a box that a file gives as x, y, width, height. Raises `DataError` for anything else."""
    if not isinstance(box, list | tuple) or len(box) != 4 or not all(map(is_number, box)):
        raise DataError(f"a box is x, y, width, height, in numbers; this one is {str(box)[:80]}")
    x, y, width, height = box
    return [x, y, x + width, y + height]


def sides(box: Sequence[float]) -> list[float]:
    """Return x, y, width, height of a box x1, y1, x2, y2."""
    x1, y1, x2, y2 = box
    return [x1, y1, x2 - x1, y2 - y1]

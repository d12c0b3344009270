"""What benchmarks share whose answers are masks over a clip: PNG files by frame, and what task heads found.

An answer is {"masks": {name of a frame: COCO RLE}}, or, of a model with a mask head, {"text", "found"}; all that heads
found in one answer is joined. A frame without a mask has nothing. Text alone is unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from regard.bench import _media
from regard.bench._base import Score
from regard.bench._files import part
from regard.bench.metrics.masks import score_clip
from regard.core.errors import DataError, RegionError
from regard.media.open import open_media
from regard.prompts.sample import USER, Media, Sample, Turn
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.formats.davis import write_numbers

BOTH, PARTS = "J&F", ("J", "F")
FRAME_RATE = 24.0

Masks = dict[str, dict[str, Any]]


def score(answer: Any, truth: Sequence[Mapping[str, Any]], names: Sequence[str], rule: str) -> Score:
    """Score an answer by J&F; unreadable is text without a mask, and a mask that is damaged or of another size.

    truth: the true RLE of each frame; names: those of the frames.
    """
    true_THW = np.stack([rle.decode(mask) for mask in truth])
    try:
        given = read(answer, names)
        if not given:
            return _score(0.0, 0.0, readable=False)
        nothing = np.zeros(true_THW.shape[1:], dtype=bool)
        found = score_clip(
            np.stack([rle.decode(given[name]) if name in given else nothing for name in names]), true_THW, rule
        )
    except (RegionError, DataError, ValueError):
        return _score(0.0, 0.0, readable=False)
    return _score(found.similarity, found.accuracy)


def read(answer: Any, names: Sequence[str]) -> Masks:
    """Return the masks of an answer by the names of its frames; empty for text. Raises `RegionError` and `DataError`
    for damaged ones.
    """
    if not isinstance(answer, Mapping):
        return {}
    if "masks" in answer:
        return {str(name): rle.validate(mask) for name, mask in part(answer, "masks", dict, "an answer").items()}
    joined: dict[str, np.ndarray] = {}
    for frame, mask in found_by_heads(answer):
        if not 0 <= frame < len(names):
            raise DataError(f"a mask lies on frame {frame}, of {len(names)}")
        inside = rle.decode(mask)
        joined[names[frame]] = joined.get(names[frame], np.zeros_like(inside)) | inside
    return {name: rle.encode(inside) for name, inside in joined.items()}


def found_by_heads(answer: Any) -> list[tuple[int, dict[str, Any]]]:
    """Return the frame and the RLE of every mask that heads found in an answer. Raises `DataError` for other things."""
    masks = []
    for one in part(answer, "found", list, "an answer"):
        masks += part(part(one, "result", dict, "what a head found"), "masks", list, "what a mask head found")
    return [(part(mask, "frame", int, "a mask"), rle.validate(part(mask, "rle", dict, "a mask"))) for mask in masks]


def readable(answer: Any, names: Sequence[str]) -> bool:
    """Return whether an answer holds a mask, and none that is damaged."""
    try:
        return bool(read(answer, names))
    except (RegionError, DataError):
        return False


def read_folder(folder: Path, numbers: bool = False) -> dict[int, Masks]:
    """Return the masks of a folder of PNGs by the number of the thing and the name of the frame.

    numbers: pixels hold the number of their thing; otherwise what is not 0 is thing 1. Every thing has a mask on every
    frame that has a PNG. Raises `DataError` for a PNG that cannot be read.
    """
    frames = {path.stem: _pixels(path) for path in sorted(folder.glob("*.png"))}
    if not numbers:
        frames = {name: (pixels > 0).astype(np.uint8) for name, pixels in frames.items()}
    things = sorted(set().union(*(np.unique(pixels).tolist() for pixels in frames.values())) - {0, 255})
    things = things if numbers else [1]
    return {thing: {name: rle.encode(pixels == thing) for name, pixels in frames.items()} for thing in things}


def write_folder(folder: Path, things: Mapping[int, Masks]) -> None:
    """Write a PNG a frame that `read_folder` reads with `numbers`: the value of a pixel is the number of its thing."""
    frames: dict[str, np.ndarray] = {}
    for thing, masks in things.items():
        for name, mask in masks.items():
            inside = rle.decode(mask)
            frames.setdefault(name, np.zeros(inside.shape, dtype=np.uint8))[inside] = thing
    for name, pixels in frames.items():
        write_numbers(folder / f"{name}.png", pixels)


def write_grey(folder: Path, masks: Masks) -> None:
    """Write a PNG a frame, white on black; `read_folder` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, mask in masks.items():
        Pillow.fromarray(rle.decode(mask).astype(np.uint8) * 255).save(folder / f"{name}.png")


def folders(home: Path) -> Iterator[Path]:
    """Yield the folders in a folder, by name."""
    yield from sorted(path for path in home.iterdir() if path.is_dir())


def opening(home: Path | None, places: Sequence[str], name: str) -> Callable[[], Media]:
    """Return what opens a clip that is a folder of frames."""
    return lambda: open_media(_media.find(home, places, name), fps=FRAME_RATE)


def following(make: Callable[[], Media], question: str, mask: Mapping[str, Any], facts: Mapping[str, Any]) -> Sample:
    """Return a question about a thing that is given by its mask on the first frame of a clip."""
    media = make()
    region = BoundRegion(media.size, {0: dict(mask)}, media.frame_count)
    return Sample(media, (region,), (Turn(USER, question),), facts=facts)


def _pixels(path: Path) -> np.ndarray:
    try:
        with Pillow.open(path) as picture:
            pixels = np.array(picture if picture.mode in ("L", "P", "1") else picture.convert("L"))
    except OSError as error:
        raise DataError(f"{path}: no picture: {error}") from error
    return pixels.astype(np.uint8)


def _score(similarity: float, accuracy: float, readable: bool = True) -> Score:
    parts = {"J": (similarity, 1.0), "F": (accuracy, 1.0)}
    return Score((similarity + accuracy) / 2, readable=readable, parts=parts)

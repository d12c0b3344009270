"""What benchmarks share whose answers are a box a frame: text files, and what task heads found.

An answer is a list of boxes [x, y, width, height] in pixels, one a frame, or, of a model with a mask head, {"text",
"found"}: the box around the mask; where there is none, the one before it stays. Text alone is unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _media
from regard.bench._base import Given, Item, Later
from regard.bench._masks import found_by_heads
from regard.core.errors import DataError, RegionError
from regard.core.files import write_text
from regard.media.open import open_media
from regard.prompts.sample import FOLLOWED, Sample
from regard.prompts.tasks import track
from regard.regions import rle
from regard.regions.region import Region

FRAME_RATE = 30.0


def read(answer: Any, count: int, first: Sequence[float]) -> np.ndarray | None:
    """Return boxes (count, 4), x1, y1, x2, y2, in pixels; None for an answer without a box for every frame.

    first: the box of the first frame, where heads answer from.
    """
    try:
        boxes = _found(answer, count, first) if isinstance(answer, Mapping) else answer
        if not isinstance(boxes, list) or len(boxes) < count:
            return None
        array = np.array(boxes[:count], dtype=float)
    except (TypeError, ValueError, OverflowError, DataError, RegionError):
        return None
    if array.shape != (count, 4) or not np.isfinite(array).all() or (array[:, 2:] < 0).any():
        return None
    return np.concatenate([array[:, :2], array[:, :2] + array[:, 2:]], axis=1)


def read_rows(path: Path) -> list[list[float]]:
    """Return the boxes of a text file: x, y, width, height a line, with commas, tabs or spaces between. NaN is kept.

    Raises `DataError` for anything else.
    """
    rows = []
    for number, line in enumerate(text(path).splitlines(), start=1):
        try:
            row = [float(value) for value in line.replace(",", " ").split()]
        except ValueError as error:
            raise DataError(f"{path}:{number}: {line[:80]!r} is no box: {error}") from error
        if len(row) not in (0, 4):
            raise DataError(f"{path}:{number}: a box is x, y, width, height; this line has {len(row)} numbers")
        rows += [row] if row else []
    return rows


def write_rows(path: Path, boxes: Sequence[Sequence[float]]) -> None:
    """Write what `read_rows` reads, as exactly as the numbers are known."""
    write_text(path, "".join(",".join(map(repr, map(float, box))) + "\n" for box in boxes))


def numbers(path: Path) -> list[float]:
    """Return the numbers of a text file, with commas or white space between. Raises `DataError` without it."""
    try:
        return [float(value) for value in text(path).replace(",", " ").split()]
    except ValueError as error:
        raise DataError(f"{path} holds more than numbers: {error}") from error


def following(frames: Path, box: Sequence[float]) -> Later:
    """Return a question about a thing that is given by its box on the first frame of a folder of frames."""

    def make() -> Sample:
        media = open_media(frames, fps=FRAME_RATE)
        region = Region.box(_media.corners(box), frame=0)
        return replace(Sample.build(media, track(), [region]), facts={FOLLOWED: 0})

    return Later(track(), make)


def answered(items: Iterable[Item], given: Mapping[str, Given]) -> Iterator[tuple[str, list[list[float]]]]:
    """Yield the key of each item that has an answer, and its boxes as files hold them; none where they cannot be
    read.
    """
    for item in (item for item in items if item.key in given):
        truth = item.truth["boxes"]
        boxes = read(given[item.key].answer, len(truth), truth[0])
        yield item.key, [] if boxes is None else [_media.sides(box) for box in boxes.tolist()]


def text(path: Path) -> str:
    """Return the text of a file. Raises `DataError` without it."""
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r}")
    return path.read_text(encoding="utf-8", errors="replace")


def _found(answer: Mapping[str, Any], count: int, first: Sequence[float]) -> list[list[float]] | None:
    masks = found_by_heads(answer)
    boxes = {frame: _media.sides(rle.box(mask)) for frame, mask in masks if rle.area(mask)}
    if not boxes:
        return None
    held, filled = list(first), []
    for frame in range(count):
        held = boxes.get(frame, held)
        filled.append(held)
    return filled

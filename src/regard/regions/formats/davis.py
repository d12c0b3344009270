"""DAVIS and Ref-YouTube-VOS: a folder a video, an indexed PNG a frame, the value of a pixel being the number of its
thing.

Traps of the format: 0 is the background and 255 marks pixels nobody decided on, which belong to no thing; the palette
must be kept; two things cannot share a pixel. Frames are named by numbers of which some may be left out (00000, 00005,
..): the frame index used here is the place in the sorted list of names, or in the list of the video's own frames where
that is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from regard.core.errors import DataError, RegionError
from regard.core.files import write_atomic
from regard.regions.bound import BoundRegion
from regard.regions.formats._record import Failure, Reading, Record, by_media, inside, joined
from regard.regions.region import Region

VOID = 255


def read(path: str | Path, frame_names: Sequence[str] | Mapping[str, Sequence[str]] = ()) -> Reading[Record]:
    """Read one video's folder of PNGs, or a folder of such folders; one record a thing, with its number as `id`.

    `frame_names` are the names of the video's own frames, without their endings (a list, or one a video), when not
    every frame has a PNG. A PNG that cannot be used is a failure of the reading; the thing then counts as absent in it.
    Raises `DataError` when there is no PNG at all.
    """
    folder = Path(path)
    videos = (
        [folder]
        if any(folder.glob("*.png"))
        else sorted(child for child in folder.glob("*") if any(child.glob("*.png")))
    )
    if not videos:
        raise DataError(f"{folder} has no PNG, and no folder with any in it")
    names = {video.name: frame_names for video in videos} if not isinstance(frame_names, Mapping) else frame_names
    return joined(_video(video, names.get(video.name, ())) for video in videos)


def _video(folder: Path, frame_names: Sequence[str]) -> Reading[Record]:
    files = sorted(folder.glob("*.png"))
    names = [str(name) for name in frame_names] or [file.stem for file in files]
    tracks: dict[int, dict[int, np.ndarray]] = {}
    failures: list[Failure] = []
    shape: tuple[int, ...] | None = None
    for file in files:
        try:
            numbers = _frame(file, names, shape)
        except RegionError as error:
            failures.append(Failure(str(file), error))
            continue
        shape = numbers.shape
        for number in sorted(set(np.unique(numbers).tolist()) - {0, VOID}):
            tracks.setdefault(number, {})[names.index(file.stem)] = numbers == number
    size = (shape[1], shape[0]) if shape else None
    extra = {"frame_names": names}
    records = [
        Record(folder.name, Region.track(masks), size, len(names), None, number, extra)
        for number, masks in sorted(tracks.items())
    ]
    return Reading(tuple(records), tuple(failures))


def _frame(file: Path, names: list[str], shape: tuple[int, ...] | None) -> np.ndarray:
    if file.stem not in names:
        raise RegionError(f"the video has no frame {file.stem!r}")
    numbers = read_numbers(file)
    if shape is not None and numbers.shape != shape:
        raise RegionError(f"its (height, width) is {numbers.shape}, that of the frames before it {shape}")
    return numbers


def read_numbers(path: Path) -> np.ndarray:
    """Read an indexed or grey PNG as the numbers of its pixels (height, width) uint8.

    Raises `RegionError` for another kind.
    """
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if picture.mode not in ("P", "L", "1"):
                raise RegionError(f"an indexed PNG is expected; this one holds {picture.mode}")
            return np.asarray(picture, dtype=np.uint8)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise RegionError(f"not a PNG that can be read: {error}") from error


def write(folder: str | Path, records: Iterable[Record]) -> Path:
    """Write every record's video as `FOLDER/MEDIA/00000.png` and so on, in the palette DAVIS uses.

    Things are numbered by their `id` where it is a number from 1 to 254, else in their order. Raises `RegionError` when
    two things of one video share a pixel, or a number, or there are more than 254.
    """
    folder = Path(folder)
    for media, group in by_media(records).items():
        count = max(record.frame_count for record in group)
        bounds = dict(zip(_numbered(group), [record.bind(frame_count=count) for record in group], strict=True))
        names = group[0].extra.get("frame_names") or [f"{frame:05d}" for frame in range(count)]
        for frame, name in enumerate(names):
            write_numbers(inside(folder, f"{media}/{name}.png"), _drawn(bounds, frame, media))
    return folder


def _numbered(group: Sequence[Record]) -> list[int]:
    given = [record.id for record in group]
    usable = all(isinstance(number, int) and 1 <= number < VOID for number in given) and len(set(given)) == len(given)
    if len(group) >= VOID:
        raise RegionError(f"{len(group)} things in {group[0].media!r}; an indexed PNG holds {VOID - 1}")
    return [int(number) for number in given if number is not None] if usable else list(range(1, len(group) + 1))


def _drawn(bounds: Mapping[int, BoundRegion], frame: int, media: str) -> np.ndarray:
    """Return the numbers of the pixels of one frame. Raises `RegionError` when two things share one."""
    width, height = next(iter(bounds.values())).size
    numbers = np.zeros((height, width), dtype=np.uint8)
    for number, bound in bounds.items():
        mask = bound.mask(frame)
        if (numbers[mask] > 0).any():
            other = int(numbers[mask].max())
            raise RegionError(
                f"things {other} and {number} of {media!r} share pixels in frame {frame}; an indexed PNG has one"
                " number a pixel. Write youtube_vis or sav, which keep both"
            )
        numbers[mask] = number
    return numbers


def write_numbers(path: Path, numbers: np.ndarray) -> Path:
    """Write numbers (height, width) uint8 as an indexed PNG with the palette of DAVIS."""
    picture = Image.fromarray(numbers)
    picture.putpalette(palette())
    return write_atomic(path, partial(picture.save, format="PNG"))


def palette() -> list[int]:
    """Return the 256 colours of PASCAL VOC and DAVIS as red, green, blue, .. (a number's bits, dealt out in turn)."""
    numbers = np.arange(256)
    colours = np.zeros((256, 3), dtype=np.int64)
    for place in range(8):
        for channel in range(3):
            colours[:, channel] |= ((numbers >> (3 * place + channel)) & 1) << (7 - place)
    return colours.ravel().tolist()

"""SA-V: masklets annotated at 6 frames a second on videos of 24.

Traps of the format: the training JSON counts its own frames, so that entry k is frame 4 k of the video; the folders of
the validation and test sets name PNGs by the video's frames and have one folder a thing, so things may overlap. The
frames between two annotated ones are not annotated; here they are simply not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from regard.core.errors import DataError, RegionError
from regard.core.files import read_json, write_atomic, write_json
from regard.regions import rle
from regard.regions.checks import whole
from regard.regions.formats._record import (
    Failure,
    Reading,
    Record,
    by_media,
    collect,
    identifier,
    ids_of,
    inside,
    joined,
    listed,
    need,
)
from regard.regions.formats.davis import read_numbers
from regard.regions.region import Region

STEP = 4  # frames of a 24 fps video from one annotation to the next at 6 fps


def read(path: str | Path, frame_count: int | None = None) -> Reading[Record]:
    """Read a `..._manual.json` or `..._auto.json` file, or a folder VIDEO/THING/FRAME.png (or a folder of such videos).

    Frames are those of the video. `frame_count` is needed for folders, which do not say it, to bind the last frames. A
    masklet that cannot be used is a failure of the reading. Raises `DataError` for anything else.
    """
    path = Path(path)
    if path.is_file():
        return _read_json(path)
    videos = sorted({file.parent.parent for file in path.rglob("*.png")})
    if not videos:
        raise DataError(f"{path} is neither a SA-V JSON file nor a folder VIDEO/THING/FRAME.png")
    return joined(_read_folder(video, frame_count) for video in videos)


def _read_json(path: Path) -> Reading[Record]:
    data = read_json(path)
    frames = listed(need(data, "masklet", str(path)), "'masklet'")
    things = max((len(frame) for frame in frames if isinstance(frame, list)), default=0)
    sources = ((f"{path}: masklet {thing}", thing) for thing in range(things))
    return collect(sources, lambda thing: [_masklet(path, data, frames, thing)])


def _masklet(path: Path, data: Mapping[str, Any], frames: list[Any], thing: int) -> Record:
    found: dict[int, Region | None] = {}
    for at, frame in enumerate(frames):
        listed(frame, f"frame {at} of 'masklet'")
        mask = frame[thing] if thing < len(frame) else None
        found[at * STEP] = None if mask is None or not rle.area(mask) else Region.rle(mask)
    track = Region.track(found)
    size = next(tuple(region.data["size"][::-1]) for region in track.data.values() if region is not None)
    count = data.get("video_frame_count", (len(frames) - 1) * STEP + 1)
    if isinstance(count, float) and count.is_integer():
        count = int(count)  # the published files write it as 329.0
    count = whole(count, "'video_frame_count'", 1)
    per_thing = {key: value for key, value in data.items() if key.startswith("masklet_")}
    parts = {key: value[thing] for key, value in per_thing.items() if _one_each(value, thing)}
    number = identifier(parts.get("masklet_id", thing), "'masklet_id'")
    return Record(str(data.get("video_id", path.stem)), track, size, count, None, number, parts)


def _one_each(value: Any, thing: int) -> bool:
    return isinstance(value, list) and thing < len(value)


def _read_folder(video: Path, frame_count: int | None) -> Reading[Record]:
    records: list[Record] = []
    failures: list[Failure] = []
    for thing in sorted(child for child in video.iterdir() if child.is_dir()):
        masks: dict[int, np.ndarray] = {}
        for file in sorted(thing.glob("*.png")):
            try:
                masks[_frame(file)] = read_numbers(file) != 0
            except RegionError as error:
                failures.append(Failure(str(file), error))
        try:
            shape = next(iter(masks.values())).shape if masks else (0, 0)
            seen = {frame: mask if mask.any() else None for frame, mask in masks.items()}
            count = frame_count or max(masks, default=0) + 1
            records.append(Record(video.name, Region.track(seen), (shape[1], shape[0]), count, None, thing.name))
        except RegionError as error:
            failures.append(Failure(str(thing), error))
    return Reading(tuple(records), tuple(failures))


def _frame(file: Path) -> int:
    if not file.stem.isdigit():
        raise RegionError(f"{file.name} is not named by a frame number")
    return int(file.stem)


def write(path: str | Path, records: Iterable[Record], *, drop: bool = False) -> Path:
    """Write one video's records as JSON (a path that ends in .json), or any number of videos as folders of PNGs.

    Only every fourth frame has a place in the file; a region at another frame raises `RegionError` unless `drop=True`
    leaves such frames out. Raises `DataError` for several videos in one JSON file.
    """
    path, groups = Path(path), by_media(records)
    tracks = {media: [_thinned(record, drop) for record in group] for media, group in groups.items()}
    if path.suffix != ".json":
        for media, group in groups.items():
            _write_folder(inside(path, media), group, tracks[media])
        return path
    if len(groups) != 1:
        raise DataError(f"one SA-V JSON file holds one video; there are {len(groups)}: {', '.join(groups)}")
    media, group = next(iter(groups.items()))
    return write_json(path, _json(media, group, tracks[media]))


def _thinned(record: Record, drop: bool) -> dict[int, dict[str, Any]]:
    """Return the masks at every fourth frame."""
    bound = record.bind()
    between = [frame for frame in bound.frames if frame % STEP]
    if between and not drop:
        raise RegionError(
            f"region {record.id} of {record.media!r} has masks between the annotated frames, at {between[0]} for one;"
            f" SA-V keeps every {STEP}th. Pass drop=True to leave them out"
        )
    kept = {frame: found for frame, found in bound.rles.items() if frame % STEP == 0}
    if not kept:
        raise RegionError(
            f"region {record.id} of {record.media!r} is seen at no frame that SA-V keeps (every {STEP}th)"
        )
    return kept


def _json(media: str, group: list[Record], tracks: list[dict[int, dict[str, Any]]]) -> dict[str, Any]:
    count = max(record.frame_count for record in group)
    height, width = next(iter(tracks[0].values()))["size"]
    nothing = rle.encode(np.zeros((height, width), dtype=bool))
    frames = range(0, count, STEP)
    return {
        "video_id": media,
        "video_frame_count": count,
        "video_height": height,
        "video_width": width,
        "masklet": [[track.get(frame, nothing) for track in tracks] for frame in frames],
        "masklet_id": ids_of(group, first=0),
        "masklet_num": len(group),
        "masklet_frame_count": [len(frames)] * len(group),
    }


def _write_folder(folder: Path, group: list[Record], tracks: list[dict[int, dict[str, Any]]]) -> None:
    for thing, (record, track) in enumerate(zip(group, tracks, strict=True)):
        home = inside(folder, str(record.id) if record.id is not None else f"{thing:03d}")
        height, width = next(iter(track.values()))["size"]
        for frame in range(0, record.frame_count, STEP):
            mask = rle.decode(track[frame]) if frame in track else np.zeros((height, width), dtype=bool)
            picture = Image.fromarray(mask.astype(np.uint8) * 255)
            write_atomic(home / f"{frame:05d}.png", partial(picture.save, format="PNG"))

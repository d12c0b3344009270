"""YouTube-VIS JSON (also OVIS, and MeViS masks brought to it): one RLE or null a frame.

Traps of the format: `null` means that the thing is absent in that frame; the frames are those of the video's
`file_names`, in that order, which is the frame index used here. Boxes are x, y, width, height.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from regard.core.errors import RegionError
from regard.core.files import read_json, write_json
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.formats import coco
from regard.regions.formats._record import Reading, Record, by_media, collect, ids_of, keyed, listed, need, size_of
from regard.regions.region import Region

_OWN = ("id", "video_id", "category_id", "segmentations", "bboxes", "areas", "width", "height", "length")


def read(path: str | Path) -> Reading[Record]:
    """Read an instances file with `videos`, or a results file (a plain list), whose videos are then named by their id.

    `media` is the folder of the video's first frame; `extra["file_names"]` keeps the frames' names. Raises `DataError`
    when the file is not JSON; an annotation that cannot be used is a failure of the reading.
    """
    data = read_json(path)
    if isinstance(data, list):
        data = {"annotations": data}
    annotations = listed(need(data, "annotations", f"{path}"), "'annotations'")
    videos = keyed(data.get("videos", []), f"'videos' of {path}")
    names = keyed(data.get("categories", []), f"'categories' of {path}")
    sources = ((f"{path}: annotation {coco.called(row, at)}", row) for at, row in enumerate(annotations))
    return collect(sources, lambda row: [_record(row, videos, names)])


def _record(row: Mapping[str, Any], videos: Mapping[Any, Any], categories: Mapping[Any, Any]) -> Record:
    video = coco.home_of(row, "video_id", videos)
    size = size_of(video)
    masks = listed(need(row, "segmentations", "an annotation"), "'segmentations'")
    files = [str(name) for name in listed(video.get("file_names", []), "'file_names'")]
    if files and len(files) != len(masks):
        raise RegionError(f"the video has {len(files)} frames and the annotation {len(masks)} segmentations")
    found = Region.track({frame: _mask(mask, size, frame) for frame, mask in enumerate(masks)})
    if size is None:
        size = next(tuple(region.data["size"][::-1]) for region in found.data.values() if region is not None)
    extra = {key: value for key, value in row.items() if key not in _OWN}
    if files:
        extra["file_names"] = files
    name = str(PurePosixPath(files[0]).parent) if files else str(row["video_id"])
    return Record(name, found, size, len(masks), coco.label_of(row, categories), row.get("id"), extra)


def _mask(segmentation: Any, size: tuple[int, int] | None, frame: int) -> Region | None:
    if segmentation is None:
        return None
    try:
        found = rle.validate(coco.read_segmentation(segmentation, size), size)
        return Region.rle(found) if rle.area(found) else None
    except RegionError as error:
        raise type(error)(f"frame {frame}: {error}") from error


def write(path: str | Path, records: Iterable[Record]) -> Path:
    """Write records of clips.

    Frames keep the names they were read with, else they are named `MEDIA/00000.jpg` and so on. Regions without an id,
    or with one that a region of another clip has before them, are numbered.

    Raises `RegionError` for a record whose size is unknown.
    """
    groups = by_media(records)
    ordered = [record for group in groups.values() for record in group]
    ids = iter(ids_of(ordered))
    labels = sorted({record.label for record in ordered if record.label is not None})
    categories = {label: number for number, label in enumerate(labels, start=1)}
    videos: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for video_id, (media, group) in enumerate(groups.items(), start=1):
        count = max(record.frame_count for record in group)
        bounds = [record.bind(frame_count=count) for record in group]
        names = group[0].extra.get("file_names") or [f"{media}/{frame:05d}.jpg" for frame in range(count)]
        width, height = bounds[0].size
        videos.append({"id": video_id, "file_names": names, "width": width, "height": height, "length": count})
        for record, bound in zip(group, bounds, strict=True):
            row = {**_written(record, bound), "id": next(ids)}
            annotations.append({**row, "video_id": video_id, "category_id": categories.get(record.label or "")})
    kinds = [{"id": number, "name": label} for label, number in categories.items()]
    return write_json(path, {"videos": videos, "annotations": annotations, "categories": kinds})


def _written(record: Record, bound: BoundRegion) -> dict[str, Any]:
    frames = range(bound.frame_count)
    row = {key: value for key, value in record.extra.items() if key != "file_names"}
    row["segmentations"] = [bound.rles.get(frame) for frame in frames]
    row["bboxes"] = [_box(bound.box(frame)) if frame in bound.rles else None for frame in frames]
    row["areas"] = [bound.area(frame) if frame in bound.rles else None for frame in frames]
    return row


def _box(corners: tuple[int, int, int, int]) -> list[int]:
    x1, y1, x2, y2 = corners
    return [x1, y1, x2 - x1, y2 - y1]

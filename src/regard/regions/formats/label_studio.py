"""Label Studio JSON exports: rectangles, polygons, brushes, key points and ellipses on images; rectangles through
videos.

Traps of the format: coordinates are percent of the original image; a rectangle may be turned about its top left corner;
frames count from 1; in a video a key frame with `enabled` holds, changing evenly, until the next one, and one without
ends there; a brush has an RLE of its own (`_brush.py`). A label made on a picture that was turned in the tool is
refused, since the export does not say enough to turn it back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from regard.core.errors import RegionError
from regard.core.files import read_json, write_json
from regard.regions.checks import number, whole
from regard.regions.formats import _brush
from regard.regions.formats._record import (
    Reading,
    Record,
    by_media,
    collect,
    ids_of,
    joined,
    listed,
    mapping,
    need,
    size_of,
)
from regard.regions.region import Region
from regard.regions.units import from_pixels, to_pixels

_CORNERS_OF_AN_ELLIPSE = 90
_SLACK = 1e-4  # percent; the tool's own rounding at the edge of the picture


def read(path: str | Path) -> Reading[Record]:
    """Read an export (the full JSON, not JSON-MIN); one record a labelled shape, `label` its first label.

    Boxes stay boxes in percent; a turned box and an ellipse (as 90 corners) become polygons; a brush becomes a mask.
    Raises `DataError` when the file is not JSON; a task or shape that cannot be used is a failure of the reading. Ids
    are those of one annotation: two people who began with the same prediction have the same.
    """
    readings = []
    for at, task in enumerate(listed(read_json(path), f"{path}")):
        where = f"{path}: task {task.get('id', at)}" if isinstance(task, Mapping) else f"{path}: task {at}"
        for shapes in _annotations(task):
            sources = [(f"{where}: {place}", (task, shape)) for place, shape in shapes]
            readings.append(collect(sources, lambda pair: _records(*pair)))
    return joined(readings)


def _annotations(task: Any) -> list[list[tuple[str, Any]]]:
    """Return the shapes of each annotation of a task, and where each stands."""
    annotations = task.get("annotations") if isinstance(task, Mapping) else None
    if not isinstance(annotations, list):
        return [[("'annotations'", None)]]
    found = []
    for at, annotation in enumerate(annotations):
        results = annotation.get("result") if isinstance(annotation, Mapping) else None
        shapes = results if isinstance(results, list) else [None]
        found.append([(f"annotation {at}, shape {place}", shape) for place, shape in enumerate(shapes)])
    return found


def _records(task: Any, shape: Any) -> list[Record]:
    """Return the record of one shape; none for what is no shape (a choice, a text, a relation)."""
    kind = need(shape, "type", "a shape")
    if not isinstance(kind, str) or kind not in _READERS:
        return []
    value = mapping(need(shape, "value", "a shape"), "a shape's 'value'")
    if shape.get("image_rotation", 0) not in (0, None):
        raise RegionError(
            f"it was labelled on a picture turned by {shape['image_rotation']!r} degrees; label it upright"
        )
    size = size_of(shape, "original_width", "original_height")
    count = whole(value.get("framesCount", 1), "'framesCount'", 1) if kind == "videorectangle" else 1
    region = _READERS[kind](value, size)
    labels = value.get(kind) if kind != "videorectangle" else value.get("labels")
    label = str(labels[0]) if isinstance(labels, list) and labels else None
    extra = {key: item for key, item in shape.items() if key in ("from_name", "to_name", "score", "origin")}
    return [Record(_media(task), region, size, count, label, shape.get("id"), extra)]


def _media(task: Mapping[str, Any]) -> str:
    data = need(task, "data", "a task")
    found = [data[key] for key in ("image", "video") if isinstance(data, Mapping) and isinstance(data.get(key), str)]
    if not found:
        raise RegionError("the task's 'data' names no image or video")
    return found[0]


def _rectangle(value: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    x, y, width, height = (number(need(value, key, "a rectangle"), repr(key)) for key in ("x", "y", "width", "height"))
    turn = number(value.get("rotation", 0), "'rotation'")
    if turn % 360 == 0:
        return Region.box([_edge(part) for part in (x, y, x + width, y + height)], unit="percent")
    corners = np.asarray([(0, 0), (width, 0), (width, height), (0, height)])
    return _turned(corners, (x, y), turn, _known(size, "a turned rectangle"))


def _ellipse(value: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    keys = ("x", "y", "radiusX", "radiusY")
    x, y, radius_x, radius_y = (number(need(value, key, "an ellipse"), repr(key)) for key in keys)
    angles = np.arange(_CORNERS_OF_AN_ELLIPSE) * (2 * math.pi / _CORNERS_OF_AN_ELLIPSE)
    corners = np.stack([radius_x * np.cos(angles), radius_y * np.sin(angles)], axis=1)
    return _turned(corners, (x, y), number(value.get("rotation", 0), "'rotation'"), _known(size, "an ellipse"))


def _turned(offsets: np.ndarray, origin: tuple[float, float], degrees: float, size: tuple[int, int]) -> Region:
    """Return a polygon in pixels from offsets in percent that are turned, in pixels, about their origin."""
    scale = np.asarray(size) / 100
    angle = math.radians(degrees)
    turn = np.asarray([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return Region.polygon(np.asarray(origin) * scale + (offsets * scale) @ turn)


def _polygon(value: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    points = listed(need(value, "points", "a polygon"), "'points'")
    flat = [_edge(number(part, f"point {at}")) for at, point in enumerate(points) for part in listed(point, "a point")]
    return Region.polygon(flat, unit="percent")


def _point(value: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    return Region.point(
        *(_edge(number(need(value, key, "a key point"), repr(key))) for key in ("x", "y")), unit="percent"
    )


def _stroke(value: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    if value.get("format") != "rle":
        raise RegionError(f"a brush of format {value.get('format')!r}; 'rle' is the one that is known")
    return Region.mask(_brush.decode(need(value, "rle", "a brush"), _known(size, "a brush")))


def _video(value: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    """Return a track of boxes: the key frames, and what lies after each while it is enabled."""
    keys: dict[int, tuple[bool, Region]] = {}
    for key in listed(need(value, "sequence", "a video rectangle"), "'sequence'"):
        frame = whole(need(key, "frame", "a key frame"), "a key frame's 'frame'", 1) - 1
        if frame in keys:
            raise RegionError(f"frame {frame + 1} (counted from 1) is there twice in the sequence")
        keys[frame] = (bool(key.get("enabled", True)), _rectangle(key, size))
    frames = sorted(keys)
    track = {frame: keys[frame][1] for frame in frames}
    for start, end in zip(frames, frames[1:], strict=False):
        if keys[start][0] and end > start + 1:
            track |= Region.track({start: keys[start][1], end: keys[end][1]}, interpolate=True).data
    if frames and keys[frames[-1]][0]:
        count = whole(value.get("framesCount", 1), "'framesCount'", 1)
        track |= dict.fromkeys(range(frames[-1] + 1, count), keys[frames[-1]][1])
    return Region.track(track)


_READERS: dict[str, Callable[[Mapping[str, Any], tuple[int, int] | None], Region]] = {
    "rectanglelabels": _rectangle,
    "rectangle": _rectangle,
    "ellipselabels": _ellipse,
    "ellipse": _ellipse,
    "polygonlabels": _polygon,
    "polygon": _polygon,
    "keypointlabels": _point,
    "keypoint": _point,
    "brushlabels": _stroke,
    "brush": _stroke,
    "videorectangle": _video,
}


def _edge(percent: float) -> float:
    """Bring what the tool's rounding left just outside 0..100 back to the edge."""
    return min(max(percent, 0.0), 100.0) if -_SLACK <= percent <= 100 + _SLACK else percent


def _known(size: tuple[int, int] | None, what: str) -> tuple[int, int]:
    if size is None:
        raise RegionError(f"{what} needs 'original_width' and 'original_height', which the shape does not say")
    return size


def write(path: str | Path, records: Iterable[Record]) -> Path:
    """Write records as tasks that the tool imports.

    Boxes, polygons of one ring and points are written as such, the rest as brushes, a track as a video rectangle with
    a key frame a frame. Raises `RegionError` for a record whose size is unknown, a scribble or several points, and a
    track of anything but boxes, none of which the format can hold.
    """
    tasks = []
    for media, group in by_media(records).items():
        clip = any(record.region.kind == "track" for record in group)
        shapes = [_shape(record, name) for record, name in zip(group, ids_of(group, first=0), strict=True)]
        tasks.append({"data": {"video" if clip else "image": media}, "annotations": [{"result": shapes}]})
    return write_json(path, tasks)


def _shape(record: Record, name: int | str) -> dict[str, Any]:
    region, size = record.region, _known(record.size, f"region {record.id} of {record.media!r}")
    kind, value = _shape_of(record, size)
    value["labels" if kind == "videorectangle" else kind] = [] if record.label is None else [record.label]
    names = {"from_name": "label", "to_name": "video" if region.kind == "track" else "image"}
    place = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
    return {"id": str(name), "type": kind, **names, **place, "value": value}


def _shape_of(record: Record, size: tuple[int, int]) -> tuple[str, dict[str, Any]]:
    """Return the tool's name for a shape, and its value. Raises `RegionError` for what the tool cannot hold."""
    region = record.region
    if region.kind == "track":
        return "videorectangle", _sequence(record, size)
    if region.kind == "box":
        return "rectanglelabels", _percent_box(region, size)
    if region.kind == "polygon" and len(region.data) == 1:
        return "polygonlabels", {"points": _percent(region, region.data[0], size).tolist(), "closed": True}
    if region.kind == "point" and len(region.data) == 1:
        x, y = _percent(region, region.data[0][:2], size)[0].tolist()
        return "keypointlabels", {"x": x, "y": y, "width": 0.5}
    if region.kind not in ("mask", "rle", "polygon"):
        raise RegionError(f"Label Studio has no shape for a {region.kind}; bind it and write its mask")
    bound = record.bind()
    return "brushlabels", {"format": "rle", "rle": _brush.encode(bound.mask(bound.frames[0]))}


def _sequence(record: Record, size: tuple[int, int]) -> dict[str, Any]:
    """Return a video rectangle's value: a key frame for every box, not enabled where the next frame has none."""
    boxes = {frame: region for frame, region in record.region.data.items() if region is not None}
    other = [f"{region.kind} at frame {frame}" for frame, region in boxes.items() if region.kind != "box"]
    if other:
        raise RegionError(
            f"a video in Label Studio holds boxes; region {record.id} of {record.media!r} has a {other[0]}"
        )
    keys = [
        {"frame": frame + 1, "enabled": frame + 1 in boxes, **_percent_box(region, size)}
        for frame, region in boxes.items()
    ]
    return {"framesCount": record.frame_count, "sequence": keys}


def _percent(region: Region, values: Any, size: tuple[int, int]) -> np.ndarray:
    return from_pixels(to_pixels(values, region.unit, size), "percent", size)


def _percent_box(region: Region, size: tuple[int, int]) -> dict[str, Any]:
    x1, y1, x2, y2 = _percent(region, region.data, size).ravel().tolist()
    return {"x": x1, "y": y1, "width": x2 - x1, "height": y2 - y1, "rotation": 0}

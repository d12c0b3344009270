"""COCO instances JSON: boxes, polygons and run-length masks on still images.

Traps of the format: boxes are x, y, width, height in pixels; a `segmentation` is a list of polygons (which are joined,
and cannot hold a hole), an RLE with a list of counts, or one with a packed string; `size` is [height, width]. Polygons
are filled here as COCO's own tools fill them, so masks are equal to theirs to the pixel. A mask is written as a polygon
only where COCO fills that polygon to exactly the same pixels, and as an RLE otherwise; so holes and parts survive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from regard.core.errors import InputError, RegionError
from regard.core.files import read_json, write_json
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.checks import flat, number
from regard.regions.formats._record import (
    Reading,
    Record,
    by_media,
    collect,
    identifier,
    ids_of,
    keyed,
    listed,
    need,
    size_of,
)
from regard.regions.region import Region
from regard.regions.units import to_pixels

_OWN = ("id", "image_id", "category_id", "segmentation", "area")


def read(path: str | Path) -> Reading[Record]:
    """Read an instances file, or a results file (a plain list of annotations, whose images are then named by their id).

    `label` is the category's name; `extra` keeps every other part of an annotation, polygons included. Raises
    `DataError` when the file is not JSON; an annotation that cannot be used is a failure of the reading.
    """
    data = read_json(path)
    if isinstance(data, list):
        data = {"annotations": data}
    annotations = listed(need(data, "annotations", f"{path}"), "'annotations'")
    images = keyed(data.get("images", []), f"'images' of {path}")
    names = keyed(data.get("categories", []), f"'categories' of {path}")
    sources = ((f"{path}: annotation {called(row, at)}", row) for at, row in enumerate(annotations))
    return collect(sources, lambda row: [_record(row, images, names)])


def called(row: Any, at: int) -> Any:
    """Return what to call an annotation in a message: its id, or its place in the list."""
    return row.get("id", f"at index {at}") if isinstance(row, Mapping) else f"at index {at}"


def label_of(row: Mapping[str, Any], categories: Mapping[int | str, Mapping[str, Any]]) -> str | None:
    """Return the name of an annotation's category, the category's id where it has no name."""
    if row.get("category_id") is None:
        return None
    number = identifier(row["category_id"], "'category_id'")
    return str(categories.get(number, {}).get("name", number))


def home_of(row: Mapping[str, Any], key: str, homes: Mapping[int | str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the image or video an annotation belongs to. Raises `RegionError` when the file does not have it."""
    number = identifier(need(row, key, "an annotation"), repr(key))
    if homes and number not in homes:
        raise RegionError(f"there is no {key.removesuffix('_id')} {number!r} in the file")
    return homes.get(number, {})


def _record(row: Mapping[str, Any], images: Mapping[Any, Any], categories: Mapping[Any, Any]) -> Record:
    image = home_of(row, "image_id", images)
    size = size_of(image)
    region = read_region(row, size)
    if size is None and region.kind == "rle":
        size = tuple(region.data["size"][::-1])
    extra = {key: value for key, value in row.items() if key not in _OWN}
    if isinstance(row.get("segmentation"), list) and row["segmentation"]:
        extra["polygons"] = row["segmentation"]
    media = str(image.get("file_name", row["image_id"]))
    return Record(media, region, size, 1, label_of(row, categories), row.get("id"), extra)


def read_region(row: Mapping[str, Any], size: tuple[int, int] | None) -> Region:
    """Return the region of an annotation, its `segmentation` or else its `bbox`; `size` is (width, height).

    Raises `RegionError` for neither, and for an RLE of another size.
    """
    segmentation = row.get("segmentation")
    if segmentation:
        found = read_segmentation(segmentation, size)
        return Region.rle(found if size is None else rle.validate(found, size))
    corners = flat(need(row, "bbox", "an annotation without a segmentation"), "a bbox")
    if len(corners) != 4:
        raise RegionError(f"a bbox is x, y, width, height; got {len(corners)} values")
    x, y, width, height = (number(value, f"value {at} of the bbox") for at, value in enumerate(corners))
    return Region.box(x, y, x + width, y + height)


def read_segmentation(segmentation: Any, size: tuple[int, int] | None) -> Mapping[str, Any]:
    """Return a COCO segmentation as an RLE; polygons need the image's (width, height), or `RegionError` is raised."""
    if isinstance(segmentation, Mapping):
        return segmentation
    if size is None:
        raise RegionError("polygons need the width and height of their image, which the file does not say")
    return rle.from_coco_polygons(segmentation, size)


def write(path: str | Path, records: Iterable[Record], *, packed: bool = True) -> Path:
    """Write records of images as an instances file; `packed=False` writes counts as lists of numbers.

    Categories and image ids are numbered from 1, and so are regions without an id, or with one that a region of another
    image has before them. A region given as a box is written as that box without a segmentation; any other with its
    mask and the mask's tight box. Raises `RegionError` for a record whose size is unknown, naming it.
    """
    groups = by_media(records)
    ordered = [record for group in groups.values() for record in group]
    ids = iter(ids_of(ordered))
    labels = sorted({record.label for record in ordered if record.label is not None})
    categories = {label: number for number, label in enumerate(labels, start=1)}
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (media, group) in enumerate(groups.items(), start=1):
        bounds = [_bound(record) for record in group]
        images.append({"id": image_id, "file_name": media, "width": bounds[0].size[0], "height": bounds[0].size[1]})
        for record, bound in zip(group, bounds, strict=True):
            row = {"id": next(ids), "image_id": image_id, **_written(record, bound, packed)}
            annotations.append({**row, "category_id": categories.get(record.label or "")})
    kinds = [{"id": number, "name": label} for label, number in categories.items()]
    return write_json(path, {"images": images, "annotations": annotations, "categories": kinds})


def _bound(record: Record) -> BoundRegion:
    try:
        return record.bind()
    except InputError as error:
        raise type(error)(f"{record.media}, region {record.id}: {error}") from error


def _written(record: Record, bound: BoundRegion, packed: bool) -> dict[str, Any]:
    extra = {key: value for key, value in record.extra.items() if key not in ("polygons", "bbox", "iscrowd")}
    row: dict[str, Any] = {**extra, "iscrowd": record.extra.get("iscrowd", 0), "bbox": coco_box(record.region, bound)}
    if record.region.kind == "box":
        return {**row, "area": row["bbox"][2] * row["bbox"][3]}
    frame = bound.frames[0]
    segmentation = _polygons(record, bound.rles[frame])
    return {**row, "area": bound.area(frame), "segmentation": segmentation or written_rle(bound.rles[frame], packed)}


def coco_box(region: Region, bound: BoundRegion) -> list[float]:
    """Return x, y, width, height in pixels: of the box as it was given, or of the tight box of the mask."""
    given = region.kind == "box"
    corners = to_pixels(region.data, region.unit, bound.size).ravel() if given else bound.box(bound.frames[0])
    x1, y1, x2, y2 = (float(value) for value in corners)
    return [x1, y1, x2 - x1, y2 - y1]


def written_rle(found: Mapping[str, Any], packed: bool = True) -> dict[str, Any]:
    """Return an RLE with its counts as a string, or as a list of numbers."""
    counts = found["counts"] if packed else rle.unpack(found["counts"]).tolist()
    return {"size": list(found["size"]), "counts": counts}


def _polygons(record: Record, found: Mapping[str, Any]) -> list[list[float]] | None:
    """Return the polygons a region came as, if COCO fills them to the very pixels of the mask."""
    polygons = record.extra.get("polygons")
    if polygons is None and record.region.kind == "polygon" and record.size:
        rings = [to_pixels(ring, record.region.unit, record.size) for ring in record.region.data]
        polygons = [ring.ravel().tolist() for ring in rings]
    if polygons is None:
        return None
    try:
        filled = rle.from_coco_polygons(polygons, (found["size"][1], found["size"][0]))
    except RegionError:
        return None  # COCO's tools cannot fill it at all, so it is written as an RLE
    return polygons if (rle.decode(filled) == rle.decode(found)).all() else None

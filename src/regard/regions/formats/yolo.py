"""YOLO text labels: a file an image, a line a thing, shares of the picture's width and height.

Traps of the format: a box is its centre, width and height; a segment is one ring, so a polygon with a hole or several
parts has no form of its own. A mask is written as the outline of its pixels in one ring, whose parts and holes are
joined by lines that run there and back and so enclose nothing: read with the even-odd rule it is the same mask to the
pixel. The files hold neither sizes nor the names of the classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from regard.core.errors import DataError, RegionError
from regard.core.files import write_text
from regard.regions import raster
from regard.regions.formats._record import Reading, Record, by_media, collect, inside, joined
from regard.regions.region import Region
from regard.regions.units import from_pixels, to_pixels

_SLACK = 1e-5  # what six decimals of a centre and a width leave over at the edge of the picture
_DIGITS = 9


def read(
    path: str | Path,
    *,
    classes: Sequence[str] = (),
    sizes: Mapping[str, tuple[int, int]] | None = None,
) -> Reading[Record]:
    """Read a label file or a folder of them; `media` is the file's name without its ending.

    `classes` are the names of the classes, in order (a `classes.txt` in the folder is used when they are left out);
    `sizes` maps media to (width, height), which the format does not hold. A line that cannot be used is a failure of
    the reading. Raises `DataError` when there is no label file.
    """
    path = Path(path)
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*.txt") if file.name != "classes.txt")
    if not files:
        raise DataError(f"there is no label file at {path}")
    listing = (path.parent if path.is_file() else path) / "classes.txt"
    names = list(classes) or (listing.read_text(encoding="utf-8").split("\n") if listing.is_file() else [])
    return joined(_file(file, path, names, sizes or {}) for file in files)


def _file(file: Path, root: Path, names: Sequence[str], sizes: Mapping[str, tuple[int, int]]) -> Reading[Record]:
    media = file.stem if file == root else str(file.relative_to(root).with_suffix("").as_posix())
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{file}: not a text file: {error}") from error
    sources = ((f"{file}:{at}", line) for at, line in enumerate(lines, start=1) if line.strip())
    return collect(sources, lambda line: [_record(line, media, names, sizes.get(media))])


def _record(line: str, media: str, names: Sequence[str], size: tuple[int, int] | None) -> Record:
    words = line.split()
    if not words[0].isdigit():
        raise RegionError(f"the class is {words[0]!r}; it is a whole number")
    try:
        values = [float(word) for word in words[1:]]
    except ValueError as error:
        raise RegionError(f"not a number: {error}") from error
    kind = int(words[0])
    label = names[kind] if kind < len(names) and names[kind] else str(kind)
    extra: dict[str, float] = {"class": kind}
    if len(values) == 5:
        extra["score"] = values[4]
    return Record(media, _region(values), size, 1, label, None, extra)


def _region(values: list[float]) -> Region:
    if len(values) in (4, 5):
        x, y, width, height = values[:4]
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        return Region.box([_edge(part) for part in corners], unit="norm1")
    if len(values) < 6 or len(values) % 2:
        raise RegionError(
            f"{len(values)} values after the class; a box has 4 (5 with its score), a segment pairs, 6 or more"
        )
    return Region.polygon([_edge(part) for part in values], unit="norm1")


def _edge(share: float) -> float:
    """Bring what rounding left just outside 0..1 back to the edge."""
    return min(max(share, 0.0), 1.0) if -_SLACK <= share <= 1 + _SLACK else share


def write(folder: str | Path, records: Iterable[Record], *, classes: Sequence[str] = ()) -> Path:
    """Write `FOLDER/MEDIA.txt` for every image, and `classes.txt` with the names of the classes.

    Boxes are written as boxes, everything else as the outline of its mask. Raises `RegionError` for a record whose size
    is unknown and for a track, and `DataError` for a label that is not among `classes` where these are given.
    """
    folder = Path(folder)
    groups = by_media(records)
    labels = [record.label or "thing" for group in groups.values() for record in group]
    names = list(classes) or sorted(set(labels))
    missing = sorted(set(labels) - set(names))
    if missing:
        raise DataError(f"the label {missing[0]!r} is not among the classes: {', '.join(names)}")
    for media, group in groups.items():
        lines = [f"{names.index(record.label or 'thing')} {_values(record)}\n" for record in group]
        write_text(inside(folder, f"{Path(media).with_suffix('').as_posix()}.txt"), "".join(lines))
    write_text(folder / "classes.txt", "".join(f"{name}\n" for name in names))
    return folder


def _values(record: Record) -> str:
    region = record.region
    if region.kind == "track":
        raise RegionError(f"YOLO holds images; region {record.id} of {record.media!r} is a track")
    if region.kind == "box" and region.unit == "norm1":
        x1, y1, x2, y2 = region.data
    elif region.kind == "box":
        size = record.bind().size
        x1, y1, x2, y2 = from_pixels(to_pixels(region.data, region.unit, size), "norm1", size).ravel().tolist()
    else:
        bound = record.bind()
        ring = raster.one_ring(raster.outline(bound.mask(bound.frames[0])))
        return _row(from_pixels(ring, "norm1", bound.size).ravel().tolist())
    return _row(((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1))


def _row(values: Iterable[float]) -> str:
    return " ".join(f"{value:.{_DIGITS}g}" for value in values)

"""The region a user points at: a box, mask, polygon, RLE, point, scribble or track, with its unit and its place in
time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from regard.core.errors import EmptyRegion, RegionError, nearest
from regard.regions import checks, rle, units
from regard.regions.binding import Media, Pixels, Segmenter
from regard.regions.bound import BoundRegion, frame_key, in_range
from regard.regions.sketch import sketch
from regard.regions.spelling import WRITTEN, values_text, when_text

KINDS = ("box", "mask", "polygon", "rle", "point", "scribble", "track")


@dataclass(frozen=True, eq=False)
class Region:
    """A region as it was given; `bind` turns it into masks on a certain image or clip.

    `kind` is box, mask, polygon, rle, point, scribble or track. `data` is, by kind: (x1, y1, x2, y2), x2 and y2
    exclusive; a bool mask (height, width); rings of (x, y), filled even-odd; a COCO RLE; (x, y, label) triples, label 1
    inside and 0 outside; (x, y) pairs; or {frame: Region or None}, None meaning absent. `unit` is px, norm1 (0..1),
    norm1000 (0..1000) or percent (0..100) of width and height; it is never guessed. `frame` or `seconds` places a
    region in a clip; without either it lies in the first frame. Raises `RegionError`, at birth, for values that cannot
    be what they are said to be.
    """

    kind: str
    data: Any
    unit: str = "px"
    frame: int | None = None
    seconds: float | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            kinds = f"{nearest(str(self.kind), KINDS)} Kinds are: {', '.join(KINDS)}."
            raise RegionError(f"there is no kind of region {self.kind!r}.{kinds}")
        units.unit(self.unit)
        _check_place(self)
        object.__setattr__(self, "data", _stored(self.kind, self.data, self.unit))

    @classmethod
    def box(
        cls,
        x1: Any,
        y1: Any = None,
        x2: Any = None,
        y2: Any = None,
        *,
        unit: str = "px",
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with a box: four numbers, or one list, tuple or array of them; x2 and y2 are exclusive.

        Raises `RegionError` for a box that is inverted, has no area or holds something that is no number of this unit.
        """
        corners = x1 if y1 is None and x2 is None and y2 is None else (x1, y1, x2, y2)
        return cls("box", corners, unit, frame, seconds, name)

    @classmethod
    def mask(
        cls,
        mask: Any,
        *,
        value: int | None = None,
        alpha: bool = False,
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with a mask: an array (height, width) or the path of a PNG; every non-zero pixel is inside.

        `value` picks one object out of a picture of numbered objects; `alpha=True` reads a PNG's alpha channel, which
        is never looked at otherwise. Raises `EmptyRegion` for no pixel inside and `RegionError` for another shape or
        for fractions.
        """
        return cls("mask", checks.mask(mask, value=value, alpha=alpha), "px", frame, seconds, name)

    @classmethod
    def polygon(
        cls,
        rings: Any,
        *,
        unit: str = "px",
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with a polygon: a ring or a list of rings, each flat (x, y, x, y, ..) or (n, 2).

        A ring within a ring is a hole (even-odd).
        Raises `RegionError` for an odd count of values, fewer than three points, or points all on one line.
        """
        return cls("polygon", rings, unit, frame, seconds, name)

    @classmethod
    def rle(
        cls,
        rle: Mapping[str, Any],
        *,
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with a COCO RLE, `{"size": [height, width], "counts": list, str or bytes}`.

        Raises `RegionError` when it is damaged (see `regard.regions.rle.validate`) and `EmptyRegion` for no pixel
        inside.
        """
        return cls("rle", rle, "px", frame, seconds, name)

    @classmethod
    def point(
        cls,
        x: Any,
        y: Any = None,
        *,
        label: int = 1,
        unit: str = "px",
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with one click; a segmenter makes it a mask when it is bound.

        Raises `RegionError` for label 0, which says only where it is not.
        """
        return cls.points([x if y is None else (x, y)], [label], unit=unit, frame=frame, seconds=seconds, name=name)

    @classmethod
    def points(
        cls,
        points: Any,
        labels: Sequence[float] | None = None,
        *,
        unit: str = "px",
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with several clicks, (n, 2); `labels` are 1 (inside, the default) or 0 (outside).

        Raises `RegionError` when no point is labelled 1, or their counts differ.
        """
        spots = checks.points(points, unit, "the points")
        marks = checks.labels([1] * len(spots) if labels is None else labels, len(spots))
        triples = [(x, y, label) for (x, y), label in zip(spots, marks, strict=True)]
        return cls("point", triples, unit, frame, seconds, name)

    @classmethod
    def scribble(
        cls,
        points: Any,
        *,
        unit: str = "px",
        frame: int | None = None,
        seconds: float | None = None,
        name: str | None = None,
    ) -> Region:
        """Point with a line drawn over the thing, (n, 2). A scribble of a single point is a point."""
        spots = checks.points(points, unit, "the scribble")
        if len(set(spots)) == 1:
            return cls.points(spots[:1], unit=unit, frame=frame, seconds=seconds, name=name)
        return cls("scribble", spots, unit, frame, seconds, name)

    @classmethod
    def track(
        cls,
        frames: Mapping[Any, Any] | Iterable[tuple[Any, Any]],
        *,
        interpolate: bool = False,
        unit: str = "px",
        name: str | None = None,
    ) -> Region:
        """Follow a thing through a clip: {frame index: Region, mask, RLE, box or None}, or pairs; None means absent.

        Frames between those given are absent too, unless `interpolate` asks for boxes to be joined by straight lines.
        `unit` is that of plain boxes; Regions have their own. Raises `RegionError` naming a frame that is given twice
        or cannot be one.
        """
        followed = _followed(frames, unit)
        return cls("track", _keyframes(followed) if interpolate else followed, unit, name=name)

    def bind(
        self,
        size: tuple[int, int],
        *,
        frame_count: int = 1,
        times: Sequence[float] | np.ndarray | None = None,
        pixels: Pixels | None = None,
        segmenter: Segmenter | None = None,
        resize: str | None = None,
    ) -> BoundRegion:
        """Turn the prompt into full-resolution masks on media of `size` (width, height).

        `times` are the frames' seconds, needed for `seconds`; `pixels(frame)` gives (height, width, 3) uint8 and
        `segmenter(pixels, points, labels)` a bool mask, both needed for points and scribbles; `resize="nearest"`
        stretches a mask of another size and says so in the notes. What lies partly outside is clipped with a note.
        Raises `RegionError` for what lies wholly outside, a frame or second that is not there, or a mask of another
        size, and `EmptyRegion` when nothing is left.
        """
        if resize not in (None, "nearest"):
            raise RegionError(f'resize is None or "nearest", not {resize!r}')
        width, height = (checks.whole(side, "a side of the media", 1) for side in size)
        media = Media((width, height), frame_count, times, pixels, segmenter, resize)
        placed = self.data if self.kind == "track" else {media.frame_of(self.frame, self.seconds): self}
        rles: dict[int, dict[str, Any]] = {}
        notes: list[str] = []
        for frame, region in placed.items():
            in_range(frame, frame_count)
            if region is None:
                continue
            rles[frame], remarks = media.rle_of(region.kind, region.data, region.unit, frame)
            notes += remarks if len(placed) == 1 else [f"frame {frame}: {remark}" for remark in remarks]
        whole = self.kind == "track"
        return BoundRegion((width, height), rles, frame_count, self.name, tuple(notes), self, whole)

    def to_dict(self) -> dict[str, Any]:
        """Return the region as JSON values (a mask as RLE); `from_dict` reads them."""
        row: dict[str, Any] = {"kind": self.kind, "data": _plain(self)}
        if self.kind == "mask":
            row["kind"] = "rle"
        if self.kind not in ("mask", "rle", "track"):
            row["unit"] = self.unit
        for key in ("frame", "seconds", "name"):
            if getattr(self, key) is not None:
                row[key] = getattr(self, key)
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Region:
        """Read what `to_dict` wrote. Raises `RegionError` for missing, unknown or wrong parts."""
        known = ("kind", "data", "unit", "frame", "seconds", "name")
        for key in row:
            if key not in known:
                raise RegionError(
                    f"a region has no part {key!r}.{nearest(str(key), known)} Parts are: {', '.join(known)}."
                )
        for key in ("kind", "data"):
            if key not in row:
                raise RegionError(f"a region needs {key!r}; got {sorted(row)}")
        data = row["data"]
        if row["kind"] == "track":
            data = _frames_from_dict(data)
        return cls(row["kind"], data, row.get("unit", "px"), row.get("frame"), row.get("seconds"), row.get("name"))

    def to_text(self) -> str:
        """Return the text that `--region` reads back (the unit is `--unit`'s, the name has no place in it).

        Raises `RegionError` for masks, RLEs and tracks, which are named by a file.
        """
        if self.kind not in WRITTEN:
            raise RegionError(f"a {self.kind} has no text form: write it to a file and name that, {self.kind}:FILE")
        return f"{self.kind}:{values_text(self.kind, self.data)}{when_text(self.frame, self.seconds)}"

    def __repr__(self) -> str:
        given = {"unit": None if self.unit == "px" else self.unit, "frame": self.frame, "seconds": self.seconds}
        given["name"] = self.name
        rest = "".join(f", {key}={value!r}" for key, value in given.items() if value is not None)
        return f"Region.{self.kind}({_shown(self)}{rest})"

    def _repr_html_(self) -> str:
        return sketch(self.kind, self.data, self.unit, repr(self))


def _check_place(region: Region) -> None:
    """Raise `RegionError` for a frame or a second that no media could have, and for both at once."""
    if region.frame is not None and region.seconds is not None:
        raise RegionError(
            f"a region lies at a frame or at a second, not both; got frame={region.frame}, seconds={region.seconds}"
        )
    if region.kind == "track" and (region.frame is not None or region.seconds is not None):
        raise RegionError("a track has its own frames; leave out frame and seconds")
    if region.frame is not None:
        object.__setattr__(region, "frame", checks.whole(region.frame, "the frame of a region"))
    if region.seconds is not None:
        seconds = checks.number(region.seconds, "the time of a region, in seconds,")
        if seconds < 0:
            raise RegionError(f"the time of a region is {seconds:g} s; a clip starts at 0 s")
        object.__setattr__(region, "seconds", seconds)
    if region.name is not None and not isinstance(region.name, str):
        raise RegionError(f"the name of a region is text; got {region.name!r}")


def _stored(kind: str, data: Any, unit: str) -> Any:
    """Return a region's data in the one form its kind is stored in."""
    if kind == "box":
        return checks.box(data, unit)
    if kind == "polygon":
        return checks.rings(data, unit)
    if kind == "scribble":
        return checks.points(data, unit, "the scribble")
    if kind == "point":
        return checks.labelled(data, unit)
    if kind == "track":
        return _followed(data, unit)
    if unit != "px":
        raise RegionError(f"a {kind} has pixels of its own and no unit; got unit={unit!r}")
    if kind == "mask":
        return checks.mask(data)
    found = rle.validate(data)
    if not rle.area(found):
        raise EmptyRegion("the RLE has no pixel inside")
    return found


def _frames_from_dict(data: Any) -> dict[Any, Region | None]:
    """Read what a track holds, as `to_dict` wrote it."""
    if not isinstance(data, Mapping):
        raise RegionError(f"the data of a track is {{frame: region or null}}; got {type(data).__name__}")
    for frame, value in data.items():
        if value is not None and not isinstance(value, Mapping):
            raise RegionError(f"frame {frame} of the track is a region as to_dict writes it; got {value!r}")
    return {frame: None if value is None else Region.from_dict(value) for frame, value in data.items()}


def _followed(frames: Any, unit: str) -> dict[int, Region | None]:
    """Return a track as {frame: Region or None} in the order of its frames."""
    pairs = frames.items() if isinstance(frames, Mapping) else checks.flat(frames, "a track")
    found: dict[int, Region | None] = {}
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise RegionError(f"a track is {{frame: region}} or a list of (frame, region); got {pair!r}")
        frame = frame_key(pair[0])
        if frame in found:
            raise RegionError(f"frame {frame} is given twice in the track")
        found[frame] = _at_frame(frame, pair[1], unit)
    if not any(region is not None for region in found.values()):
        raise EmptyRegion(f"the track has no region in any of its {len(found)} frames")
    return dict(sorted(found.items()))


def _at_frame(frame: int, value: Any, unit: str) -> Region | None:
    """Return what a track holds at one frame as a Region without a place of its own."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = Region.rle(value)
    elif isinstance(value, list | tuple) and len(value) == 4 and not isinstance(value[0], list | tuple | np.ndarray):
        value = Region.box(value, unit=unit)
    elif not isinstance(value, Region):
        value = Region.mask(value)
    if value.kind == "track" or value.seconds is not None or value.frame not in (None, frame):
        raise RegionError(f"frame {frame} of the track holds {value!r}, which is a track or lies at another time")
    return replace(value, frame=None)


def _keyframes(track: dict[int, Region | None]) -> dict[int, Region | None]:
    """Join boxes by straight lines; between a region and an absence nothing is added."""
    joined: dict[int, Region | None] = dict(track)
    frames = list(track)
    for start, end in zip(frames, frames[1:], strict=False):
        first, last = track[start], track[end]
        if first is None or last is None:
            continue
        if first.kind != "box" or last.kind != "box" or first.unit != last.unit:
            kinds = f"{first.kind} ({first.unit}) and {last.kind} ({last.unit})"
            raise RegionError(f"interpolate=True joins boxes of one unit; frames {start} and {end} hold {kinds}")
        if end - start > checks.LONGEST_GAP:
            raise RegionError(f"interpolate=True fills at most {checks.LONGEST_GAP} frames; {start} to {end} are more")
        for frame in range(start + 1, end):
            share = (frame - start) / (end - start)
            corners = [a + (b - a) * share for a, b in zip(first.data, last.data, strict=True)]
            joined[frame] = Region.box(corners, unit=first.unit)
    return dict(sorted(joined.items()))


def _plain(region: Region) -> Any:
    """Return a region's data as JSON values."""
    if region.kind == "mask":
        return rle.encode(region.data)
    if region.kind == "rle":
        return dict(region.data)
    if region.kind == "track":
        return {str(frame): None if value is None else value.to_dict() for frame, value in region.data.items()}
    if region.kind == "box":
        return list(region.data)
    if region.kind == "polygon":
        return [[list(point) for point in ring] for ring in region.data]
    return [list(point) for point in region.data]


def _shown(region: Region) -> str:
    """Return a region's data for one line of text."""
    if region.kind == "mask":
        return f"{region.data.shape[1]} x {region.data.shape[0]}"
    if region.kind == "track":
        return f"{len(region.data)} frames, {min(region.data)} to {max(region.data)}"
    text = values_text(region.kind, region.data) if region.kind in WRITTEN else repr(region.data)
    return text if len(text) <= 80 else text[:77] + "..."

"""A region bound to its media: the truth at full resolution, one mask a frame."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from PIL import Image

from regard.core.errors import EmptyRegion, RegionError
from regard.regions import checks, rle


class Given(Protocol):
    """What a bound region remembers of the prompt it came from: a `Region`."""

    @property
    def kind(self) -> str:
        """Box, mask, polygon, rle, point, scribble or track."""

    @property
    def data(self) -> Any:
        """The values, in the form of their kind."""

    @property
    def unit(self) -> str:
        """The unit of the values."""

    @property
    def name(self) -> str | None:
        """The name the user gave."""

    def to_dict(self) -> dict[str, Any]:
        """Return the prompt as JSON values."""


@dataclass(frozen=True, eq=False)
class BoundRegion:
    """A region in the pixels of one image or clip: frame index -> COCO RLE.

    A frame where it is absent is simply not there.

    `size` is (width, height); `rles` maps a frame index to `{"size": [height, width], "counts": str}`; `notes` say what
    was changed on the way (clipped, resized); `given` is the prompt. `throughout`: something is known of every
    frame, even if it is there on one alone. Raises `RegionError` for a damaged RLE, one of another size, or a frame
    outside 0..frame_count - 1, and `EmptyRegion` when no frame has a pixel of it.
    """

    size: tuple[int, int]
    rles: Mapping[int, dict[str, Any]]
    frame_count: int = 1
    name: str | None = None
    notes: tuple[str, ...] = ()
    given: Given | None = None
    throughout: bool = False

    def __post_init__(self) -> None:
        width, height = (checks.whole(side, "a side of the media", 1) for side in self.size)
        count = checks.whole(self.frame_count, "the number of frames", 1)
        kept = {}
        for frame in sorted(self.rles):
            in_range(frame, count)
            found, area = rle.checked(self.rles[frame], (width, height))
            if area:
                kept[int(frame)] = found
        if not kept:
            raise EmptyRegion(f"the region{_called(self.name)} has no pixel in any frame")
        object.__setattr__(self, "size", (width, height))
        object.__setattr__(self, "frame_count", count)
        object.__setattr__(self, "rles", kept)
        object.__setattr__(self, "notes", tuple(self.notes))

    @classmethod
    def from_masks(
        cls,
        masks: Mapping[int, np.ndarray],
        frame_count: int | None = None,
        name: str | None = None,
        notes: tuple[str, ...] = (),
        given: Given | None = None,
        throughout: bool = False,
    ) -> BoundRegion:
        """Build one from masks (height, width) by frame index; empty masks count as absent.

        `frame_count` is one past the last frame when left out. Raises like the class itself, and when the masks differ
        in size.
        """
        if not masks:
            raise EmptyRegion(f"the region{_called(name)} has no mask in any frame")
        shapes = {np.shape(mask) for mask in masks.values()}
        if len(shapes) > 1:
            raise RegionError(f"the masks of one region differ in size (height, width): {sorted(shapes)}")
        packed = {frame: rle.encode(checks.mask_array(mask)) for frame, mask in masks.items()}
        height, width = next(iter(packed.values()))["size"]
        last = max(checks.whole(frame, "a frame") for frame in masks)
        count = last + 1 if frame_count is None else frame_count
        return cls((width, height), packed, count, name, notes, given, throughout)

    @property
    def frames(self) -> list[int]:
        """The frames where the region has at least one pixel, in order."""
        return list(self.rles)

    def mask(self, frame: int = 0) -> np.ndarray:
        """Return the bool mask (height, width) at a frame, all False where the region is absent.

        Raises `RegionError` outside the media.
        """
        in_range(frame, self.frame_count)
        if frame not in self.rles:
            return np.zeros((self.size[1], self.size[0]), dtype=bool)
        return rle.decode(self.rles[frame])

    def box(self, frame: int = 0) -> tuple[int, int, int, int]:
        """Return the tight box (x1, y1, x2, y2) in pixels at a frame, x2 and y2 exclusive.

        Raises `EmptyRegion` where it is absent.
        """
        in_range(frame, self.frame_count)
        if frame not in self.rles:
            raise EmptyRegion(
                f"the region{_called(self.name)} is absent at frame {frame}; it is seen at {_some(self.frames)}"
            )
        return rle.box(self.rles[frame])

    def area(self, frame: int = 0) -> int:
        """Count the pixels inside at a frame, 0 where the region is absent. Raises `RegionError` outside the media."""
        in_range(frame, self.frame_count)
        return rle.area(self.rles[frame]) if frame in self.rles else 0

    def to_dict(self) -> dict[str, Any]:
        """Return the region as JSON values; `from_dict` reads them."""
        row: dict[str, Any] = {"size": list(self.size), "frame_count": self.frame_count}
        row["rles"] = {str(frame): found for frame, found in self.rles.items()}
        if self.name is not None:
            row["name"] = self.name
        if self.notes:
            row["notes"] = list(self.notes)
        if self.throughout:
            row["throughout"] = True
        if self.given is not None:
            row["given"] = self.given.to_dict()
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any], given: Given | None = None) -> BoundRegion:
        """Read what `to_dict` wrote. The prompt comes back when it is passed: `Region.from_dict(row["given"])`.

        Raises `RegionError` naming the part that is missing or wrong.
        """
        missing = [key for key in ("size", "rles") if key not in row]
        if missing:
            raise RegionError(f"a bound region has 'size' and 'rles'; {missing[0]!r} is missing")
        rles = {frame_key(frame): found for frame, found in row["rles"].items()}
        notes = tuple(row.get("notes", ()))
        count = row.get("frame_count", max(rles, default=0) + 1)
        return cls(tuple(row["size"]), rles, count, row.get("name"), notes, given, bool(row.get("throughout")))

    def _repr_png_(self) -> bytes:
        """Show the first mask in a notebook, white on black, at most 320 pixels wide."""
        picture = Image.fromarray(self.mask(self.frames[0]).astype(np.uint8) * 255)
        picture.thumbnail((320, 320))
        held = io.BytesIO()
        picture.save(held, "PNG")
        return held.getvalue()

    def __repr__(self) -> str:
        where = f"frames {_some(self.frames)} of {self.frame_count}" if self.frame_count > 1 else f"box {self.box()}"
        if self.frame_count == 1:
            where += f", {self.area()} pixels"
        return f"BoundRegion({self.size[0]} x {self.size[1]}{_called(self.name)}, {where})"


def in_range(frame: Any, count: int) -> int:
    """Return a frame index of media with `count` frames. Raises `RegionError` naming the range."""
    if isinstance(frame, bool) or not isinstance(frame, int | np.integer):
        raise RegionError(f"a frame is a whole number counted from 0; got {frame!r}")
    if not 0 <= frame < count:
        here = "it is an image, whose only frame is 0" if count == 1 else f"frames run from 0 to {count - 1}"
        raise RegionError(f"there is no frame {int(frame)}: {here}")
    return int(frame)


_MOST_DIGITS = 18  # of a frame index; Python refuses to read numbers of thousands of digits


def frame_key(key: Any) -> int:
    """Return the frame index that a JSON key ("12") or a number stands for. Raises `RegionError` for any other key."""
    if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS:
        return int(key)
    return checks.whole(key, "a frame")


def _called(name: str | None) -> str:
    return f" {name!r}" if name else ""


def _some(frames: list[int]) -> str:
    shown = ", ".join(str(frame) for frame in frames[:8])
    return shown if len(frames) <= 8 else f"{shown}, .. {frames[-1]}"

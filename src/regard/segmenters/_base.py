"""What a segmenter and a tracker are: a click becomes a mask, a mask becomes a track."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from regard.core import rooms
from regard.core.errors import RegionError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.regions import rle
from regard.regions.bound import BoundRegion

Frames = Callable[[int], np.ndarray]
Found = tuple[int, np.ndarray]

TRACKER = "flow"


class Segmenter(ABC):
    """Makes a mask from points on a picture. An instance is called like a function, as `Region.bind` does."""

    @abstractmethod
    def mask(self, pixels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the bool mask (height, width) of the thing under points.

        `pixels` is (height, width, 3) uint8 RGB, `points` (n, 2) holds x, y in pixels, `labels` (n,) is 1 for points on
        the thing and 0 for points beside it. The same input always gives the same mask.
        """

    def __call__(self, pixels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Check the input and return `mask`. Raises `RegionError` for other shapes or no point labelled 1."""
        pixels, points, labels = np.asarray(pixels), np.asarray(points, dtype=np.float64), np.asarray(labels)
        check_pixels(pixels)
        if points.ndim != 2 or points.shape[1] != 2 or labels.shape != points.shape[:1]:
            raise RegionError(f"points are (n, 2) and labels (n,); got {points.shape} and {labels.shape}")
        if not (labels == 1).any():
            raise RegionError("every point is labelled 0 (outside); at least one must be labelled 1")
        return self.mask(pixels, points, labels)


class Tracker(ABC):
    """Carries a mask from one frame of a clip to the others."""

    @abstractmethod
    def propagate(self, frames: Frames, frame_count: int, frame: int, mask: np.ndarray) -> Iterator[Found]:
        """Yield (frame index, mask (height, width)), `frame` included; a frame where the thing is absent is missing.

        One mask at a time, so that a long clip of large frames needs no more memory than a short one.
        `frames(index)` gives the pixels (height, width, 3) uint8 RGB of one frame.
        """

    def follow(self, region: BoundRegion, frames: Frames) -> BoundRegion:
        """Return a region that is known at some frames as a track through the clip; the known frames stay as they are.

        Every other frame is filled from the nearest known one. Raises `RegionError` for an image.
        """
        if region.frame_count < 2:
            raise RegionError("an image has one frame; there is nothing to follow")
        known = region.frames
        packed: dict[int, dict[str, Any]] = {}
        for frame in known:
            for at, mask in self.propagate(frames, region.frame_count, frame, region.mask(frame)):
                if min(known, key=lambda one: abs(one - at)) == frame:
                    packed[at] = rle.encode(mask)
        packed |= {frame: region.rles[frame] for frame in known}
        note = f"followed from frame {', '.join(map(str, known[:8]))} by {type(self).__name__.lower()}"
        notes = (*region.notes, note)
        return replace(region, rles=packed, notes=notes, throughout=True)


def followed(regions: Sequence[BoundRegion], media: Image | Clip) -> tuple[BoundRegion, ...]:
    """Return the regions with those that are given at one frame of a clip as tracks, by the embedded tracker."""
    if media.frame_count < 2:
        return tuple(regions)
    tracker = rooms.load("regard.segmenters", TRACKER, Tracker)()  # type: ignore[type-abstract]
    return tuple(
        tracker.follow(region, lambda frame: media.frames([frame])[0]) if len(region.frames) == 1 else region
        for region in regions
    )


def check_pixels(pixels: np.ndarray) -> None:
    """Raise `RegionError` unless pixels are (height, width, 3) uint8."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise RegionError(f"pixels are (height, width, 3) uint8; got {pixels.shape} {pixels.dtype}")

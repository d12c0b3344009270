"""From a prompt to pixels: what a region's values mean on one image or clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from regard.core.errors import EmptyRegion, RegionError
from regard.regions import raster, rle
from regard.regions.bound import in_range
from regard.regions.units import to_pixels

Segmenter = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
Pixels = Callable[[int], np.ndarray]
Masked = tuple[np.ndarray, tuple[str, ...]]


@dataclass(frozen=True)
class Media:
    """What a region needs to know of the image or clip it is bound to; see `Region.bind` for the parts."""

    size: tuple[int, int]
    frame_count: int = 1
    times: Sequence[float] | np.ndarray | None = None
    pixels: Pixels | None = None
    segmenter: Segmenter | None = None
    resize: str | None = None

    def frame_of(self, frame: int | None, seconds: float | None) -> int:
        """Return the frame index of a region's place in time, the first frame when it has none.

        Raises `RegionError` outside the media.
        """
        if seconds is None:
            return in_range(0 if frame is None else frame, self.frame_count)
        if self.times is None:
            raise RegionError(
                f"a region at {seconds:g} s needs the times of the frames; pass times=, or give its frame"
            )
        times = np.asarray(self.times, dtype=np.float64)
        if len(times) != self.frame_count:
            raise RegionError(f"there are {self.frame_count} frames and {len(times)} times")
        # The last frame is still on show for as long as the one before it was.
        end = times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0.0)
        if not times[0] <= seconds <= end:
            here = (
                "it is an image, which has only 0 s" if len(times) == 1 else f"it runs from {times[0]:g} s to {end:g} s"
            )
            raise RegionError(f"{seconds:g} s lies outside the media: {here}")
        return int(np.abs(times - seconds).argmin())

    def rle_of(self, kind: str, data: Any, unit: str, frame: int) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the RLE of one region's stored values at one frame, and notes on what had to be changed."""
        if kind == "rle" and tuple(data["size"][::-1]) == self.size:
            return data, ()
        if kind in ("rle", "mask"):
            mask, notes = self._fitted(rle.decode(data) if kind == "rle" else data, kind)
        elif kind == "box":
            x1, y1, x2, y2 = to_pixels(data, unit, self.size).ravel()
            mask, notes = raster.box_mask((x1, y1, x2, y2), self.size)
        elif kind == "polygon":
            mask, notes = raster.polygon_mask([to_pixels(ring, unit, self.size) for ring in data], self.size)
        else:
            mask, notes = self._segmented(kind, data, unit, frame)
        return rle.encode(mask), notes

    def _fitted(self, mask: np.ndarray, kind: str) -> Masked:
        """Return a mask at the media's size: as it is, or stretched when that was asked for."""
        size = (mask.shape[1], mask.shape[0])
        if size == self.size:
            return mask, ()
        if self.resize is None:
            rle.check_size(size, self.size, f"the {kind}")
        note = f"the {kind} was resized from {size[0]} x {size[1]} to {self.size[0]} x {self.size[1]} (nearest pixel)"
        return raster.stretched(mask, self.size), (note,)

    def _segmented(self, kind: str, data: Any, unit: str, frame: int) -> Masked:
        """Return the mask that the segmenter makes of points or a scribble."""
        if self.segmenter is None or self.pixels is None:
            raise RegionError(
                f"a {kind} becomes a mask by a segmenter, and none was given; pass segmenter= and pixels="
                " (regard.segmenters.grabcut needs no download), or give a box or a mask instead"
            )
        spots = to_pixels([point[:2] for point in data], unit, self.size)
        labels = np.asarray([point[2] if kind == "point" else 1 for point in data])
        here = raster.inside_points(spots, self.size)
        if not here[labels == 1].any():
            at = raster.spell(spots[labels == 1][0])
            raise RegionError(f"the {kind} {at} lies wholly outside the picture, which is {_spell(self.size)}")
        notes = (
            () if here.all() else (f"{int((~here).sum())} of {len(here)} points of the {kind} lie outside the picture",)
        )
        if kind == "scribble":
            spots = raster.along_line(spots, self.size)
            here, labels = raster.inside_points(spots, self.size), np.ones(len(spots), dtype=np.int64)
        spots = np.minimum(spots[here], np.asarray(self.size) - 1e-3)
        mask = np.asarray(self.segmenter(self.pixels(frame), spots, labels[here]))
        return self._checked(mask, kind, spots), notes

    def _checked(self, mask: np.ndarray, kind: str, spots: np.ndarray) -> np.ndarray:
        """Return a segmenter's mask.

        Raises `RegionError` for one of another size, `EmptyRegion` for one without a pixel.
        """
        if mask.shape != self.size[::-1]:
            raise RegionError(
                f"the segmenter returned a mask of shape {mask.shape}, the picture is {_spell(self.size)}:"
                f" expected {self.size[::-1]}"
            )
        if not mask.any():
            raise EmptyRegion(
                f"the segmenter found nothing at the {kind} {raster.spell(spots[0])}; give a box or a mask"
            )
        return mask


def _spell(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} pixels (width x height)"

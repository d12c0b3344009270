"""From what a user gives to what a question holds: media opened, clicks segmented, regions as masks and followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from regard.backends._base import Backend
from regard.core import rooms
from regard.core.errors import ConfigError, RegionError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.media.open import open_media
from regard.prompts.sample import bind
from regard.regions.binding import Segmenter
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

Media = Image | Clip
Regions = Sequence[Region | BoundRegion] | Region | BoundRegion

SEGMENTER = "grabcut"
_ROOM = "regard.segmenters"


@dataclass(frozen=True)
class Binder:
    """How regions become masks. `segmenter` makes points and scribbles masks (None: they are refused).

    `propagate`: is a region that was given at one frame of a clip followed through the others?
    """

    segmenter: Segmenter | None = None
    propagate: bool = False

    @classmethod
    def named(cls, segmenter: str | Segmenter | None = SEGMENTER, *, propagate: bool = False) -> Binder:
        """Make one with a segmenter by name (a file of the room `segmenters`) or as a callable. Raises `NotFound`."""
        return cls(_segmenter(segmenter) if isinstance(segmenter, str) else segmenter, propagate)

    def open(self, media: Any) -> Media:
        """Open media given as `Image`, `Clip`, path, array or PIL picture. Raises `MediaError`."""
        return open_media(media)

    def bind(self, media: Media, regions: Regions, *, propagate: bool | None = None) -> tuple[BoundRegion, ...]:
        """Bind regions to media as full-resolution masks; `propagate` left out: as this binder was told.

        Raises `RegionError` naming the region by its number.
        """
        given = [regions] if isinstance(regions, Region | BoundRegion) else list(regions)
        for number, region in enumerate(given, start=1):
            if not isinstance(region, Region | BoundRegion):
                raise RegionError(
                    f"region {number} is a {type(region).__name__}; regions are made by Region.box(x1, y1, x2, y2),"
                    " Region.mask(array), Region.point(x, y) and the like"
                )
        bound = tuple(bind(region, media, number, self.segmenter) for number, region in enumerate(given, start=1))
        follow = self.propagate if propagate is None else propagate
        if not follow:
            return bound
        from regard.segmenters._base import followed

        return followed(bound, media)


@dataclass(frozen=True)
class Asker:
    """What every verb asks with: a backend and a binder."""

    backend: Backend
    binder: Binder = Binder()


def _segmenter(name: str) -> Segmenter:
    from regard.segmenters import _base

    try:
        return rooms.load(_ROOM, name, _base.Segmenter)()  # type: ignore[type-abstract]
    except TypeError as error:
        raise ConfigError(f"{name!r} makes no masks from points; {SEGMENTER!r} does") from error

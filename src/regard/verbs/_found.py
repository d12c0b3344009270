"""What task heads found, as regions and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from regard.core.errors import EmptyRegion, RegionError
from regard.prompts.answer import Found
from regard.regions import rle
from regard.regions.region import Region

NO_PIXEL = "the mask that was found has no pixel"
PLACES = {"box", "masks"}  # a result that is a place has one of these


def place_of(result: Mapping[str, Any]) -> Region:
    """Return the place that a head of boxes or masks found. Raises `RegionError` for a box without area, `EmptyRegion`
    for masks without a pixel.
    """
    if "box" in result:
        return Region.box(result["box"], frame=result["frame"])
    region = region_of(result)
    if region is None:
        raise EmptyRegion(NO_PIXEL)
    return region


def places_of(found: Iterable[Found]) -> list[Region]:
    """Return the places among what heads found; moments, masks without a pixel and boxes without area are none."""
    places = []
    for one in found:
        if PLACES & one.result.keys():
            with suppress(RegionError):
                places.append(place_of(one.result))
    return places


def region_of(result: Mapping[str, Any]) -> Region | None:
    """Return what a mask head found as a region: a mask of one frame, a track of several; None without a pixel."""
    masks = {mask["frame"]: mask["rle"] if rle.area(mask["rle"]) else None for mask in result["masks"]}
    if not any(masks.values()):
        return None
    if len(masks) == 1:
        [(frame, only)] = masks.items()
        return Region.rle(only, frame=frame)
    return Region.track(masks)


def told(region: Region) -> str:
    """Return a region that was found in words: a box by its corners in pixels, a mask by its pixels, a track by its
    frames.
    """
    if region.kind == "box":
        return "box:" + ",".join(f"{value:.0f}" for value in region.data)
    if region.kind == "track":
        seen = [frame for frame, one in region.data.items() if one is not None]
        return f"a track on {len(seen)} of {len(region.data)} frames, {seen[0]} to {seen[-1]}"
    return f"a mask of {rle.area(region.data)} pixels"

"""Regions and what was said of them, drawn on pictures and clips.

Every region has a number, a colour and an outline; a short answer stands beside its region, long ones in a panel
beneath the picture, and labels never lie on one another nor leave the picture. Small pictures are enlarged by a whole
number so that words fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw

from regard.core.errors import RegionError
from regard.draw import shapes
from regard.draw.layout import Rect, distance
from regard.draw.plan import Plan
from regard.draw.style import enlargement
from regard.draw.timeline import Timeline
from regard.media.clip import Clip
from regard.media.image import Image
from regard.media.sampling import evenly
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

Media = Image | Clip

_JUDGED, _TRAIL = 8, 24


def draw(
    media: Media,
    regions: Sequence[Region | BoundRegion] = (),
    texts: Sequence[str] = (),
    *,
    caption: str = "",
    scale: int | None = None,
) -> np.ndarray:
    """Draw regions with one text each: (H, W, 3) uint8 for an image, (frames, H, W, 3) for a clip.

    `caption` stands beneath the picture. `scale` is the whole number by which the picture is enlarged (chosen when
    left out); a panel of words beneath adds to its height. Raises `RegionError` for a region that does not fit the
    media and for more texts than regions."""
    if media.is_clip:
        return np.stack(list(draw_frames(media, regions, texts, caption=caption, scale=scale)))
    return next(draw_frames(media, regions, texts, caption=caption, scale=scale))


def draw_frames(
    media: Media,
    regions: Sequence[Region | BoundRegion] = (),
    texts: Sequence[str] = (),
    *,
    caption: str = "",
    scale: int | None = None,
    frames: Sequence[int] | None = None,
    timeline: Timeline | None = None,
) -> Iterator[np.ndarray]:
    """Yield the drawn frames (H, W, 3) of a clip one by one (all, or those of `frames`), in every one the way the
    region came and, beneath, where in the `timeline` it is.

    Arguments and errors are those of `draw`.
    """
    bound = bind_all(media, regions)
    wanted = range(media.frame_count) if frames is None else frames
    judged = evenly(wanted, _JUDGED)
    plan = Plan.make(bound, texts, caption, media.size, scale or enlargement(*media.size), judged)
    for frame in wanted:
        drawn = _frame(plan, media.frames([frame])[0], frame)
        now = [timeline.picture(drawn.shape[1], plan.style, media.duration, media.times[frame])] if timeline else []
        yield np.concatenate([drawn, *now])


def bind_all(media: Media, regions: Sequence[Region | BoundRegion]) -> list[BoundRegion]:
    """Bind regions to media. Raises `RegionError`, naming the region by its number, for one that does not fit or is
    bound elsewhere.
    """
    return [_bind(media, region, number) for number, region in enumerate(regions, start=1)]


def _bind(media: Media, region: Region | BoundRegion, number: int) -> BoundRegion:
    if isinstance(region, Region):
        return _bind_here(media, region, number)
    if region.size != media.size:
        raise RegionError(f"region {number} is bound to a picture of {region.size}, this one is {media.size}")
    return region


def _bind_here(media: Media, region: Region, number: int) -> BoundRegion:
    if region.kind in ("point", "scribble"):
        raise RegionError(
            f"region {number} is a {region.kind}, which is no mask yet; draw what model.bind(media, regions) returns,"
            " or a box or a mask"
        )
    try:
        return region.bind(media.size, frame_count=media.frame_count, times=media.times)
    except RegionError as error:
        raise type(error)(f"region {number}: {error}") from error


def _frame(plan: Plan, pixels: np.ndarray, frame: int) -> np.ndarray:
    canvas = _enlarged(pixels, plan.scale)
    masks = plan.masks(frame)
    _draw_regions(canvas, plan, masks, frame)
    size = (canvas.shape[1], canvas.shape[0])
    rects = dict(zip(masks, plan.arrange(frame, size), strict=True))
    plan.keep(frame, rects)
    for number, rect in rects.items():
        _join(canvas, plan, number, rect, masks[number], frame)
    canvas = _write_labels(
        canvas, plan, {number: rect or _centred(plan, number, masks[number]) for number, rect in rects.items()}
    )
    return canvas if plan.beneath is None else np.concatenate([canvas, plan.beneath])


def _enlarged(pixels: np.ndarray, scale: int) -> np.ndarray:
    if scale == 1:
        return pixels.copy()
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def _draw_regions(canvas: np.ndarray, plan: Plan, masks: dict[int, np.ndarray], frame: int) -> None:
    """Tints first, then trails, then outlines from the largest region to the smallest, so that none is hidden."""
    for number, mask in masks.items():
        shapes.fill(canvas, mask, plan.labels[number].colour, faint=plan.is_box(number, frame))
    for number in masks:
        shapes.trail(canvas, _way(plan, number, frame), plan.labels[number].colour, plan.style.line)
    for number in sorted(masks, key=lambda number: -plan.regions[number].area(frame)):
        colour, line = plan.labels[number].colour, plan.style.line
        if plan.is_box(number, frame):
            shapes.rectangle(canvas, plan.box(number, frame), colour, line)
        else:
            shapes.outline(canvas, masks[number], colour, line)


def _way(plan: Plan, number: int, frame: int) -> list[tuple[float, float]]:
    """The centres of a region in the frames before this one, oldest first; one that was seen only here has no way."""
    past = [earlier for earlier in plan.regions[number].frames if frame - _TRAIL <= earlier <= frame]
    return [plan.centre(number, earlier) for earlier in past]


def _join(canvas: np.ndarray, plan: Plan, number: int, rect: Rect | None, mask: np.ndarray, frame: int) -> None:
    if rect is not None and distance(rect, plan.box(number, frame)) > plan.style.text:
        shapes.leader(canvas, rect, shapes.heart(mask), plan.labels[number].colour, max(1, plan.style.line // 2))


def _centred(plan: Plan, number: int, mask: np.ndarray) -> Rect:
    """Where a label goes that found no free place: on the heart of its region, inside the picture."""
    x, y = shapes.heart(mask)
    width, height = plan.labels[number].size(plan.style)
    left = min(max(x - width // 2, 0), max(mask.shape[1] - width, 0))
    top = min(max(y - height // 2, 0), max(mask.shape[0] - height, 0))
    return left, top, left + width, top + height


def _write_labels(canvas: np.ndarray, plan: Plan, rects: dict[int, Rect]) -> np.ndarray:
    picture = PILImage.fromarray(canvas)
    pen = ImageDraw.Draw(picture, "RGBA")
    for number, rect in rects.items():
        plan.labels[number].write(pen, rect[0], rect[1], plan.style)
    return np.array(picture)

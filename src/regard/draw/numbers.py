"""Set-of-mark: the number of every region on the region itself, for models that read numbers in a picture.

The idea is that of "Set-of-Mark Prompting" (Yang and others, 2023): each number stands on the deepest point of its
mask, and none on another.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw

from regard.draw import shapes
from regard.draw.label import Label
from regard.draw.layout import Rect, place
from regard.draw.palette import colour
from regard.draw.picture import Media, bind_all
from regard.draw.style import Style
from regard.regions.bound import BoundRegion
from regard.regions.region import Region


def marks(media: Media, regions: Sequence[Region | BoundRegion], *, frame: int = 0, tint: bool = True) -> np.ndarray:
    """Draw the number (from 1) of every region on it, at the picture's own size: (H, W, 3) uint8.

    A number stands at the point deepest inside its region that no smaller region covers. `tint` also colours and
    outlines the regions. Regions absent at `frame` are left out. Raises `RegionError` for a region that does not fit
    the media."""
    bound = bind_all(media, regions)
    canvas = media.frames([frame])[0].copy()
    style = Style.fit(media.width, media.height)
    masks = {number: region.mask(frame) for number, region in enumerate(bound) if frame in region.rles}
    labels = {number: Label(str(number + 1), colour(number)) for number in masks}
    for number, mask in masks.items() if tint else ():
        shapes.fill(canvas, mask, colour(number))
    for number, mask in masks.items() if tint else ():
        shapes.outline(canvas, mask, colour(number), max(1, style.line // 2))
    picture = PILImage.fromarray(canvas)
    pen = ImageDraw.Draw(picture, "RGBA")
    for number, rect in _spots(masks, labels, style).items():
        labels[number].write(pen, rect[0], rect[1], style)
    return np.asarray(picture)


def _spots(masks: dict[int, np.ndarray], labels: dict[int, Label], style: Style) -> dict[int, Rect]:
    if not masks:
        return {}
    hearts = {number: shapes.heart(own) for number, own in _own_pixels(masks).items()}
    sizes = [labels[number].size(style) for number in masks]
    high, wide = next(iter(masks.values())).shape
    wanted = [_around(hearts[number], size, (wide, high)) for number, size in zip(masks, sizes, strict=True)]
    found = place(wanted, sizes, (wide, high), np.zeros((high, wide), bool), gap=1, previous=wanted)
    return {number: spot or wish for number, spot, wish in zip(masks, found, wanted, strict=True)}


def _own_pixels(masks: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Each mask without the pixels of smaller ones; a mask that would vanish keeps all of its own."""
    taken = np.zeros_like(next(iter(masks.values())))
    own = {}
    for number in sorted(masks, key=lambda number: int(masks[number].sum())):
        rest = masks[number] & ~taken
        own[number] = rest if rest.any() else masks[number]
        taken |= masks[number]
    return own


def _around(point: tuple[int, int], size: tuple[int, int], picture: tuple[int, int]) -> Rect:
    left, top = (
        min(max(middle - length // 2, 0), max(whole - length, 0))
        for middle, length, whole in zip(point, size, picture, strict=True)
    )
    return left, top, left + size[0], top + size[1]

"""Heat maps on pictures and clips: how likely each place belongs to a region, one colour a region.

Shapes: F frames, h x w cells of a map, R regions, H x W pixels of a drawn frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from regard.core.errors import RegionError
from regard.draw import shapes
from regard.draw.label import Label, panel
from regard.draw.palette import colour
from regard.draw.picture import Media, bind_all
from regard.draw.sheet import TILE, lay_out
from regard.draw.style import Style, enlargement
from regard.media.clip import Clip
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

_DIM = 0.45
CAPTION = "the stronger its colour, the likelier a place belongs to a region; outlines: where regions were given"


def heat(
    media: Media,
    maps_FhwR: np.ndarray,
    frames: Sequence[int] = (0,),
    regions: Sequence[Region | BoundRegion] = (),
    texts: Sequence[str] = (),
    *,
    caption: str = CAPTION,
) -> np.ndarray:
    """Draw maps over the frames they are of, in grey and darkened: (H, W, 3) uint8, of a clip a sheet of its frames.

    `maps_FhwR`: for each of `frames` and each region a probability (0..1) for each cell of the picture. `regions`: as
    they were given, outlined on the frames where they were. `texts`: what the legend says of each region; the greatest
    probability when left out. Raises `RegionError` for maps that do not fit frames, regions or texts, and like `draw`.
    """
    maps_FhwR = np.asarray(maps_FhwR, np.float32)
    bound = bind_all(media, regions)
    count = maps_FhwR.shape[-1] if maps_FhwR.ndim == 4 else 0
    _check(maps_FhwR, frames, len(bound) or count, len(texts) or count)
    scale = max(1, round(TILE / max(media.size))) if media.is_clip else enlargement(*media.size)
    tiles = [
        _frame(pixels_HW3, maps_hwR, bound, frame, scale)
        for pixels_HW3, maps_hwR, frame in zip(media.frames(list(frames)), maps_FhwR, frames, strict=True)
    ]
    drawn = lay_out(tiles, [media.times[frame] for frame in frames]) if isinstance(media, Clip) else tiles[0]
    said = texts or [f"at most {maps_FhwR[..., number].max():.2f}" for number in range(count)]
    labels = [Label(str(number + 1), colour(number), (text,)) for number, text in enumerate(said)]
    across = drawn.shape[1]
    return np.concatenate([drawn, panel(labels, caption, across, Style.fit(across, drawn.shape[0]))])


def _check(maps_FhwR: np.ndarray, frames: Sequence[int], regions: int, texts: int) -> None:
    if maps_FhwR.ndim != 4 or not len(frames) or len(maps_FhwR) != len(frames):
        raise RegionError(
            f"maps are (frames, rows, columns, regions), one for each of {len(frames)} frames; {maps_FhwR.shape} came"
        )
    if {regions, texts} - {maps_FhwR.shape[-1]}:
        raise RegionError(
            f"there are maps of {maps_FhwR.shape[-1]} regions, {regions} regions and {texts} texts; give one of each a "
            "region, without the map of the background"
        )


def _frame(
    pixels_HW3: np.ndarray, maps_hwR: np.ndarray, regions: Sequence[BoundRegion], frame: int, scale: int
) -> np.ndarray:
    """Return one frame: grey where no region is likely, in a region's colour where it is."""
    size = (pixels_HW3.shape[1] * scale, pixels_HW3.shape[0] * scale)
    grey_HW = cv2.resize(cv2.cvtColor(pixels_HW3, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_CUBIC)
    shares = [cv2.resize(one_hw, size, interpolation=cv2.INTER_LINEAR) for one_hw in np.moveaxis(maps_hwR, -1, 0)]
    shares_HWR = np.stack(shares, axis=-1).clip(0, 1)
    colours_R3 = np.array([colour(number) for number in range(shares_HWR.shape[-1])], np.float32)
    rest_HW1 = (1 - shares_HWR.sum(-1, keepdims=True)).clip(0)
    canvas = _DIM * rest_HW1 * grey_HW[..., None] + shares_HWR @ colours_R3
    canvas = canvas.clip(0, 255).round().astype(np.uint8)
    line = Style.fit(*size).line
    for number, region in enumerate(regions):
        if frame in region.rles:
            shapes.outline(canvas, shapes.enlarge_mask(region.mask(frame), scale), colour(number), line)
    return canvas

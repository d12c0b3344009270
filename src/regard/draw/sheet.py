"""A clip on one sheet: frames in rows, each with its time, the regions and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as PILImage
from PIL import ImageDraw

from regard.core.errors import VideoError
from regard.draw.label import panel
from regard.draw.palette import PANEL
from regard.draw.picture import bind_all, draw_frames
from regard.draw.plan import rows
from regard.draw.style import Style
from regard.draw.text import font, width
from regard.draw.timeline import Timeline
from regard.media.clip import Clip
from regard.media.sampling import evenly
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

_COLUMNS = 3
TILE = 480
"""The longer side of a frame on a sheet, in pixels."""


def strip(
    clip: Clip,
    regions: Sequence[Region | BoundRegion] = (),
    texts: Sequence[str] = (),
    *,
    caption: str = "",
    count: int = 6,
    timeline: Timeline | None = None,
) -> np.ndarray:
    """Draw `count` frames of a clip on one sheet (H, W, 3), with the regions and, beneath, the timeline, one text a
    region and the caption.

    The frames are spread evenly, and lie where a region is drawn if there is such a frame nearby; a region that none of
    them shows brings the first frame it is seen in. Raises
    `VideoError` for a count below 1 and, like `draw`, `RegionError`."""
    if count < 1:
        raise VideoError(f"a strip has at least one frame; {count} were asked for")
    bound = bind_all(clip, regions)
    chosen = _chosen(clip, bound, count)
    scale = max(1, round(TILE / max(clip.size)))
    sheet = lay_out(list(draw_frames(clip, bound, scale=scale, frames=chosen)), [clip.times[at] for at in chosen])
    said, across = rows(bound, texts), sheet.shape[1]
    style = Style.fit(across, sheet.shape[0] // 2)
    beneath = [timeline.picture(across, style, clip.duration)] if timeline else []
    beneath += [panel(said, caption, across, style)] if said or caption else []
    return np.concatenate([sheet, *beneath])


def lay_out(tiles: Sequence[np.ndarray], seconds: Sequence[float]) -> np.ndarray:
    """Return drawn frames (H, W, 3) in rows on one sheet, each with its time; large ones are made smaller."""
    tiles = [_fitted(tile) for tile in tiles]
    style = Style.fit(tiles[0].shape[1], tiles[0].shape[0])
    stamped = [_stamped(tile, float(time), style) for tile, time in zip(tiles, seconds, strict=True)]
    return _sheet(stamped, max(2, style.gap // 2))


def _chosen(clip: Clip, regions: Sequence[BoundRegion], count: int) -> list[int]:
    """Evenly spread frames, each moved to one nearby that shows a region where it shows none; for a region in none of
    them its first frame takes the place of the nearest that can be spared.
    """
    shown = sorted({frame for region in regions for frame in region.frames})
    near = clip.frame_count / count / 2
    frames = {_near(frame, shown, near) for frame in evenly(range(clip.frame_count), count)}
    for region in regions:
        if not frames.isdisjoint(region.frames):
            continue
        wanted = region.frames[0]
        spare = [
            frame
            for frame in sorted(frames)
            if all((frames - {frame}) & set(other.rles) for other in regions if other is not region)
        ]
        frames -= {min(spare, key=lambda frame: abs(frame - wanted))} if spare else set()
        frames.add(wanted)
    return sorted(frames)


def _near(frame: int, shown: Sequence[int], near: float) -> int:
    """Return the nearest of the frames that show something, if it is nearer than `near`; else the frame itself."""
    nearest = min(shown, key=lambda one: abs(one - frame), default=frame)
    return nearest if abs(nearest - frame) < near else frame


def _fitted(tile: np.ndarray) -> np.ndarray:
    share = TILE / max(tile.shape[:2])
    return tile if share >= 1 else cv2.resize(tile, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)


def _stamped(tile: np.ndarray, seconds: float, style: Style) -> np.ndarray:
    picture = PILImage.fromarray(tile)
    pen = ImageDraw.Draw(picture, "RGBA")
    words = f"{seconds:.1f} s"
    high, wide = style.text + style.pad, width(words, style.text) + 2 * style.pad
    right, bottom = picture.size
    pen.rectangle((right - wide, bottom - high, right, bottom), fill=(*PANEL, 200))
    pen.text((right - wide / 2, bottom - high / 2), words, fill="white", font=font(style.text), anchor="mm")
    return np.asarray(picture)


def _sheet(tiles: Sequence[np.ndarray], gap: int) -> np.ndarray:
    columns = min(_COLUMNS, len(tiles))
    rows = -(-len(tiles) // columns)
    high, wide = tiles[0].shape[:2]
    sheet = np.empty((rows * (high + gap) - gap, columns * (wide + gap) - gap, 3), np.uint8)
    sheet[:] = PANEL
    for number, tile in enumerate(tiles):
        y, x = number // columns * (high + gap), number % columns * (wide + gap)
        sheet[y : y + high, x : x + wide] = tile
    return sheet

"""Drawings as files: the suffix says whether a picture, a video or a sheet of frames is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as PILImage

from regard.core.errors import MediaError
from regard.core.files import write_atomic
from regard.draw.picture import Media, draw, draw_frames
from regard.draw.sheet import strip
from regard.draw.timeline import Timeline
from regard.media.clip import Clip
from regard.media.write import write_clip
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
VIDEO = ".mp4"


def save(
    path: str | Path,
    media: Media,
    regions: Sequence[Region | BoundRegion] = (),
    texts: Sequence[str] = (),
    *,
    caption: str = "",
    timeline: Timeline | None = None,
) -> Path:
    """Write the drawing of `draw` to a file: .png .jpg .webp for a picture, .mp4 for a clip, a picture suffix for a
    sheet of a clip's frames. `timeline`: what happens when in a clip, drawn beneath it.

    Raises `MediaError` for another suffix, for a video of a picture, and when the folder does not exist; else the
    errors of `draw`."""
    path = check_path(path, media.is_clip)
    if path.suffix.lower() == VIDEO and isinstance(media, Clip):
        last = media.duration - float(media.times[-1])
        drawn = draw_frames(media, regions, texts, caption=caption, timeline=timeline)
        return write_clip(path, drawn, media.times, last=last)
    return _write(path, _still(media, regions, texts, caption, timeline))


def save_picture(path: str | Path, pixels: np.ndarray) -> Path:
    """Write a drawing that is at hand, (H, W, 3) uint8, such as that of `heat`: .png .jpg .webp. Raises `MediaError`
    for another suffix, and when the folder does not exist.
    """
    return _write(check_path(path, is_clip=False), pixels)


def check_path(path: str | Path, is_clip: bool) -> Path:
    """Return the path when a drawing of such media can be written there. Raises `MediaError` saying what can."""
    path = Path(path)
    suffix = path.suffix.lower()
    known = (*PICTURES, VIDEO)
    if suffix not in known:
        raise MediaError(f"a drawing is written as {' '.join(known)}; {path.name!r} has the suffix {suffix!r}")
    if suffix == VIDEO and not is_clip:
        raise MediaError(f"{path.name!r} would be a video of one picture; give it one of {' '.join(PICTURES)}")
    if not path.parent.is_dir():
        raise MediaError(f"there is no folder {str(path.parent)!r} to write {path.name!r} in")
    return path


def show(
    media: Media,
    regions: Sequence[Region | BoundRegion] = (),
    texts: Sequence[str] = (),
    *,
    caption: str = "",
    timeline: Timeline | None = None,
) -> PILImage.Image:
    """Return the drawing as a PIL picture, which a notebook shows: of a clip, a sheet of frames. Errors are those of
    `draw`.
    """
    return PILImage.fromarray(_still(media, regions, texts, caption, timeline))


def _still(
    media: Media, regions: Sequence[Region | BoundRegion], texts: Sequence[str], caption: str, timeline: Timeline | None
) -> np.ndarray:
    if isinstance(media, Clip):
        return strip(media, regions, texts, caption=caption, timeline=timeline)
    return draw(media, regions, texts, caption=caption)


def _write(path: Path, pixels: np.ndarray) -> Path:
    kind = PICTURES[path.suffix.lower()]
    options = {"quality": 92} if kind in ("JPEG", "WEBP") else {}
    return write_atomic(path, lambda file: PILImage.fromarray(pixels).save(file, format=kind, **options))

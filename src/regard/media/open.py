"""One door for pictures and clips: what comes is told by its content."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from regard.core.errors import MediaError, VideoError
from regard.media import paths
from regard.media.clip import Clip
from regard.media.image import MAX_PIXELS, Image, as_array
from regard.media.source import PICTURE_NAMES
from regard.media.video import MAX_FRAME_PIXELS, TIME_LIMIT, is_video


def open_media(
    source: Any,
    *,
    as_clip: bool = False,
    fps: float | None = None,
    max_pixels: int | None = None,
    time_limit: float = TIME_LIMIT,
) -> Image | Clip:
    """Open a picture or a clip.

    `source` is the path of a picture, a video or a folder of numbered frames; an array (height, width, 3) or (N,
    height, width, 3) of uint8; a PIL picture; or an `Image` or `Clip`, which is returned as it is. The content of a
    file decides, not its name. An animated GIF or WebP is an `Image` of its first frame, with a note, unless
    `as_clip`. The bytes of a picture file are taken too. `fps` is for folders and arrays of frames, which hold no
    times; `max_pixels` and `time_limit` are those of `Image.open` and `Clip.open`.

    Raises `MediaError` (its kinds `ImageError` and `VideoError` included) with the reason: no such file, a URL
    (nothing is fetched), a format that is not read, a damaged file.
    """
    if isinstance(source, Image | Clip):
        return source
    if isinstance(source, Pillow.Image):
        return Image.from_pil(source, max_pixels=max_pixels or MAX_PIXELS)
    if isinstance(source, bytes | bytearray | memoryview):
        return Image.from_bytes(bytes(source), max_pixels=max_pixels or MAX_PIXELS)
    if not isinstance(source, str | os.PathLike):
        return _from_array(source, fps)
    path = paths.checked_path(source)
    if path.is_dir():
        return Clip.from_folder(path, fps=fps, max_pixels=max_pixels or MAX_FRAME_PIXELS)
    head = paths.first_bytes(paths.checked_file(path))
    if not as_clip and _means_picture(head, path):
        return Image.open(path, max_pixels=max_pixels or MAX_PIXELS)
    return Clip.open(path, max_pixels=max_pixels or MAX_FRAME_PIXELS, time_limit=time_limit)


def _means_picture(head: bytes, path: Path) -> bool:
    # The name only chooses who explains a file that is neither: it never makes a picture of a video.
    if paths.picture_format(head) or paths.refused_format(head):
        return True
    return path.suffix.lower() in PICTURE_NAMES and not is_video(path)


def _from_array(source: Any, fps: float | None) -> Image | Clip:
    if not hasattr(source, "__array__"):
        raise MediaError(f"expected a path, an array or a PIL picture; a {type(source).__name__} came")
    array = as_array(source)
    if array.ndim != 4:
        return Image.from_array(array)
    if fps is None:
        raise VideoError(
            f"{len(array)} frames came without times: give fps=, or use Clip.from_frames(frames, times=...)"
        )
    return Clip.from_frames(array, fps=fps)

"""One door for pictures and clips: what comes is told by its content."""

from __future__ import annotations

import os
from typing import Any

from PIL import Image as Pillow

from regard.core.errors import MediaError, VideoError
from regard.media import paths
from regard.media.clip import Clip
from regard.media.image import Image, as_array


def open_media(source: Any, *, as_clip: bool = False, fps: float | None = None) -> Image | Clip:
    """Open a picture or a clip.

    `source` is the path of a picture, a video or a folder of numbered frames; an array (height, width, 3) or (N,
    height, width, 3) of uint8; a PIL picture; or an `Image` or `Clip`, which is returned as it is. The content of a
    file decides, not its name. An animated GIF or WebP is an `Image` of its first frame, with a note, unless
    `as_clip`. `fps` is for folders and arrays of frames, which hold no times.

    Raises `MediaError` (its kinds `ImageError` and `VideoError` included) with the reason: no such file, a URL
    (nothing is fetched), a format that is not read, a damaged file.
    """
    if isinstance(source, Image | Clip):
        return source
    if isinstance(source, Pillow.Image):
        return Image.from_pil(source)
    if not isinstance(source, str | os.PathLike):
        return _from_array(source, fps)
    path = paths.checked_path(source)
    if path.is_dir():
        return Clip.from_folder(path, fps=fps)
    path = paths.checked_file(path, MediaError)
    if paths.picture_format(paths.first_bytes(path)):
        return Clip.open(path) if as_clip else Image.open(path)
    return _open_video(path)


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


def _open_video(path: os.PathLike[str]) -> Clip:
    what = paths.refused_format(paths.first_bytes(paths.checked_file(path, MediaError)))
    if what:
        raise MediaError(f"{os.fspath(path)!r} is a {what} file: pictures are read from {paths.ALLOWED_PICTURES}")
    try:
        return Clip.open(path)
    except VideoError as reason:
        raise VideoError(f"{reason} (it is no picture that is known here either: {paths.ALLOWED_PICTURES})") from reason

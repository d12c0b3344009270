"""Frames to an H.264 MP4 file that any player and browser opens."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import av
import av.error
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from regard.core.errors import VideoError
from regard.core.files import write_atomic
from regard.media.image import frozen_pixels

TICKS = 90_000
"""Ticks a second in written files; frame times are rounded to them."""

ONE_FILE = "mbtree=0"
"""Equal frames make equal files: on a busy machine x264's macroblock tree chose other bytes once in some 400 times, on
one thread too; without it never in 10,800.
"""


def write_clip(
    path: str | os.PathLike[str],
    frames: Iterable[np.ndarray],
    times: Sequence[float] | np.ndarray,
    *,
    last: float | None = None,
    quality: int = 18,
) -> Path:
    """Write frames (H, W, 3) uint8 as an H.264 MP4 (yuv420p, BT.709) with the given `times` in seconds, and return
    the path.

    Frames are taken one at a time, so a long clip needs no memory. `last` is how many seconds the last frame stays
    (the gap before it when None). `quality` is x264's constant rate factor, 0 (lossless) to 51. An odd width or
    height is made even by repeating the last column or row. The file appears whole or not at all.

    Raises `VideoError` when a frame is not such an array or of another size than the first, or when frames and times
    differ in number.
    """
    if not 0 <= quality <= 51:
        raise VideoError(f"quality must lie in 0 (best) to 51; {quality!r} came")
    ticks = np.round(np.asarray(times, dtype=np.float64) * TICKS).astype(np.int64)
    if len(ticks) == 0 or np.any(np.diff(ticks) <= 0):
        raise VideoError("times must be at least one and ascend by 1/90,000 s or more")
    gap = int(ticks[-1] - ticks[-2]) if len(ticks) > 1 else TICKS // 25
    stay = gap if last is None else max(1, round(last * TICKS))
    return write_atomic(Path(path), lambda file: _encode(file, frames, ticks, stay, quality))


def _encode(file: IO[bytes], frames: Iterable[np.ndarray], ticks: np.ndarray, stay: int, quality: int) -> None:
    stays = np.append(np.diff(ticks), stay)
    written = 0
    with av.open(file, "w", format="mp4") as container:
        stream: Any = None
        for index, frame in enumerate(frames):
            pixels = _even(_checked(frame, index, stream))
            if stream is None:
                stream = _stream(container, pixels, _rate(ticks, stay), quality)
            if index < len(ticks):
                container.mux(_packets(stream, _frame(pixels, int(ticks[index]), int(stays[index]))))
            written += 1
        if written != len(ticks):
            raise VideoError(f"{written} frames and {len(ticks)} times came; each frame needs its own")
        container.mux(_packets(stream, None))


def _packets(stream: Any, frame: Any) -> list[Any]:
    return stream.encode(frame)


def _checked(frame: np.ndarray, index: int, stream: Any) -> np.ndarray:
    pixels = frozen_pixels(frame)
    height, width = (side + side % 2 for side in pixels.shape[:2])
    if stream is not None and (stream.width, stream.height) != (width, height):
        raise VideoError(f"frame {index} has shape {pixels.shape}; the clip is {stream.width}x{stream.height}")
    return pixels


def _even(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    if height % 2 == 0 and width % 2 == 0:
        return pixels
    return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _rate(ticks: np.ndarray, stay: int) -> Fraction:
    typical = float(np.median(np.diff(ticks))) if len(ticks) > 1 else float(stay)
    return Fraction(TICKS / typical).limit_denominator(1001)


def _stream(container: Any, pixels: np.ndarray, rate: Fraction, quality: int) -> Any:
    options = {"crf": str(quality), "preset": "veryfast", "x264-params": ONE_FILE}
    stream = container.add_stream("libx264", rate=rate, options=options)
    stream.height, stream.width = pixels.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
    context = stream.codec_context
    context.thread_count = 1
    context.colorspace, context.color_range = 1, 1
    context.color_primaries, context.color_trc = 1, 1
    return stream


def _frame(pixels: np.ndarray, tick: int, stay: int) -> Any:
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        threads=1,
    )
    frame.pts, frame.duration, frame.time_base = tick, stay, Fraction(1, TICKS)
    return frame

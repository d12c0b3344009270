"""Clips whose every frame carries its own number in black and white squares, so that a wrong frame is seen at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 10
SIDE = 16
WIDTH, HEIGHT = 6 * SIDE, 4 * SIDE


def painted(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A grey frame with `number` in ten squares (five a row), a red corner top left and a blue corner bottom right."""
    frame = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        row, column = divmod(bit, 5)
        value = 235 if number >> bit & 1 else 20
        frame[SIDE * (row + 1) : SIDE * (row + 2), SIDE * column : SIDE * (column + 1)] = value
    frame[:SIDE, :SIDE] = (220, 20, 20)
    frame[-SIDE:, -SIDE:] = (20, 20, 220)
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number that is painted in a frame."""
    total = 0
    for bit in range(BITS):
        row, column = divmod(bit, 5)
        square = frame[SIDE * (row + 1) + 4 : SIDE * (row + 2) - 4, SIDE * column + 4 : SIDE * (column + 1) - 4]
        total |= int(square.mean() > 128) << bit
    return total


def numbers_of(frames: np.ndarray) -> list[int]:
    return [number_of(frame) for frame in frames]


def write_video(
    path: Path,
    codec: str = "libx264",
    frames: int = 90,
    *,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    ticks: list[int] | None = None,
    gop: int = 24,
    pix_fmt: str = "yuv420p",
    rate: int = 25,
    sound: bool = False,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    picture=painted,
) -> Path:
    """Write a painted clip with PyAV; `ticks` are the frames' times in milliseconds."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.codec_context.thread_count = 1  # else a busy machine may write other bytes for the same frames
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pix_fmt
        stream.codec_context.gop_size = gop
        if ticks is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        audio = add_sound(container) if sound else None
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(index, *size), format="rgb24").reformat(format=pix_fmt)
            frame.pts = index if ticks is None else ticks[index]
            frame.time_base = Fraction(1, rate) if ticks is None else Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            write_sound(container, audio, frames / rate)
    return path


def add_sound(container):
    return container.add_stream("pcm_s16le" if "nut" in container.format.name else "aac", rate=16000, layout="mono")


def write_sound(container, stream, seconds: float) -> None:
    resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=16000)
    wave = (np.sin(np.arange(int(16000 * seconds)) * 0.1) * 8000).astype(np.int16)[None]
    sound = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
    sound.rate, sound.pts = 16000, 0
    for part in resampler.resample(sound):
        container.mux(stream.encode(part))
    container.mux(stream.encode(None))

"""Frames of an animated picture (GIF, WebP, PNG) or of a file of several pages (TIFF), decoded straight through."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image as Pillow

from regard.core.errors import ImageError, VideoError
from regard.media import convert
from regard.media.source import check_clock, file_digest

ASSUMED_SECONDS = 0.1
"""Seconds of a frame whose file states none, or 10 ms or less: browsers show it that long."""


class AnimatedPicture:
    """A picture file of several frames. Each is converted as a picture is (what is transparent lies on white).

    Frames build on each other, so every one on the way is decoded, and going back starts from the first.
    """

    def __init__(self, path: Path, max_pixels: int, time_limit: float) -> None:
        self.path, self.max_pixels = path, max_pixels
        self._shown = repr(str(path))
        self._forget()
        try:
            seconds, self.notes = self._scan(time_limit)
        finally:
            self.close()
        self.times = np.concatenate([[0.0], np.cumsum(seconds[:-1])])
        self.last = seconds[-1]

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the frames. Raises `VideoError` when the file has changed since it was opened."""
        for index in indices:
            if self._picture is None or index <= self._at or self._process != os.getpid():
                self._open()
            pixels = None
            while self._at < index and (pixels := self._next()) is not None:
                pass
            if pixels is None:
                raise VideoError(f"frame {index} of {self._shown} is gone: the file has changed")
            yield pixels

    def digest(self) -> str:
        """Hash the file's bytes and the size."""
        return file_digest(self.path, self.size)

    def close(self) -> None:
        """Close the file."""
        if self._picture is not None:
            self._picture.close()
        if self._file is not None:
            self._file.close()
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_picture": None, "_file": None}

    def _forget(self) -> None:
        self._picture: Any = None
        self._file: IO[bytes] | None = None
        self._at, self._process = -1, os.getpid()

    def _open(self) -> None:
        self.close()
        file = self.path.open("rb")
        try:
            self._picture = convert.open_picture(file, self._shown, self.max_pixels)
        except ImageError as reason:
            file.close()
            raise VideoError(str(reason)) from reason
        self._file = file

    def _next(self) -> np.ndarray | None:
        try:
            self._picture.seek(self._at + 1)
            pixels, _ = convert.decode(self._picture, self._shown, self.max_pixels)
        except EOFError:
            return None
        except ImageError as reason:
            raise VideoError(f"frame {self._at + 1}: {reason}") from reason
        except convert.DECODE_ERRORS as reason:
            raise VideoError(f"frame {self._at + 1} of {self._shown} is damaged: {reason}") from reason
        self._at += 1
        return pixels

    def _scan(self, time_limit: float) -> tuple[list[float], tuple[str, ...]]:
        started = time.monotonic()
        seconds: list[float] = []
        notes: tuple[str, ...] = ()
        self._open()
        while (pixels := self._try(bool(seconds))) is not None:
            if not isinstance(pixels, np.ndarray):
                notes = (f"only the first {len(seconds)} frames can be decoded ({pixels})",)
                break
            self._check_size(pixels)
            seconds.append(_stated_seconds(self._picture))
            check_clock(started, time_limit, self._shown, len(seconds))
        if len(seconds) == 1 and not notes:
            raise VideoError(f"{self._shown} is a single picture, not a clip: open it with Image.open")
        return seconds, notes

    def _try(self, some: bool) -> np.ndarray | str | None:
        """Return the next frame, None at the end, or the reason why it is damaged when there are some before it."""
        try:
            return self._next()
        except VideoError as reason:
            if not some:
                raise
            return str(reason)

    def _check_size(self, pixels: np.ndarray) -> None:
        size = (int(pixels.shape[1]), int(pixels.shape[0]))
        if self._at == 0:
            self.size = size
        if size != self.size:
            first, other = "x".join(map(str, self.size)), "x".join(map(str, size))
            raise VideoError(f"frame {self._at} of {self._shown} is {other}; the first frame is {first}")


def _stated_seconds(picture: Pillow.Image) -> float:
    milliseconds = picture.info.get("duration", 0)
    stated = isinstance(milliseconds, int | float) and 10 < milliseconds < 1e9
    return milliseconds / 1000.0 if stated else ASSUMED_SECONDS

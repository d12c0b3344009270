"""Where the frames of a clip come from: the one interface, and the sources that need no video decoder."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from regard.core.errors import VideoError
from regard.media.image import Image

ASSUMED_RATE = 25.0
"""Frames a second where a folder or file states no times and the caller gives none; a note says so."""

PICTURE_NAMES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")


class Source(Protocol):
    """Frames with times. `times` (N,) float64 seconds ascend from 0.0; `last` is how many seconds the last frame
    stays.
    """

    size: tuple[int, int]
    times: np.ndarray
    last: float
    notes: tuple[str, ...]

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield (H, W, 3) uint8 for each of the ascending, valid `indices`."""

    def digest(self) -> str:
        """Return what tells this source's frames and times from any other's."""

    def close(self) -> None:
        """Give back files and decoders; a later `read` opens them again."""


class Stack:
    """Frames in memory: (N, H, W, 3) uint8."""

    def __init__(self, frames: np.ndarray, times: np.ndarray, last: float, notes: tuple[str, ...] = ()) -> None:
        self.frames, self.times, self.last, self.notes = frames, times, last, notes
        self.size = (int(frames.shape[2]), int(frames.shape[1]))

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the frames."""
        return (self.frames[index] for index in indices)

    def digest(self) -> str:
        """Hash shape, times and pixels."""
        digest = hashlib.sha256(f"frames {self.frames.shape}".encode())
        digest.update(self.times.tobytes())
        for frame in self.frames:
            digest.update(np.ascontiguousarray(frame).data)
        return digest.hexdigest()

    def close(self) -> None:
        """Nothing is open."""


class Folder:
    """A folder of numbered pictures, one a frame, ordered by number; each is read when it is asked for."""

    def __init__(self, folder: Path, fps: float | None, max_pixels: int) -> None:
        self.files, numbers = numbered_pictures(folder)
        self.max_pixels = max_pixels
        self.size = Image.open(self.files[0], max_pixels=max_pixels).size
        rate = fps if fps is not None else ASSUMED_RATE
        self.times, self.last = np.arange(len(self.files)) / rate, 1.0 / rate
        self.notes = _folder_notes(numbers, fps)

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the pictures. Raises `VideoError` for one of another size than the first, `ImageError` for a damaged
        one.
        """
        for index in indices:
            frame = Image.open(self.files[index], max_pixels=self.max_pixels)
            if frame.size != self.size:
                first, other = "x".join(map(str, self.size)), "x".join(map(str, frame.size))
                raise VideoError(f"frame {index} ({self.files[index]}) is {other}; the first frame is {first}")
            yield frame.pixels

    def digest(self) -> str:
        """Hash the bytes of every file, and the times."""
        digest = hashlib.sha256(f"folder {self.size}".encode())
        digest.update(self.times.tobytes())
        for file in self.files:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()

    def close(self) -> None:
        """Nothing stays open."""


def numbered_pictures(folder: Path) -> tuple[list[Path], list[int]]:
    """Return a folder's pictures ordered by the last number in their names, and these numbers.

    Raises `VideoError` when there is none, when a name has no number, or when two have the same.
    """
    found: dict[int, Path] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in PICTURE_NAMES or file.name.startswith("."):
            continue
        digits = re.findall(r"\d+", file.stem)
        if not digits:
            raise VideoError(f"{str(file)!r} has no number in its name, so its place in the clip is unknown")
        number = int(digits[-1])
        if number in found:
            raise VideoError(
                f"{found[number].name!r} and {file.name!r} in {str(folder)!r} have the same number {number}"
            )
        found[number] = file
    if not found:
        raise VideoError(f"the folder {str(folder)!r} holds no pictures (names ending in {' '.join(PICTURE_NAMES)})")
    numbers = sorted(found)
    return [found[number] for number in numbers], numbers


def _folder_notes(numbers: list[int], fps: float | None) -> tuple[str, ...]:
    notes = []
    if fps is None:
        notes.append(f"a folder states no times; {ASSUMED_RATE:g} frames a second are assumed")
    if numbers[-1] - numbers[0] != len(numbers) - 1:
        notes.append(
            f"the files are numbered {numbers[0]} to {numbers[-1]} with gaps; frames count 0 to {len(numbers) - 1}"
        )
    return tuple(notes)


def check_clock(started: float, time_limit: float, shown: str, frames: int) -> None:
    """Raise `VideoError` when more than `time_limit` seconds passed since `started` (a `time.monotonic()` value)."""
    if time.monotonic() - started > time_limit:
        raise VideoError(
            f"{shown} was still being scanned after {time_limit:g} s, at frame {frames}: it is damaged or very long;"
            " pass a larger time_limit, or cut it"
        )


def file_digest(path: Path, size: tuple[int, int]) -> str:
    """Hash a file's bytes and the size of its frames."""
    digest = hashlib.sha256(f"file {size}".encode())
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()

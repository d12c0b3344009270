"""A picture: upright RGB pixels, checked once when it is made."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from regard.core.errors import ImageError
from regard.media import convert, notebook, paths
from regard.media.convert import MAX_PIXELS


@dataclass(frozen=True, eq=False, repr=False)
class Image:
    """One picture.

    `pixels` is (height, width, 3) uint8, upright RGB, read-only. `source` is the path it came from. `notes` say what
    was lost or assumed on the way ("only the first of 12 frames is used").

    It offers what a `Clip` offers, as a clip of one frame at 0.0 seconds. Raises `ImageError` when the array is not
    of that shape and type.
    """

    pixels: np.ndarray
    source: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", frozen_pixels(self.pixels))
        object.__setattr__(self, "notes", tuple(self.notes))

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, max_pixels: int = MAX_PIXELS) -> Image:
        """Read a JPEG, PNG, WebP, GIF, BMP or TIFF file; the content decides, not the name.

        The rules of conversion are in `regard.media.convert`. A file of several frames gives the first one and a
        note. Raises `ImageError` for a missing, damaged or other file, and, before decoding, for more than
        `max_pixels` pixels.
        """
        found = paths.checked_file(path, ImageError)
        shown = repr(os.fspath(path))
        paths.require_picture(paths.first_bytes(found, ImageError), shown)
        with found.open("rb") as file:
            return cls._read(file, shown, str(found), max_pixels)

    @classmethod
    def from_bytes(cls, data: bytes, *, source: str | None = None, max_pixels: int = MAX_PIXELS) -> Image:
        """Read the bytes of a picture file; the same rules and errors as `open`."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise ImageError(f"expected the bytes of a picture file; a {type(data).__name__} came")
        shown = repr(source) if source else f"the picture of {len(data)} bytes"
        paths.require_picture(bytes(data[:64]), shown)
        return cls._read(io.BytesIO(data), shown, source, max_pixels)

    @classmethod
    def _read(cls, file: Any, shown: str, source: str | None, max_pixels: int) -> Image:
        with convert.open_picture(file, shown, max_pixels) as picture:
            pixels, notes = convert.decode(picture, shown, max_pixels)
            total = convert.frame_total(picture)
        return cls(pixels, source, _several(total) + notes)

    @classmethod
    def from_array(cls, array: np.ndarray, *, source: str | None = None) -> Image:
        """Take an array of shape (height, width, 3) and type uint8, RGB; it is copied.

        Nothing is guessed: grey, RGBA, channels-first, float and bool arrays raise `ImageError` with the line that
        mends them.
        """
        return cls(as_array(array), source)

    @classmethod
    def from_pil(cls, picture: Pillow.Image, *, source: str | None = None, max_pixels: int = MAX_PIXELS) -> Image:
        """Take a PIL picture of any mode, by the rules for a file (EXIF orientation, colour profile)."""
        if not isinstance(picture, Pillow.Image):
            raise ImageError(f"expected a PIL picture; a {type(picture).__name__} came")
        convert.check_size(picture.size, "the PIL picture", max_pixels)
        pixels, notes = convert.decode(picture, "the PIL picture", max_pixels)
        total = convert.frame_total(picture)
        return cls(pixels, source, _several(total) + notes)

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.pixels.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    @property
    def frame_count(self) -> int:
        """Always 1."""
        return 1

    @property
    def times(self) -> np.ndarray:
        """Seconds of each frame: `[0.0]`."""
        return np.zeros(1)

    @property
    def is_clip(self) -> bool:
        """False."""
        return False

    @cached_property
    def key(self) -> str:
        """SHA-256 over shape and pixels: equal pixels of another shape have another key."""
        digest = hashlib.sha256(f"image {self.pixels.shape}".encode())
        digest.update(self.pixels.data)
        return digest.hexdigest()

    def frames(self, indices: Sequence[int]) -> np.ndarray:
        """Return (n, height, width, 3) uint8; every index must be 0. Raises `ImageError` otherwise."""
        wanted = [int(index) for index in indices]
        wrong = [index for index in wanted if index != 0]
        if wrong:
            raise ImageError(f"a picture has one frame, number 0; frame {wrong[0]} was asked for")
        return np.repeat(self.pixels[None], len(wanted), axis=0)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a PNG file and return its path."""
        return notebook.write_png(Path(path), self.pixels)

    def __repr__(self) -> str:
        source = f", source={self.source!r}" if self.source else ""
        notes = f", notes={self.notes!r}" if self.notes else ""
        return f"Image({self.width}x{self.height}{source}{notes})"

    def _repr_png_(self) -> bytes:
        return notebook.png(notebook.shrunk(self.pixels, 640))


def as_array(value: Any) -> np.ndarray:
    """Return `value` as an array when it is one (or a tensor that turns into one). Raises `ImageError` otherwise."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "__array__") and not isinstance(value, Pillow.Image):
        try:
            return np.asarray(value)
        except (TypeError, ValueError, RuntimeError) as reason:
            raise ImageError(f"a {type(value).__name__} came that cannot be turned into an array: {reason}") from reason
    raise ImageError(f"expected a NumPy array (height, width, 3) of uint8; a {type(value).__name__} came")


def frozen_pixels(pixels: Any) -> np.ndarray:
    """Return a read-only (H, W, 3) uint8 array, copied when the caller could still write to it. Raises `ImageError`
    with a mend.
    """
    array = as_array(pixels)
    check_pixels(array)
    shared = isinstance(array.base, np.ndarray) and array.base.flags.writeable
    if shared or array.flags.writeable or not array.flags.c_contiguous:
        array = np.array(array, order="C")
        array.flags.writeable = False
    return array


def check_pixels(array: np.ndarray) -> None:
    """Raise `ImageError`, with the line that mends it, unless an array is (H, W, 3) of uint8 and not empty."""
    problem = _problem(array)
    if problem:
        came = f"{array.dtype} of shape {array.shape}"
        raise ImageError(f"expected pixels as uint8 of shape (height, width, 3), RGB; {came} came: {problem}")


def _problem(array: np.ndarray) -> str:
    if array.ndim == 4:
        return "for several frames use Clip.from_frames(array, fps=...)"
    if array.ndim == 2:
        return "for a grey picture repeat it: np.repeat(a[..., None], 3, axis=2)"
    if array.ndim != 3:
        return "one picture has three dimensions"
    if array.shape[2] == 4:
        return "for RGBA use Image.from_pil, which composites on white, or drop alpha: a[..., :3]"
    if array.shape[2] != 3:
        return "channels come last: a.transpose(1, 2, 0)" if array.shape[0] == 3 else "the last dimension is the colour"
    if 0 in array.shape:
        return "it has no pixels"
    if array.dtype == np.uint8:
        return ""
    if array.dtype.kind == "f":
        return "for values 0..1: (a * 255).round().astype(np.uint8)"
    return "convert it: a.astype(np.uint8), scaled to 0..255"


def _several(total: int) -> tuple[str, ...]:
    return (f"only the first of {total} frames is used",) if total > 1 else ()

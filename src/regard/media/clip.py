"""A clip: frames with times, decoded when they are asked for."""

from __future__ import annotations

import math
import operator
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.core.errors import ImageError, VideoError
from regard.media import notebook, paths, write
from regard.media.animated import AnimatedPicture
from regard.media.image import Image, as_array, check_pixels
from regard.media.sampling import uniform_indices
from regard.media.source import Folder, Source, Stack
from regard.media.video import MAX_FRAME_PIXELS, TIME_LIMIT, VideoFile

CACHE_FRAMES = 32
"""How many decoded frames a clip remembers at most."""

CACHE_BYTES = 128 * 2**20
"""How many bytes of decoded frames a clip remembers at most (one frame always fits)."""

MAX_STACK_BYTES = 4 * 2**30
"""How many bytes `frames` returns at most; `stream` has no such limit."""


class Clip:
    """Frames with times.

    Made by `Clip.open`, `Clip.from_frames` or `Clip.from_folder`. Frames are (height, width, 3) uint8, upright RGB;
    frame 0 is at 0.0 seconds and every other one at its own presentation time. One clip may be used from several
    threads: decoding is done one at a time. A clip may also be pickled (a data loader's workers); the copy opens the
    file again.
    """

    def __init__(self, source: Source, path: str | None = None) -> None:
        self._source = source
        self._path = path
        self._times = np.array(source.times, dtype=np.float64)
        self._times.flags.writeable = False
        self._key: str | None = None
        self._fresh()

    def _fresh(self) -> None:
        self._lock = threading.RLock()
        self._cache: OrderedDict[int, np.ndarray] = OrderedDict()

    # -- making one --------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        max_pixels: int = MAX_FRAME_PIXELS,
        time_limit: float = TIME_LIMIT,
    ) -> Clip:
        """Read a video file, or an animated GIF, WebP, PNG or TIFF.

        The true number of frames and their times are found at once, without trusting what the file's header claims;
        this takes at most `time_limit` seconds. Frames of more than `max_pixels` pixels are refused.

        Raises `VideoError` for a missing file or URL, for sound or subtitles without a picture, and for a file with
        no frame that can be decoded.
        """
        found = paths.checked_file(path, VideoError)
        head = paths.first_bytes(found, VideoError)
        paths.refuse_known(head, repr(os.fspath(path)), VideoError)
        if paths.picture_format(head):
            return cls(AnimatedPicture(found, max_pixels, time_limit), str(found))
        return cls(VideoFile(found, max_pixels, time_limit), str(found))

    @classmethod
    def from_frames(
        cls,
        frames: np.ndarray | Iterable[np.ndarray | Image],
        *,
        fps: float | None = None,
        times: Sequence[float] | None = None,
    ) -> Clip:
        """Take an array (N, height, width, 3) of uint8, or a list of such pictures, with either `fps` or the `times`
        in seconds.

        Times are shifted so that the first frame is at 0.0. Raises `VideoError` for no frames, frames of unequal size
        or of another type, and for times that do not ascend.
        """
        stack = _stacked(frames)
        seconds, last = _given_times(len(stack), fps, times)
        return cls(Stack(stack, seconds, last))

    @classmethod
    def from_folder(
        cls, folder: str | os.PathLike[str], *, fps: float | None = None, max_pixels: int = MAX_FRAME_PIXELS
    ) -> Clip:
        """Take a folder of numbered pictures, ordered by the last number in each name. Without `fps`, 25 is assumed
        and noted.

        Raises `VideoError` when there are no pictures, or a name without a number, or two with the same.
        """
        found = paths.checked_path(folder, VideoError)
        if not found.is_dir():
            raise VideoError(f"{os.fspath(folder)!r} is a file, not a folder of frames: open it with Clip.open")
        if fps is not None:
            fps = _checked_rate(fps)
        return cls(Folder(found, fps, max_pixels), str(found))

    # -- what it is --------------------------------------------------------------------------------

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self._source.size[0]

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self._source.size[1]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self._source.size

    @property
    def frame_count(self) -> int:
        """How many frames there truly are."""
        return len(self._times)

    @property
    def times(self) -> np.ndarray:
        """Seconds of each frame, (N,) float64, ascending from 0.0; read-only."""
        return self._times

    @property
    def duration(self) -> float:
        """Seconds from the start of the first frame to the end of the last."""
        return float(self._times[-1] + self._source.last)

    @property
    def is_clip(self) -> bool:
        """True."""
        return True

    @property
    def source(self) -> str | None:
        """The path of the file or folder, or None for frames from memory."""
        return self._path

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed on the way."""
        return self._source.notes

    @property
    def key(self) -> str:
        """SHA-256: of the file's bytes and the frame size; for frames from memory, of shape, times and pixels."""
        with self._lock:
            if self._key is None:
                self._key = self._source.digest()
            return self._key

    # -- frames ------------------------------------------------------------------------------------

    def frame(self, index: int) -> np.ndarray:
        """Return frame `index` as (height, width, 3) uint8, read-only. Raises `VideoError` naming the range."""
        with self._lock:
            return next(self._read([self._checked(index)]))

    def frames(self, indices: Sequence[int]) -> np.ndarray:
        """Return (n, height, width, 3) uint8 in the order of `indices`, repeats included; each frame is decoded once.

        Raises `VideoError` for an index outside the clip and when the result would pass 4 GiB (see `stream`).
        """
        wanted = [self._checked(index) for index in indices]
        size = len(wanted) * self.width * self.height * 3
        if size > MAX_STACK_BYTES:
            raise VideoError(
                f"{len(wanted)} frames of {self.width}x{self.height} are {size / 2**30:.1f} GiB; at most"
                f" {MAX_STACK_BYTES / 2**30:g} GiB are returned at once: ask for fewer, or use stream()"
            )
        stacked = np.empty((len(wanted), self.height, self.width, 3), np.uint8)
        places: dict[int, list[int]] = {}
        for place, index in enumerate(wanted):
            places.setdefault(index, []).append(place)
        ordered = sorted(places)
        with self._lock:
            for index, frame in zip(ordered, self._read(ordered), strict=True):
                stacked[places[index]] = frame
        return stacked

    def stream(self, indices: Iterable[int] | None = None) -> Iterator[np.ndarray]:
        """Yield frames one by one, all of them when `indices` is None; memory stays flat however long the clip is."""
        for index in range(self.frame_count) if indices is None else indices:
            yield self.frame(index)

    def index_at(self, seconds: float) -> int:
        """Return the frame whose time is nearest to `seconds` (the earlier one of two equally near).

        Half a frame beyond the first and the last time is accepted. Raises `VideoError` naming the range otherwise.
        """
        moment = _number(seconds, "seconds")
        slack = 0.5 * self._source.last
        end = float(self._times[-1])
        if not -slack - 1e-9 <= moment <= end + slack + 1e-9:
            raise VideoError(f"{moment:g} s is outside the clip: its {self.frame_count} frames are at 0 to {end:.3f} s")
        after = int(np.searchsorted(self._times, moment))
        if after == 0:
            return 0
        if after == self.frame_count:
            return after - 1
        return after - 1 if moment - self._times[after - 1] <= self._times[after] - moment else after

    def _checked(self, index: int) -> int:
        try:
            number = operator.index(index)
        except TypeError as reason:
            raise VideoError(
                f"a frame is a whole number; {index!r} came (index_at turns seconds into frames)"
            ) from reason
        if not 0 <= number < self.frame_count:
            raise VideoError(f"there is no frame {number}: this clip has frames 0 to {self.frame_count - 1}")
        return number

    def _read(self, ordered: list[int]) -> Iterator[np.ndarray]:
        missing = [index for index in ordered if index not in self._cache]
        kept = {index: self._cache[index] for index in ordered if index in self._cache}
        decoded = self._source.read(missing)
        for index in ordered:
            frame = kept[index] if index in kept else self._remember(index, next(decoded))
            if index in self._cache:
                self._cache.move_to_end(index)
            yield frame

    def _remember(self, index: int, frame: np.ndarray) -> np.ndarray:
        frame.flags.writeable = False
        self._cache[index] = frame
        room = max(1, min(CACHE_FRAMES, CACHE_BYTES // frame.nbytes))
        while len(self._cache) > room:
            self._cache.popitem(last=False)
        return frame

    # -- the rest ----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], *, fps: float | None = None) -> Path:
        """Write an H.264 MP4 file (yuv420p) with this clip's own frame times, or evenly at `fps`, and return its path.

        An odd width or height is made even by repeating the last column or row.
        """
        times = self._times if fps is None else np.arange(self.frame_count) / _checked_rate(fps)
        last = self._source.last if fps is None else 1.0 / fps
        return write.write_clip(path, self.stream(), times, last=last)

    def close(self) -> None:
        """Give back the file and the decoder, and forget decoded frames; the next use opens it again."""
        with self._lock:
            self._source.close()
            self._cache.clear()

    def __enter__(self) -> Clip:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return self.frame_count

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_lock", "_cache")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._fresh()

    def __repr__(self) -> str:
        source = f", source={self._path!r}" if self._path else ""
        notes = f", notes={self.notes!r}" if self.notes else ""
        return f"Clip({self.width}x{self.height}, {self.frame_count} frames, {self.duration:.2f} s{source}{notes})"

    def _strip(self) -> np.ndarray:
        return notebook.strip(self.frames(uniform_indices(self.frame_count, min(6, self.frame_count))))

    def _repr_png_(self) -> bytes:
        return notebook.png(self._strip())

    def _repr_html_(self) -> str:
        return notebook.figure(self._strip(), repr(self))


def _stacked(frames: np.ndarray | Iterable[np.ndarray | Image]) -> np.ndarray:
    if hasattr(frames, "__array__"):
        array = as_array(frames)
        if array.ndim != 4:
            raise VideoError(
                f"expected frames (N, height, width, 3) of uint8; {array.dtype} of shape {array.shape} came"
            )
        pictures: list[Any] = list(array)
    else:
        pictures = [frame.pixels if isinstance(frame, Image) else frame for frame in frames]
    if not pictures:
        raise VideoError("a clip needs at least one frame; none came")
    for index, picture in enumerate(pictures):
        _check_frame(index, picture, np.shape(pictures[0]))
    return _frozen(np.stack(pictures))


def _check_frame(index: int, picture: Any, shape: tuple[int, ...]) -> None:
    try:
        check_pixels(as_array(picture))
    except ImageError as reason:
        raise VideoError(f"frame {index}: {reason}") from reason
    if np.shape(picture) != shape:
        raise VideoError(f"frame {index} has shape {np.shape(picture)}; frame 0 has {shape}")


def _frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _given_times(count: int, fps: float | None, times: Sequence[float] | None) -> tuple[np.ndarray, float]:
    if (fps is None) == (times is None):
        raise VideoError("give either fps=frames a second or times=[seconds of each frame]")
    if times is None:
        rate = _checked_rate(fps)
        return np.arange(count) / rate, 1.0 / rate
    seconds = np.array([_number(moment, "a time") for moment in times])
    if len(seconds) != count:
        raise VideoError(f"{count} frames and {len(seconds)} times came; each frame needs its own")
    gaps = np.diff(seconds)
    if np.any(gaps <= 0):
        place = int(np.flatnonzero(gaps <= 0)[0])
        raise VideoError(
            f"times must ascend: frame {place} is at {seconds[place]:g} s, the next at {seconds[place + 1]:g} s"
        )
    return seconds - seconds[0], float(np.median(gaps)) if count > 1 else 0.04


def _checked_rate(fps: Any) -> float:
    rate = _number(fps, "fps")
    if not 0 < rate <= 100_000:
        raise VideoError(f"fps must be above 0 and at most 100,000; {fps!r} came")
    return rate


def _number(value: Any, name: str) -> float:
    try:
        number = math.nan if isinstance(value, bool | str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise VideoError(f"{name} must be a finite number; {value!r} came")
    return number

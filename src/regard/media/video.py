"""Frames of a video file by number, exactly: what decoding straight through gives is what seeking gives.

The times of all frames are read from the packets first (no decoding). Where packets do not tell the whole truth (no
time, hidden or repeated frames, a first frame that does not decode) the file is decoded once from end to end instead,
and read that way ever after.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from regard.core.errors import VideoError
from regard.media import orientation
from regard.media.source import ASSUMED_RATE, check_clock, file_digest

MAX_FRAME_PIXELS = 40_000_000
"""The largest frame that is decoded unless the caller says otherwise; 8K (7680 x 4320) fits."""

TIME_LIMIT = 60.0
"""Seconds that finding a file's frames may take unless the caller says otherwise."""

SEEK_GAP = 64
"""Jump to a keyframe only when that saves decoding at least this many frames."""

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,obu,ivf,flv,live_flv,asf,ogg,mjpeg,"
    "mjpeg_2000,mxf,gxf,nut,rm,dv,y4m,yuv4mpegpipe,wtv,swf,vc1,mp3,wav,flac,aac,ac3,srt,webvtt,ass"
)
"""The containers that are opened: none of them refers to other files or addresses. Sound and subtitles are named to
say what they are.
"""


@dataclass(frozen=True)
class _Index:
    """`stamps` (N,) ascending presentation times in ticks, or None when frames are only counted; `keys`: which are
    keyframes.
    """

    stamps: np.ndarray | None
    keys: np.ndarray
    times: np.ndarray
    last: float
    notes: tuple[str, ...] = ()


class VideoFile:
    """A video file, decoded with PyAV."""

    def __init__(self, path: Path, max_pixels: int, time_limit: float) -> None:
        self.path, self.max_pixels, self.time_limit = path, max_pixels, time_limit
        self._shown = repr(str(path))
        self._container: Any = None
        self._forget()
        try:
            self._index = self._build_index()
        finally:
            self.close()
        self.times, self.last = self._index.times, self._index.last
        self.notes = self._index.notes + self._notes

    def _forget(self) -> None:
        self._frames: Iterator[Any] = iter(())
        self._at = -1
        self._damaged = 0
        self._process = os.getpid()

    def close(self) -> None:
        """Close the file and the decoder."""
        # A container inherited through fork shares its file position with the parent: it is dropped, not closed.
        if self._container is not None and self._process == os.getpid():
            self._container.close()
        self._container = None
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_container": None, "_frames": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def digest(self) -> str:
        """Hash the file's bytes and the size."""
        return file_digest(self.path, self.size)

    # -- opening -----------------------------------------------------------------------------------

    def _open(self) -> Any:
        self.close()
        try:
            self._container = av.open(
                str(self.path), options={"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
            )
        except (av.error.FFmpegError, OSError, ValueError) as reason:
            raise VideoError(f"{self._shown} is no video that can be read: {_say(reason)}") from reason
        stream = self._stream()
        stream.thread_type = "AUTO"
        return stream

    def _stream(self) -> Any:
        attached = av.stream.Disposition.attached_pic
        for stream in self._container.streams.video:
            if not stream.disposition & attached:
                return stream
        kinds = sorted({stream.type for stream in self._container.streams}) or ["nothing"]
        raise VideoError(f"{self._shown} holds no moving picture, only {' and '.join(kinds)}")

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > self.max_pixels:
            raise VideoError(
                f"{self._shown} has frames of {width}x{height}, {width * height:,} pixels; at most {self.max_pixels:,} are"
                " decoded: make it smaller, or pass max_pixels"
            )

    def _build_index(self) -> _Index:
        started = time.monotonic()
        stream = self._open()
        self._check_pixels(stream.codec_context.width, stream.codec_context.height)
        packets = _scan_packets(
            self._container, stream, lambda n: check_clock(started, self.time_limit, self._shown, n)
        )
        first = self._first_frame(started)
        if packets is not None and first.pts == packets.stamps[0]:
            return packets
        return self._count_by_decoding(started)

    def _first_frame(self, started: float) -> Any:
        self._restart()
        for frame in self._frames:
            self.turn, notes = orientation.of_frame(frame)
            self._notes = notes + _shape_notes(self._stream())
            width, height = frame.width, frame.height
            self.size = (height, width) if self.turn.swaps else (width, height)
            return frame
        check_clock(started, self.time_limit, self._shown, 0)
        raise VideoError(f"{self._shown} holds no frame that can be decoded ({self._damaged} damaged packets)")

    def _count_by_decoding(self, started: float) -> _Index:
        self._restart()
        stamps, base = [], self._stream().time_base
        for frame in self._frames:
            stamps.append(frame.pts)
            check_clock(started, self.time_limit, self._shown, len(stamps))
        known = None not in stamps and bool(np.all(np.diff(np.array(stamps, dtype=np.int64)) > 0))
        keys = np.zeros(len(stamps), bool)
        if known:
            times = _seconds(np.array(stamps, dtype=np.int64), base)
            return _Index(None, keys, times, _typical_gap(times))
        rate = float(self._stream().average_rate or self._stream().guessed_rate or ASSUMED_RATE)
        note = f"the file states no usable frame times; {rate:g} frames a second are assumed"
        return _Index(None, keys, np.arange(len(stamps)) / rate, 1.0 / rate, (note,))

    # -- reading -----------------------------------------------------------------------------------

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the frames; one pass forward, with a jump to a keyframe where that saves much.

        Raises `VideoError` naming a frame that cannot be decoded.
        """
        if self._container is None or self._process != os.getpid():
            self._restart()
        for index in indices:
            yield self._pixels(self._frame(index))

    def _restart(self) -> None:
        stream = self._open()
        self._frames = self._decoded(stream)

    def _decoded(self, stream: Any) -> Iterator[Any]:
        for packet in self._container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self._damaged += 1
                continue
            yield from frames

    def _frame(self, index: int) -> Any:
        if self._index.stamps is None:
            return self._count_to(index)
        key = self._key_before(index)
        if index <= self._at or key - self._at > SEEK_GAP:
            self._jump(key)
        frame = self._search(index)
        while frame is None and key > 0:
            # The decoder could not start at this keyframe, or the file jumped past it: start from an earlier one.
            key = self._key_before(key - 1)
            self._jump(key)
            frame = self._search(index)
        if frame is None:
            self._restart()
            frame = self._search(index)
        if frame is None:
            raise VideoError(
                f"frame {index} of {self._shown} ({self.times[index]:.3f} s) is listed in the file but cannot be decoded"
            )
        return frame

    def _key_before(self, index: int) -> int:
        keys = np.flatnonzero(self._index.keys[: index + 1])
        return int(keys[-1]) if len(keys) else 0

    def _jump(self, key: int) -> None:
        if key == 0:
            self._restart()
            return
        stream = self._stream()
        try:
            self._container.seek(int(self._index.stamps[key]), stream=stream, backward=True)
        except av.error.FFmpegError:
            self._restart()
            return
        self._frames = self._decoded(stream)
        self._at = -1

    def _search(self, index: int) -> Any:
        wanted = self._index.stamps[index]
        for frame in self._frames:
            if frame.pts is None or frame.pts < wanted:
                continue
            self._at = int(np.searchsorted(self._index.stamps, frame.pts))
            return frame if frame.pts == wanted else None
        self._at = len(self.times)
        return None

    def _count_to(self, index: int) -> Any:
        if index <= self._at:
            self._restart()
        for frame in self._frames:
            self._at += 1
            if self._at == index:
                return frame
        raise VideoError(
            f"frame {index} of {self._shown} could be decoded before and cannot now: has the file changed?"
        )

    def _pixels(self, frame: Any) -> np.ndarray:
        self._check_pixels(frame.width, frame.height)
        width, height = self.size[::-1] if self.turn.swaps else self.size
        try:
            pixels = frame.to_ndarray(format="rgb24", width=width, height=height)
        except (av.error.FFmpegError, ValueError) as reason:
            raise VideoError(f"a frame of {self._shown} cannot be turned into RGB: {_say(reason)}") from reason
        return self.turn.apply(pixels)


def _scan_packets(container: Any, stream: Any, tick: Any) -> _Index | None:
    """Read every packet's time without decoding; None when the packets cannot tell which frames there are."""
    stamps, keys, durations = [], [], []
    for packet in container.demux(stream):
        tick(len(stamps))
        if packet.size == 0 or packet.is_discard or _hidden(packet, stream):
            continue
        if packet.pts is None or packet.is_corrupt:
            return None
        stamps.append(packet.pts)
        keys.append(packet.is_keyframe)
        durations.append(packet.duration or 0)
    order = np.argsort(np.array(stamps, dtype=np.int64), kind="stable")
    ticks = np.array(stamps, dtype=np.int64)[order]
    if not len(ticks) or not keys[0] or bool(np.any(np.diff(ticks) == 0)):
        return None
    times = _seconds(ticks, stream.time_base)
    last = float(durations[order[-1]] * stream.time_base) or _typical_gap(times)
    return _Index(ticks, np.array(keys)[order], times, last)


def _hidden(packet: Any, stream: Any) -> bool:
    # VP8 keeps reference frames that are never shown in packets of their own; bit 4 of the first byte tells.
    return stream.codec_context.name in ("vp8", "libvpx") and not bytes(packet)[0] & 0x10


def _seconds(ticks: np.ndarray, base: Any) -> np.ndarray:
    return (ticks - ticks[0]).astype(np.float64) * base.numerator / base.denominator


def _typical_gap(times: np.ndarray) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0 / ASSUMED_RATE


def _shape_notes(stream: Any) -> tuple[str, ...]:
    aspect = stream.sample_aspect_ratio
    if aspect and aspect > 0 and aspect != 1:
        return (f"pixels are {aspect.numerator}:{aspect.denominator}, not square; frames are given as stored",)
    return ()


def _say(reason: BaseException) -> str:
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__

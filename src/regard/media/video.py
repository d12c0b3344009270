"""Frames of a video file by number, exactly: what decoding straight through gives is what seeking gives.

The times of all frames are read from the packets first (no decoding). Where packets do not tell the whole truth (no
time, hidden or repeated frames, a first frame that does not decode) the file is decoded once from end to end instead,
and read that way ever after.
"""

from __future__ import annotations

import itertools
import os
import time
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np

from regard.core.errors import VideoError
from regard.media import claims, orientation, packets
from regard.media.packets import FrameIndex
from regard.media.source import check_clock, file_digest

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


# Before PyAV 18, decoder options given at opening corrupt memory when a file's streams are found only by reading on.
_LIMITS_AT_OPENING = int(av.__version__.split(".")[0]) >= 18

THREADED_PIXELS = 500_000
"""From this size on, several frames are decoded at once."""

FRAMES_CHECKED = 4
"""How many decoded frames must agree with the packets before the packets are believed."""


class VideoFile:
    """A video file, decoded with PyAV."""

    def __init__(self, path: Path, max_pixels: int, time_limit: float) -> None:
        self.path, self.max_pixels, self.time_limit = path, max_pixels, time_limit
        self._shown = repr(str(path))
        # The decoder's own limit counts padded sizes; the exact one is checked here, for every frame.
        self._decoding = {"max_pixels": str(2 * max_pixels + 65_536)}
        self._container: Any = None
        _FILES.add(self)
        self._started: float | None = time.monotonic()
        self._forget()
        try:
            claims.check_claims(path)
            self._index = self._build_index()
        finally:
            self.close()
        self._started = None
        self._starts = np.flatnonzero(self._index.starts)
        self._stamps = self._index.stamps if self._index.stamps is not None else np.zeros(0, np.int64)
        self.times, self.last = self._index.times, self._index.last
        self.notes = self._index.notes + self._notes

    def _forget(self) -> None:
        self._frames: Iterator[Any] = iter(())
        self._at = -1
        self._damaged = 0

    def close(self) -> None:
        """Close the file and the decoder."""
        if self._container is not None:
            self._container.close()
        self._container = None
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_container": None, "_frames": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()
        _FILES.add(self)

    def digest(self) -> str:
        """Hash the file's bytes and the size."""
        return file_digest(self.path, self.size)

    # -- opening -----------------------------------------------------------------------------------

    def _open(self) -> Any:
        self.close()
        try:
            self._container = _opened(self.path, self._decoding if _LIMITS_AT_OPENING else {})
        except packets.DEMUX_ERRORS as reason:
            raise VideoError(
                f"{self._shown} is no video, or one that is cut off or damaged: {_say(reason)}"
            ) from reason
        stream = self._stream()
        if stream.codec_context is None:
            raise VideoError(f"{self._shown} is coded in a way that no decoder here knows")
        # Several frames at once only pay for large ones; small ones decode faster than threads take turns.
        context = stream.codec_context
        stream.thread_type = "AUTO" if context.width * context.height >= THREADED_PIXELS else "SLICE"
        context.options = self._decoding
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
                f"{self._shown} has frames of {width}x{height}, {width * height:,} pixels; at most"
                f" {self.max_pixels:,} are decoded: make it smaller, or pass max_pixels"
            )

    def _build_index(self) -> FrameIndex:
        stream = self._open()
        self._check_pixels(stream.codec_context.width, stream.codec_context.height)
        listed = packets.from_packets(self._container, stream, self._check_clock)
        first = self._first_frames()
        if listed is not None and listed.agrees(first):
            return listed
        return self._count_by_decoding()

    def _check_clock(self, frames: int) -> None:
        # Only while the file is being opened: no call into the decoder takes longer than one packet.
        if self._started is not None:
            check_clock(self._started, self.time_limit, self._shown, frames)

    def _first_frames(self) -> list[int | None]:
        self._restart()
        frames = list(itertools.islice(self._frames, FRAMES_CHECKED))
        if not frames:
            raise VideoError(
                f"{self._shown} holds no frame that can be decoded ({self._damaged} damaged packets; frames of more"
                f" than {self.max_pixels:,} pixels are not decoded)"
            )
        self.turn, notes = orientation.of_frame(frames[0])
        self._notes = notes + _shape_notes(self._stream())
        width, height = frames[0].width, frames[0].height
        self.size = (height, width) if self.turn.swaps else (width, height)
        return [frame.pts for frame in frames]

    def _count_by_decoding(self) -> FrameIndex:
        self._restart()
        stamps = [frame.pts for frame in self._frames]
        if self._damaged:
            self._notes += (f"{self._damaged} damaged packets were skipped",)
        return packets.from_decoded(stamps, self._stream())

    # -- reading -----------------------------------------------------------------------------------

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the frames; one pass forward, with a jump to a keyframe where that saves much.

        Raises `VideoError` naming a frame that cannot be decoded.
        """
        if self._container is None:
            self._restart()
        for index in indices:
            yield self._pixels(self._frame(index))

    def _restart(self) -> None:
        stream = self._open()
        self._frames = self._decoded(stream)

    def _decoded(self, stream: Any) -> Iterator[Any]:
        for count, packet in enumerate(packets.demuxed(self._container, stream)):
            self._check_clock(count)
            try:
                frames = packet.decode() if packet is not None else None
            except packets.DEMUX_ERRORS:
                frames = None
            self._damaged += frames is None
            yield from frames or ()

    def _frame(self, index: int) -> Any:
        if self._index.stamps is None:
            return self._count_to(index)
        start = self._start_before(index)
        near = self._at < index and start - self._at <= SEEK_GAP
        frame = self._search(index) if near or self._jump(start) else None
        back = 1
        while frame is None and start > 0:
            # The file jumped past this place, or the decoder could not start there: go back, ever further.
            start, back = self._start_before(index, back), 2 * back + 1
            frame = self._search(index) if self._jump(start) else None
        if frame is None:
            raise VideoError(
                f"frame {index} of {self._shown} ({self.times[index]:.3f} s) is listed in the file but does not decode"
            )
        return frame

    def _start_before(self, index: int, back: int = 0) -> int:
        place = int(np.searchsorted(self._starts, index, side="right")) - 1 - back
        return int(self._starts[place]) if place >= 0 else 0

    def _jump(self, start: int) -> bool:
        """Go to frame `start`; False when the file cannot be entered exactly there."""
        if start == 0:
            self._restart()
            return True
        stream, wanted = self._stream(), int(self._stamps[start])
        try:
            self._container.seek(wanted, stream=stream, backward=True)
        except packets.DEMUX_ERRORS:
            return False
        self._frames, self._at = self._decoded(stream), -1
        for frame in self._frames:
            if frame.pts is not None and frame.pts >= wanted:
                self._frames = itertools.chain([frame], self._frames)
                return frame.pts == wanted
        return False

    def _search(self, index: int) -> Any:
        wanted = self._stamps[index]
        for frame in self._frames:
            if frame.pts is None or frame.pts < wanted:
                continue
            self._at = int(np.searchsorted(self._stamps, frame.pts))
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
        except packets.DEMUX_ERRORS as reason:
            raise VideoError(f"a frame of {self._shown} cannot be turned into RGB: {_say(reason)}") from reason
        return self.turn.apply(pixels)


_FILES: weakref.WeakSet[VideoFile] = weakref.WeakSet()
_LEFT_BEHIND: list[Any] = []


def _leave_behind() -> None:
    # After a fork the child shares the parent's place in the file, and the decoder's threads are gone: closing it
    # would wait for them for ever. So it is neither used nor freed, and the child opens the file anew.
    for file in list(_FILES):
        _LEFT_BEHIND.append((file._container, file._frames))
        file._container = None
        file._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_behind)


def is_video(path: Path) -> bool:
    """Whether a file is a container of the kinds that are opened; nothing is decoded.

    Raises `VideoError` for one whose tables claim more than it can hold.
    """
    claims.check_claims(path)
    try:
        with _opened(path, {}):
            return True
    except packets.DEMUX_ERRORS:
        return False


def _opened(path: Path, decoding: dict[str, str]) -> Any:
    allowed = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    return av.open(str(path), container_options=allowed, options=decoding)


def _shape_notes(stream: Any) -> tuple[str, ...]:
    aspect = stream.sample_aspect_ratio
    if aspect and aspect > 0 and aspect != 1:
        return (f"pixels are {aspect.numerator}:{aspect.denominator}, not square; frames are given as stored",)
    return ()


def _say(reason: BaseException) -> str:
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__

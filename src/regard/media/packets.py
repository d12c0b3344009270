"""The frames of a video stream as its packets tell them: times and safe places to start, without decoding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import av.error
import numpy as np

from regard.media.source import ASSUMED_RATE

TIMED_CONTAINERS = {"mov", "mp4", "matroska", "webm", "mpegts", "flv"}
"""The containers whose packets hold presentation times; elsewhere (AVI, raw streams, ...) times are found by
decoding."""


DEMUX_ERRORS = (av.error.FFmpegError, OSError, ValueError, IndexError, MemoryError)
"""What PyAV raises where a container is damaged."""


@dataclass(frozen=True)
class FrameIndex:
    """Which frames there are.

    `stamps` (N,) int64 are ascending presentation times in ticks, or None when frames can only be counted from the
    start. `starts` (N,) bool: decoding may begin here and gives exactly this frame and all after it. `times` (N,)
    float64 are seconds from the first frame; `last` is how many seconds the last one stays.
    """

    stamps: np.ndarray | None
    starts: np.ndarray
    times: np.ndarray
    last: float
    notes: tuple[str, ...] = ()

    def agrees(self, decoded: list[int | None]) -> bool:
        """Whether the first frames that were decoded have the first of these times."""
        return self.stamps is not None and self.stamps[: len(decoded)].tolist() == decoded


def from_packets(container: Any, stream: Any, tick: Callable[[int], None]) -> FrameIndex | None:
    """Read every packet of a stream; None when the packets cannot tell which frames there are.

    That is so when a packet has no time or the time of another, when the first one is no keyframe, and when one is
    cut short or blank (a download that stopped). `tick` is called with the count of frames so far.
    """
    if not TIMED_CONTAINERS & set(container.format.name.split(",")):
        return None
    rows: list[tuple[int, bool, int]] = []
    enters: bool | None = None
    for packet in demuxed(container, stream):
        if packet is None:
            return None
        tick(len(rows))
        enters = packet.is_keyframe if enters is None else enters
        if packet.size == 0 or packet.is_discard or _is_hidden(packet, stream):
            continue
        if packet.pts is None or packet.is_corrupt or _is_blank(memoryview(packet)):
            return None
        rows.append((packet.pts, _may_start(packet, stream), packet.duration or 0))
    return _ordered(rows, stream) if rows and enters else None


def demuxed(container: Any, stream: Any) -> Iterator[Any]:
    """Yield the packets of a stream; None as the last when the file breaks off in damage."""
    try:
        yield from container.demux(stream)
    except DEMUX_ERRORS:
        yield None


def _ordered(rows: list[tuple[int, bool, int]], stream: Any) -> FrameIndex | None:
    rows = sorted(rows, key=lambda row: row[0])
    stamps = np.array([row[0] for row in rows], dtype=np.int64)
    if np.any(np.diff(stamps) == 0):
        return None
    times = seconds(stamps, stream.time_base)
    last = float(rows[-1][2] * stream.time_base) or typical_gap(times)
    return FrameIndex(stamps, np.array([row[1] for row in rows]), times, last)


def from_decoded(stamps: list[int | None], stream: Any) -> FrameIndex:
    """Make the index of frames that were decoded from end to end, each with its time in ticks or None."""
    starts = np.zeros(len(stamps), bool)
    known = np.array(stamps, dtype=np.int64) if None not in stamps else None
    if known is not None and np.all(np.diff(known) > 0):
        times = seconds(known, stream.time_base)
        return FrameIndex(None, starts, times, typical_gap(times))
    rate = float(stream.average_rate or stream.guessed_rate or ASSUMED_RATE)
    note = f"the file states no usable frame times; {rate:g} frames a second are assumed"
    return FrameIndex(None, starts, np.arange(len(stamps)) / rate, 1.0 / rate, (note,))


def seconds(stamps: np.ndarray, base: Any) -> np.ndarray:
    """Turn ticks (N,) into seconds from the first one; `base` is the length of a tick as a fraction of a second."""
    return (stamps - stamps[0]).astype(np.float64) * base.numerator / base.denominator


def typical_gap(times: np.ndarray) -> float:
    """Return the median gap between times, 0.04 s when there is only one."""
    return float(np.median(np.diff(times))) if len(times) > 1 else 1.0 / ASSUMED_RATE


def _is_blank(data: memoryview) -> bool:
    """Whether a packet begins or ends in nothing, as one that a broken download left to be filled; no codec writes that
    often, and where one does, frames are found by decoding.
    """
    return not any(data[:16]) or (len(data) > 16 and not any(data[-8:]))


def _is_hidden(packet: Any, stream: Any) -> bool:
    # VP8 keeps reference frames that are never shown in packets of their own; bit 4 of the first byte tells.
    return stream.codec_context.name in ("vp8", "libvpx") and not memoryview(packet)[0] & 0x10


def _may_start(packet: Any, stream: Any) -> bool:
    """Whether decoding may begin at a packet and is exact from there on."""
    if not packet.is_keyframe or stream.codec_context.name != "h264":
        return packet.is_keyframe
    return _h264_is_exact(bytes(packet), stream.codec_context.extradata or b"")


def _h264_is_exact(data: bytes, extradata: bytes) -> bool:
    """Whether an H.264 keyframe makes decoding exact from itself on.

    An IDR picture does. So does a recovery point that recovers after 0 frames with an exact match; others (a picture
    refreshed stripe by stripe) leave traces of what was before for many frames.
    """
    for unit in _h264_units(data, extradata):
        kind = unit[0] & 0x1F
        if kind == 5 or (kind == 6 and _recovers_at_once(unit)):
            return True
    return False


def _h264_units(data: bytes, extradata: bytes) -> list[bytes]:
    if extradata[:1] != b"\x01" or len(extradata) < 5:
        return [unit for unit in data.split(b"\x00\x00\x01")[1:] if unit]
    width, units, place = (extradata[4] & 3) + 1, [], 0
    while place + width < len(data):
        length = int.from_bytes(data[place : place + width], "big")
        units.append(data[place + width : place + width + max(1, length)])
        place += width + length
    return units


def _recovers_at_once(unit: bytes) -> bool:
    """Look for a recovery point (payload 6) among the messages of an SEI unit; "1" is a count of 0, the next bit is
    "exact"."""
    place, message = 1, unit.replace(b"\x00\x00\x03", b"\x00\x00")
    while place + 2 < len(message):
        kind, place = _sei_number(message, place)
        length, place = _sei_number(message, place)
        if kind == 6:
            return place < len(message) and message[place] & 0xC0 == 0xC0
        place += length
    return False


def _sei_number(message: bytes, place: int) -> tuple[int, int]:
    total = 0
    while place < len(message) and message[place] == 255:
        total, place = total + 255, place + 1
    return total + (message[place] if place < len(message) else 0), place + 1

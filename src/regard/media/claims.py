"""A look at what an MP4 file claims, before a decoder believes it.

The decoder makes room for every sample that the file's tables claim, some 60 bytes each, before it reads any of them:
a file of a few kilobytes that claims a billion frames would take all memory in one call that nothing can interrupt.
No other container that is opened allows this. So the claims are held against the size of the file first; this is why
no second process has to stand guard.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from regard.core.errors import VideoError

MAX_SAMPLES = 20_000_000
"""The most frames or pieces of sound that one track may claim: nine days at 25 frames a second."""

_INSIDE = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}
_FIRST = {b"ftyp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"styp", b"sidx", b"uuid"}
_DEEPEST = 6


def check_claims(path: Path) -> None:
    """Raise `VideoError` when a track of an MP4 or MOV file claims more samples than the file can hold. Other files
    pass."""
    with path.open("rb") as file:
        if file.read(8)[4:8] not in _FIRST:
            return
        size = path.stat().st_size
        for claimed, each in _claims(file, 0, size, 0):
            if claimed * each > size or claimed > MAX_SAMPLES:
                raise VideoError(f"{str(path)!r} claims {claimed:,} frames in a file of {size:,} bytes: it is damaged")


def _claims(file: IO[bytes], start: int, end: int, depth: int) -> Iterator[tuple[int, int]]:
    """Yield (samples claimed, bytes that each takes at least) for every table of samples."""
    for kind, body, stop in _boxes(file, start, end):
        inside = kind in _INSIDE and depth < _DEEPEST
        if inside and not (kind == b"trak" and _is_plain_sound(file, body, stop)):
            yield from _claims(file, body, stop, depth + 1)
        if kind in (b"stsz", b"stz2"):
            each, claimed = _numbers(file, body + 4, 2)
            yield claimed, max(1, each) if kind == b"stsz" else 1
        if kind == b"trun":
            yield _numbers(file, body + 4, 1)[0], 1


def _is_plain_sound(file: IO[bytes], start: int, end: int) -> bool:
    """Whether a track is uncompressed sound: its samples are counted singly, but taken in blocks by the decoder."""
    tables = dict(_leaves(file, start, end, 0))
    if b"hdlr" not in tables or b"stts" not in tables:
        return False
    file.seek(tables[b"hdlr"] + 8)
    return file.read(4) == b"soun" and _numbers(file, tables[b"stts"] + 4, 3)[::2] == (1, 1)


def _leaves(file: IO[bytes], start: int, end: int, depth: int) -> Iterator[tuple[bytes, int]]:
    for kind, body, stop in _boxes(file, start, end):
        if kind in _INSIDE and depth < _DEEPEST:
            yield from _leaves(file, body, stop, depth + 1)
        else:
            yield kind, body


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, start of the body, end) of each box between two places of the file; stop at the first that is not
    whole."""
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
        header = 8
        if length == 1:
            length, header = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], 16
        stop = end if length == 0 else min(end, start + length)
        if stop - start < header:
            return
        yield kind, start + header, stop
        start = stop


def _numbers(file: IO[bytes], place: int, count: int) -> tuple[int, ...]:
    file.seek(place)
    return struct.unpack(f">{count}I", file.read(4 * count).ljust(4 * count, b"\0"))

"""The run-length code of Label Studio's brush: a stream of bits over the four channels of every pixel.

The stream: 32 bits with the count of values, 5 with the bits of a value (less one), four times 4 with the bits of a
length in each of four classes (less one). Then blocks until all values are there: a bit that says run or literal, 2
bits for the class, the length less one in that many bits, and then one value (a run) or as many as the length says
(literal). A pixel is four values; the last, alpha, is the mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from regard.core.errors import RegionError

_LENGTH_BITS = (3, 4, 8, 16)
_CHANNELS = 4


def decode(values: Any, size: tuple[int, int]) -> np.ndarray:
    """Unpack a brush's list of bytes into a bool mask (height, width) of an image of (width, height).

    Raises `RegionError` when it is no list of bytes, is cut off, or holds another number of pixels than the image.
    """
    bits = _Bits(values)
    width, height = size
    total = bits.take(32)
    if total != width * height * _CHANNELS:
        pixels = f"{total / _CHANNELS:g} pixels, the image {width} x {height} = {width * height}"
        raise RegionError(f"the brush's RLE holds {pixels}")
    word = bits.take(5) + 1
    lengths = [bits.take(4) + 1 for _ in range(4)]
    out = np.zeros(total, dtype=np.int64)
    at = 0
    while at < total:
        run = bits.take(1)
        count = bits.take(lengths[bits.take(2)]) + 1
        if at + count > total:
            raise RegionError(f"the brush's RLE holds more values than its own count of {total}")
        out[at : at + count] = bits.take(word) if run else bits.words(count, word)
        at += count
    return out.reshape(height, width, _CHANNELS)[:, :, _CHANNELS - 1] > 0


def encode(mask: np.ndarray) -> list[int]:
    """Pack a bool mask (height, width) into a brush's list of bytes; inside is 255 in all four channels."""
    flat = np.asarray(mask, dtype=bool).ravel()
    edges = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    parts = [f"{flat.size * _CHANNELS:032b}", f"{8 - 1:05b}", *(f"{bits - 1:04b}" for bits in _LENGTH_BITS)]
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        parts += _run((end - start) * _CHANNELS, 255 if flat[start] else 0)
    bits = "".join(parts)
    bits += "0" * (-len(bits) % 8)
    return np.packbits(np.frombuffer(bits.encode("ascii"), dtype=np.uint8) - ord("0")).tolist()


def _run(length: int, value: int) -> list[str]:
    """Return the blocks of one run, each in the shortest class that holds it."""
    blocks = []
    while length:
        count = min(length, 1 << _LENGTH_BITS[-1])
        kind = next(at for at, bits in enumerate(_LENGTH_BITS) if count <= 1 << bits)
        blocks.append(f"1{kind:02b}{count - 1:0{_LENGTH_BITS[kind]}b}{value:08b}")
        length -= count
    return blocks


class _Bits:
    """A stream of bits that never reads past its end."""

    def __init__(self, values: Sequence[int]) -> None:
        if not isinstance(values, list | tuple | np.ndarray) or not len(values):
            raise RegionError(f"a brush's RLE is a list of bytes; got {type(values).__name__}")
        numbers = np.asarray(values, dtype=object)
        if numbers.ndim != 1 or not all(type(number) is int and 0 <= number <= 255 for number in numbers.tolist()):
            raise RegionError("a brush's RLE is a list of bytes, whole numbers from 0 to 255")
        self._data = bytes(numbers.tolist())
        self._at = 0

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number."""
        end = self._advance(count)
        first, last = (end - count) // 8, (end + 7) // 8
        return (int.from_bytes(self._data[first:last], "big") >> (last * 8 - end)) & ((1 << count) - 1)

    def words(self, count: int, bits: int) -> np.ndarray:
        """Return the next `count` numbers of `bits` bits each, (count,) int64."""
        end = self._advance(count * bits)
        start = end - count * bits
        first = start // 8
        held = np.unpackbits(np.frombuffer(self._data[first : (end + 7) // 8], dtype=np.uint8))
        digits = held[start - first * 8 : end - first * 8].reshape(count, bits).astype(np.int64)
        return digits @ (1 << np.arange(bits - 1, -1, -1, dtype=np.int64))

    def _advance(self, count: int) -> int:
        self._at += count
        if self._at > len(self._data) * 8:
            raise RegionError("the brush's RLE is cut off")
        return self._at

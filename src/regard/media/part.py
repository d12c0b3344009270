"""Some frames of a clip as a clip of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from regard.core.errors import VideoError
from regard.media.clip import Clip


class Part(Clip):
    """Frames of another clip, by their numbers, at their own times from the first of them on.

    They are decoded when they are asked for, and remembered by the clip they are of. Raises `VideoError` for no frames,
    frames that do not ascend, or one that is not there.
    """

    def __init__(self, whole: Clip, frames: Sequence[int]) -> None:
        super().__init__(_Frames(whole, frames), whole.source)

    def _remember(self, index: int, frame: np.ndarray) -> np.ndarray:
        return frame


class _Frames:
    """The source of such a clip."""

    def __init__(self, whole: Clip, frames: Sequence[int]) -> None:
        numbers = [int(frame) for frame in frames]
        if not numbers or sorted(set(numbers)) != numbers or not 0 <= numbers[0] <= numbers[-1] < whole.frame_count:
            raise VideoError(
                f"a part of a clip is some of its frames, ascending, of 0 to {whole.frame_count - 1}; {numbers} came"
            )
        self.whole, self.numbers = whole, numbers
        self.size, self.notes = whole.size, whole.notes
        self.times = whole.times[numbers] - whole.times[numbers[0]]
        self.last = whole.duration - float(whole.times[-1])

    def read(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield the frames."""
        return (self.whole.frame(self.numbers[index]) for index in indices)

    def digest(self) -> str:
        """Hash the clip's own key, and the numbers."""
        return hashlib.sha256(f"part {self.whole.key} {self.numbers}".encode()).hexdigest()

    def close(self) -> None:
        """The clip stays open."""

"""An answer that is still being written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from regard.backends._base import Generation, heard
from regard.prompts.answer import Answer


class Stream(Iterator[str]):
    """Iterate over the pieces of a text as they are written; `answer` is the whole, written to its end when it is not
    yet.

    The pieces joined are what the same call without streaming writes. `finish` makes the answer of what was written
    and of the milliseconds from the first reading to the end; `max_new_tokens` is what was asked of the backend.
    """

    def __init__(
        self, pieces: Iterator[str], finish: Callable[[Generation, float], Answer], max_new_tokens: int
    ) -> None:
        self._pieces = pieces
        self._finish = finish
        self._most = max_new_tokens
        self._read: list[str] = []
        self._started: float | None = None
        self._answer: Answer | None = None

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> str:
        if self._started is None:
            self._started = time.perf_counter()
        try:
            piece = next(self._pieces)
        except StopIteration as end:
            said = heard(self._read, end.value, self._most)
            self._answer = self._answer or self._finish(said, _milliseconds(self._started))
            raise
        self._read.append(piece)
        return piece

    @property
    def answer(self) -> Answer:
        """The answer with its timings; reads what is left of the stream first."""
        while self._answer is None:
            next(self, None)
        return self._answer


def _milliseconds(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)

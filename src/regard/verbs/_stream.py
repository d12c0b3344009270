"""An answer that is still being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from regard.prompts.answer import Answer


class Stream(Iterator[str]):
    """Iterate over the pieces of a text as they are written; `answer` is the whole, written to its end when it is not
    yet.

    The pieces joined are what the same call without streaming writes.
    """

    def __init__(self, pieces: Iterator[str], finish: Callable[[str], Answer]) -> None:
        self._pieces = pieces
        self._finish = finish
        self._text = ""
        self._answer: Answer | None = None

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> str:
        piece = next(self._pieces, None)
        if piece is None:
            self._answer = self._answer or self._finish(self._text)
            raise StopIteration
        self._text += piece
        return piece

    @property
    def answer(self) -> Answer:
        """The answer with its timings; reads what is left of the stream first."""
        for _ in self:
            pass
        return self._answer or self._finish(self._text)

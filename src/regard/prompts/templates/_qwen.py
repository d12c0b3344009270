"""The turns of Qwen's chat models."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT
from regard.prompts.templates._base import SPECIAL, TEXT, ChatTemplate, Piece

SYSTEM = "You are a helpful assistant."  # Qwen's own when none is given


class QwenTurns(ChatTemplate):
    """`<|im_start|>role`, the words on the next line, `<|im_end|>`."""

    end = "<|im_end|>"
    opened = True
    joined = True
    reversible = False

    def system(self) -> Iterator[Piece]:
        """Yield the system turn."""
        yield from self.opening("system")
        yield Piece(TEXT, SYSTEM)
        yield from self.closing("system")

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the line that says who speaks."""
        yield Piece(SPECIAL, "<|im_start|>")
        yield Piece(TEXT, f"{role}\n")

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of the turn; the model learns to write its own."""
        yield Piece(SPECIAL, self.end, learned=role == ASSISTANT)
        yield Piece(TEXT, "\n")

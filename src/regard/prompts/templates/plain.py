"""The chat format of the model that ships: one special token opens a turn, one ends it."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, ChatTemplate, Piece


class Plain(ChatTemplate):
    """`<|visual|>... <|user|> words <|end|> <|assistant|> words <|end|>`."""

    visual = "<|visual|>"
    region = "<|region|>"
    end = "<|end|>"
    pad = "<|pad|>"
    numbered = True
    openings = {USER: "<|user|>", ASSISTANT: "<|assistant|>"}
    specials = (pad, end, "<|user|>", "<|assistant|>", visual, region)

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the token that says who speaks."""
        yield Piece(SPECIAL, self.openings[role])

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of the turn; the model learns to write its own."""
        yield Piece(SPECIAL, self.end, learned=role == ASSISTANT)

"""The chat format of GAR: Llama 3's turns as Perception-LM has them; regions are introduced once, then named."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, Piece
from regard.prompts.templates._gar import PROMPTS, Introduced

SYSTEM = (
    "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
    "provides, and assist the user with a variety of tasks using natural language."
)


class GarLlama3(Introduced):
    """Header tokens around who speaks, `<|eot_id|>` behind every turn; at most five regions a conversation."""

    visual = "<|image|>"
    region = "<|reserved_special_token_2|>"
    end = "<|eot_id|>"
    pad = "<|end_of_text|>"
    specials = (
        *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", end, pad, visual, region),
        *PROMPTS,
    )

    def media(self) -> Iterator[Piece]:
        """Yield the system turn, and the user's first one as far as the words."""
        yield Piece(SPECIAL, "<|begin_of_text|>")
        yield from self.opening("system")
        yield Piece(TEXT, SYSTEM)
        yield from self.closing("system")
        yield from self.opening(USER)
        yield Piece(VISUAL)

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the header that says who speaks."""
        yield Piece(SPECIAL, "<|start_header_id|>")
        yield Piece(TEXT, role)
        yield Piece(SPECIAL, "<|end_header_id|>")
        yield Piece(TEXT, "\n\n")

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of the turn; the model learns to write its own."""
        yield Piece(SPECIAL, self.end, learned=role == ASSISTANT)

"""The chat format of VideoRefer-7B: Qwen2's turns, the media first in the first one, bare regions in the text."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, ChatTemplate, Piece

SYSTEM = "You are a helpful assistant."  # Qwen2's own when none is given


class VideoreferQwen2(ChatTemplate):
    """`<|im_start|>user`, a line for the media, the words with `<region>` slots in them, `<|im_end|>`.

    The released model splices media in by numbers outside its vocabulary; here a token that no text can write holds
    their slots. Its benchmark puts square brackets around every region: write `[<region1>]` to ask as it does.
    """

    visual = "<|endoftext|>"
    region = "<region>"
    end = "<|im_end|>"
    pad = "<|im_end|>"
    opened = True
    joined = True
    reversible = False
    specials = ("<|im_start|>", end, visual, region)

    def media(self) -> Iterator[Piece]:
        """Yield the system turn, and the user's first one as far as the words."""
        yield Piece(SPECIAL, "<|im_start|>")
        yield Piece(TEXT, f"system\n{SYSTEM}")
        yield Piece(SPECIAL, self.end)
        yield Piece(TEXT, "\n")
        yield from self.opening(USER)
        yield Piece(VISUAL)
        yield Piece(TEXT, "\n")

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the line that says who speaks."""
        yield Piece(SPECIAL, "<|im_start|>")
        yield Piece(TEXT, f"{role}\n")

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of the turn; the model learns to write its own."""
        yield Piece(SPECIAL, self.end, learned=role == ASSISTANT)
        yield Piece(TEXT, "\n")

"""What the chat formats of Llama's kin share: the media first in the first turn, as LLaVA has it, and no closing of a
question.
"""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, ChatTemplate, Piece


class LlamaTurns(ChatTemplate):
    """Who speaks is told by plain words, so a text that holds them reads like a turn; the end of a turn, media and
    regions cannot be typed. Regions are slots in the words.
    """

    visual = "<image>"
    region = "<region>"
    end = "</s>"
    pad = "<unk>"
    opened = True
    joined = True
    reversible = False
    specials = (pad, "<s>", end, visual, region)
    added = (visual, region)

    def media(self) -> Iterator[Piece]:
        """Yield the user's first turn as far as the words."""
        yield from self.opening(USER)
        yield Piece(VISUAL)
        yield Piece(TEXT, "\n")

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of an answer, which the model learns to write; a question has none."""
        if role == ASSISTANT:
            yield Piece(SPECIAL, self.end, learned=True)

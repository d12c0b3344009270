"""The chat format of Llama 2, Omni-RGPT's language model, with the media first in the first turn as LLaVA has it."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, ChatTemplate, Piece


class Llama2(ChatTemplate):
    """`<s>[INST] words [/INST] words</s>`, once for each question and its answer; regions are slots in the words.

    The format leaves the system sentence free and Omni-RGPT names none, so none stands here. Nor do spaces around an
    answer: Llama's tokenizer writes the first, and what the published code has before `</s>` would become part of every
    answer. `[INST]` is plain text to the tokenizer, so a text that holds it reads like a turn; the end of a turn, media
    and regions cannot be typed.
    """

    visual = "<image>"
    region = "<region>"
    end = "</s>"
    pad = "<unk>"
    opened = True
    joined = True
    reversible = False
    specials = (pad, "<s>", end, visual, region)

    def media(self) -> Iterator[Piece]:
        """Yield the user's first turn as far as the words."""
        yield from self.opening(USER)
        yield Piece(VISUAL)
        yield Piece(TEXT, "\n")

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the mark before a question, or the one between question and answer."""
        if role == USER:
            yield Piece(SPECIAL, "<s>")
        yield Piece(TEXT, "[INST] " if role == USER else " [/INST]")

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of an answer, which the model learns to write; a question has none."""
        if role == ASSISTANT:
            yield Piece(SPECIAL, self.end, learned=True)

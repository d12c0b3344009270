"""The chat format of Llama 2, Omni-RGPT's language model, with the media first in the first turn as LLaVA has it."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import USER
from regard.prompts.templates._base import SPECIAL, TEXT, Piece
from regard.prompts.templates._llama import LlamaTurns


class Llama2(LlamaTurns):
    """`<s>[INST] words [/INST] words</s>`, once for each question and its answer.

    The format leaves the system sentence free and Omni-RGPT names none, so none stands here. Nor do spaces around an
    answer: Llama's tokenizer writes the first, and what the published code has before `</s>` would become part of every
    answer. `[INST]` is plain text to the tokenizer.
    """

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the mark before a question, or the one between question and answer."""
        if role == USER:
            yield Piece(SPECIAL, "<s>")
        yield Piece(TEXT, "[INST] " if role == USER else " [/INST]")

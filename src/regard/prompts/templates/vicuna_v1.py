"""The chat format of Vicuna v1, RegionGPT's language model, with the media first in the first turn as LLaVA has it."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, TEXT, Piece
from regard.prompts.templates._llama import LlamaTurns

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
OPENINGS = {USER: "USER: ", ASSISTANT: " ASSISTANT:"}


class VicunaV1(LlamaTurns):
    """`<s>`, the system sentence, `USER: words ASSISTANT: words</s>USER: ...`.

    No space stands before an answer: Llama's tokenizer writes one before every run of text.
    """

    def media(self) -> Iterator[Piece]:
        """Yield the system sentence, and the user's first turn as far as the words."""
        yield Piece(SPECIAL, "<s>")
        yield Piece(TEXT, f"{SYSTEM} ")
        yield from super().media()

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the word that says who speaks."""
        yield Piece(TEXT, OPENINGS[role])

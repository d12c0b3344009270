"""The chat format of Vicuna v1, RegionGPT's language model, with the media first in the first turn as LLaVA has it."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import ASSISTANT, USER
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, ChatTemplate, Piece

SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions."
)
OPENINGS = {USER: "USER: ", ASSISTANT: " ASSISTANT:"}


class VicunaV1(ChatTemplate):
    """`<s>`, the system sentence, `USER: words ASSISTANT: words</s>USER: ...`; regions are slots in the words.

    No space stands before an answer: Llama's tokenizer writes one before every run of text. Who speaks is told by plain
    words in this format, not by special tokens, so a text that holds "ASSISTANT:" reads like a turn; the end of a turn,
    media and regions cannot be typed.
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
        """Yield the system sentence, and the user's first turn as far as the words."""
        yield Piece(SPECIAL, "<s>")
        yield Piece(TEXT, f"{SYSTEM} ")
        yield from self.opening(USER)
        yield Piece(VISUAL)
        yield Piece(TEXT, "\n")

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the word that says who speaks."""
        yield Piece(TEXT, OPENINGS[role])

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of an answer, which the model learns to write; a question has none."""
        if role == ASSISTANT:
            yield Piece(SPECIAL, self.end, learned=True)

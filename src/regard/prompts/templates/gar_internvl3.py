"""The chat format of GAR on InternVL3: Qwen's turns, media between InternVL's marks, regions introduced, then named."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import USER
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, Piece
from regard.prompts.templates._gar import PROMPTS, Introduced
from regard.prompts.templates._qwen import QwenTurns

START, STOP = "<img>", "</img>"


class GarInternVl3(Introduced, QwenTurns):
    """`<img>`, the media, `</img>` on a line, then GAR's introduction and the words.

    GAR's paper names no format for this model: the turns and marks are InternVL3's, what is said of regions is GAR's.
    No system turn, as in InternVL3's release for transformers.
    """

    visual = "<IMG_CONTEXT>"
    region = "<region>"
    pad = "<|endoftext|>"
    specials = (pad, "<|im_start|>", QwenTurns.end, START, STOP, visual, region, *PROMPTS)
    added = (region, *PROMPTS)

    def media(self) -> Iterator[Piece]:
        """Yield the user's first turn as far as the words."""
        yield from self.opening(USER)
        yield Piece(SPECIAL, START)
        yield Piece(VISUAL)
        yield Piece(SPECIAL, STOP)
        yield Piece(TEXT, "\n")

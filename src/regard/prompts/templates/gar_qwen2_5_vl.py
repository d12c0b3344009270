"""The chat format of GAR on Qwen2.5-VL: Qwen's turns, media between its marks, regions introduced, then named."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import USER
from regard.prompts.templates._base import SPECIAL, VISUAL, Piece
from regard.prompts.templates._gar import PROMPTS, Introduced
from regard.prompts.templates._qwen import QwenTurns

START, STOP = "<|vision_start|>", "<|vision_end|>"


class GarQwen25Vl(Introduced, QwenTurns):
    """`<|vision_start|>`, the media, `<|vision_end|>`, then GAR's introduction and the words.

    GAR's paper names no format for this model: the turns are Qwen's, what is said of regions is GAR's.
    """

    visual = "<|image_pad|>"
    region = "<region>"
    pad = "<|endoftext|>"
    specials = (pad, "<|im_start|>", QwenTurns.end, START, STOP, visual, region, *PROMPTS)
    added = (region, *PROMPTS)

    def media(self) -> Iterator[Piece]:
        """Yield the system turn, and the user's first one as far as the words."""
        yield from self.system()
        yield from self.opening(USER)
        yield Piece(SPECIAL, START)
        yield Piece(VISUAL)
        yield Piece(SPECIAL, STOP)

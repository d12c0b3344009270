"""The chat format of VideoRefer-7B: Qwen2's turns, the media first in the first one, bare regions in the text."""

from __future__ import annotations

from collections.abc import Iterator

from regard.prompts.sample import USER
from regard.prompts.templates._base import TEXT, VISUAL, Piece
from regard.prompts.templates._qwen import QwenTurns


class VideoreferQwen2(QwenTurns):
    """`<|im_start|>user`, a line for the media, the words with `<region>` slots in them, `<|im_end|>`.

    The released model splices media in by numbers outside its vocabulary; here a token that no text can write holds
    their slots. Its benchmark puts square brackets around every region: write `[<region1>]` to ask as it does.
    """

    visual = "<|endoftext|>"
    region = "<region>"
    pad = "<|im_end|>"
    specials = ("<|im_start|>", pad, visual, region)
    added = (region,)

    def media(self) -> Iterator[Piece]:
        """Yield the system turn, and the user's first one as far as the words."""
        yield from self.system()
        yield from self.opening(USER)
        yield Piece(VISUAL)
        yield Piece(TEXT, "\n")

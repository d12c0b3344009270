"""The chat format of VideoChat-TPO: Mistral's turns, a first one with the media alone, and words for its tasks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from regard.prompts.sample import ASSISTANT, USER, Turn
from regard.prompts.templates._base import SPECIAL, TEXT, VISUAL, ChatTemplate, Mention, Piece

TASK_TOKENS = ("<box_begin>", "<time_begin>", "<temp>", "<boxes>", "<track_begin>", "<tracking>", "<track_box>")
"""The words added behind Mistral's 32,000, in the order of their ids: what announces a box, a time span or a track,
what its head is read from (`<boxes>`, `<temp>`, `<tracking>`), and what stands for a box that is given."""


class VideochatTpo(ChatTemplate):
    """`[INST] <Video>media</Video>[/INST] [INST] words [/INST] answer</s>`; a region is `<track_box>` in the words.

    As released, media stand on slots of id 0, which text never becomes, and `<s>` opens each of the two runs of text,
    so also the one behind the media. A batch is filled with `</s>`, since the released filler is that same id 0.
    `<Video>` and `[INST]` are plain text to the tokenizer, so a text that holds them reads like media and turns.
    Pictures come as `<Video>` too, and no sentence tells the times of the frames; the release says `<Image>`, and the
    times when asked for timestamps. Its path for tasks (not that for questions) also writes `<s>` before the question
    and a space after it. The words for tasks must be special tokens of the tokenizer, lest somebody types them.
    """

    visual = "<unk>"
    region = TASK_TOKENS[-1]
    end = "</s>"
    pad = "</s>"
    joined = True
    reversible = False
    specials = (visual, "<s>", end, *TASK_TOKENS)
    added = TASK_TOKENS

    def media(self) -> Iterator[Piece]:
        """Yield the first turn as far as the media."""
        yield Piece(SPECIAL, "<s>")
        yield Piece(TEXT, "[INST] <Video>")
        yield Piece(VISUAL)

    def conversation(self, turns: Iterable[Turn], mention: Mention | None = None) -> Iterator[Piece]:
        """Yield the rest of the first turn, then the turns."""
        yield Piece(SPECIAL, "<s>")
        yield Piece(TEXT, "</Video>[/INST]")
        yield from super().conversation(turns, mention)

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield the mark before a question, or the one between question and answer."""
        yield Piece(TEXT, " [INST] " if role == USER else " [/INST]")

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield the end of an answer, which the model learns to write; a question has none."""
        if role == ASSISTANT:
            yield Piece(SPECIAL, self.end, learned=True)

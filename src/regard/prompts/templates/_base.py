"""What a chat template is: the pieces that a conversation is made of, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from regard.prompts.sample import ASSISTANT, PLACEHOLDER, USER, Turn

TEXT, SPECIAL, VISUAL, REGION, CALL = "text", "special", "visual", "region", "call"


@dataclass(frozen=True)
class Piece:
    """One run of a prompt.

    `kind`: "text" (somebody's words: never read as special tokens), "special" (one special token), "visual" (all
    visual tokens of the media), "region" (the tokens of region number `region`, from 0) or "call" (trigger and slot of
    the task head named `text`). `learned`: part of what the model is trained to write. `asked`: words of a user's.
    """

    kind: str
    text: str = ""
    region: int = -1
    learned: bool = False
    asked: bool = False


Mention = Callable[[int], Iterable[Piece]]


class ChatTemplate:
    """A chat format. Subclasses give the special tokens and lay out the turns; one file each.

    `visual` and `region` are the tokens whose slots hold visual and region vectors, `end` ends a turn, `pad` fills a
    batch. `numbered`: the number of a region stands before its slots, so that an answer can name it ("2") whatever
    the order of mention. `opened`: the media stand inside the first user turn, so `media` has opened it already.
    `joined`: text that stands side by side is tokenised as one, as published models do. `reversible`: prompts can be
    read back (`parse`). `specials`: the special tokens it is written with; `added`: those among them that the design
    added to its language model's, which a base does not know yet.
    """

    visual: str
    region: str
    end: str
    pad: str
    numbered: bool = False
    opened: bool = False
    joined: bool = False
    reversible: bool = True
    specials: Sequence[str]
    added: Sequence[str] = ()

    def media(self) -> Iterator[Piece]:
        """Yield the pieces before the first turn; they do not depend on the question, so their encoding can be kept."""
        yield Piece(VISUAL)

    def opening(self, role: str) -> Iterator[Piece]:
        """Yield what comes before a turn's words."""
        raise NotImplementedError

    def closing(self, role: str) -> Iterator[Piece]:
        """Yield what comes after a turn's words."""
        raise NotImplementedError

    def mention(self, region: int) -> Iterator[Piece]:
        """Yield what stands where a turn mentions a region (from 0)."""
        if self.numbered:
            yield Piece(TEXT, str(region + 1))
        yield Piece(REGION, region=region)

    def turn(self, turn: Turn, first: bool = False, mention: Mention | None = None) -> Iterator[Piece]:
        """Yield the pieces of one whole turn; `first`: of the conversation, right after the media. `mention`: what
        stands for a region here, if not what `self.mention` gives.
        """
        if not (first and self.opened and turn.role == USER):
            yield from self.opening(turn.role)
        yield from words(turn, mention or self.mention)
        yield from self.closing(turn.role)

    def conversation(self, turns: Iterable[Turn], mention: Mention | None = None) -> Iterator[Piece]:
        """Yield the pieces of all turns, then, when the user spoke last, the opening of the assistant's."""
        last = None
        for number, last in enumerate(turns):
            yield from self.turn(last, number == 0, mention)
        if last is None or last.role == USER:
            yield from self.opening(ASSISTANT)


def join_texts(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces with neighbouring texts made one, where both are learned or both are not."""
    held: Piece | None = None
    for piece in pieces:
        if held and piece.kind == TEXT and piece.learned == held.learned:
            held = Piece(TEXT, held.text + piece.text, learned=held.learned, asked=held.asked or piece.asked)
            continue
        if held:
            yield held
        held = piece if piece.kind == TEXT else None
        if held is None:
            yield piece
    if held:
        yield held


def words(turn: Turn, mention: Mention) -> Iterator[Piece]:
    """Split a user's text at its region placeholders, an assistant's at its calls; all else is words.

    `mention` yields what stands for a region (from 0).
    """
    if turn.role != USER:
        for part in turn.parts() if turn.calls else [turn.text]:
            yield Piece(TEXT, part, learned=True) if isinstance(part, str) else Piece(CALL, part.head, learned=True)
        return
    parts = PLACEHOLDER.split(turn.text)
    for text, number in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if text:
            yield Piece(TEXT, text, asked=True)
        if number:
            yield from mention(int(number) - 1)

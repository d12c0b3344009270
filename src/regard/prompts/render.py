"""Pieces of a prompt become token ids with slots; token ids become turns again. The two are exact inverses.

What a person typed is tokenised with special tokens switched off, so no text can create a region, an image or a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from regard.core.errors import PromptError
from regard.prompts.sample import ASSISTANT, USER, TaskCall, Turn
from regard.prompts.templates._base import CALL, REGION, SPECIAL, TEXT, VISUAL, ChatTemplate, Piece, join_texts

CallTokens = Mapping[str, tuple[int, int]]  # ids of a task head's trigger and slot, by the head's name

IGNORED = -100


@dataclass(frozen=True)
class Rendered:
    """Token ids with slots.

    `ids`: one id a token. `labels`: the same where the model is to learn, `IGNORED` elsewhere. `regions`: the number
    (from 0) of each region mentioned, in order, once for every mention; each mention takes as many region slots as
    its region has tokens. `asked`: k for the words of the user's k-th turn, 0 for all that is none.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    regions: tuple[int, ...]
    asked: tuple[int, ...]


def encode_words(tokenizer: Any, text: str) -> list[int]:
    """Tokenise somebody's words: whatever looks like a special token is plain text."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]


def render(
    pieces: Iterable[Piece],
    tokenizer: Any,
    template: ChatTemplate,
    *,
    visual_tokens: int = 0,
    region_tokens: Callable[[int], int] = lambda region: 1,
    region_words: Callable[[int], str] = lambda region: "",
    call_tokens: CallTokens | None = None,
) -> Rendered:
    """Turn pieces into ids and slots. `visual_tokens`: slots of the media; `region_tokens(n)`: slots of region n
    (from 0); `region_words(n)`: words before them; `call_tokens`: of the heads that may be called. A call's trigger is
    learned, its slot is not. Raises `PromptError` for a call of another head.
    """
    pieces = _spell(pieces, region_tokens, region_words)
    special = {token: tokenizer.convert_tokens_to_ids(token) for token in template.specials}
    ids: list[int] = []
    labels: list[int] = []
    regions: list[int] = []
    asked: list[int] = []
    turn, asking = 0, False
    for piece in join_texts(pieces) if template.joined else pieces:
        if piece.kind == TEXT:
            new = encode_words(tokenizer, piece.text)
        elif piece.kind == SPECIAL:
            new = [special[piece.text]]
        elif piece.kind == VISUAL:
            new = [special[template.visual]] * visual_tokens
        elif piece.kind == CALL:
            new = _call(piece.text, call_tokens or {})
        else:
            new = [special[template.region]] * region_tokens(piece.region)
            regions.append(piece.region)
        turn += piece.asked and not asking
        asking = (asking or piece.asked) and not piece.learned
        ids += new
        learned = new[:1] if piece.kind == CALL else new if piece.learned else []
        labels += learned + [IGNORED] * (len(new) - len(learned))
        asked += [turn if piece.asked else 0] * len(new)
    return Rendered(tuple(ids), tuple(labels), tuple(regions), tuple(asked))


def _call(head: str, call_tokens: CallTokens) -> list[int]:
    """Return trigger and slot of a head."""
    if head not in call_tokens:
        known = f"it has {', '.join(call_tokens)}" if call_tokens else "it has none"
        raise PromptError(f"an answer calls the task head {head!r}, which this model does not have; {known}")
    return list(call_tokens[head])


def _spell(
    pieces: Iterable[Piece], region_tokens: Callable[[int], int], region_words: Callable[[int], str]
) -> Iterator[Piece]:
    """Yield the pieces with each region's words before its slots; with words and no slots it is plain text."""
    for piece in pieces:
        words = region_words(piece.region) if piece.kind == REGION else ""
        if words:
            yield Piece(TEXT, words)
        if not words or region_tokens(piece.region):
            yield piece


def show(pieces: Iterable[Piece]) -> str:
    """Return a prompt as a person would read it: special tokens by name, slots as `<visual>` and `<regionN>`, calls as
    `<head>`."""
    names = {
        VISUAL: lambda piece: "<visual>",
        REGION: lambda piece: f"<region{piece.region + 1}>",
        CALL: lambda piece: TaskCall(piece.text).marker,
    }
    return "".join(names.get(piece.kind, lambda piece: piece.text)(piece) for piece in pieces)


def parse(
    ids: Sequence[int],
    regions: Sequence[int],
    tokenizer: Any,
    template: ChatTemplate,
    region_tokens: Callable[[int], int] = lambda region: 1,
    call_tokens: CallTokens | None = None,
) -> list[Turn]:
    """Read turns back from ids and the regions they mention: the inverse of `render` for whole turns.

    Of calls the heads are read, without their truth.

    Raises `PromptError` when the ids are not laid out as the template lays them out, and for a chat format that cannot
    be read back.
    """
    if not template.reversible:
        raise PromptError(f"prompts in the format {type(template).__name__} cannot be read back into turns")
    roles = {
        tokenizer.convert_tokens_to_ids(next(iter(template.opening(role))).text): role for role in (USER, ASSISTANT)
    }
    end, region = (tokenizer.convert_tokens_to_ids(token) for token in (template.end, template.region))
    visual = tokenizer.convert_tokens_to_ids(template.visual)
    left = [token for token in ids if token != visual]
    mentioned = iter(regions)
    turns: list[Turn] = []
    while left:
        role = roles.get(left.pop(0))
        if role is None or end not in left:
            raise PromptError("the ids are not whole turns of this template")
        stop = left.index(end)
        spoken = left[:stop]
        if role == ASSISTANT:
            text, calls = read_answer(tokenizer, spoken, call_tokens)
            turns.append(Turn(role, text, tuple(TaskCall(head) for head, _ in calls)))
        else:
            turns.append(Turn(role, _read_words(spoken, mentioned, region, tokenizer, template, region_tokens)))
        left = left[stop + 1 :]
    return turns


def _read_words(
    ids: list[int],
    mentioned: Any,
    region: int,
    tokenizer: Any,
    template: ChatTemplate,
    region_tokens: Callable[[int], int],
) -> str:
    text, run, position = "", [], 0
    while position < len(ids):
        if ids[position] != region:
            run.append(ids[position])
            position += 1
            continue
        number = next(mentioned)
        before = decode_words(tokenizer, run)
        text += (before.removesuffix(str(number + 1)) if template.numbered else before) + f"<region{number + 1}>"
        run = []
        position += region_tokens(number)
    return text + decode_words(tokenizer, run)


def read_answer(
    tokenizer: Any, ids: Sequence[int], call_tokens: CallTokens | None = None
) -> tuple[str, list[tuple[str, int]]]:
    """Return the text of an answer with a marker for each call, and of each call the head and where in the text it
    stands. A trigger without its slot is no call.
    """
    heads = {pair: head for head, pair in (call_tokens or {}).items()}
    text, run, calls, position = "", [], [], 0
    while position < len(ids):
        head = heads.get(tuple(ids[position : position + 2]))
        if head is None:
            run.append(ids[position])
            position += 1
            continue
        text, run = text + decode_words(tokenizer, run), []
        calls.append((head, len(text)))
        text += TaskCall(head).marker
        position += 2
    return text + decode_words(tokenizer, run), calls


def decode_words(tokenizer: Any, ids: Sequence[int]) -> str:
    """Turn ids back into words, changing nothing."""
    return tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False)

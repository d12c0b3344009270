"""What GAR writes whatever its language model: regions are introduced once in the first user turn, then named.

The introduction lists the prompts and gives each its replay; where a question says `<region1>`, the prompt's own token
stands.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence

from regard.core.errors import TooManyRegions
from regard.prompts.sample import USER, Turn, mentions
from regard.prompts.templates._base import REGION, SPECIAL, TEXT, ChatTemplate, Mention, Piece

INTRODUCTION = "There are some objects I am curious about: "
PROMPTS = tuple(f"<Prompt{number}>" for number in range(5))
REPLAYED = 16 * 16


class Introduced(ChatTemplate):
    """A chat format in which regions are introduced; at most five a conversation.

    A single region is `<Prompt1>`, of several the first is `<Prompt0>`, as released. Regions that only a later turn
    mentions are introduced with the others. `fillers`: what stands for the replay of the sixth region and those behind
    it, in formats that take more than the weights know.
    """

    fillers: tuple[str, ...] = ()

    opened = True
    joined = True
    reversible = False
    added = PROMPTS

    def conversation(self, turns: Iterable[Turn], mention: Mention | None = None) -> Iterator[Piece]:
        """Yield the introduction of the regions, then the turns, in which a region is its prompt's token."""
        turns = list(turns)
        names = prompt_names(turns, self.fillers)
        yield from introduction(names, self.fillers)
        yield from super().conversation(turns, mention or (lambda region: [_name(names[region])]))


def prompt_names(turns: Iterable[Turn], fillers: Sequence[str] = ()) -> dict[int, str]:
    """Return the prompt's name for each region (from 0) that is mentioned, in the order of first mention.

    Raises `TooManyRegions` for more than five, which the released weights know, and the `fillers`.
    """
    mentioned = [number - 1 for turn in turns if turn.role == USER for number in mentions(turn.text)]
    regions = list(dict.fromkeys(mentioned))
    if len(regions) > len(PROMPTS) + len(fillers):
        raise TooManyRegions(
            f"{len(regions)} regions in one conversation; GAR's weights know {len(PROMPTS)}. Ask in groups"
        )
    if len(regions) > len(PROMPTS):
        warnings.warn(
            f"{len(regions)} regions: GAR's weights know {len(PROMPTS)}, the others are words without a region",
            stacklevel=2,
        )
    if len(regions) == 1:
        return {regions[0]: PROMPTS[1]}
    return {region: f"<Prompt{number}>" for number, region in enumerate(regions)}


def introduction(names: dict[int, str], fillers: Sequence[str] = ()) -> Iterator[Piece]:
    """Yield the list of the prompts, and the replay of each."""
    if not names:
        return
    yield Piece(TEXT, INTRODUCTION)
    for name in names.values():
        yield _name(name)
        yield Piece(TEXT, ";" if len(names) == 1 else "; ")
    for number, (region, name) in enumerate(names.items()):
        yield Piece(TEXT, "\n")
        yield _name(name)
        yield Piece(TEXT, ": ")
        if name in PROMPTS:
            yield Piece(REGION, region=region)
        else:
            yield from [Piece(SPECIAL, fillers[number - len(PROMPTS)])] * REPLAYED
    if len(names) > 1:
        yield Piece(TEXT, "\n\n")


def _name(name: str) -> Piece:
    """Return a prompt's name: a token where the weights know it, else words."""
    return Piece(SPECIAL if name in PROMPTS else TEXT, name)

"""What GAR writes whatever its language model: regions are introduced once in the first user turn, then named.

The introduction lists the prompts and gives each its replay; where a question says `<region1>`, the prompt's own token
stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from regard.core.errors import TooManyRegions
from regard.prompts.sample import USER, Turn, mentions
from regard.prompts.templates._base import REGION, SPECIAL, TEXT, ChatTemplate, Mention, Piece

INTRODUCTION = "There are some objects I am curious about: "
PROMPTS = tuple(f"<Prompt{number}>" for number in range(5))


class Introduced(ChatTemplate):
    """A chat format in which regions are introduced; at most five a conversation.

    A single region is `<Prompt1>`, of several the first is `<Prompt0>`, as released. Regions that only a later turn
    mentions are introduced with the others.
    """

    opened = True
    joined = True
    reversible = False

    def conversation(self, turns: Iterable[Turn], mention: Mention | None = None) -> Iterator[Piece]:
        """Yield the introduction of the regions, then the turns, in which a region is its prompt's token."""
        turns = list(turns)
        names = prompt_names(turns)
        yield from introduction(names)
        yield from super().conversation(turns, mention or (lambda region: [Piece(SPECIAL, names[region])]))


def prompt_names(turns: Iterable[Turn]) -> dict[int, str]:
    """Return the prompt token of each region (from 0) that is mentioned, in the order of first mention.

    Raises `TooManyRegions` for more than five: the released weights know no more.
    """
    mentioned = [number - 1 for turn in turns if turn.role == USER for number in mentions(turn.text)]
    regions = list(dict.fromkeys(mentioned))
    if len(regions) > len(PROMPTS):
        raise TooManyRegions(
            f"{len(regions)} regions in one conversation; GAR's weights know {len(PROMPTS)}. Ask in groups"
        )
    if len(regions) == 1:
        return {regions[0]: PROMPTS[1]}
    return dict(zip(regions, PROMPTS, strict=False))


def introduction(names: dict[int, str]) -> Iterator[Piece]:
    """Yield the list of the prompts, and the replay of each."""
    if not names:
        return
    yield Piece(TEXT, INTRODUCTION)
    for name in names.values():
        yield Piece(SPECIAL, name)
        yield Piece(TEXT, ";" if len(names) == 1 else "; ")
    for region, name in names.items():
        yield Piece(TEXT, "\n")
        yield Piece(SPECIAL, name)
        yield Piece(TEXT, ": ")
        yield Piece(REGION, region=region)
    if len(names) > 1:
        yield Piece(TEXT, "\n\n")

"""A sample: media, regions bound to it, and turns. Everything that trains, asks or evaluates is one of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from regard.core.errors import PromptError, RegionError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.regions.binding import Segmenter
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

Media = Image | Clip
PLACEHOLDER = re.compile(r"<region([1-9][0-9]{0,5})>")
USER, ASSISTANT = "user", "assistant"
LONGEST_TEXT = 1_000_000


@dataclass(frozen=True)
class Turn:
    """One thing said: by the "user" or by the "assistant". Raises `PromptError` for another role or a text that is no
    text.
    """

    role: str
    text: str

    def __post_init__(self) -> None:
        if self.role not in (USER, ASSISTANT):
            raise PromptError(f"a turn is by {USER!r} or {ASSISTANT!r}, not by {self.role!r}")
        if not isinstance(self.text, str):
            raise PromptError(f"a turn is text, not {type(self.text).__name__}")
        if len(self.text) > LONGEST_TEXT:
            raise PromptError(f"a turn has at most {LONGEST_TEXT} characters, this one has {len(self.text)}")


@dataclass(frozen=True, eq=False)
class Sample:
    """Media, its regions as full-resolution masks, and the turns of the conversation.

    The n-th region is `<regionN>` (from 1) in the text of user turns. `notes` hold what a user should be told, such
    as a region that was clipped or is never mentioned. Raises `PromptError` when a text names a region that is not
    there.
    """

    media: Media
    regions: tuple[BoundRegion, ...]
    turns: tuple[Turn, ...]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for region in self.regions:
            if region.size != self.media.size:
                raise RegionError(f"a region is bound to a picture of {region.size}, this one is {self.media.size}")
        for turn in self.turns:
            if turn.role == USER:
                check_placeholders(turn.text, len(self.regions))

    @classmethod
    def build(
        cls,
        media: Media,
        turns: str | Sequence[Turn],
        regions: Sequence[Region | BoundRegion] = (),
        *,
        segmenter: Segmenter | None = None,
    ) -> Sample:
        """Bind regions to their media and check the text against them.

        `turns` is a question, or turns that end with the user's. `segmenter` turns points and scribbles into masks.
        Raises `RegionError` for a region that does not fit the media, naming it by number, and `PromptError` for text
        that does not fit the regions.
        """
        spoken = (Turn(USER, turns),) if isinstance(turns, str) else tuple(turns)
        bound = tuple(bind(region, media, number, segmenter) for number, region in enumerate(regions, start=1))
        notes = [note for region in bound for note in region.notes] + list(media.notes)
        mentioned = {number for turn in spoken if turn.role == USER for number in mentions(turn.text)}
        silent = [number for number in range(1, len(bound) + 1) if number not in mentioned]
        if silent and spoken:
            notes.append(f"not mentioned in the text: {', '.join(f'<region{number}>' for number in silent)}")
        return cls(media, bound, spoken, tuple(notes))

    def then(self, answer: str, question: str) -> Sample:
        """Return the conversation one answer and one question longer."""
        return replace(self, turns=(*self.turns, Turn(ASSISTANT, answer), Turn(USER, question)))


def bind(region: Region | BoundRegion, media: Media, number: int, segmenter: Segmenter | None) -> BoundRegion:
    """Bind one region to its media; an error names the region by its number."""
    if isinstance(region, BoundRegion):
        return region
    try:
        return region.bind(
            media.size,
            frame_count=media.frame_count,
            times=media.times,
            pixels=lambda frame: media.frames([frame])[0],
            segmenter=segmenter,
        )
    except RegionError as error:
        raise type(error)(f"region {number}: {error}") from error


def mentions(text: str) -> list[int]:
    """Return the numbers of the regions that a text names, in order, with repetitions."""
    return [int(found) for found in PLACEHOLDER.findall(text)]


def check_placeholders(text: str, count: int) -> None:
    """Raise `PromptError` when the text names a region beyond `count`; text without regions may say `<region1>` to no
    effect.
    """
    beyond = sorted({number for number in mentions(text) if number > count})
    if beyond:
        given = {0: "no region was given", 1: "1 region was given"}.get(count, f"{count} regions were given")
        raise PromptError(f"the text names <region{beyond[0]}>, but {given}; the first region given is <region1>")

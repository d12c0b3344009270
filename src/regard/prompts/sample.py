"""A sample: media, regions bound to it, and turns. Everything that trains, asks or evaluates is one of these."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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
_HALF = re.compile(r"[\ud800-\udfff]")
USER, ASSISTANT = "user", "assistant"
LONGEST_TEXT = 1_000_000

FOLLOWED = "followed"
"""The fact of a sample that says which of its regions (from 0) a question asks to follow through a clip."""


@dataclass(frozen=True)
class TaskCall:
    """A part of an answer that a task head gives: the head's name and, for training, its truth, as the head's `loss`
    wants it.
    """

    head: str
    truth: Mapping[str, Any] = field(default_factory=dict)

    @property
    def marker(self) -> str:
        """What stands for the call in a text: `<box>`."""
        return f"<{self.head}>"


@dataclass(frozen=True)
class Turn:
    """One thing said: by the "user" or by the "assistant".

    `calls`: what of an assistant's turn is no text; each has its marker in the text, in this order: "the cup <box> is
    left of the plate <box>". A marker in a text without calls is plain text. Raises `PromptError` for another role, a
    text that is no text, calls by the user, or ones without their markers.
    """

    role: str
    text: str
    calls: tuple[TaskCall, ...] = ()

    def __post_init__(self) -> None:
        if self.role not in (USER, ASSISTANT):
            raise PromptError(f"a turn is by {USER!r} or {ASSISTANT!r}, not by {self.role!r}")
        if not isinstance(self.text, str):
            raise PromptError(f"a turn is text, not {type(self.text).__name__}")
        if len(self.text) > LONGEST_TEXT:
            raise PromptError(f"a turn has at most {LONGEST_TEXT} characters, this one has {len(self.text)}")
        half = _HALF.search(self.text)
        if half:
            raise PromptError(
                f"character {half.start()} of the text is {half[0]!r}, half of a character (bytes that are no UTF-8"
                " come in so); give the text in UTF-8"
            )
        if self.calls and self.role == USER:
            raise PromptError("task heads are called by the assistant; a user points with regions")
        for _ in self.parts():
            pass

    def parts(self) -> Iterator[str | TaskCall]:
        """Yield the text between calls, and the calls, in order; empty texts are left out."""
        rest = self.text
        for number, call in enumerate(self.calls, start=1):
            before, found, rest = rest.partition(call.marker)
            if not found:
                raise PromptError(f"call {number} of a turn is of {call.head!r}, but {call.marker} is not in its text")
            yield from [before] if before else []
            yield call
        yield from [rest] if rest else []


@dataclass(frozen=True, eq=False)
class Sample:
    """Media, its regions as full-resolution masks, and the turns of the conversation.

    The n-th region is `<regionN>` (from 1) in the text of user turns. `notes` hold what a user should be told, such
    as a region that was clipped or is never mentioned. Raises `PromptError` when a text names a region that is not
    there, `RegionError` for a region that is bound to other media.
    """

    media: Media
    regions: tuple[BoundRegion, ...]
    turns: tuple[Turn, ...]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, region in enumerate(self.regions, start=1):
            _check_bound(region, self.media, number)
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
        _check_bound(region, media, number)
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


def _check_bound(region: BoundRegion, media: Media, number: int) -> None:
    """Raise `RegionError` for a region that was bound to media of another size or with fewer frames."""
    if region.size != media.size:
        raise RegionError(
            f"region {number} is bound to media of {region.size[0]} x {region.size[1]} pixels (width x height), these"
            f" have {media.size[0]} x {media.size[1]}; bind it anew"
        )
    if region.frames[-1] >= media.frame_count:
        raise RegionError(
            f"region {number} lies at frame {region.frames[-1]}, frames run from 0 to {media.frame_count - 1}:"
            " it is bound to other media; bind it anew"
        )


def mentions(text: str) -> list[int]:
    """Return the numbers of the regions that a text names, in order, with repetitions."""
    return [int(found) for found in PLACEHOLDER.findall(text)]


def check_placeholders(text: str, count: int) -> None:
    """Raise `PromptError` when the text names a region beyond `count`, of which there may be none."""
    beyond = sorted({number for number in mentions(text) if number > count})
    if beyond:
        given = {0: "no region was given", 1: "1 region was given"}.get(count, f"{count} regions were given")
        raise PromptError(f"the text names <region{beyond[0]}>, but {given}; the first region given is <region1>")

"""A second look: what was found is given back as a region, and the model says whether it is what was meant.

To point at a thing and to know a thing that is pointed at are two skills, and the second is surer: a model that finds
nothing, or a wrong thing, often answers rightly once the places are before it. The idea is that of two-stage grounding,
which proposes places and compares each with the words (MAttNet, Yu et al. 2018); here one model does both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from regard.backends._base import Found
from regard.core.errors import RegionError
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.prompts.sample import PLACEHOLDER
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs._base import Parameter, Question
from regard.verbs._binder import Media
from regard.verbs._finder import Finder
from regard.verbs._found import place_of
from regard.verbs.match import Match, looks_again

CHECK = Parameter("check", "look again at what was found", "flag", True)
MEANT = 0.5  # as likely a place that was found is what was meant, or it is left out
SURE = 0.7  # as likely a thing that the model marks itself, or it is not taken for what was not found
SHARED = 0.3  # of the smaller of two places, from which they are one thing
EACH = re.compile(r"^\s*(every|each|any)\s+(?=\S)(?!(one\s+)?of\b)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Seen:
    """A place as the verb gives it, the head that found it, the place as it is looked at (by its pixels where these are
    known), and how likely it is what was meant; None where the model did not say.
    """

    place: Region
    head: str
    pixels: BoundRegion
    likely: float | None


class SecondLook(Finder):
    """The base of verbs that find places and look at them again."""

    def place(self, found: Found) -> Region:
        """Return the place that a head found, as the verb gives it. Raises `RegionError` for a box without area, a mask
        without a pixel.
        """
        return place_of(found.result)

    def questions(
        self,
        media: Media,
        regions: tuple[BoundRegion, ...],
        *,
        expression: str,
        check: bool = True,
        **options: Any,
    ) -> list[Question]:
        """Ask once; what is found is looked at again by a model that does so (`Backend`), where the words speak of no
        region. Raises `PromptError` for no words, `ConfigError` for a model without a head.
        """
        asked = super().questions(media, regions, expression=expression, **options)
        if not check or PLACEHOLDER.search(expression) or not looks_again(self.asker.backend):
            return asked
        return [replace(one, meant=expression) for one in asked]

    def join(self, questions: Sequence[Question], answers: Sequence[Answer]) -> list[Answer]:
        """Return the answers, each that could be read after its second look."""
        pairs = zip(questions, answers, strict=True)
        return [self._looked_again(*pair) if pair[0].meant and pair[1].readable else pair[1] for pair in pairs]

    def _looked_again(self, asked: Question, answer: Answer) -> Answer:
        """Return an answer with the places that are what was meant, the likeliest first."""
        started = time.perf_counter()
        found = self._weighed(asked, answer.calls)
        if any(one.likely is None for one in found):
            unsaid = "looked at again, the model did not say whether it is what was meant"
            return replace(answer, notes=(*answer.notes, unsaid))
        kept, notes = self._kept(asked, found)
        lost = len(answer.regions) - len(found)
        notes += ["a place was left out: as a region it cannot be looked at again"] * lost
        return replace(
            answer,
            text=answer.text if kept and not notes else ", ".join(f"<{one.head}>" for one in kept) or tasks.NONE,
            regions=tuple(one.place for one in kept),
            scores={str(number): round(one.likely, 4) for number, one in enumerate(kept, start=1)},
            notes=(*answer.notes, *notes),
            timing_ms={**answer.timing_ms, "check": round((time.perf_counter() - started) * 1000, 2)},
        )

    def _kept(self, asked: Question, found: Sequence[Seen]) -> tuple[list[Seen], list[str]]:
        """Return the places of an answer, and what is to be said of them: those that were found and are meant; on a
        picture also what was missed, the likeliest of the model's own marks where none is left, all of them where each
        is asked for. Where the thing is surely there, the likeliest of all is better than none.
        """
        media, each = asked.sample.media, EACH.match(asked.meant)
        kept = apart([one for one in found if one.likely >= MEANT])
        marked = [] if media.is_clip or (kept and not each) else self._marked(asked)
        missed = apart([one for one in marked if one.likely >= SURE], kept)
        kept += missed if each else missed[:1]
        if asked.begin and not kept and (found or marked):
            kept = [max([*found, *marked], key=_likely)]
        notes = [f"a place was left out: {_why(one, asked.meant)}" for one in found if one not in kept]
        added = sum(one in marked for one in kept)
        notes += ["found on the second look, among the things that the model marks itself"] * added
        return sorted(kept, key=_likely, reverse=True), notes

    def _marked(self, asked: Question) -> list[Seen]:
        marked = self._weighed(asked, self.asker.backend.things(asked.sample.media))
        return [one for one in marked if one.likely is not None]

    def _weighed(self, asked: Question, found: Iterable[Found]) -> list[Seen]:
        """Return each place that can be looked at, with how likely it, by itself, is what was meant."""
        match, media, seen = Match(self.asker), asked.sample.media, []
        finders, expression = self.finders(), _singular(asked.meant)
        for one in (one for one in found if one.head in finders):
            with suppress(RegionError):
                [pixels] = self.asker.binder.bind(media, [place_of(one.result)], propagate=False)
                said = match(media, expression, [pixels], propagate=False)
                likely = said.scores["1"] if said.readable else None
                seen.append(Seen(self.place(one), one.head, pixels, likely))
        return seen


def apart(places: Sequence[Seen], taken: Sequence[Seen] = ()) -> list[Seen]:
    """Return places, the likeliest first, without those that share `SHARED` of the smaller area with a likelier one or
    with one that is taken.
    """
    chosen: list[Seen] = []
    for one in sorted(places, key=_likely, reverse=True):
        if all(_shared(one.pixels, other.pixels) < SHARED for other in (*taken, *chosen)):
            chosen.append(one)
    return chosen


def _shared(one: BoundRegion, other: BoundRegion) -> float:
    """Return which part of the smaller of two places they share, over all frames."""
    shared = sum((one.mask(frame) & other.mask(frame)).sum() for frame in {*one.frames} & {*other.frames})
    return shared / min(sum(map(place.area, place.frames)) for place in (one, other))


def _likely(one: Seen) -> float:
    return one.likely


def _why(left_out: Seen, meant: str) -> str:
    if left_out.likely >= MEANT:
        return "most of it was found already"
    return f"looked at again, it is not {_singular(meant)}"


def _singular(expression: str) -> str:
    """Return what is meant, of one place: "every red thing" is "the red thing"."""
    return EACH.sub("the ", expression)

"""A second look: what was found is given back as a region, and the model says whether it is what was meant.

To point at a thing and to know a thing that is pointed at are two skills, and the second is surer: a model that finds
nothing, or a wrong thing, often answers rightly once the places are before it. The idea is that of two-stage grounding,
which proposes places and compares each with the words (MAttNet, Yu et al. 2018); here one model does both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from regard.backends._base import Found
from regard.core.errors import RegionError
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs._base import Parameter, Question
from regard.verbs._binder import Media
from regard.verbs._finder import Finder
from regard.verbs._found import place_of
from regard.verbs.match import Match

CHECK = Parameter("check", "look again at what was found", "flag", True)
MEANT = 0.5  # as likely a place that was found is what was meant, or it is left out
SURE = 0.7  # as likely a thing that the model marks itself, or it is not taken for what was not found
SHARED = 0.3  # of the smaller of two places, from which they are one thing
EACH = re.compile(r"^\s*(every|each|any)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Seen:
    """A place as the verb gives it, as it is looked at (by its pixels where these are known), and how likely it is what
    was meant.
    """

    place: Region
    pixels: Region
    likely: float


class SecondLook(Finder):
    """The base of verbs that find places and look at them again. A subclass reads a place from what a head found."""

    def place(self, found: Found) -> Region:
        """Return the place that a head found."""
        raise NotImplementedError

    def questions(
        self,
        media: Media,
        regions: tuple[BoundRegion, ...],
        *,
        expression: str,
        check: bool = True,
        **options: Any,
    ) -> list[Question]:
        """Ask once; what is found is looked at again by a model that marks things itself, where the words speak of no
        region.
        """
        asked = super().questions(media, regions, expression=expression, **options)
        can = getattr(self.asker.backend, "looks_again", False) and not regions
        return [replace(one, again=expression) for one in asked] if check and can else asked

    def join(self, questions: Sequence[Question], answers: Sequence[Answer]) -> list[Answer]:
        """Return the answers, each after its second look."""
        pairs = zip(questions, answers, strict=True)
        return [self._again(asked, answer) if asked.again and answer.readable else answer for asked, answer in pairs]

    def _again(self, asked: Question, answer: Answer) -> Answer:
        """Keep of an answer the places that are what was meant, and add what was missed on a picture: the likeliest of
        the things that the model marks itself where none is left, all of them where each is asked for. Where none is
        found but the thing is surely there, the likeliest place stays.
        """
        started = time.perf_counter()
        media, found = asked.sample.media, self._likely(asked, answer.calls)
        meant = [one for one in found if one.likely >= MEANT]
        kept = self._once(media, meant)
        notes = [f"a place was left out: looked at again, it is not {_one(asked)}"] * (len(found) - len(meant))
        notes += ["a place was left out: most of it was found already"] * (len(meant) - len(kept))
        more = not media.is_clip and (not kept or EACH.match(asked.again))
        missed = self._missed(asked, kept) if more else []
        notes += ["found on the second look, among the things that the model marks itself"] * len(missed)
        kept += missed
        if not kept and asked.begin and found:
            kept, notes = [max(found, key=lambda one: one.likely)], []
        text = (answer.text if answer.regions else ", ".join(f"<{self.head()}>" for _ in kept)) if kept else tasks.NONE
        return replace(
            answer,
            text=text,
            regions=tuple(one.place for one in kept),
            scores={str(number): round(one.likely, 4) for number, one in enumerate(kept, start=1)},
            notes=(*answer.notes, *notes),
            timing_ms={**answer.timing_ms, "check": round((time.perf_counter() - started) * 1000, 2)},
        )

    def _missed(self, asked: Question, kept: Sequence[Seen]) -> list[Seen]:
        """Return the things that the model marks and that are surely meant: all but those that are kept where each is
        asked for, else the likeliest.
        """
        picture = asked.sample.media
        marked = self._likely(asked, self.asker.backend.things(picture))
        missed = self._once(picture, [one for one in marked if one.likely >= SURE], kept)
        return missed if EACH.match(asked.again) else missed[:1]

    def _once(self, media: Media, places: Sequence[Seen], taken: Sequence[Seen] = ()) -> list[Seen]:
        """Return places, the likeliest first, without those that share `SHARED` of the smaller area with a likelier one
        or with one that is taken.
        """
        apart, bound = [], self._bound(media, taken)
        for one in sorted(places, key=lambda one: -one.likely):
            [pixels] = self._bound(media, [one])
            if all(_shared(pixels, other) < SHARED for other in bound):
                apart.append(one)
                bound.append(pixels)
        return apart

    def _bound(self, media: Media, places: Sequence[Seen]) -> list[BoundRegion]:
        return list(self.asker.binder.bind(media, [one.pixels for one in places]))

    def _likely(self, asked: Question, found: Iterable[Found]) -> list[Seen]:
        """Return each place with how likely what was found there, by itself, is what was meant."""
        match, seen = Match(self.asker), []
        for place, pixels in self._places(found):
            said = match(asked.sample.media, _one(asked), [pixels])
            seen.append(Seen(place, pixels, said.scores.get("1", float(said.index == 0))))
        return seen

    def _places(self, found: Iterable[Found]) -> Iterator[tuple[Region, Region]]:
        """Yield each place as this verb gives it, and as it is looked at."""
        mine = self.finders()
        for one in found:
            if one.head in mine:
                with suppress(RegionError):
                    yield self.place(one), place_of(one.result)


def _shared(one: BoundRegion, other: BoundRegion) -> float:
    """Return which part of the smaller of two places they share, over all frames."""
    shared = sum((one.mask(frame) & other.mask(frame)).sum() for frame in {*one.frames} & {*other.frames})
    return shared / min(sum(map(place.area, place.frames)) for place in (one, other))


def _one(asked: Question) -> str:
    """Return what is meant, of one place."""
    return EACH.sub("the", asked.again)

"""Find everything that an expression means, as boxes; or say that it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regard.backends._base import Found
from regard.core.errors import EmptyRegion, RegionError
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.regions import rle
from regard.regions.region import Region
from regard.verbs._base import Parameter, Question
from regard.verbs._binder import Regions
from regard.verbs._finder import ALLOW_NONE
from regard.verbs._found import NO_PIXEL, place_of, told
from regard.verbs._second_look import CHECK, SecondLook
from regard.verbs.segment import KINDS


class Locate(SecondLook):
    """Find everything that an expression means, as boxes; or say that it is not there."""

    name = "locate"
    summary = "find everything that an expression means, as boxes, or say that it is not there"
    example = '"the blue cup" --draw out.png'
    parameters = (
        Parameter("expression", 'what is looked for, such as "the blue cup"', required=True),
        ALLOW_NONE,
        CHECK,
    )
    kinds = ("box", *KINDS)
    task = staticmethod(tasks.locate)

    def __call__(
        self,
        media: Any,
        expression: str,
        regions: Regions = (),
        *,
        allow_none: bool = True,
        check: bool = True,
        propagate: bool | None = None,
    ) -> Answer:
        """Return an `Answer` whose `regions` are boxes, each with the score of its number ("1", "2", ..); none where
        the thing is not there. Of a clip, the boxes lie on the first frame that was looked at.

        A model without a box head marks pixels, and the box is the tight one around them. A score is the probability
        with which the model called its head there; after a second look, how likely the place is what was meant.
        `media`: an `Image`, `Clip`, path, array or PIL picture. `regions`: what the expression speaks of ("left of
        <region1>"). `allow_none=False`: the thing is there. `check`: look again, where the model marks things
        itself and the expression speaks of no region: each place is given back to the model as a region, and stays
        where that is what was meant; where none stays on a picture, the model's own marks are looked at. Every box can
        be given to other verbs. Raises `ConfigError` for a model without the head, `PromptError`, `RegionError` and
        `MediaError`.
        """
        asked = {"expression": expression, "allow_none": allow_none, "check": check}
        return self.answers(media, regions, propagate=propagate, **asked)[0]

    def place(self, found: Found) -> Region:
        """Return the box that a head found, or the one around the mask that it found."""
        return box_of(found)

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """A box a call; a box without area is left out, and said; a mask without a pixel is not there."""
        boxes, notes, absent = [], [], 0
        for one in found:
            try:
                boxes.append((box_of(one), one.score))
            except RegionError as error:
                notes.append(f"a box was left out: {error}")
                absent += isinstance(error, EmptyRegion)
        if absent == len(found):
            return Answer(self.name, tasks.NONE, notes=(NO_PIXEL,))
        scores = {str(number): score for number, (_, score) in enumerate(boxes, start=1)}
        return Answer(
            self.name,
            text,
            readable=bool(boxes),
            scores=scores,
            regions=tuple(box for box, _ in boxes),
            notes=tuple(notes),
        )

    def line(self, answer: Answer) -> str:
        """The boxes in pixels, or none."""
        return "  ".join(told(region) for region in answer.regions) or answer.text


def box_of(found: Found) -> Region:
    """Return the box that a head found, or the one around the mask that it found on its first frame with a pixel.

    Raises `RegionError` for a box without area, or a mask without a pixel.
    """
    region = place_of(found.result)
    if region.kind == "box":
        return region
    frame, mask = (region.frame, region) if region.kind != "track" else _first(region)
    x1, y1, x2, y2 = rle.box(mask.data)
    return Region.box(x1, y1, x2, y2, frame=frame)


def _first(track: Region) -> tuple[int, Region]:
    return next((frame, mask) for frame, mask in track.data.items() if mask is not None)

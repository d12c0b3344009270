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
from regard.verbs._finder import ALLOW_NONE, Finder
from regard.verbs.segment import HEADS, region_of


class Locate(Finder):
    """Find everything that an expression means, as boxes; or say that it is not there."""

    name = "locate"
    summary = "find everything that an expression means, as boxes, or say that it is not there"
    example = '"the blue cup" --draw out.png'
    parameters = (Parameter("expression", 'what is looked for, such as "the blue cup"', required=True), ALLOW_NONE)
    heads = ("box", *HEADS)
    task = staticmethod(tasks.locate)

    def __call__(
        self,
        media: Any,
        expression: str,
        regions: Regions = (),
        *,
        allow_none: bool = True,
        propagate: bool | None = None,
    ) -> Answer:
        """Return an `Answer` whose `regions` are boxes, each with the score of its number ("1", "2", ..); none where
        the thing is not there. Of a clip, the boxes lie on the first frame that was looked at.

        A model without a box head marks pixels, and the box is the tight one around them. A score is the probability
        with which the model called its head there. `media`: an `Image`, `Clip`, path,
        array or PIL picture. `regions`: what the expression speaks of ("left of <region1>"). `allow_none=False`: the
        thing is there. Every box can be given to other verbs. Raises `ConfigError` for a model without the head,
        `PromptError`, `RegionError` and `MediaError`.
        """
        return self.answers(media, regions, expression=expression, allow_none=allow_none, propagate=propagate)[0]

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """A box a call; one without area is left out, and said."""
        boxes, notes = [], []
        for one in found:
            try:
                boxes.append((box_of(one), one.score))
            except RegionError as error:
                notes.append(f"a box was left out: {error}")
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
        said = ["box:" + ",".join(f"{value:.0f}" for value in region.data) for region in answer.regions]
        return "  ".join(said) or answer.text


def box_of(found: Found) -> Region:
    """Return the box that a head found, or the one around the mask that it found on its first frame with a pixel.

    Raises `RegionError` for a box without area, or a mask without a pixel.
    """
    if "box" in found.result:
        return Region.box(found.result["box"], frame=found.result["frame"])
    region = region_of(found.result)
    if region is None:
        raise EmptyRegion("the mask that was found has no pixel")
    frame, mask = (region.frame, region) if region.kind != "track" else _first(region)
    x1, y1, x2, y2 = rle.box(mask.data)
    return Region.box(x1, y1, x2, y2, frame=frame)


def _first(track: Region) -> tuple[int, Region]:
    return next((frame, mask) for frame, mask in track.data.items() if mask is not None)

"""Find everything that an expression means, as boxes; or say that it is not there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regard.backends._base import Found
from regard.core.errors import RegionError
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs._base import Parameter, Question
from regard.verbs._binder import Media, Regions
from regard.verbs._finder import ALLOW_NONE, Finder, wanted


class Locate(Finder):
    """Find everything that an expression means, as boxes; or say that it is not there."""

    name = "locate"
    summary = "find everything that an expression means, as boxes, or say that it is not there"
    example = '"the blue cup" --draw out.png'
    parameters = (Parameter("expression", 'what is looked for, such as "the blue cup"', required=True), ALLOW_NONE)
    heads = ("box",)

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

        A score is the probability with which the model called its box head there. `media`: an `Image`, `Clip`, path,
        array or PIL picture. `regions`: what the expression speaks of ("left of <region1>"). `allow_none=False`: the
        thing is there. Every box can be given to other verbs. Raises `ConfigError` for a model without the head,
        `PromptError`, `RegionError` and `MediaError`.
        """
        return self.answers(media, regions, expression=expression, allow_none=allow_none, propagate=propagate)[0]

    def questions(
        self,
        media: Media,
        regions: tuple[BoundRegion, ...],
        *,
        expression: str,
        allow_none: bool = True,
        **options: Any,
    ) -> list[Question]:
        """Ask once."""
        text = tasks.locate(wanted(expression, self.name, "the blue cup"))
        return [self.asked(media, regions, text, allow_none)]

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """A box a call; one without area is left out, and said."""
        boxes, notes = [], []
        for one in found:
            try:
                boxes.append((Region.box(one.result["box"], frame=one.result["frame"]), one.score))
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

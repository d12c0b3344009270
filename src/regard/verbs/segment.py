"""Find the pixels of what an expression or a question means: a mask on a picture, a track through a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regard.backends._base import Found
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.regions import rle
from regard.verbs._base import Parameter, Question
from regard.verbs._binder import Regions
from regard.verbs._finder import ALLOW_NONE
from regard.verbs._found import NO_PIXEL, region_of, told
from regard.verbs._second_look import CHECK, SecondLook

KINDS = ("tracks", "masks")


class Segment(SecondLook):
    """Find the pixels of what an expression or a question means: a mask on a picture, a track through a clip."""

    name = "segment"
    summary = "find the pixels of what an expression or a question means, or say that it is not there"
    example = '"the thing that holds coffee" --draw out.png'
    parameters = (
        Parameter("expression", 'what is looked for, such as "the blue cup", or a question', required=True),
        ALLOW_NONE,
        CHECK,
    )
    kinds = KINDS
    task = staticmethod(tasks.segment)

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
        """Return an `Answer` whose `regions` are one mask a thing, or one track, each with the score of its number
        ("1", "2", ..); none where the thing is not there. Of a clip, masks lie on the frames that the head answers
        about, and a track says None for those on which the thing is not seen.

        A score is what the head says of its masks, the mean over frames with the thing; after a second look, how likely
        the mask is what was meant. `media`: an `Image`, `Clip`, path, array or PIL picture. `regions`: what the
        expression speaks of. `allow_none=False`: the thing is there. `check`: look again at what was found, as
        `locate` does. What comes back can be given to other verbs. Raises `ConfigError` for a model without
        such a head, `PromptError`, `RegionError` and `MediaError`.
        """
        asked = {"expression": expression, "allow_none": allow_none, "check": check}
        return self.answers(media, regions, propagate=propagate, **asked)[0]

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """A region a call; one without a pixel on any frame is not there."""
        results = [one.result for one in found]
        seen = [(region, score_of(result)) for result in results if (region := region_of(result))]
        if not seen:
            return Answer(self.name, tasks.NONE, notes=(NO_PIXEL,))
        scores = {str(number): score for number, (_, score) in enumerate(seen, start=1)}
        return Answer(self.name, text, scores=scores, regions=tuple(region for region, _ in seen))

    def line(self, answer: Answer) -> str:
        """How many pixels each region has, or none."""
        return "  ".join(told(region) for region in answer.regions) or answer.text


def score_of(result: Mapping[str, Any]) -> float:
    """Return the mean score of the masks with a pixel, 0 where there is none."""
    scores = [mask["score"] for mask in result["masks"] if rle.area(mask["rle"])]
    return round(sum(scores) / len(scores), 4) if scores else 0.0

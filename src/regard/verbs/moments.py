"""Find when a sentence is true of a clip: scored spans in seconds, and how much each second matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from regard.backends._base import Found
from regard.core.errors import VideoError
from regard.draw.timeline import Timeline
from regard.prompts import tasks
from regard.prompts.answer import Answer, Span
from regard.regions.bound import BoundRegion
from regard.verbs._base import Parameter, Question, Words
from regard.verbs._binder import Media, Regions
from regard.verbs._features import NAME, read_features
from regard.verbs._finder import ALLOW_NONE, Finder, wanted


class Moments(Finder):
    """Find when a sentence is true of a clip: scored spans in seconds, and how much each second matters."""

    name = "moments"
    summary = "find when a sentence is true of a clip, as scored spans in seconds"
    example = '"the ball rolls under the table" --draw out.png'
    media = "street.mp4"
    parameters = (
        Parameter("sentence", 'what happens, such as "the ball rolls away"', required=True),
        ALLOW_NONE,
        Parameter(
            "features",
            "an .npy file with the clip's features (V, C), for models that read those of another encoder",
        ),
    )
    kinds = ("moments",)

    def __call__(
        self,
        media: Any,
        sentence: str,
        regions: Regions = (),
        *,
        allow_none: bool = True,
        features: Any = None,
        propagate: bool | None = None,
    ) -> Answer:
        """Return an `Answer` with `spans` (start, end and score each), best first and inside the clip, and with
        `saliency`, one number for each second of the clip, of which only the order has a meaning.

        `media`: a `Clip`, or the path of one. `regions`: what the sentence speaks of ("<region1> stops").
        `allow_none=False`: it does happen. `features`: those of another encoder, (V, C) of V even stretches of the
        clip, as an array or a file, for models whose head reads them (VideoChat-TPO: InternVideo2's, one a second);
        others do not look at them. Raises `ConfigError` for a model without the head, `VideoError` for a picture,
        `DataError` for features that are missing or do not fit, `PromptError`, `RegionError` and `MediaError`.
        """
        asked = {"sentence": sentence, "allow_none": allow_none, "features": features}
        return self.answers(media, regions, propagate=propagate, **asked)[0]

    def questions(
        self,
        media: Media,
        regions: tuple[BoundRegion, ...],
        *,
        sentence: str,
        allow_none: bool = True,
        features: Any = None,
        **options: Any,
    ) -> list[Question]:
        """Ask once."""
        if not media.is_clip:
            raise VideoError("moments lie in a clip, and this is a picture; locate and segment look for things in it")
        text = tasks.moments(wanted(sentence, self.name, "the ball rolls away"))
        asked = self.asked(media, regions, text, allow_none)
        if features is not None:
            asked = replace(asked, sample=replace(asked.sample, facts={NAME: read_features(features)}))
        return [asked]

    def found(self, question: Question, text: str, found: Sequence[Found]) -> Answer:
        """The spans of all calls, best first, cut to the clip; the saliency of the first. Without a span in the clip it
        does not happen.
        """
        last = question.sample.media.duration
        spans = [Span(**span) for one in found for span in one.result["spans"]]
        inside = [Span(max(span.start, 0.0), min(span.end, last), span.score) for span in spans]
        kept = sorted((span for span in inside if span.start < span.end), key=lambda span: -span.score)
        saliency = tuple(found[0].result["saliency"])
        if kept:
            return Answer(self.name, text, spans=tuple(kept), saliency=saliency)
        lost = f"all {len(spans)} lie beyond the clip, which lasts {last:.1f} s" if spans else "there is none"
        return Answer(self.name, tasks.NONE, saliency=saliency, notes=(f"of the spans that were found {lost}",))

    def line(self, answer: Answer) -> str:
        """The best span, or none."""
        best = [f"{span.start:.1f} s to {span.end:.1f} s ({span.score:.2f})" for span in answer.spans[:1]]
        return best[0] if best else tasks.NONE if answer.readable else answer.text

    def drawn(self, answers: Sequence[Answer], count: int, *, sentence: str = "", **options: Any) -> Words:
        """The best span and the saliency over time stand beneath the frames."""
        answer = answers[0]
        spans = [(span.start, span.end, span.score) for span in answer.spans]
        timeline = Timeline(spans, answer.saliency) if spans or answer.saliency else None
        return Words(caption=f"{sentence}: {self.line(answer)}", timeline=timeline)

"""Say which of the given labels each region is, with scores that sum to 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regard.backends._base import Generation
from regard.core.errors import PromptError
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.prompts.sample import Sample, mentions
from regard.regions.bound import BoundRegion
from regard.verbs._base import MAX_NEW_TOKENS, Parameter, Question, Verb
from regard.verbs._binder import Media, Regions

MOST_LABELS = 1000
LONGEST_LABEL = 200


class Classify(Verb):
    """Say for every region which of the given labels it is, with a score each; without labels, in the model's words."""

    name = "classify"
    summary = "say which of the given labels each region is, with scores that sum to 1"
    example = "--labels cup,bowl,plate --region box:410,220,520,360"
    parameters = (Parameter("labels", "the labels to choose from; left out: the model's own words", "words"),)
    fewest_regions = 1

    def __call__(
        self,
        media: Any,
        regions: Regions,
        labels: Sequence[str] | None = None,
        *,
        max_new_tokens: int = MAX_NEW_TOKENS,
        propagate: bool | None = None,
    ) -> list[Answer]:
        """Return one `Answer` a region, with `label` and, for given labels, `scores` that sum to 1.

        A label's score is the likelihood that the model would answer with exactly that label, over that of all labels
        (softmax). `media`: an `Image`, `Clip`, path, array or PIL picture. `labels`: 1 to 1000 different ones.
        `propagate`: follow regions given at one frame of a clip (left out: as `load` was told). Raises `PromptError`
        for labels that cannot be told apart, `RegionError` and `MediaError`.
        """
        return self.answers(media, regions, labels=labels, max_new_tokens=max_new_tokens, propagate=propagate)

    def questions(
        self, media: Media, regions: tuple[BoundRegion, ...], *, labels: Sequence[str] | None = None, **options: Any
    ) -> list[Question]:
        """Ask once a region, so that no answer depends on the other regions."""
        choices = () if labels is None else check_labels(labels)
        text = tasks.classify(choices)
        return [Question(Sample.build(media, text, [region]), number, choices) for number, region in enumerate(regions)]

    def judge(self, question: Question, scores: Mapping[str, float]) -> Answer:
        """The likeliest label, the first of equals."""
        label = max(scores, key=lambda name: scores[name])
        return Answer(self.name, label, label=label, scores=scores)

    def read(self, question: Question, said: Generation) -> Answer:
        """The model's own words; of given labels, only one that is written exactly (case and a final stop aside)
        counts.
        """
        text = said.text.strip()
        if not question.candidates:
            return Answer(self.name, text, readable=bool(text), label=text or None)
        plain = text.rstrip(".").casefold()
        label = next((choice for choice in question.candidates if choice.casefold() == plain), None)
        return Answer(self.name, text, readable=label is not None, label=label)

    def line(self, answer: Answer) -> str:
        """The label and its score."""
        return f"{answer.text} ({answer.scores[answer.text]:.2f})" if answer.scores else answer.text


def check_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the labels without spaces around them.

    Raises `PromptError` for a single text, no labels, more than 1000, and labels that are empty, too long, double or
    name a region.
    """
    if isinstance(labels, str):
        raise PromptError(
            f"labels is a list of words, for example {labels.split(',')!r}; a single text came: {labels!r}"
        )
    found = tuple(labels)
    if not 1 <= len(found) <= MOST_LABELS:
        raise PromptError(
            f"classify takes 1 to {MOST_LABELS} labels, got {len(found)}; leave labels out for free words"
        )
    seen: dict[str, int] = {}
    for number, label in enumerate(found, start=1):
        plain = _check_label(label, number)
        if plain.casefold() in seen:
            raise PromptError(
                f"labels {seen[plain.casefold()]} and {number} are the same: {plain!r}; every label is given once"
            )
        seen[plain.casefold()] = number
    return tuple(label.strip() for label in found)


def _check_label(label: Any, number: int) -> str:
    if not isinstance(label, str) or not label.strip():
        raise PromptError(f"label {number} is {label!r}; a label is a word or a short phrase")
    if len(label) > LONGEST_LABEL:
        raise PromptError(f"label {number} has {len(label)} characters; a label has at most {LONGEST_LABEL}")
    if mentions(label):
        raise PromptError(f"label {number} is {label!r}; a label is words and cannot name a region")
    return label.strip()

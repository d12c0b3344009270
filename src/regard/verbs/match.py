"""Say which of the regions an expression means, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from regard.backends._base import Backend, Generation
from regard.core.errors import PromptError, TooManyRegions
from regard.prompts import tasks
from regard.prompts.answer import Answer
from regard.prompts.sample import PLACEHOLDER, Sample
from regard.regions.bound import BoundRegion
from regard.verbs._base import Parameter, Question, Verb, Words
from regard.verbs._binder import Media, Regions

LEAST = 1e-6  # below that no likelihood is told from another


class Match(Verb):
    """Say which of the regions an expression means, or that it means none of them."""

    name = "match"
    summary = "say which of the regions an expression means, or none"
    example = '"the blue cup" --region box:410,220,520,360 --region box:30,40,200,180'
    parameters = (
        Parameter("expression", 'what is looked for, such as "the blue cup"', required=True),
        Parameter("allow_none", "allow the answer that no region is meant", "flag", True),
        Parameter("check", "look at each region by itself too", "flag", True),
    )
    fewest_regions = 1

    def __call__(
        self,
        media: Any,
        expression: str,
        regions: Regions,
        *,
        allow_none: bool = True,
        check: bool = True,
        propagate: bool | None = None,
    ) -> Answer:
        """Return an `Answer` whose `index` is the 0-based number of the region meant, None for none of them.

        `scores` are the likelihoods of "1", "2", .. and "none", and sum to 1. `media`: an `Image`, `Clip`, path,
        array or PIL picture. `allow_none=False`: one of the regions must be meant. `check`: a model that looks again
        (`Backend`) is asked about each of several regions by itself as well, where the expression names none.
        `propagate`: follow regions given at one frame of a clip (left out: as `load` was told). Raises `TooManyRegions`
        beyond what the model takes in one question, `PromptError`, `RegionError` and `MediaError`.
        """
        asked = {"expression": expression, "allow_none": allow_none, "check": check}
        return self.answers(media, regions, propagate=propagate, **asked)[0]

    def questions(
        self,
        media: Media,
        regions: tuple[BoundRegion, ...],
        *,
        expression: str,
        allow_none: bool = True,
        check: bool = True,
        **options: Any,
    ) -> list[Question]:
        """Ask about all candidates together, and then about each by itself."""
        wanted = expression.strip().rstrip("?.") if isinstance(expression, str) else ""
        if not wanted:
            raise PromptError(f'match looks for an expression, such as "the blue cup"; got {expression!r}')
        count, most = len(regions), self.asker.backend.most_regions
        if count > most:
            raise TooManyRegions(
                f"match compares all candidates in one question: {count} were given,"
                f" {self.asker.backend.name} takes at most {most}"
            )
        candidates = tuple(str(number) for number in range(1, count + 1)) + ((tasks.NONE,) if allow_none else ())
        together = Question(Sample.build(media, tasks.choose(wanted, count), regions), None, candidates)
        if not check or count == 1 or PLACEHOLDER.search(wanted) or not looks_again(self.asker.backend):
            return [together]
        alone = [Sample.build(media, tasks.choose(wanted, 1), (region,)) for region in regions]
        return [together, *(Question(sample, None, ("1", tasks.NONE)) for sample in alone)]

    def join(self, questions: Sequence[Question], answers: Sequence[Answer]) -> list[Answer]:
        """Return the one answer: how likely a region is among the others, times the odds that it, by itself, is meant.

        That is the product of two opinions, in which each may veto.
        """
        together, *alone = answers
        if not alone or not all(answer.readable for answer in answers):
            return [together]
        odds = [max(answer.scores["1"], LEAST) / max(answer.scores[tasks.NONE], LEAST) for answer in alone]
        scores = {name: max(score, LEAST) for name, score in together.scores.items()}
        scores |= {str(number): scores[str(number)] * odd for number, odd in enumerate(odds, start=1)}
        total = sum(scores.values())
        joined = self.judge(questions[0], {name: score / total for name, score in scores.items()})
        return [replace(together, text=joined.text, index=joined.index, scores=joined.scores)]

    def judge(self, question: Question, scores: Mapping[str, float]) -> Answer:
        """The likeliest candidate, the first of equals."""
        chosen = max(scores, key=lambda name: scores[name])
        return Answer(self.name, chosen, index=None if chosen == tasks.NONE else int(chosen) - 1, scores=scores)

    def read(self, question: Question, said: Generation) -> Answer:
        """A number of a candidate, or "none" where that is allowed; anything else is unreadable, and no second guess
        is made.
        """
        text = said.text.strip()
        try:
            index = tasks.read_choice(text, len(question.sample.regions))
        except PromptError as error:
            return Answer(self.name, text, readable=False, notes=(str(error),))
        return Answer(self.name, text, readable=index is not None or tasks.NONE in question.candidates, index=index)

    def line(self, answer: Answer) -> str:
        """The region's number, or none, and the score."""
        if not answer.readable:
            return f"unreadable: {answer.text}"
        said = tasks.NONE if answer.index is None else f"region {answer.index + 1}"
        return f"{said} ({answer.scores[answer.text]:.2f})" if answer.scores else said

    def drawn(self, answers: Sequence[Answer], count: int, *, expression: str = "", **options: Any) -> Words:
        """Every candidate carries its score, the chosen one the expression as well."""
        answer = answers[0]
        texts = [f"{answer.scores[str(number)]:.2f}" if answer.scores else "" for number in range(1, count + 1)]
        if answer.index is not None:
            texts[answer.index] = f"{expression} {texts[answer.index]}".strip()
        return Words(tuple(texts), f"{expression}: {self.line(answer)}")


def looks_again(backend: Backend) -> bool:
    """Return whether a model is asked again about what it said, and can tell how likely that is."""
    return getattr(backend, "looks_again", False) and getattr(backend, "can_score", True)

"""What a verb is: a name, parameters, the questions it asks a backend, and how it reads what comes back.

A verb is one file of this folder. Its `parameters` make the command line's options, its `__call__` is the method of
the same name on a model, and nothing else lists it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from regard.backends._base import Generation
from regard.core.errors import PromptError, RegionError
from regard.draw.timeline import Timeline
from regard.prompts.answer import Answer
from regard.prompts.sample import Sample
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs._binder import Asker, Media, Regions
from regard.verbs._stream import Stream

ROOM = "regard.verbs"
MAX_NEW_TOKENS = 128
MOST_NEW_TOKENS = 4096


@dataclass(frozen=True)
class Parameter:
    """One setting of a verb beyond media and regions.

    `kind`: "text", "words" (several, separated by commas), "choice" (one of `choices`) or "flag". A `required` one
    has no default and is given by its place on the command line.
    """

    name: str
    help: str
    kind: str = "text"
    default: Any = None
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Question:
    """One thing asked of a backend. `region`: the 0-based number of the region it is about, when it is about one.

    `candidates`: the texts of which one is the answer; the likelihood of each decides. Empty: the model writes.
    `begin`: the task head whose call its answer begins with, the same for all questions of a verb. `meant`: the
    expression by which what is found is looked at again; empty: it is not.
    """

    sample: Sample
    region: int | None = None
    candidates: tuple[str, ...] = ()
    begin: str | None = None
    meant: str = ""


@dataclass(frozen=True)
class Words:
    """What a drawing of an answer shows: one text a region, and a caption beneath. `regions`: those that were found,
    drawn in place of those that were given; `timeline`: when things happen.
    """

    texts: tuple[str, ...] = ()
    caption: str = ""
    regions: tuple[Region, ...] | None = None
    timeline: Timeline | None = None


class Verb:
    """The base of every verb. A subclass sets the class variables and writes `__call__`, `questions` and `read`.

    `example`: what follows `regard NAME photo.jpg` in a call that shows it. `writes`: does the model write text of its
    own, so that it can be streamed? `converses`: can earlier turns be given? `finds`: are its answer's regions those
    that it found, and not those that it was asked about? `media`: the file of its `example`.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    example: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    fewest_regions: ClassVar[int] = 0
    writes: ClassVar[bool] = False
    converses: ClassVar[bool] = False
    finds: ClassVar[bool] = False
    media: ClassVar[str] = "photo.jpg"

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def __repr__(self) -> str:
        return f"<{self.name}: {self.summary}>"

    # -- what a verb writes --------------------------------------------------------------------------

    def __call__(self, *places: Any, **options: Any) -> Any:
        """Ask; every verb has its own signature: media first, then what it needs, `regions` among it."""
        raise NotImplementedError

    def questions(self, media: Media, regions: tuple[BoundRegion, ...], *places: Any, **options: Any) -> list[Question]:
        """Return what is asked about these regions. Raises `PromptError` for options that cannot be asked."""
        raise NotImplementedError

    def read(self, question: Question, said: Generation) -> Answer:
        """Return the answer for what the model wrote."""
        raise NotImplementedError

    def judge(self, question: Question, scores: Mapping[str, float]) -> Answer:
        """Return the answer for the probability of every candidate. Only verbs with candidates have it."""
        raise NotImplementedError

    def join(self, questions: Sequence[Question], answers: Sequence[Answer]) -> list[Answer]:
        """Return the answers that are given; a verb that asks in parts makes one of several."""
        return list(answers)

    def line(self, answer: Answer) -> str:
        """Return the answer as one line for people; on a terminal it stands alone or after its region's number."""
        return answer.text

    def drawn(self, answers: Sequence[Answer], count: int, *places: Any, **options: Any) -> Words:
        """Return what a drawing says: a region's own answers beside it, all others beneath the picture."""
        texts = [""] * count
        for answer in answers:
            if answer.region is not None:
                texts[answer.region] = self.line(answer)
        beneath = [self.line(answer) for answer in answers if answer.region is None]
        return Words(tuple(texts), "\n".join(beneath))

    # -- what all share ------------------------------------------------------------------------------

    def answers(
        self,
        media: Any,
        regions: Regions = (),
        *,
        propagate: bool | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        **options: Any,
    ) -> list[Answer]:
        """Ask about media and regions and read what comes back: one answer a question, in the questions' order, unless
        the verb joins them.

        Every question goes to the backend in one call, so that the media is encoded once; some verbs ask again about
        what came back.
        """
        check_new_tokens(max_new_tokens)
        started = time.perf_counter()
        questions = self._questions(media, regions, propagate, options)
        bind_ms = _since(started)
        if questions[0].candidates and getattr(self.asker.backend, "can_score", True):
            found = [self._judged(question) for question in questions]
        else:
            how: dict[str, Any] = {"begin": questions[0].begin} if questions[0].begin else {}
            said = self.asker.backend.generate(
                [question.sample for question in questions], max_new_tokens=max_new_tokens, **how
            )
            found = [self._read(one, text) for one, text in zip(questions, said, strict=True)]
        found = self.join(questions, found)
        took = {"bind": bind_ms, "total": _since(started)}
        return [replace(answer, timing_ms={**answer.timing_ms, **took}) for answer in found]

    def streams(
        self,
        media: Any,
        regions: Regions = (),
        *,
        propagate: bool | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        **options: Any,
    ) -> list[Stream]:
        """Like `answers`, for verbs that write: one `Stream` a question, each of which writes when it is read."""
        check_new_tokens(max_new_tokens)
        started = time.perf_counter()
        questions = self._questions(media, regions, propagate, options)
        bind_ms = _since(started)
        return [self._stream(question, max_new_tokens, bind_ms) for question in questions]

    def _questions(
        self, media: Any, regions: Regions, propagate: bool | None, options: dict[str, Any]
    ) -> list[Question]:
        opened = self.asker.binder.open(media)
        bound = self.asker.binder.bind(opened, regions, propagate=propagate)
        if len(bound) < self.fewest_regions:
            raise RegionError(
                f"{self.name} is about regions: give at least {self.fewest_regions}, got {len(bound)}."
                f" The whole picture is Region.box(0, 0, {opened.width}, {opened.height})"
            )
        return self.questions(opened, bound, **options)

    def _stream(self, question: Question, max_new_tokens: int, bind_ms: float) -> Stream:
        pieces = self.asker.backend.stream(question.sample, max_new_tokens=max_new_tokens)
        return Stream(pieces, partial(self._finished, question, bind_ms), max_new_tokens)

    def _finished(self, question: Question, bind_ms: float, said: Generation, stream_ms: float) -> Answer:
        answer = self._read(question, said)
        took = {"bind": bind_ms, "total": round(bind_ms + stream_ms, 2)}
        return replace(answer, timing_ms={**answer.timing_ms, **took})

    def _read(self, question: Question, said: Generation) -> Answer:
        answer = self.read(question, said)
        cut = "the answer was cut off; a larger max_new_tokens, or a shorter question, lets it end"
        notes = (*said.notes, *(() if said.finished else (cut,)))
        answer = replace(answer, calls=said.found)
        return self._complete(answer, question, said.usage, said.timing_ms, notes)

    def _judged(self, question: Question) -> Answer:
        started = time.perf_counter()
        likelihoods = self.asker.backend.score(question.sample, question.candidates)
        shares = softmax(likelihoods)
        if shares is None:
            answer = Answer(self.name, "", readable=False, notes=("the model gave likelihoods that are no numbers",))
        else:
            answer = self.judge(question, dict(zip(question.candidates, shares, strict=True)))
        return self._complete(answer, question, {}, {"score": _since(started)}, ())

    def _complete(
        self,
        answer: Answer,
        question: Question,
        usage: Mapping[str, int],
        timing_ms: Mapping[str, float],
        notes: tuple[str, ...],
    ) -> Answer:
        return replace(
            answer,
            region=question.region,
            regions=answer.regions if self.finds else question.sample.regions,
            model=self.asker.backend.name,
            usage=dict(usage),
            timing_ms=dict(timing_ms),
            notes=(*question.sample.notes, *answer.notes, *notes),
        )


def softmax(likelihoods: Sequence[float]) -> list[float] | None:
    """Return shares that sum to 1 from log-likelihoods; None when one is NaN, or when none is finite."""
    top = max(likelihoods)
    if any(math.isnan(value) for value in likelihoods) or not math.isfinite(top):
        return None
    weights = [math.exp(value - top) for value in likelihoods]
    return [weight / sum(weights) for weight in weights]


def check_new_tokens(count: int) -> None:
    """Raise `PromptError` unless `count` is a whole number from 1 to 4096."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_NEW_TOKENS:
        raise PromptError(f"max_new_tokens is a whole number from 1 to {MOST_NEW_TOKENS}, not {count!r}")


def _since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)

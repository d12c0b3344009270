"""Scoring: from items and what is known of their answers to outcomes, by the strict rule and by the published one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from regard.bench._answers import Answers
from regard.bench._base import LEFT_OUT, STOPS, Benchmark, Given, Item, Score, ScorerStops
from regard.bench._judge import Bench, Judged, Judgement
from regard.core.errors import DataError

ANSWERED, UNREADABLE, UNJUDGED, FAILED, MISSING = STATES = ("answered", "unreadable", "unjudged", "failed", "missing")
MOST_REASONS = 10
NOTHING = Score(0.0, readable=False)


@dataclass(frozen=True)
class Outcome:
    """What became of one item.

    state: answered, unreadable (text that is no answer), unjudged (a judge's verdict is missing), failed (an error),
    missing (never asked).
    """

    figure: str
    also: tuple[str, ...]
    cluster: str
    answer: str
    chance: float | None
    state: str
    score: Score

    @property
    def counts(self) -> bool:
        """Whether the item counts for its figures: what is unreadable is not right, what failed is no answer."""
        return self.state in (ANSWERED, UNREADABLE)


@dataclass
class Scored:
    """All outcomes by the strict rule (`strict`), and those that the published scorer would count (`official`).

    stopped: why the published scorer gives no number. answered: items with their answers, unjudged ones too, for
    figures that are no mean over items. keys: those of all items. questions: the sha256 over all keys and questions.
    failures: the first items that failed, with their reasons.
    """

    strict: list[Outcome] = field(default_factory=list)
    official: list[Outcome] = field(default_factory=list)
    stopped: str = ""
    answered: list[tuple[Item, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    questions: str = ""
    failures: list[tuple[str, str]] = field(default_factory=list)


def score_all(benchmark: Benchmark, answers: Answers, batches: Iterable[Sequence[Item]], bench: Bench | None) -> Scored:
    """Score every item, batch by batch. `bench` judges where the benchmark needs it and the file holds no verdicts."""
    scored, digest = Scored(), hashlib.sha256()
    keeps = type(benchmark).over_all is not Benchmark.over_all
    for batch in batches:
        rows = _with_answers(benchmark, answers, batch, bench)
        for item, found in zip(batch, rows, strict=True):
            if item.key in scored.keys:
                raise DataError(f"two items have the key {item.key!r}; the data are damaged")
            digest.update(f"{item.key}\n{item.question}\n".encode("utf-8", "surrogatepass"))
            scored.keys.add(item.key)
            given = answers.of(item)
            answer = found[0][1] if given is not None and given.answer is not None else None
            scored.strict.append(_strict(benchmark, item, given, answer))
            if given is not None and given.answer is None and len(scored.failures) < MOST_REASONS:
                scored.failures.append((item.key, given.error))
            if keeps and answer is not None:
                scored.answered.append((item, answer))
            if benchmark.card.published and not scored.stopped:
                _add_official(benchmark, item, found, scored)
    scored.questions = digest.hexdigest()
    return scored


def _with_answers(
    benchmark: Benchmark, answers: Answers, batch: Sequence[Item], bench: Bench | None
) -> list[list[tuple[Given, Any]]]:
    """Return for each item its rows, each with the answer as `score` takes it (None where there is none)."""
    rows = [(item, given) for item in batch for given in answers.all_of(item)]
    ready = {id(given): given.answer for _, given in rows}
    if isinstance(benchmark, Judged):
        spoken = [(item, given) for item, given in rows if given.answer is not None]
        replies = [given.replies for _, given in spoken]
        if bench is not None:
            replies = bench.replies(benchmark, [(item, given.answer) for item, given in spoken])
        ready |= {id(given): Judgement(given.answer, said) for (_, given), said in zip(spoken, replies, strict=True)}
    return [[(given, ready[id(given)]) for given in answers.all_of(item)] for item in batch]


def _strict(benchmark: Benchmark, item: Item, given: Given | None, answer: Any) -> Outcome:
    if given is None or answer is None:
        return _outcome(benchmark, item, MISSING if given is None else FAILED, NOTHING)
    score = benchmark.score(item, answer)
    state = UNJUDGED if not score.judged else ANSWERED if score.readable else UNREADABLE
    return _outcome(benchmark, item, state, score)


def _add_official(benchmark: Benchmark, item: Item, rows: Sequence[tuple[Given, Any]], scored: Scored) -> None:
    """Add what the published scorer counts for an item: one outcome a row, or what it does without one."""
    try:
        for given, answer in rows:
            if answer is None and given.foreign:
                raise ScorerStops(given.error)
        scores = [benchmark.official(item, answer) for _, answer in rows if answer is not None]
        if not scores and benchmark.official_lost == STOPS:
            raise ScorerStops("there is no answer")
    except ScorerStops as stop:
        scored.stopped, scored.official = f"at {item.key!r}: {stop}", []
        return
    if not scores and benchmark.official_lost != LEFT_OUT:
        scores = [Score(0.0)]
    scored.official += [_outcome(benchmark, item, ANSWERED, score) for score in scores]


def _outcome(benchmark: Benchmark, item: Item, state: str, score: Score) -> Outcome:
    answer = "" if benchmark.open_answers else item.answer
    return Outcome(item.figure, item.also, item.cluster, answer, item.chance, state, score)

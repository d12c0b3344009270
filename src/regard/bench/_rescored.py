"""Runs scored again, item by item, from the files that they wrote or read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from regard.bench import _base
from regard.bench._answers import ANSWERS, Answers, read_answers
from regard.bench._base import OFFICIAL, Benchmark, Item, Score, ScorerStops, Settings
from regard.bench._figures import Report
from regard.bench._judge import JUDGEMENTS, Bench, Judged, Judgement
from regard.bench._reports import Run
from regard.core.errors import DataError


@dataclass(frozen=True)
class Answered:
    """One answer with its score, hits out of count; `readable` is False when it is no answer of the wanted form."""

    item: Item
    text: str
    score: Score

    @property
    def share(self) -> float:
        """The score as a share, -1..1."""
        return self.score.hits / self.score.count if self.score.count else 1.0


@dataclass(frozen=True)
class _Reader:
    """What one run answered, and how it is scored."""

    benchmark: Benchmark
    answers: Answers
    bench: Bench | None
    protocol: str

    @classmethod
    def of(cls, benchmark: Benchmark, run: Run) -> _Reader:
        answers, bench = read_answers(benchmark, _answers_of(run)), None
        if isinstance(benchmark, Judged) and not answers.judged:
            bench = Bench(None, run.folder / JUDGEMENTS)
        return cls(benchmark, answers, bench, run.report.protocol)

    def answered(self, item: Item) -> Answered | None:
        """Return an answer that counts for a figure; None for what was lost."""
        given = self.answers.of(item)
        if given is None or given.answer is None:
            return None
        answer = given.answer
        if isinstance(self.benchmark, Judged):
            replies = self.bench.replies(self.benchmark, [(item, answer)])[0] if self.bench else given.replies
            answer = Judgement(answer, replies)
        try:
            score = (self.benchmark.official if self.protocol == OFFICIAL else self.benchmark.score)(item, answer)
        except ScorerStops:
            return None
        return Answered(item, str(given.answer), score) if score.judged else None


def rescored(runs: Sequence[Run], data: Path | None = None) -> Iterator[tuple[Answered | None, ...]]:
    """Yield, for each item of the first run's benchmark and settings, the answer of every run; None for what was lost.

    `data`: the folder of the official files where it is not the one of the run any more. Raises `DataError` when the
    answers are not in the folder of a run nor where it read them, and what reading the benchmark's files raises.
    """
    report = runs[0].report
    benchmark, settings = _base.load(report.benchmark), _settings(report, data)
    readers = [_Reader.of(benchmark, run) for run in runs]
    items = benchmark.items(settings)
    for item in islice(items, settings.items) if benchmark.card.files else items:
        yield tuple(reader.answered(item) for reader in readers)


def _settings(report: Report, data: Path | None) -> Settings:
    kept = report.settings.get("data")
    folder = data or (Path(kept) if kept else None)
    return Settings(folder, report.settings.get("items"), tuple(report.settings.get("skills") or ()))


def _answers_of(run: Run) -> Path:
    """Return the file with the answers: in the folder of the run, or the one that was scored into it."""
    for path in (run.folder / ANSWERS, Path(run.report.model)):
        if path.is_file():
            return path
    raise DataError(f"the answers are not in {str(run.folder)!r}")

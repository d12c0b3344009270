"""The worst answers of a run: found by scoring its files again, shown with their pictures where those are at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from regard.bench import _base
from regard.bench._answers import ANSWERS, Answers, read_answers
from regard.bench._base import OFFICIAL, Benchmark, Item, Score, ScorerStops, Settings
from regard.bench._figures import Report, head
from regard.bench._judge import JUDGEMENTS, Bench, Judged, Judgement
from regard.bench._reports import Run
from regard.core.errors import DataError, RegardError


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


def worst(run: Run, each: int, data: Path | None = None) -> dict[str, list[Answered]]:
    """Return the worst answers of each main figure, at most `each`, one of a picture, none that has full marks.

    `data`: the folder of the official files where it is not the one of the run any more. Of a benchmark that draws its
    items itself no more is drawn than needed. Raises `DataError` when the answers are not in the folder of the run nor
    where it read them, and what reading the benchmark's files raises.
    """
    report, found = run.report, defaultdict[str, list[Answered]](list)
    benchmark, wanted = _base.load(report.benchmark), _wanted(report, each)
    for answered in _answered(benchmark, run, _settings(report, data)):
        if answered.share < 1:
            found[answered.item.figure] = _with(found[answered.item.figure], answered)[:each]
        if not benchmark.card.files and all(_is_full(found[name], count) for name, count in wanted.items()):
            break
    return {name: rows for name, rows in found.items() if rows}


def _wanted(report: Report, each: int) -> dict[str, int]:
    """Return how many answers without a point each figure of right and wrong can have, at most `each`."""
    plain = [figure for figure in report.figures if figure.name == head(figure.name) and figure.commonest is not None]
    return {figure.name: min(each, round(figure.items * (1 - (figure.value or 0.0)))) for figure in plain}


def _with(rows: Sequence[Answered], new: Answered) -> list[Answered]:
    """Return the rows with a new one, worst first; of one cluster the worst is kept, of equals the first."""
    kept: dict[str, Answered] = {}
    for row in sorted((*rows, new), key=lambda one: one.share):
        kept.setdefault(row.item.cluster, row)
    return list(kept.values())


def _is_full(rows: Sequence[Answered], count: int) -> bool:
    return len(rows) >= count and all(row.share <= 0 for row in rows)


def _settings(report: Report, data: Path | None) -> Settings:
    kept = report.settings.get("data")
    folder = data or (Path(kept) if kept else None)
    return Settings(folder, report.settings.get("items"), tuple(report.settings.get("skills") or ()))


def _answered(benchmark: Benchmark, run: Run, settings: Settings) -> Iterator[Answered]:
    """Yield what counts for a figure: what was lost is no worst answer."""
    answers, bench = read_answers(benchmark, _answers_of(run)), None
    if isinstance(benchmark, Judged) and not answers.judged:
        bench = Bench(None, run.folder / JUDGEMENTS)
    items = benchmark.items(settings)
    for item in islice(items, settings.items) if benchmark.card.files else items:
        found = _scored(benchmark, item, answers, bench, run.report.protocol)
        if found is not None:
            yield found


def _answers_of(run: Run) -> Path:
    """Return the file with the answers: in the folder of the run, or the one that was scored into it."""
    for path in (run.folder / ANSWERS, Path(run.report.model)):
        if path.is_file():
            return path
    raise DataError(f"the answers are not in {str(run.folder)!r}")


def _scored(benchmark: Benchmark, item: Item, answers: Answers, bench: Bench | None, protocol: str) -> Answered | None:
    given = answers.of(item)
    if given is None or given.answer is None:
        return None
    answer = given.answer
    if isinstance(benchmark, Judged):
        answer = Judgement(answer, bench.replies(benchmark, [(item, answer)])[0] if bench else given.replies)
    try:
        score = benchmark.official(item, answer) if protocol == OFFICIAL else benchmark.score(item, answer)
    except ScorerStops:
        return None
    return Answered(item, str(given.answer), score) if score.judged else None


def opened(answered: Answered) -> tuple[Answered, str]:
    """Return the answer with its picture or clip opened, and why not where that fails."""
    try:
        return replace(answered, item=replace(answered.item, sample=answered.item.open())), ""
    except (RegardError, OSError) as error:
        return answered, str(error)

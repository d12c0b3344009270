"""The worst answers of a run: found by scoring its files again, shown with their pictures where those are at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from regard.bench import _base
from regard.bench._figures import Report, head
from regard.bench._reports import Run
from regard.bench._rescored import Answered, rescored
from regard.core.errors import RegardError


def worst(run: Run, each: int, data: Path | None = None) -> dict[str, list[Answered]]:
    """Return the worst answers of each main figure, at most `each`, one of a picture, none that has full marks.

    `data`: the folder of the official files where it is not the one of the run any more. Of a benchmark that draws its
    items itself no more is drawn than needed. Raises `DataError` when the answers are not in the folder of the run nor
    where it read them, and what reading the benchmark's files raises.
    """
    report, found = run.report, defaultdict[str, list[Answered]](list)
    benchmark, wanted = _base.load(report.benchmark), _wanted(report, each)
    for (answered,) in rescored([run], data):
        if answered is not None and answered.share < 1:
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


def opened(answered: Answered) -> tuple[Answered, str]:
    """Return the answer with its picture or clip opened, and why not where that fails."""
    try:
        return replace(answered, item=replace(answered.item, sample=answered.item.open())), ""
    except (RegardError, OSError) as error:
        return answered, str(error)

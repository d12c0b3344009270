"""Asking and scoring: one row an answer, written as it comes, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from regard.backends._base import Backend
from regard.bench._base import Benchmark, Item, Score, Settings
from regard.bench._figures import Outcome, Report, report
from regard.core.errors import ConfigError, DataError, RegardError
from regard.core.files import append_row, read_json, read_rows, write_json
from regard.core.progress import track

BATCH = 32
ANSWERS, RUN, REPORT = "answers.jsonl", "run.json", "report.json"


def run(benchmark: Benchmark, backend: Backend, settings: Settings, out: str | Path, *, weights: str = "") -> Report:
    """Ask every item that has no answer in `out` yet, and score all of them.

    Writes answers.jsonl (one row an answer), run.json (what was asked of whom) and report.json. An item whose question
    fails is kept with its reason and tried again by the next run. `weights`: what tells one training of the model from
    another, such as a sum over its file. Raises `ConfigError` when `out` holds the answers of another model or
    benchmark.
    """
    out = Path(out)
    _claim(out, {"benchmark": benchmark.name, "model": backend.name, "weights": weights})
    known = _read_answers(out / ANSWERS)
    outcomes: list[Outcome] = []
    for batch in _batches(track(benchmark.items(settings), benchmark.name), BATCH):
        waiting = [item for item in batch if _text_of(item, known) is None]
        for row in _ask(backend, waiting, benchmark.max_new_tokens):
            append_row(out / ANSWERS, row)
            known[row["key"]] = row
        outcomes += [_outcome(benchmark, item, known) for item in batch]
    found = report(benchmark.name, backend.name, outcomes, benchmark.notes(settings), _plain(settings))
    write_json(out / REPORT, found.to_dict())
    return found


def read(benchmark: Benchmark, answers: str | Path, settings: Settings, model: str = "") -> Report:
    """Score answers that were written before, by `run` or by anyone: JSONL rows with "key" and "text".

    An item without a row counts as missing. Raises `DataError` for a row without a key, or without text and error.
    """
    if not Path(answers).is_file():
        raise DataError(
            f"there is no file {str(answers)!r} with answers; `regard bench` writes one in its --out folder"
        )
    known = _read_answers(Path(answers))
    outcomes = [_outcome(benchmark, item, known) for item in track(benchmark.items(settings), benchmark.name)]
    return report(benchmark.name, model or str(answers), outcomes, benchmark.notes(settings), _plain(settings))


def _claim(out: Path, facts: Mapping[str, str]) -> None:
    path = out / RUN
    if not path.exists():
        write_json(path, dict(facts))
        return
    before = read_json(path)
    for name, value in facts.items():
        if before.get(name) != value:
            raise ConfigError(
                f"{str(out)!r} holds answers of the {name} {before.get(name)!r}, not of {value!r}; "
                "name another --out folder, or remove this one"
            )


def _read_answers(path: Path) -> dict[str, dict[str, Any]]:
    """Return the last row of each key; an answer is preferred to an error, whatever their order."""
    known: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return known
    for number, row in enumerate(read_rows(path), start=1):
        if not isinstance(row.get("key"), str) or not (isinstance(row.get("text"), str) or "error" in row):
            raise DataError(f"{path}: answer {number} needs a 'key' and a 'text' (or an 'error'), it has {sorted(row)}")
        if "text" in row or "text" not in known.get(row["key"], {}):
            known[row["key"]] = row
    return known


def _text_of(item: Item, known: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the answer to this very question; one to an older wording of it does not count."""
    row = known.get(item.key, {})
    return row.get("text") if row.get("question", item.question) == item.question else None


def _outcome(benchmark: Benchmark, item: Item, known: Mapping[str, Mapping[str, Any]]) -> Outcome:
    text = _text_of(item, known)
    if text is None:
        state = "failed" if "error" in known.get(item.key, {}) else "missing"
        return Outcome(
            item.figure, item.also, item.cluster, item.answer, item.chance, state, Score(0.0, readable=False)
        )
    score = benchmark.score(item, text)
    state = "answered" if score.readable else "unreadable"
    return Outcome(item.figure, item.also, item.cluster, item.answer, item.chance, state, score)


def _ask(backend: Backend, items: Sequence[Item], max_new_tokens: int) -> list[dict[str, Any]]:
    if not items:
        return []
    start = time.perf_counter()
    try:
        written = backend.generate([item.sample for item in items], max_new_tokens=max_new_tokens)
    except RegardError as error:
        if len(items) == 1:
            return [{"key": items[0].key, "question": items[0].question, "error": f"{type(error).__name__}: {error}"}]
        return [row for item in items for row in _ask(backend, [item], max_new_tokens)]
    each = (time.perf_counter() - start) * 1000 / len(items)
    return [
        {"key": item.key, "question": item.question, "text": one.text, "answer": item.answer, "ms": round(each, 1)}
        for item, one in zip(items, written, strict=True)
    ]


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    batch: list[Item] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _plain(settings: Settings) -> dict[str, Any]:
    row = asdict(settings)
    return row | {"data": str(settings.data) if settings.data else None, "skills": list(settings.skills)}

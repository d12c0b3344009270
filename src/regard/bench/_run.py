"""Three steps kept apart: asking a model, judging its answers, scoring. Each writes rows that the next one reads.

A run that was stopped goes on where it was: an answer or a judgement that is there is not asked for again. Scoring
reads files alone, and can be done again without a model and without a judge.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from regard.backends._base import Backend, Generation
from regard.bench import _files
from regard.bench._answers import ANSWERS, Answers, own_answer, own_answers, read_answers
from regard.bench._base import STRICT, Benchmark, Item, Settings
from regard.bench._figures import Report, report
from regard.bench._judge import JUDGEMENTS, Bench, Judge, Judged
from regard.bench._score import Scored, score_all
from regard.core.errors import ConfigError, DataError, RegardError
from regard.core.files import append_row, read_json, read_rows, write_json
from regard.core.progress import track
from regard.prompts.sample import FOLLOWED, Sample
from regard.segmenters._base import followed

BATCH = 32
RUN, REPORT = "run.json", "report.json"
AS_GIVEN, PROPAGATED, BY_MODEL = "as given", "followed through the clip", "followed by the model"


def run(
    benchmark: Benchmark,
    backend: Backend,
    settings: Settings,
    out: str | Path,
    *,
    weights: str = "",
    judge: Judge | None = None,
    protocol: str = STRICT,
) -> Report:
    """Ask every item that has no answer in `out` yet, judge what has no judgement, and score all of them.

    Writes answers.jsonl (one row an answer), judgements.jsonl (one row a call of the judge), run.json (what was asked
    of whom) and report.json. An item whose question fails is kept with its reason and tried again by the next run.
    `weights`: what tells one training of the model from another, such as a sum over its file. Raises `ConfigError`
    when `out` holds the answers of another model or benchmark.
    """
    out = Path(out)
    regions = PROPAGATED if settings.propagate else BY_MODEL if getattr(backend, "follows", False) else AS_GIVEN
    facts = _claim(out, {"benchmark": benchmark.name, "model": backend.name, "weights": weights, "regions": regions})
    path = out / ANSWERS
    answers = own_answers(list(read_rows(path)) if path.exists() else [], path)

    def asked(items: list[Item]) -> list[Item]:
        waiting = [item for item in items if (given := answers.of(item)) is None or given.answer is None]
        for row in _ask(benchmark, backend, waiting, settings.propagate):
            append_row(path, row)
            answers.add(own_answer(row, str(path)))
        return items

    batches = map(asked, _batches(_items(benchmark, settings), BATCH))
    bench = Bench(judge, out / JUDGEMENTS) if isinstance(benchmark, Judged) else None
    found = _score(benchmark, answers, batches, settings, bench, protocol, backend.name, facts.get("day", ""))
    write_json(out / REPORT, found.to_dict())
    return found


def read(
    benchmark: Benchmark,
    answers: str | Path,
    settings: Settings,
    model: str = "",
    *,
    judge: Judge | None = None,
    out: str | Path | None = None,
    protocol: str = STRICT,
) -> Report:
    """Score answers that were written before: by `run` (a file, or its folder), by anyone (JSONL rows with "key" and
    "text"), or in the official output format of the benchmark.

    An item without a row counts as missing. Judgements are read beside the answers of a run, or from the official file;
    with a judge, they are asked for anew and written to `out` (when given), with the report. Raises `DataError` for a
    row without a key, or without text and error, and for a file of another benchmark.
    """
    path = Path(answers)
    given, home = read_answers(benchmark, path), path if path.is_dir() else path.parent
    settings = replace(settings, propagate=_regions(home) == PROPAGATED)
    if out is not None and Path(out).resolve() != home.resolve():
        _claim(Path(out), {"benchmark": benchmark.name, "model": model or str(answers), "regions": _regions(home)})
    bench = None
    if isinstance(benchmark, Judged) and not (given.judged and judge is None):
        folder = home if judge is None else out
        bench = Bench(judge, None if folder is None else Path(folder) / JUDGEMENTS)
    batches = _batches(_items(benchmark, settings), BATCH)
    today = date.today().isoformat()
    found = _score(benchmark, given, batches, settings, bench, protocol, model or str(answers), today)
    if out is not None:
        write_json(Path(out) / REPORT, found.to_dict())
    return found


def _score(
    benchmark: Benchmark,
    answers: Answers,
    batches: Iterable[list[Item]],
    settings: Settings,
    bench: Bench | None,
    protocol: str,
    model: str,
    day: str,
) -> Report:
    sums, told = _files.provenance(settings.data, benchmark.card) if benchmark.card.files else ({}, [])
    scored = score_all(benchmark, answers, batches, bench)
    notes = [*told, *_strangers(answers, scored, settings), *benchmark.notes(settings)]
    made = {"day": day, "questions_sha256": scored.questions, "data_sha256": sums}
    if isinstance(benchmark, Judged):
        recorded = {"name": f"recorded in {Path(model).name}", "published_with": benchmark.card.judge}
        made["judge"] = bench.facts(benchmark) if bench else recorded
    return report(benchmark, model, scored, protocol, notes, _plain(settings), made)


def _items(benchmark: Benchmark, settings: Settings) -> Iterator[Item]:
    items = track(benchmark.items(settings), benchmark.name)
    return islice(items, settings.items) if benchmark.card.files else items


def _strangers(answers: Answers, scored: Scored, settings: Settings) -> list[str]:
    """Say which rows are no item's, and which items have several. Raises `DataError` when no row is any item's."""
    strangers, doubles = answers.strangers(scored.keys), answers.doubles()
    if settings.whole and len(answers) and len(strangers) == len(answers):
        raise DataError(
            f"none of the {len(answers):,} answers is to an item of this benchmark: they have keys such as "
            f"{strangers[0]!r}, its items {min(scored.keys, default='none')!r}"
        )
    notes = []
    if strangers and settings.whole:
        notes.append(f"rows for no item of this benchmark, which count for nothing: {_some(strangers)}")
    if doubles:
        notes.append(f"items with several rows, which are no answer where they contradict: {_some(doubles)}")
    return notes


def _some(keys: Sequence[str]) -> str:
    return f"{len(keys):,} ({', '.join(map(repr, keys[:3]))}{', ..' if len(keys) > 3 else ''})"


def _claim(out: Path, facts: Mapping[str, str]) -> dict[str, str]:
    path = out / RUN
    if not path.exists():
        written = {**facts, "day": date.today().isoformat()}
        write_json(path, written)
        return written
    before = {"regions": AS_GIVEN} | read_json(path)
    for name, value in facts.items():
        if before.get(name) != value:
            raise ConfigError(
                f"{str(out)!r} holds answers of the {name} {before.get(name)!r}, not of {value!r}; "
                "name another --out folder, or remove this one"
            )
    return before


def _regions(home: Path) -> str:
    """Return how the regions of clips were given in the run of a folder; as they are where it holds no run."""
    return str(read_json(home / RUN).get("regions", AS_GIVEN)) if (home / RUN).exists() else AS_GIVEN


def _ask(
    benchmark: Benchmark, backend: Backend, items: Sequence[Item], propagate: bool = False
) -> list[dict[str, Any]]:
    """Return a row for each item; one whose picture or regions cannot be read fails alone."""
    opened, rows = [], []
    for item in items:
        try:
            opened.append((item, _sample(benchmark, backend, item, propagate)))
        except RegardError as error:
            rows.append(_failure(item, error))
    return rows + _generate(benchmark, backend, opened)


def _sample(benchmark: Benchmark, backend: Backend, item: Item, propagate: bool) -> Sample:
    """Return the question with its picture; for a model that answers it by a task head, in the words for that."""
    sample = item.open()
    if propagate and FOLLOWED not in sample.facts:
        sample = replace(sample, regions=followed(sample.regions, sample.media))
    if not set(benchmark.kinds) & set(getattr(backend, "heads", {}).values()):
        return sample
    *before, last = sample.turns
    return replace(sample, turns=(*before, replace(last, text=benchmark.called(item))))


def _generate(benchmark: Benchmark, backend: Backend, opened: Sequence[tuple[Item, Sample]]) -> list[dict[str, Any]]:
    if not opened:
        return []
    start = time.perf_counter()
    try:
        written = backend.generate([sample for _, sample in opened], max_new_tokens=benchmark.max_new_tokens)
    except RegardError as error:
        if len(opened) == 1:
            return [_failure(opened[0][0], error)]
        return [row for pair in opened for row in _generate(benchmark, backend, [pair])]
    each = round((time.perf_counter() - start) * 1000 / len(opened), 1)
    return [
        {**_asked(item, sample), **_said(one, benchmark.finds), "answer": item.answer, "ms": each}
        for (item, sample), one in zip(opened, written, strict=True)
    ]


def _asked(item: Item, sample: Sample) -> dict[str, str]:
    """Return which item it is, its question, and the words in which it was asked where these are others."""
    asked = sample.turns[-1].text
    return {"key": item.key, "question": item.question} | ({} if asked == item.question else {"asked": asked})


def _said(one: Generation, finds: bool) -> dict[str, Any]:
    """Return what was written: a text, or, where it `finds`, a value with what task heads found in it, as plain as it
    is read from a file later.
    """
    if not (finds and one.found):
        return {"text": one.text}
    return {"value": json.loads(json.dumps({"text": one.text, "found": [asdict(found) for found in one.found]}))}


def _failure(item: Item, error: RegardError) -> dict[str, Any]:
    return {"key": item.key, "question": item.question, "error": f"{type(error).__name__}: {error}"}


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

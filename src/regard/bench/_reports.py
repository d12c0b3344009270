"""Reports read from the folders of runs, and said to be different where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from regard.bench._base import STRICT
from regard.bench._figures import Estimate, Figure, Report
from regard.bench._run import AS_GIVEN, PROPAGATED, REPORT
from regard.core.errors import DataError
from regard.core.files import read_json

WRONG_FORM = (TypeError, KeyError, ValueError, AttributeError)


@dataclass(frozen=True)
class Run:
    """What `regard bench` wrote into a folder. `name` tells it from the other runs that are shown beside it."""

    folder: Path
    report: Report
    name: str = ""


def read_run(folder: Path) -> Run:
    """Read the report of a run. Raises `DataError` without one, and for one of another form."""
    path = folder / REPORT if folder.is_dir() else folder
    if not path.is_file():
        raise DataError(f"there is no {str(path)!r}; `regard bench NAME --out {folder}` writes it when it has scored")
    row = read_json(path)
    try:
        return Run(path.parent, _report(row), _name(row["model"]))
    except WRONG_FORM as error:
        raise DataError(f"{path} is no report of `regard bench`: {type(error).__name__}: {error}") from error


def by_benchmark(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return runs by benchmark; runs whose models have the same name are told apart by their folders."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.report.benchmark, []).append(run)
    return {benchmark: _told_apart(group) for benchmark, group in groups.items()}


def differences(runs: Sequence[Run]) -> list[str]:
    """Say in which respects runs of one benchmark are not comparable: the data, the questions, the protocol, the judge;
    nothing where they agree.
    """
    lines = []
    for what, of in RESPECTS.items():
        groups: dict[str, list[str]] = {}
        for run in runs:
            groups.setdefault(of(run.report), []).append(run.name)
        if len(groups) > 1:
            told = "; ".join(f"{value or 'unknown'}: {', '.join(names)}" for value, names in groups.items())
            lines.append(f"these runs differ in {what}: {told}")
    return lines


def _sums(report: Report) -> str:
    sums = report.made.get("data_sha256") or {}
    return ", ".join(f"{name} {found[:8]}" for name, found in sorted(sums.items()))


def _part(report: Report) -> str:
    skills, items = report.settings.get("skills"), report.settings.get("items")
    return f"{', '.join(skills or ()) or 'all skills'}, {items or 'all'} items"


def _judge(report: Report, fact: str) -> str:
    return str((report.made.get("judge") or {}).get(fact) or "")


RESPECTS: dict[str, Callable[[Report], str]] = {
    "protocol": lambda report: report.protocol,
    "what was measured": _part,
    "regions of clips": lambda report: PROPAGATED if report.settings.get("propagate") else AS_GIVEN,
    "questions (sha256)": lambda report: str(report.made.get("questions_sha256", ""))[:8],
    "data": _sums,
    "judge": lambda report: _judge(report, "name"),
    "the judge's prompts (sha256)": lambda report: _judge(report, "prompt_sha256")[:8],
}


def _report(row: Mapping[str, Any]) -> Report:
    row = {"protocol": STRICT, "made": {}} | row  # the first reports had neither
    figures = tuple(_figure(one) for one in row["figures"])
    read = {name: row[name] for name in ("benchmark", "model", "items", "states", "settings", "protocol", "made")}
    numbers = [read["items"], *read["states"].values()]
    if not all(isinstance(number, int) for number in numbers) or not isinstance(read["made"], dict):
        raise TypeError("'items' and 'states' are whole numbers, 'made' is a mapping")
    failures = tuple((str(key), str(reason)) for key, reason in row.get("failures", ()))
    return Report(figures=figures, notes=tuple(map(str, row["notes"])), failures=failures, **read)


def _figure(row: Mapping[str, Any]) -> Figure:
    """Return one figure; those of the first reports had no protocols."""
    protocols = {name: Estimate(**estimate) for name, estimate in row.get("protocols", {}).items()}
    figure = Figure(**{**row, "protocols": protocols})
    estimates = [*protocols.values(), Estimate(figure.value, figure.low, figure.high)]
    numbers = [number for one in estimates for number in (one.value, one.low, one.high) if number is not None]
    if not all(isinstance(number, int | float) for number in numbers):
        raise TypeError(f"the figure {figure.name!r} holds what is no number")
    return figure


def _name(model: str) -> str:
    return str(model).rstrip("/").rsplit("/", 1)[-1] or str(model)


def _told_apart(runs: Sequence[Run]) -> list[Run]:
    names = [run.name for run in runs]
    return [
        Run(run.folder, run.report, f"{run.name} ({run.folder})") if names.count(run.name) > 1 else run for run in runs
    ]

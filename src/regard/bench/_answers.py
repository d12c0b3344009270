"""Answers as files hold them: rows that `regard bench` wrote, or the official output file of a benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from regard.bench._base import Benchmark, Given, Item
from regard.bench._files import read_content
from regard.core.errors import DataError

ANSWERS = "answers.jsonl"


@dataclass
class Answers:
    """What is known of the items, in the order of the file.

    official: whether it came in the benchmark's official output format; rows of such a file are all kept, while of our
    own rows the last one counts, and an answer before an error.
    """

    official: bool = False
    _given: dict[str, list[Given]] = field(default_factory=dict)

    def add(self, given: Given) -> None:
        """Take one more row."""
        rows = self._given.setdefault(given.key, [])
        if self.official:
            rows.append(given)
        elif given.answer is not None or not any(_answers(row, given) for row in rows):
            self._given[given.key] = [given]

    def all_of(self, item: Item) -> list[Given]:
        """Return every row for an item, doubles included; one that answers an older wording of it does not count."""
        return [row for row in self._given.get(item.key, ()) if row.question in (None, item.question)]

    def of(self, item: Item) -> Given | None:
        """Return the one answer to an item, None without any.

        Rows that contradict each other are no answer, and the reason says so.
        """
        rows = self.all_of(item)
        if len(rows) > 1 and any(row != rows[0] for row in rows):
            return Given(item.key, error=f"{len(rows)} rows for this item contradict each other")
        return rows[0] if rows else None

    @property
    def judged(self) -> bool:
        """Whether the file holds what a judge wrote."""
        return any(row.replies for rows in self._given.values() for row in rows)

    def strangers(self, known: set[str]) -> list[str]:
        """Return the keys that are no item's."""
        return [key for key in self._given if key not in known]

    def doubles(self) -> list[str]:
        """Return the keys with several rows."""
        return [key for key, rows in self._given.items() if len(rows) > 1]

    def __len__(self) -> int:
        return len(self._given)


def read_answers(benchmark: Benchmark, path: Path) -> Answers:
    """Read answers from a file, from the folder of a run, or from an official output folder.

    Raises `DataError` for a row without a key, or without text and error, and when it is neither our own file nor an
    official output file of the benchmark.
    """
    if path.is_dir() and not (path / ANSWERS).is_file():
        return _official(benchmark, benchmark.recorded_folder(path), path)
    path = path / ANSWERS if path.is_dir() else path
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r} with answers; `regard bench` writes one in its --out folder")
    content = read_content(path)
    if _is_ours(content, path):
        return own_answers(content, path)
    return _official(benchmark, benchmark.recorded(content), path)


def _official(benchmark: Benchmark, rows: Iterable[Given], path: Path) -> Answers:
    """Return what an official output file or folder holds. Raises `DataError` for nothing."""
    found = Answers(official=True)
    for given in rows:
        found.add(replace(given, foreign=True))
    if not len(found):
        raise DataError(f"{path} holds no answer to {benchmark.name}")
    return found


def own_answers(rows: Sequence[Any], path: Path) -> Answers:
    """Read rows that `regard bench` wrote: "key" with "text", "value" or "error"."""
    found = Answers()
    for number, row in enumerate(rows, start=1):
        found.add(own_answer(row, f"{path}: answer {number}"))
    return found


def own_answer(row: Mapping[str, Any], where: str) -> Given:
    """Read one row that `regard bench` wrote. Raises `DataError`, naming `where`, for any other."""
    answer = row.get("text", row.get("value"))
    text_is_text = "text" not in row or isinstance(row["text"], str)
    if not isinstance(row.get("key"), str) or not text_is_text or (answer is None and "error" not in row):
        raise DataError(f"{where} needs a 'key' and a 'text' (or an 'error'), it has {sorted(row)}")
    return Given(row["key"], answer, str(row.get("error", "")), row.get("question"))


def rows_of(content: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of an official output file that is a list. Raises `DataError` when it is none, or a row is no
    mapping.
    """
    if not isinstance(content, list):
        raise DataError(f"expected a list of rows, one an item; found {type(content).__name__}")
    for number, row in enumerate(content, start=1):
        if not isinstance(row, dict):
            raise DataError(f"row {number} is a mapping, not {type(row).__name__}")
        yield row


def numbered(key: str, count: Counter[str]) -> str:
    """Return a key that several rows may have; the second of the same is told from the first."""
    count[key] += 1
    return key if count[key] == 1 else f"{key} ({count[key]})"


def _answers(row: Given, other: Given) -> bool:
    """Return whether a row answers the question of another row, as far as rows say what was asked."""
    return row.answer is not None and (None in (row.question, other.question) or row.question == other.question)


def _is_ours(content: Any, path: Path) -> bool:
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        return False
    return path.name == ANSWERS or any("key" in row or set(row) <= {"text", "error"} for row in content)

"""Official files: found where they are published, counted, and compared with the ones that were measured."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from regard.bench._base import Benchmark, Card, Given, OfficialFile
from regard.core.errors import DataError
from regard.core.files import JSON_ERRORS, read_json, write_json

PLACES = ("", "annotations", "json")
GZIP, PICKLE = b"\x1f\x8b", b"\x80"
MOST_BYTES = 2**31
MADE = "made.json"
ERROR = "Error:"

Kind = TypeVar("Kind")


def read_official(
    data: Path | None, file: OfficialFile, card: Card, reader: Callable[[Path], Any] | None = None
) -> Any:
    """Return the content of an official file, read by `reader` where it is neither JSON nor text. Raises `DataError`
    without the file, or when it has another number of rows.
    """
    path = _find(data, file, card)
    content = (reader or read_content)(path)
    rows, expected = _rows(content, file, path), _expected(path.parent, file)
    if expected is not None and rows != expected:
        raise DataError(
            f"{path}: {rows:,} rows, expected {expected:,}; another split or revision would give other figures. "
            f"It is published by {card.source}"
        )
    return content


def provenance(data: Path | None, card: Card) -> tuple[dict[str, str], list[str]]:
    """Return the sha256 of each official file that is there, and a note for one that is not what was measured.

    `items` refuses to go on without a file that it needs.
    """
    sums, notes = {}, []
    for file in card.files:
        path = _place(data, file) if data else None
        if path is None:
            continue
        sums[file.name] = hashlib.sha256(read_bytes(path)).hexdigest()
        if (path.parent / MADE).is_file():
            notes.append(f"{path} was made by Regard and is not the published file")
        elif not file.sha256:
            counted = "the number of rows is not known here, nor" if file.rows is None else "rows counted;"
            notes.append(
                f"{path}: {counted} the sum of the published file{'' if file.rows is None else ' is not known here'}"
            )
        elif sums[file.name] != file.sha256:
            notes.append(
                f"{path} is not the file that was measured: sha256 {sums[file.name][:12]}.., not {file.sha256[:12]}..; "
                "its figures compare only with others on the same file"
            )
    return sums, notes


def mark_as_made(benchmark: Benchmark, folder: Path, rows: Mapping[str, int]) -> None:
    """Say beside official files that they were made here, and how many rows each has."""
    write_json(folder / MADE, {"benchmark": benchmark.name, "made_by": "regard", "rows": dict(rows)})


def read_content(path: Path) -> Any:
    """Return the JSON value of a file, or the rows of a JSONL file (by its name, or when it is no JSON as a whole); of
    a .txt file its lines.

    Either may be packed with gzip. A torn last line of a .jsonl file is skipped. Raises `DataError` for anything else;
    pickles are never opened.
    """
    data = read_bytes(path)
    if data[:1] == PICKLE:
        raise DataError(f"{path} is a pickle, which can run code when it is opened; save it as JSON")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: neither JSON nor JSONL in UTF-8: {error}") from error
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if ".txt" in path.suffixes:
        return [line.strip() for _, line in lines]
    if ".jsonl" in path.suffixes:
        return _lines(path, lines, torn=not text.endswith("\n"))
    try:
        return json.loads(text)
    except JSON_ERRORS as error:
        if len(lines) < 2 or not _is_json(lines[0][1]):
            raise DataError(f"{path}: not valid JSON: {error}") from error
    return _lines(path, lines, torn=False)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, unpacked when they are packed with gzip. Raises `DataError` for damaged packing."""
    if not path.is_file():
        raise DataError(f"there is no file {str(path)!r}")
    data = path.read_bytes()
    if not data.startswith(GZIP):
        return data
    try:
        with gzip.open(path) as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: damaged gzip: {error}") from error
    if len(data) > MOST_BYTES:
        raise DataError(f"{path}: more than {MOST_BYTES:,} bytes when unpacked")
    return data


def official_folder(data: Path | None, file: OfficialFile, card: Card) -> Path:
    """Return the folder that holds an official file; paths inside the file start there. Raises `DataError` without
    it.
    """
    return _find(data, file, card).parent


def part(row: Any, name: str, kind: type[Kind], where: str) -> Kind:
    """Return a part of a row of an official file. Raises `DataError`, naming `where`, when it is not of its kind."""
    found = row.get(name) if isinstance(row, dict) else None
    if not isinstance(found, kind):
        has = f"has {sorted(row)}" if isinstance(row, dict) else f"is a {type(row).__name__}"
        raise DataError(f"{where} needs {name!r}, which is a {getattr(kind, '__name__', kind)}; it {has}")
    return found


def raw_text(value: Any) -> str:
    """Return what a judge wrote as it stands in a file: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def text_of(value: Any) -> str | None:
    """Return the one text that a value of an output file is ("a", or ["a"]), None when it is none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) else None


def given_text(key: str, value: Any, replies: Mapping[str, str] = MappingProxyType({})) -> Given:
    """Return an answer that is a text as an official file holds it; with a reason where there is none.

    Some inference scripts write "Error: ..." in place of an answer.
    """
    text = text_of(value)
    if text is None:
        what = "nothing" if value is None else f"a {type(value).__name__}"
        return Given(key, error=f"the file holds {what} where the answer's text should be", replies=replies)
    if text.startswith(ERROR):
        return Given(key, error=text, replies=replies)
    return Given(key, text, replies=replies)


def _find(data: Path | None, file: OfficialFile, card: Card) -> Path:
    if data is None:
        raise DataError(f"--data DIR names the folder that holds {file.name}, as published by {card.source}")
    path = _place(data, file)
    if path is not None:
        return path
    raise DataError(f"{str(data)!r} holds no {file.name!r}, which is published by {card.source}")


def _place(data: Path, file: OfficialFile) -> Path | None:
    names = (file.name, f"{file.name}.gz")
    return next((path for place in PLACES for name in names if (path := data / place / name).is_file()), None)


def _rows(content: Any, file: OfficialFile, path: Path) -> int:
    if file.within:
        content = content.get(file.within) if isinstance(content, dict) else None
    if not isinstance(content, list | dict):
        raise DataError(f"{path} does not hold what {file.name!r} holds: a list or mapping of {told_rows(file)} rows")
    return len(content)


def told_rows(file: OfficialFile) -> str:
    """Return how many rows a file has, in words."""
    return "not known" if file.rows is None else f"{file.rows:,}"


def _expected(folder: Path, file: OfficialFile) -> int | None:
    made = folder / MADE
    found = read_json(made)["rows"].get(file.name, file.rows) if made.is_file() else file.rows
    return None if found is None else int(found)


def _lines(path: Path, lines: Sequence[tuple[int, str]], torn: bool) -> list[Any]:
    rows = []
    for number, line in lines:
        try:
            rows.append(json.loads(line))
        except JSON_ERRORS as error:
            if not torn or number != lines[-1][0]:
                raise DataError(f"{path}:{number}: not valid JSON: {error}") from error
    return rows


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except JSON_ERRORS:
        return False
    return True

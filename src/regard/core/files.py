"""Files that are whole or not there: atomic writes, and JSONL that survives being cut off."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from regard.core.errors import DataError

JSON_ERRORS = (ValueError, RecursionError)
"""What `json` raises: for broken JSON and other bytes than UTF-8, numbers of thousands of digits, endless nesting."""


def write_atomic(path: str | Path, write: Callable[[IO[bytes]], object]) -> Path:
    """Call `write` with a temporary file beside `path`, flush it to disk, then rename it into place."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
        path.chmod(0o666 & ~_umask())
    finally:
        Path(temporary).unlink(missing_ok=True)
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: str | Path, text: str) -> Path:
    """Write UTF-8 text atomically."""
    return write_atomic(path, lambda file: file.write(text.encode("utf-8")))


def write_json(path: str | Path, value: Any) -> Path:
    """Write one JSON value atomically, indented, with a final newline."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: str | Path) -> Any:
    """Read one JSON value. Raises `DataError` naming file and line when it is not valid JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except JSON_ERRORS as error:
        line = getattr(error, "lineno", 1)
        raise DataError(f"{path}:{line}: not valid JSON: {error}") from error


def append_row(path: str | Path, row: Mapping[str, Any]) -> None:
    """Append one JSON object as a line and flush it; a row is either whole or the torn last line that `read_rows`
    skips.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        torn = file.tell() > 0 and not _ends_with_newline(path)
        file.write((b"\n" if torn else b"") + json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n")


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def read_rows(path: str | Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file. A torn last line (a run that was killed) is skipped.

    Raises `DataError` naming file and line for any other line that is not a JSON object.
    """
    lines = Path(path).read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except JSON_ERRORS as error:
            if number == len(lines):
                return
            raise DataError(f"{path}:{number}: not a JSON object: {error}") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: expected a JSON object, found {type(row).__name__}")
        yield row


def write_rows(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write a whole JSONL file atomically."""
    return write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

"""Official files in Parquet, read and written through pyarrow where it is installed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from regard.core.errors import DataError, MissingDependency


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file. Raises `MissingDependency` without pyarrow, `DataError` for a damaged file."""
    parquet = _pyarrow("pyarrow.parquet", path)
    try:
        return list(parquet.read_table(path).to_pylist())
    except _pyarrow("pyarrow", path).ArrowInvalid as error:
        raise DataError(f"{path}: damaged Parquet: {error}") from error


def write_parquet(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as the Parquet file that `read_parquet` reads. Raises `MissingDependency` without pyarrow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _pyarrow("pyarrow.parquet", path).write_table(_pyarrow("pyarrow", path).Table.from_pylist(list(rows)), path)


def _pyarrow(module: str, path: Path) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependency(f"{path} is Parquet, which is read with pyarrow: pip install pyarrow") from error

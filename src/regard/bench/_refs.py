"""Official files that are pickles of plain data: read without ever running what a pickle can ask to run.

RefCOCO's expressions are published as pickles. A pickle builds anything but lists, mappings, texts and numbers by
naming a function or class; here every name is refused, so that nothing but those can come out.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any, NoReturn

from regard.bench._files import read_bytes
from regard.core.errors import DataError

DAMAGE = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
)


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> NoReturn:
        raise DataError(f"it asks for {module}.{name}; plain data ask for nothing")

    def persistent_load(self, pid: Any) -> NoReturn:
        raise DataError("it refers to something outside of itself")


def read_plain_pickle(path: Path) -> Any:
    """Return the lists, mappings, texts and numbers of a pickle; one of Python 2 is read too.

    Raises `DataError` for a damaged pickle, and for one that asks for any function or class, which is not called.
    """
    try:
        return _Plain(io.BytesIO(read_bytes(path)), encoding="latin1").load()
    except DataError as error:
        raise DataError(f"{path} is a pickle that is more than data: {error}") from error
    except DAMAGE as error:
        raise DataError(f"{path}: a damaged pickle: {error}") from error


def write_plain_pickle(path: Path, value: Any) -> None:
    """Write lists, mappings, texts and numbers as the pickle that `read_plain_pickle` reads."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value, protocol=2))

"""Lookup by file name: a new encoder, head, dataset, benchmark or verb is one new file, and its name is the file's
name.

Other packages add their own through an entry-point group with the room's name (`regard.models.encoders`, say); our
own parts and theirs are found by the same two functions.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from regard.core.errors import not_found

Kind = TypeVar("Kind")


def folder(room: str) -> Path:
    """Return the folder of a room such as `regard.models.encoders`, without importing the room or what it needs."""
    path = Path(__file__).parent.parent
    for part in room.split(".")[1:]:
        path = path / part
    return path


@cache
def _plugins(room: str) -> dict[str, EntryPoint]:
    """Return a room's plug-ins by name, dashes as underscores."""
    return {entry.name.replace("-", "_"): entry for entry in entry_points(group=room)}


def _own(room: str) -> set[str]:
    modules = pkgutil.iter_modules([str(folder(room))])
    return {module.name for module in modules if not module.name.startswith("_")}


def names(room: str) -> list[str]:
    """Return the sorted names a room offers. Reads the folder only: nothing of the room is imported."""
    return sorted({*_own(room), *_plugins(room)})


def module(room: str, name: str) -> ModuleType:
    """Import and return the module `room/name.py`, or that of a plug-in with this name.

    Our own file wins over a plug-in of the same name. Raises `NotFound` with the nearest name when there is neither.
    """
    name = name.replace("-", "_")
    if name in _own(room):
        return importlib.import_module(f"{room}.{name}")
    plugins = _plugins(room)
    if name not in plugins:
        raise not_found(room.rsplit(".", 1)[-1].rstrip("s"), name, names(room))
    return importlib.import_module(plugins[name].module)


def load(room: str, name: str, kind: type[Kind]) -> type[Kind]:
    """Return the one subclass of `kind` that `room/name.py` defines.

    Raises `NotFound` for an unknown name and `TypeError` when the file defines no such class, or more than one.
    """
    home = module(room, name)
    found = [
        member
        for member in vars(home).values()
        if isinstance(member, type)
        and issubclass(member, kind)
        and member is not kind
        and member.__module__ == home.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{home.__name__} must define exactly one {kind.__name__}; it defines {len(found)}.")
    return found[0]


def summary(room: str, name: str) -> str:
    """Return the first paragraph of a module's docstring, on one line, without importing it.

    Of a plug-in, its entry point is returned.
    """
    name = name.replace("-", "_")
    file = folder(room) / f"{name}.py"
    if not file.exists():
        file = folder(room) / name / "__init__.py"
    if not file.exists():
        return f"from {_plugins(room)[name].value}" if name in _plugins(room) else ""
    text, quotes, _ = file.read_text(encoding="utf-8").lstrip().removeprefix('"""').partition('"""')
    return " ".join(text.split("\n\n")[0].split()) if quotes else ""

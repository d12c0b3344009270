"""A parser whose errors teach, and which prints the same help whatever the version of Python."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from regard.core.errors import ConfigError, nearest

_OPTION = re.compile(r"--[a-z][a-z-]*")


class Parser(argparse.ArgumentParser):
    """Errors are `ConfigError`s that name the nearest option; options are not abbreviated."""

    _form = ""  # the usage while a line is parsed: argparse hides what stands by place until options are read

    def __init__(self, prog: str, description: str, epilog: str = "", **options: Any) -> None:
        shape = argparse.RawDescriptionHelpFormatter
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=shape,
            add_help=False,
            **options,
        )
        self.add_argument("--help", action="help", help="show this and exit")

    def format_usage(self) -> str:
        """One line: the command, and what it takes by place."""
        return f"usage: {self._summary()}\n"

    def format_help(self) -> str:
        """Usage, description, arguments, options, example."""
        self.usage = self._summary().replace("%", "%%")
        return super().format_help()

    def _summary(self) -> str:
        if self._form:
            return self._form
        places = [action for action in self._actions if not action.option_strings]
        return " ".join([self.prog, "[options]", *(_place(action) for action in places)])

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> argparse.Namespace:  # type: ignore[override]
        """Parse a command line. Raises `ConfigError`, naming the nearest option for one that is not known."""
        self._form = self._summary()
        found, rest = self.parse_known_intermixed_args(args, namespace)
        if not rest:
            return found
        known = sorted(set(_OPTION.findall(self.format_help())))
        word = next((word for word in rest if word.startswith("-")), rest[0])
        near = (
            nearest(word.partition("=")[0], known) if word.startswith("-") else " Texts of several words need quotes."
        )
        raise ConfigError(f"{self.prog} does not take {word!r}.{near} `{self.prog} --help` lists what it takes")

    def error(self, message: str) -> NoReturn:
        """Raise argparse's complaint as a `ConfigError`, with the form that was expected."""
        raise ConfigError(f"{message}; it is written {self._summary()}. `{self.prog} --help` explains")


def _place(action: argparse.Action) -> str:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return {"*": f"[{name} ..]", "+": f"{name} [{name} ..]", "?": f"[{name}]"}.get(str(action.nargs), name)


def add_placement(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add where a local model runs, and in which numbers."""
    parser.add_argument("--device", metavar="NAME", help="cpu (the default), cuda, cuda:1, mps, or auto")
    parser.add_argument("--dtype", metavar="NAME", help="float32 (the default), bfloat16 or float16")


def placement(args: argparse.Namespace) -> dict[str, str]:
    """Return what was said of them, as `regard.load` takes it."""
    return {name: value for name in ("device", "dtype") if (value := getattr(args, name))}

"""One command line, from its words to its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from regard.core.errors import ConfigError, PartialFailure, RegardError, nearest

if TYPE_CHECKING:
    from regard.cli._parser import Parser

COMMANDS, VERBS = "regard.cli", "regard.verbs"
INTERRUPTED, BROKEN_PIPE = 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 done, 2 bad input, 3 done in part, 4 something is missing.

    Answers go to standard output, everything else to standard error. Errors of the user's making are told, never shown
    as a traceback.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _write_anything()
    try:
        code = _run(words)
        sys.stdout.flush()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0
    except BrokenPipeError:
        _close_quietly()
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return _tell("interrupted", INTERRUPTED)
    except PartialFailure as error:
        listed = "".join(f"\n  {name}: {reason}" for name, reason in error.failures)
        return _tell(f"{error}{listed}", error.exit_code)
    except RegardError as error:
        return _tell(str(error), error.exit_code)
    except OSError as error:
        return _tell(_system_error(error), RegardError.exit_code)
    return code


def names() -> dict[str, str]:
    """Return every command and its one-line summary, verbs first; nothing of a command is imported."""
    from regard.core import rooms

    rows = {name: rooms.summary(VERBS, name) for name in rooms.names(VERBS)}
    return rows | {name.replace("_", "-"): rooms.summary(COMMANDS, name) for name in rooms.names(COMMANDS)}


def parser(name: str) -> Parser:
    """Return the parser of one command, `run` among its defaults.

    Raises `ConfigError` with the nearest name for no command.
    """
    from regard.cli._parser import Parser
    from regard.core import rooms

    if name in rooms.names(VERBS):
        from regard.cli import _verbs

        return _verbs.parser(name)
    if name.replace("-", "_") not in rooms.names(COMMANDS):
        raise ConfigError(f"there is no command {name!r}.{nearest(name, names())} `regard --help` lists all")
    home = rooms.module(COMMANDS, name.replace("-", "_"))
    made = Parser(prog=f"regard {name}", description=(home.__doc__ or "").strip())
    home.add_arguments(made)
    made.set_defaults(run=home.run)
    return made


def overview() -> str:
    """Return what `regard --help` prints."""
    from regard.core import rooms

    rows = names()
    verbs = [name for name in rows if name in rooms.names(VERBS)]
    others = [name for name in rows if name not in verbs]
    width = max(len(name) for name in rows) + 2
    return (
        "usage: regard COMMAND [options]\n\nPoint at anything in an image or a video, and ask.\n\n"
        f"verbs:\n{_listed(rows, verbs, width)}\n\nother commands:\n{_listed(rows, others, width)}\n\n"
        "options:\n"
        f"  {'--help':<{width}}show this, or after a command: its options\n"
        f"  {'--version':<{width}}show the version\n\n"
        'example:\n  regard ask photo.jpg "What color is <region1>?" --region box:410,220,520,360\n\n'
        "exit codes: 0 done, 2 bad input, 3 done in part (what failed is listed),"
        " 4 something has to be installed or started\n"
    )


def _listed(rows: dict[str, str], wanted: Sequence[str], width: int) -> str:
    return "\n".join(f"  {name:<{width}}{_one_line(rows[name])}" for name in wanted)


def _run(words: list[str]) -> int:
    if not words or words[0] in ("--help", "-h", "help"):
        print(overview(), end="")
        return 0
    if words[0] == "--version":
        from regard import __version__

        print(f"regard {__version__}")
        return 0
    if words[0].startswith("-"):
        raise ConfigError(
            f"the command comes first: regard COMMAND [options]; got {words[0]!r}. `regard --help` lists all"
        )
    args = parser(words[0]).parse_args(words[1:])
    return int(args.run(args) or 0)


def _one_line(summary: str) -> str:
    return summary[:1].lower() + summary[1:].rstrip(".")


def _tell(message: str, code: int) -> int:
    from regard.prompts.answer import printable

    print(f"regard: {printable(message)}", file=sys.stderr)
    return code


def _system_error(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"


def _write_anything() -> None:
    """Let standard output replace what the terminal's encoding lacks, rather than fail over it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def _close_quietly() -> None:
    """Whoever read standard output has gone; give what is left of it nowhere to complain."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.stdout.fileno())
    os.close(quiet)

"""The page of all commands, made from their `--help`: `python -m regard.cli._pages docs/cli.md`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from regard.cli import _main
from regard.core.files import write_text

WIDTH = "100"
HEAD = """# The command line

This page is made from `regard --help` and the `--help` of every command; a test compares them. After a change:
`python -m regard.cli._pages docs/cli.md`.
"""


def page() -> str:
    """Return the page as Markdown: the overview, then the help of each command."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    try:
        helps = {name: _main.parser(name).format_help() for name in _main.names()}
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    parts = [HEAD, _block(_main.overview())]
    for name, text in helps.items():
        parts += [f"## regard {name}\n", _block(text)]
    return "\n".join(parts)


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def main(argv: Sequence[str]) -> int:
    """Write the page to the path given."""
    if len(argv) != 1:
        print("usage: python -m regard.cli._pages docs/cli.md", file=sys.stderr)
        return 2
    write_text(argv[0], page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

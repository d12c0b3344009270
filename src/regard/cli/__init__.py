"""The command line: verbs are generated from regard.verbs, every other command is one file.

A command's file has `add_arguments(parser)` and `run(args) -> int`; the first line of its docstring is its summary. A
file whose name starts with an underscore is no command.
"""

from regard.cli._main import main

__all__ = ["main"]

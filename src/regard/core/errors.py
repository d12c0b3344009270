"""Every error Regard raises on purpose, in one short tree.

RegardError
├── InputError (ValueError)             exit code 2: what was given cannot be used
│   ├── MediaError
│   │   ├── ImageError
│   │   └── VideoError
│   ├── RegionError
│   │   ├── EmptyRegion
│   │   └── TooManyRegions
│   ├── PromptError
│   ├── DataError
│   ├── ConfigError
│   └── CheckpointError
├── NotFound (LookupError)              exit code 2: no such name; the nearest ones are in the message
├── PartialFailure                      exit code 3: some items failed and are listed, the rest is done
└── MissingDependency (ImportError)     exit code 4: something has to be installed or started first

A message says what came, what was expected and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class RegardError(Exception):
    """The root of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 2


class InputError(RegardError, ValueError):
    """What was given cannot be used."""


class MediaError(InputError):
    """A picture or clip that cannot be read."""


class ImageError(MediaError):
    """A picture that cannot be read or is refused."""


class VideoError(MediaError):
    """A clip that cannot be read, or a frame or second outside it."""


class RegionError(InputError):
    """A region that does not fit its picture, its unit or its own form."""


class EmptyRegion(RegionError):
    """A region without a single pixel."""


class TooManyRegions(RegionError):
    """More regions than the model, the verb or the question can take."""


class PromptError(InputError):
    """A question whose placeholders do not match its regions or media."""


class DataError(InputError):
    """A row of a data file that cannot be used; the message names file and line."""


class ConfigError(InputError):
    """A setting with an unknown name or a value of the wrong type."""


class CheckpointError(InputError):
    """Weights that do not fit the design, or a checkpoint of another format version."""


class NotFound(RegardError, LookupError):
    """No such name."""


class PartialFailure(RegardError):
    """Some items failed and are listed; everything else was done."""

    exit_code = 3

    def __init__(self, message: str, failures: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.failures = tuple(failures)


class MissingDependency(RegardError, ImportError):
    """Something has to be installed or started first; the message holds the line that does it."""

    exit_code = 4


def nearest(name: str, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the known name closest to `name`, or an empty string."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {found[0]!r}?" if found else ""


def not_found(what: str, name: str, known: Iterable[str]) -> NotFound:
    """Build the error for an unknown name: what was asked for, the nearest name, and all names there are."""
    names = sorted(known)
    return NotFound(f"there is no {what} {name!r}.{nearest(name, names)} There are: {', '.join(names) or 'none'}.")

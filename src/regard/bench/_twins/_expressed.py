"""What twins share that ask for a thing by an expression."""

from __future__ import annotations

from regard.data.world.expressions import find, say
from regard.data.world.wording import Writer

TRIES = 4


def expressed(writer: Writer) -> tuple[int, str] | None:
    """Return a thing and an expression that means it alone, None where a few tries found none."""
    things = writer.truth.solid
    tries = (writer.pick(things) for _ in range(TRIES if things else 0))
    found = next(((index, one) for index in tries if (one := find(writer, index)) is not None), None)
    return None if found is None else (found[0], say(writer, found[1]))

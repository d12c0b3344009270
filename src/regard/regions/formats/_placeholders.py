"""The placeholders of other people's instruction data, and their change into `<region1>`, `<region2>`, ..

`<region>`, `<mask><pos>` and `<bbox>` stand for the next region in order; `<region3>` counts from 1 and `<Prompt2>`
from 0, and may repeat.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from regard.core.errors import DataError

Turns = tuple[tuple[str, str], ...]

_IN_ORDER = r"<region>|<mask><pos>|<mask>|<bbox>"
_PLACE = re.compile(rf"(?P<next>{_IN_ORDER})|<region(?P<one>\d+)>|<Prompt(?P<zero>\d+)>", re.ASCII)


def numbered(turns: Sequence[tuple[str, str]], count: int) -> Turns:
    """Return the turns with every placeholder as `<regionN>`.

    Raises `DataError` when the placeholders are not those of `count` regions, each at least once: with both counts.
    """
    seen: list[int] = []
    styles: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        styles.add(str(match.lastgroup))
        if match["next"]:
            seen.append(len(seen) + 1)
        else:
            seen.append(int(match["one"]) if match["one"] else int(match["zero"]) + 1)
        return f"<region{seen[-1]}>"

    changed = tuple((role, _PLACE.sub(replace, text)) for role, text in turns)
    if len(styles) > 1:
        raise DataError("the text mixes placeholders with and without numbers; which region each means cannot be said")
    distinct = sorted(set(seen))
    if distinct != list(range(1, count + 1)):
        found = ", ".join(f"<region{number}>" for number in distinct[:12]) or "none"
        raise DataError(f"the text has placeholders for {len(distinct)} regions ({found}), the row has {count} regions")
    return changed


def without(turns: Sequence[tuple[str, str]], tokens: Sequence[str], count: int) -> Turns:
    """Return the turns without the media's own placeholders and the line breaks beside them.

    Raises `DataError` when the text has another number of them than the row has media (`count`), unless it has none.
    """
    pattern = re.compile(r"[ \t]*(?:" + "|".join(map(re.escape, tokens)) + r")[ \t]*\n?")
    found = sum(len(pattern.findall(text)) for _, text in turns)
    if found not in (0, count):
        raise DataError(f"the text has {found} placeholders for media ({' '.join(tokens)}), the row has {count} media")
    return tuple((role, pattern.sub("", text)) for role, text in turns)

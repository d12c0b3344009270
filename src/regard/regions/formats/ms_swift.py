"""ms-swift rows: `messages` with `<bbox>` and `<ref-object>`, and `objects` with the boxes and the words.

Traps of the format: `bbox_type` "real" (the default) is pixels of the image, "norm1" shares of it; a bbox is two
corners, or one point; the n-th `<bbox>` stands for the n-th bbox. The format holds boxes and points only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from regard.core.errors import DataError, RegionError
from regard.core.files import write_rows
from regard.regions.formats import _placeholders
from regard.regions.formats._record import Conversation, Reading, collect, listed, mapping, need
from regard.regions.formats.llava import parsed
from regard.regions.region import Region
from regard.regions.units import from_pixels, to_pixels

_UNITS = {"real": "px", "norm1": "norm1"}
_OWN = ("id", "messages", "images", "videos", "objects")
_ROLES = ("user", "assistant", "system")


def read(path: str | Path) -> Reading[Conversation]:
    """Read a JSONL file. A row that cannot be used is a failure of the reading, a `DataError` naming file and line.

    The words of `ref` take the place of `<ref-object>`, and are the regions' names where there are as many of them.
    """
    lines = Path(path).read_bytes().split(b"\n")
    return collect(
        ((f"{path}:{at}", line) for at, line in enumerate(lines, start=1) if line.strip()),
        lambda line: [read_row(parsed(line))],
    )


def read_row(row: Any) -> Conversation:
    """Read one row. Raises `DataError` saying what is wrong with it."""
    try:
        return _conversation(row)
    except RegionError as error:
        raise DataError(str(error)) from error


def _conversation(row: Any) -> Conversation:
    spoken = [_turn(turn) for turn in listed(need(row, "messages", "a row"), "'messages'")]
    media = [(kind, name) for kind in ("image", "video") for name in listed(row.get(f"{kind}s", []), f"'{kind}s'")]
    if len(media) > 1 or any(not isinstance(name, str) for _, name in media):
        raise DataError(f"a row has one image or one video; this one has {[name for _, name in media]!r}")
    objects = mapping(row.get("objects") or {}, "'objects'")
    boxes = listed(objects.get("bbox", []), "'bbox'")
    words = [str(word) for word in listed(objects.get("ref", []), "'ref'")]
    spoken = _spoken(_placeholders.without(spoken, ("<image>", "<video>"), len(media)), words)
    turns = _placeholders.numbered(spoken, len(boxes))
    names = words if len(words) == len(boxes) else [None] * len(boxes)
    regions = tuple(
        _region(box, objects.get("bbox_type", "real"), name) for box, name in zip(boxes, names, strict=True)
    )
    extra = {key: value for key, value in row.items() if key not in _OWN}
    kind, name = media[0] if media else ("image", None)
    return Conversation(name, turns, regions, kind, None, None, row.get("id"), extra)


def _turn(turn: Any) -> tuple[str, str]:
    role, text = need(turn, "role", "a message"), need(turn, "content", "a message")
    if role not in _ROLES or not isinstance(text, str):
        raise DataError(
            f"a message has a role of {', '.join(_ROLES)} and a text; got {role!r}, a {type(text).__name__}"
        )
    return role, text


def _spoken(turns: Iterable[tuple[str, str]], words: list[str]) -> list[tuple[str, str]]:
    """Return the turns with the words of `ref` in place of `<ref-object>`. Raises `DataError` for other counts."""
    turns = list(turns)
    found = sum(text.count("<ref-object>") for _, text in turns)
    if found not in (0, len(words)):
        raise DataError(f"the text has {found} <ref-object>, the row has {len(words)} words in 'ref'")
    rest = iter(words)
    return [(role, re.sub("<ref-object>", lambda _: next(rest), text)) for role, text in turns]


def _region(values: Any, kind: Any, name: str | None) -> Region:
    if not isinstance(kind, str) or kind not in _UNITS:
        raise RegionError(f"'bbox_type' is {kind!r}; known are {', '.join(_UNITS)}")
    if isinstance(values, list) and len(values) == 2:
        return Region.point(values, unit=_UNITS[kind], name=name)
    return Region.box(values, unit=_UNITS[kind], name=name)


def write(path: str | Path, rows: Iterable[Conversation], *, boxes: bool = False) -> Path:
    """Write conversations as JSONL. `boxes=True` writes the tight box of a mask, which is otherwise refused.

    Boxes in pixels are written as "real", all others as "norm1" (a row whose boxes differ in unit needs its size).
    Raises `RegionError` for what the format cannot hold, and `DataError` for placeholders that are not those of a row's
    regions.
    """
    return write_rows(path, (write_row(row, boxes=boxes) for row in rows))


def write_row(row: Conversation, *, boxes: bool = False) -> dict[str, Any]:
    """Return one conversation as a JSON row; raises as `write`."""
    turns = list(_placeholders.numbered(row.turns, len(row.regions)))
    order = [int(number) for _, text in turns for number in _MENTION.findall(text)]
    turns = [(role, _MENTION.sub("<bbox>", text)) for role, text in turns]
    first = next((at for at, (role, _) in enumerate(turns) if role == "user"), None)
    if row.media is not None and first is not None:
        turns[first] = ("user", f"<{row.kind}>{turns[first][1]}")
    found: dict[str, Any] = {} if row.id is None else {"id": row.id}
    found["messages"] = [{"role": role, "content": text} for role, text in turns]
    if row.media is not None:
        found[f"{row.kind}s"] = [row.media]
    if row.regions:
        kind = "real" if all(region.unit == "px" for region in row.regions) else "norm1"
        written = [_written(row.regions[number - 1], row, kind, boxes) for number in order]
        found["objects"] = {"bbox": written, "bbox_type": kind}
    return found | dict(row.extra)


_MENTION = re.compile(r"<region(\d+)>", re.ASCII)


def _written(region: Region, row: Conversation, kind: str, boxes: bool) -> list[float]:
    single = region.kind == "point" and len(region.data) == 1
    if region.kind != "box" and not single:
        return _tight(region, row, kind, boxes)
    values = region.data[0][:2] if single else region.data
    if region.unit == _UNITS[kind]:
        return list(values)
    size = _size(region, row)
    return from_pixels(to_pixels(values, region.unit, size), _UNITS[kind], size).ravel().tolist()


def _tight(region: Region, row: Conversation, kind: str, boxes: bool) -> list[float]:
    if not boxes or region.kind == "track":
        mend = "" if region.kind == "track" else "; pass boxes=True to write its tight box"
        raise RegionError(f"ms-swift holds boxes and points; a region of {row.media!r} is a {region.kind}{mend}")
    bound = region.bind(_size(region, row), frame_count=(region.frame or 0) + 1)
    return from_pixels(bound.box(bound.frames[0]), _UNITS[kind], bound.size).ravel().tolist()


def _size(region: Region, row: Conversation) -> tuple[int, int]:
    if row.size is None:
        raise RegionError(
            f"a {region.kind} in {region.unit} needs the size of {row.media!r}, which the row does not say"
        )
    return row.size

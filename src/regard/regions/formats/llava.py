"""Conversation rows in the manner of LLaVA and ShareGPT, JSONL or a JSON list, plus `regions`: one `{frame: COCO RLE}`
a region.

    {"id": 1, "image": "kitchen.jpg", "conversations": [{"from": "human", "value": "<image>\\nWhat is <region1>?"},
     {"from": "gpt", "value": "A cup."}], "regions": [{"0": {"size": [480, 640], "counts": "..."}}]}

Read as well: `video` in place of `image`; VideoRefer's and Osprey's `annotation` (frames with a `segmentation`, or one
segmentation) and GAR's `mask_rles`; placeholders without numbers, which stand for the regions in order, and
`<PromptN>`, which counts from 0. Frame numbers are taken as they stand: whether they count all frames of the video or
only sampled ones is for the data set's own notes to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from regard.core.errors import DataError, RegionError
from regard.core.files import read_json, write_rows
from regard.regions import rle
from regard.regions.bound import frame_key
from regard.regions.formats import _placeholders, coco
from regard.regions.formats._record import Conversation, Reading, collect, listed, need, size_of
from regard.regions.region import Region

_ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}
_OWN = ("id", "image", "video", "conversations", "regions", "annotation", "annotations", "mask_rles", "width", "height")


def read(path: str | Path) -> Reading[Conversation]:
    """Read a JSONL file or a JSON list of rows.

    A row that cannot be used is a failure of the reading, a `DataError` naming file and line: broken JSON, roles that
    are not known, a damaged region, or placeholders that are not those of its regions and media (with both counts).
    """
    path = Path(path)
    if path.suffix == ".json":
        rows = [(f"{path}: row {at}", row) for at, row in enumerate(listed(read_json(path), str(path)), start=1)]
    else:
        lines = path.read_bytes().split(b"\n")
        rows = [(f"{path}:{at}", line) for at, line in enumerate(lines, start=1) if line.strip()]
    return collect(rows, lambda row: [read_row(row)])


def read_row(row: Mapping[str, Any] | bytes | str) -> Conversation:
    """Read one row. Raises `DataError` saying what is wrong with it."""
    if isinstance(row, bytes | str):
        row = parsed(row)
    try:
        return _conversation(row)
    except RegionError as error:
        raise DataError(str(error)) from error


def parsed(line: bytes | str) -> Any:
    """Return the JSON value of a line. Raises `DataError` when it is broken."""
    try:
        return json.loads(line)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not a JSON object: {error}") from error


def _conversation(row: Any) -> Conversation:
    spoken = [_turn(turn) for turn in listed(need(row, "conversations", "a row"), "'conversations'")]
    media = [(kind, row[kind]) for kind in ("image", "video") if row.get(kind)]
    if len(media) > 1 or any(not isinstance(name, str) for _, name in media):
        raise DataError(f"a row has one image or one video; this one has {[name for _, name in media]!r}")
    size = size_of(row)
    regions = tuple(_region(at, value, size) for at, value in enumerate(_given(row), start=1))
    turns = _placeholders.without(spoken, ("<image>", "<video>"), len(media))
    extra = {key: value for key, value in row.items() if key not in _OWN}
    kind, name = media[0] if media else ("image", None)
    turns = _placeholders.numbered(turns, len(regions))
    return Conversation(name, turns, regions, kind, size or _size(regions), None, row.get("id"), extra)


def _turn(turn: Any) -> tuple[str, str]:
    role, text = need(turn, "from", "a turn"), need(turn, "value", "a turn")
    if not isinstance(role, str) or role not in _ROLES or not isinstance(text, str):
        raise DataError(f"a turn is from {', '.join(_ROLES)} and has a text; got from {role!r} a {type(text).__name__}")
    return _ROLES[role], text


def _given(row: Mapping[str, Any]) -> list[Any]:
    """Return the regions of a row under whichever name its data set uses. Raises `DataError` for two of them."""
    keys = [key for key in ("regions", "annotation", "annotations", "mask_rles") if row.get(key)]
    if len(keys) > 1:
        raise DataError(f"a row gives its regions once; this one has {' and '.join(keys)}")
    return listed(row[keys[0]], repr(keys[0])) if keys else []


def _region(at: int, value: Any, size: tuple[int, int] | None) -> Region:
    """Return one region: an RLE, a segmentation, or {frame: either}."""
    try:
        if isinstance(value, Mapping) and "counts" not in value and "segmentation" not in value:
            return Region.track({frame_key(key): _one(found, size) for key, found in value.items()})
        return _one(value, size)
    except RegionError as error:
        raise DataError(f"region {at}: {error}") from error


def _one(value: Any, size: tuple[int, int] | None) -> Region:
    found = value["segmentation"] if isinstance(value, Mapping) and "segmentation" in value else value
    return Region.rle(coco.read_segmentation(found, size))


def _size(regions: Iterable[Region]) -> tuple[int, int] | None:
    """Return (width, height) of the first mask or RLE among regions."""
    for region in regions:
        for part in region.data.values() if region.kind == "track" else [region]:
            if part is not None and part.kind in ("mask", "rle"):
                height, width = part.data.shape if part.kind == "mask" else part.data["size"]
                return int(width), int(height)
    return None


def write(path: str | Path, rows: Iterable[Conversation]) -> Path:
    """Write conversations as JSONL.

    Raises `DataError` for placeholders that are not those of a row's regions, and `RegionError` for a region that is no
    mask where the row's size is unknown.
    """
    return write_rows(path, (write_row(row) for row in rows))


def write_row(row: Conversation) -> dict[str, Any]:
    """Return one conversation as a JSON row; raises as `write`."""
    turns = list(_placeholders.numbered(row.turns, len(row.regions)))
    first = next((at for at, (role, _) in enumerate(turns) if role == "user"), None)
    if row.media is not None and first is not None:
        turns[first] = ("user", f"<{row.kind}>\n{turns[first][1]}")
    names = {"user": "human", "assistant": "gpt", "system": "system"}
    found: dict[str, Any] = {} if row.id is None else {"id": row.id}
    if row.media is not None:
        found[row.kind] = row.media
    if row.size is not None:
        found |= {"width": row.size[0], "height": row.size[1]}
    found["conversations"] = [{"from": names[role], "value": text} for role, text in turns]
    if row.regions:
        found["regions"] = [_written(region, row) for region in row.regions]
    return found | dict(row.extra)


def _written(region: Region, row: Conversation) -> dict[str, Any]:
    """Return a region as {frame: RLE}."""
    if region.kind == "rle":
        return {str(region.frame or 0): dict(region.data)}
    if region.kind == "mask":
        return {str(region.frame or 0): rle.encode(region.data)}
    size = row.size or _size(row.regions)
    if size is None:
        raise RegionError(f"a {region.kind} becomes a mask only at a known size; the row of {row.media!r} has none")
    last = max(region.data) if region.kind == "track" else region.frame or 0
    bound = region.bind(size, frame_count=row.frame_count or last + 1)
    return {str(frame): found for frame, found in bound.rles.items()}

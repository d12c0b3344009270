"""What every format reads into and writes from: records of regions, rows of conversation, and failures beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

from regard.core.errors import DataError, InputError, RegionError
from regard.regions.bound import BoundRegion
from regard.regions.checks import whole
from regard.regions.region import Region

Item = TypeVar("Item")
Source = TypeVar("Source")
Taken = set[tuple[str, int | str]]  # the media and ids of the records before


@dataclass(frozen=True)
class Record:
    """One region of a file, with the media it lies on.

    `media` is the name the file gives its image or clip, `size` is (width, height) where the file says it, `label` the
    category or the words, `id` the number or name of the thing, `extra` what else the file holds about it.
    """

    media: str
    region: Region
    size: tuple[int, int] | None = None
    frame_count: int = 1
    label: str | None = None
    id: int | str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def bind(self, size: tuple[int, int] | None = None, frame_count: int | None = None, **options: Any) -> BoundRegion:
        """Bind the region to media of `size` (width, height), the file's own when left out.

        `options` are those of `Region.bind`. Raises `RegionError` when neither the file nor the caller knows the size.
        """
        size = size or self.size
        if size is None:
            raise RegionError(f"the size of {self.media!r} is not in the file; pass size=(width, height)")
        return self.region.bind(size, frame_count=frame_count or self.frame_count, **options)


@dataclass(frozen=True)
class Conversation:
    """One row of instruction data: turns about one image or clip, in which `<regionN>` stands for `regions[N - 1]`.

    `turns` are (role, text) with the roles "user", "assistant" and "system"; the placeholder of the media itself is
    left out of the texts. `media` is None for a row of text alone. `kind` is "image" or "video".
    """

    media: str | None
    turns: tuple[tuple[str, str], ...]
    regions: tuple[Region, ...] = ()
    kind: str = "image"
    size: tuple[int, int] | None = None
    frame_count: int | None = None
    id: int | str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """One item of a file that could not be used: where it stands and the error that says why."""

    where: str
    error: InputError

    @property
    def reason(self) -> str:
        """The error's message."""
        return str(self.error)

    def __str__(self) -> str:
        return f"{self.where}: {self.error}"


@dataclass(frozen=True)
class Reading(Generic[Item]):
    """What was read of a file: the items that could be used, and the ones that could not, each with its reason."""

    items: tuple[Item, ...]
    failures: tuple[Failure, ...] = ()

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Item:
        return self.items[index]

    def all(self) -> tuple[Item, ...]:
        """Return the items when every one of them could be used; otherwise raise the first failure's own error."""
        for failure in self.failures:
            raise type(failure.error)(str(failure))
        return self.items


def collect(sources: Iterable[tuple[str, Source]], read: Callable[[Source], Iterable[Item]]) -> Reading[Item]:
    """Read every (where, source); one that raises an `InputError` becomes a `Failure` and its neighbours go on.

    Of two records of one id on the same media the second is a failure: a file of them could not be written again.
    """
    items: list[Item] = []
    failures: list[Failure] = []
    taken: Taken = set()
    for where, source in sources:
        try:
            found = list(read(source))
            for item in found:
                _take(item, taken)
            items += found
        except InputError as error:
            failures.append(Failure(where, error))
    return Reading(tuple(items), tuple(failures))


def joined(readings: Iterable[Reading[Item]]) -> Reading[Item]:
    """Put several readings together in their order."""
    readings = list(readings)
    items = tuple(item for reading in readings for item in reading.items)
    return Reading(items, tuple(failure for reading in readings for failure in reading.failures))


def by_media(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Group records by the name of their media, in the order of their first appearance.

    Raises `DataError` for two records of one id on the same media: a file would keep one of them, or mix them up.
    """
    groups: dict[str, list[Record]] = {}
    taken: Taken = set()
    for record in records:
        _take(record, taken)
        groups.setdefault(record.media, []).append(record)
    return groups


def _take(item: Any, taken: Taken) -> None:
    """Note the id of a record; rows of conversation may share theirs. Raises `DataError` when another record on the
    same media has it, and `RegionError` when it is no id.
    """
    if not isinstance(item, Record) or item.id is None:
        return
    key = (item.media, identifier(item.id, "'id'"))
    if key in taken:
        raise DataError(f"two regions on {item.media!r} have the id {item.id!r}; give each its own")
    taken.add(key)


def ids_of(records: Iterable[Record], first: int = 1) -> list[int | str]:
    """Return an id for each record of a file, no two alike: its own, or the next free number from `first` on where it
    has none, or where a record of other media has the same before it.
    """
    records = list(records)
    given = {record.id for record in records}
    free = (number for number in count(first) if number not in given)
    ids: list[int | str] = []
    taken: set[int | str] = set()
    for record in records:
        number = next(free) if record.id is None or record.id in taken else record.id
        ids.append(number)
        taken.add(number)
    return ids


def need(row: Any, key: str, what: str) -> Any:
    """Return `row[key]`. Raises `RegionError` when the row is no JSON object or lacks the key."""
    if key not in mapping(row, what):
        raise RegionError(f"{what} has no {key!r}; it has {', '.join(sorted(map(str, row))) or 'nothing'}")
    return row[key]


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """Return a JSON object. Raises `RegionError` for anything else."""
    if not isinstance(value, Mapping):
        raise RegionError(f"{what} is a JSON object; got {type(value).__name__}")
    return value


def listed(value: Any, what: str) -> list[Any]:
    """Return a JSON list. Raises `RegionError` for anything else."""
    if not isinstance(value, list):
        raise RegionError(f"{what} is a list; got {type(value).__name__}")
    return value


def size_of(row: Mapping[str, Any], width: str = "width", height: str = "height") -> tuple[int, int] | None:
    """Return (width, height) where a row says both. Raises `RegionError` when they are no whole numbers from 1 up."""
    if row.get(width) is None or row.get(height) is None:
        return None
    return whole(row[width], f"{width!r}", 1), whole(row[height], f"{height!r}", 1)


def keyed(rows: Any, what: str) -> dict[int | str, Mapping[str, Any]]:
    """Return JSON objects by their `id`. Raises `DataError` naming one without an id, or an id that is there twice."""
    found: dict[int | str, Mapping[str, Any]] = {}
    for at, row in enumerate(listed(rows, what)):
        if not isinstance(row, Mapping) or not isinstance(row.get("id"), int | str):
            raise DataError(f"entry {at} of {what} is no JSON object with an id")
        if row["id"] in found:
            raise DataError(f"id {row['id']!r} is there twice in {what}")
        found[row["id"]] = row
    return found


def identifier(value: Any, what: str) -> int | str:
    """Return an id, a whole number or text. Raises `RegionError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RegionError(f"{what} is {value!r}; an id is a whole number or text")
    return value


def inside(folder: Path, name: str) -> Path:
    """Return `folder / name`. Raises `DataError` for a name that would lead out of the folder."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or not parts.parts:
        raise DataError(f"{name!r} leads out of the folder {folder}; it is not written")
    return folder / parts

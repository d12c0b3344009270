"""What a benchmark is: items with their truth, a rule that scores one answer, and figures over all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from regard.core import rooms
from regard.core.errors import DataError, not_found
from regard.prompts.sample import Sample

ROOM = "regard.bench"
NOT_BENCHMARKS = ("metrics",)
STRICT, OFFICIAL = "strict", "official"
LEFT_OUT, ZERO, STOPS = "left out", "zero", "stops"


@dataclass(frozen=True)
class Settings:
    """What a run may choose.

    `data`: folder with the files a benchmark does not ship; `items`: how many a skill where a benchmark draws its own
    (1,000 when None), the first so many where it reads files (all when None); `skills`: only these (all when empty).
    `propagate`: regions given at one frame of a clip are followed through it before the model is asked.
    """

    data: Path | None = None
    items: int | None = None
    skills: tuple[str, ...] = ()
    propagate: bool = False

    @property
    def whole(self) -> bool:
        """Whether everything that a file holds is measured."""
        return self.items is None and not self.skills


@dataclass(frozen=True)
class OfficialFile:
    """A file as it is published: its name, the sum over the one that was measured ("" where none was), and how many
    rows it has.

    rows: counted in the list or mapping of the file, or in its part `within`; None where it is not known here.
    """

    name: str
    sha256: str
    rows: int | None
    within: str = ""


@dataclass(frozen=True)
class Card:
    """What a benchmark says of itself.

    items: how many there are. judge: the model that reads the answers where the benchmark was published; "" where a
    rule does. source: who publishes it, and where its files are. files: those that `--data` must hold; data: what else.
    published: how the figures of its published scorer differ from strict ones; "" when there is no such scorer.
    """

    items: str
    metric: str
    licence: str
    source: str
    judge: str = ""
    files: tuple[OfficialFile, ...] = ()
    data: str = ""
    published: str = ""


@dataclass(frozen=True)
class Later:
    """A sample that is put together when a model is asked; scoring needs its question alone, and no picture."""

    question: str
    make: Callable[[], Sample]


@dataclass(frozen=True, eq=False)
class Item:
    """One question with all that is needed to score an answer.

    key: stable and unique in the benchmark. figure: the figure it counts for; also: further ones ("motion, track
    only"). cluster: items of one cluster (the regions of one picture) are not independent. answer: the true answer as
    one would write it. truth: plain data for `score`. chance: the score of a blind guess among the possible answers,
    where that can be said.
    """

    key: str
    figure: str
    sample: Sample | Later
    cluster: str
    answer: str
    truth: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    chance: float | None = None

    @property
    def question(self) -> str:
        """The last thing the user says."""
        return self.sample.question if isinstance(self.sample, Later) else self.sample.turns[-1].text

    def open(self) -> Sample:
        """Return the sample, with its picture or clip. Raises what reading those raises."""
        return self.sample.make() if isinstance(self.sample, Later) else self.sample


@dataclass(frozen=True)
class Given:
    """What a file holds for one item.

    answer: the text, or the row of an official file where that is more than a text; None with the reason in `error`.
    question: what was asked, where the file says so. replies: what a judge wrote, by the name of its call. foreign:
    the row is of an official file.
    """

    key: str
    answer: Any = None
    error: str = ""
    question: str | None = None
    replies: Mapping[str, str] = field(default_factory=dict)
    foreign: bool = False


@dataclass(frozen=True)
class Score:
    """How one answer fares: `hits` out of `count`.

    hits: 0..count, or -count..count where a benchmark takes points away. count: 1 for a plain question; the number of
    stated attributes, say, for a description.

    readable: False when the text is no answer of the form that was asked for. judged: False when a judge's verdict
    is missing or cannot be read; the item then counts for no figure. parts: hits and count of figures with a name of
    their own, which the benchmark adds to the item's.
    """

    hits: float
    count: float = 1.0
    readable: bool = True
    parts: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    judged: bool = True


class ScorerStops(DataError):
    """The published scorer gives no number for these answers: it ends with an error."""


class Benchmark(ABC):
    """One file a benchmark; its name is the file's.

    What it says of itself is its `card`. A benchmark with a published scorer also defines `official`, `recorded` and
    the two `write`s. `official_lost` is what that scorer does with items that have no answer: they are `LEFT_OUT` of
    the mean, count as `ZERO`, or it `STOPS`. `finds`: answers may hold what task heads found; such an answer is
    {"text": .., "found": [..]} in place of its text. `kinds`: a model with a head that finds one of these is
    asked in the words of `called`, and answers by it; any other model answers in words.
    """

    card: ClassVar[Card] = Card(items="", metric="", licence="", source="")
    max_new_tokens: int = 64
    open_answers: bool = False
    official_lost: str = LEFT_OUT
    finds: bool = False
    kinds: tuple[str, ...] = ()

    @abstractmethod
    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the items: for the same settings the same ones in the same order, those of one picture together.

        Raises `DataError` when files are missing or are not the ones that were measured, `NotFound` for an unknown
        skill.
        """

    @abstractmethod
    def score(self, item: Item, answer: Any) -> Score:
        """Score one answer: a text, what `recorded` read, or a `Judgement`. Depends on nothing but its arguments."""

    def called(self, item: Item) -> str:
        """Return the question for a model with a head of one of `kinds`, as the verb of such answers puts it."""
        return item.question

    def official(self, item: Item, answer: Any) -> Score:
        """Score one answer as the published scorer does, faults included. Raises `ScorerStops` where that fails."""
        return self.score(item, answer)

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return figures that are no mean over items (CIDEr, F1), by name, from items with their answers.

        A `Judgement` may lack replies: such an item is for the benchmark to leave out, by either protocol's rule.
        """
        return {}

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield what an official output file holds, given its JSON content (a list of rows for JSONL).

        Raises `DataError` when it is no output file of this benchmark.
        """
        raise DataError(f'{self.name} has no official output file; answers are JSONL rows with "key" and "text"')

    def recorded_folder(self, folder: Path) -> Iterator[Given]:
        """Yield what an official output folder holds, where the output is a folder (of masks, say), not a file.

        Raises `DataError` when it is no output folder of this benchmark.
        """
        raise DataError(f"{str(folder)!r} holds no answers.jsonl, and {self.name} has no official output folder")

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write items as the official files, pictures included, so that `items` reads the same from `folder`."""
        raise DataError(f"{self.name} has no official files")

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write answers, by key, as the official output that `recorded`, or `recorded_folder`, reads the same."""
        raise DataError(f"{self.name} has no official output file")

    def notes(self, settings: Settings) -> list[str]:
        """Return what a reader of the figures must know: exclusions with their reasons, limits."""
        return []

    @property
    def name(self) -> str:
        """The file's name."""
        return type(self).__module__.rsplit(".", 1)[-1]


def names() -> list[str]:
    """Return the benchmarks there are."""
    return [name for name in rooms.names(ROOM) if name not in NOT_BENCHMARKS]


def load(name: str) -> Benchmark:
    """Return a benchmark by name. Raises `NotFound` with the nearest name."""
    if name.replace("-", "_") not in names():
        raise not_found("benchmark", name, names())
    return rooms.load(ROOM, name, Benchmark)()  # type: ignore[type-abstract]


def chosen(skills: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the skills to measure: those asked for, or all. Raises `NotFound` for an unknown one."""
    for skill in skills:
        if skill not in known:
            raise not_found("skill", skill, known)
    return skills or known

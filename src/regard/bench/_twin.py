"""A benchmark's twin: official files whose pictures and clips are drawn, so that every answer is known.

A twin goes through the benchmark's own file, written by its `write` and read by its `items`, and so tests an evaluator
from end to end. Its figures say what a model knows of the drawn world in the form of that benchmark, and compare with
no paper's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import count, islice, takewhile
from pathlib import Path
from typing import ClassVar

import numpy as np

from regard.backends._chat import Reply
from regard.bench import _base
from regard.bench._base import Benchmark, Item
from regard.bench._judge import FENCE, Call, Judged
from regard.bench.world import FIRST_SEED
from regard.core import rooms
from regard.core.errors import ConfigError, DataError, not_found
from regard.data.world.draw import draw_scene
from regard.data.world.facts import Truth
from regard.data.world.wording import Writer

ROOM = "regard.bench._twins"
TRUTH = "truth"
BARREN = 400  # scenes in a row without an item, after which no more are drawn


class Twin(ABC):
    """What of a scene becomes items of a benchmark. kind: "image" or "clip". together: the official files hold all
    items of a scene or none, so that a twin may have a few more than were wanted.
    """

    kind: ClassVar[str] = "image"
    together: ClassVar[bool] = False

    @abstractmethod
    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield items about the writer's scene, as the benchmark writes them; none where nothing is clear.

        Keys, names of files and questions depend on the scene's seed alone.
        """

    def verdict(self, item: Item, call: str, text: str) -> str | None:
        """Return what a judge that knows the truth replies about an answer; None where no judge is needed."""
        return None


class TruthJudge:
    """A judge by rule: it reads the answer between the fences of a prompt, and knows the scene."""

    name = TRUTH

    def __init__(self, twin: Twin) -> None:
        self._twin = twin

    def reply(self, item: Item, call: Call) -> Reply:
        """Judge one answer. An item that is no twin's has no verdict."""
        found = self._twin.verdict(item, call.name, unfenced(call.prompt))
        return Reply(None, "no item of a twin", tries=0) if found is None else Reply(found)


def names() -> list[str]:
    """Return the benchmarks that have a twin."""
    return rooms.names(ROOM)


def load(name: str) -> Twin:
    """Return the twin of a benchmark. Raises `NotFound` with the nearest name."""
    if name.replace("-", "_") not in names():
        raise not_found("twin of a benchmark", name, names())
    return rooms.load(ROOM, name, Twin)()  # type: ignore[type-abstract]


def make(name: str, folder: Path, items: int) -> list[Item]:
    """Write a twin with so many items into a folder, and return them.

    Scenes and wordings are held out, as those of the benchmark `world`. Raises `DataError` when the folder holds files,
    and when the world has too few such items.
    """
    twin, benchmark = load(name), _base.load(name)
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{str(folder)!r} holds files; name an empty folder, so that nothing is mixed")
    found = _first(drawn(twin), items, twin.together)
    if len(found) < items:
        raise DataError(f"the world gave {len(found)} of {items} items for {name}")
    benchmark.write(found, folder)
    return found


def _first(items: Iterator[Item], count: int, together: bool) -> list[Item]:
    """Return the first so many items; where those of a scene belong together, the last scene's other items too."""
    found = list(islice(items, count))
    rest = takewhile(lambda item: item.cluster == found[-1].cluster, items) if together and found else ()
    return [*found, *rest]


def drawn(twin: Twin) -> Iterator[Item]:
    """Yield a twin's items scene by scene, without end as long as scenes have any."""
    barren = 0
    for number in count():
        scene = draw_scene(FIRST_SEED + number, twin.kind)
        found = list(twin.items(Writer(Truth(scene), np.random.default_rng(scene.seed), held_out=True)))
        yield from found
        barren = 0 if found else barren + 1
        if barren > BARREN:
            return


def truth_judge(benchmark: Benchmark) -> TruthJudge:
    """Return the judge of a benchmark's twin. Raises `ConfigError` when it has none."""
    if not isinstance(benchmark, Judged) or benchmark.name not in names():
        raise ConfigError(f"{benchmark.name} has no judge that knows the truth; `regard twin` makes the data for one")
    return TruthJudge(load(benchmark.name))


def unfenced(prompt: str) -> str:
    """Return the last text of a prompt that stands between two equal lines of = signs; "" without one."""
    lines = prompt.split("\n")
    fences = [number for number, line in enumerate(lines) if line.startswith(FENCE) and not line.strip("=")]
    for last in reversed(fences):
        first = next((number for number in fences if lines[number] == lines[last]), last)
        if first < last:
            return "\n".join(lines[first + 1 : last])
    return ""

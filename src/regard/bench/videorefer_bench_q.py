"""VideoRefer-Bench Q: multiple choice about objects that are given as masks in a clip.

From "VideoRefer Suite" (Yuan et al. 2025, section 4). Basic, sequential and relationship questions, reasoning, and
predictions of what follows. Accuracy over all questions, and of each type. Objects are given on all annotated frames
(the paper's multi-frame mode).

Output files are rows with `video`, `type`, `Answer` (the true option) and `pred`, in any order: questions with the same
three are told apart by their order only. Clips lie where the rows say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _media, _videorefer
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, ScorerStops, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench.metrics.choices import strict_letter, videorefer_letter
from regard.core.errors import DataError
from regard.core.files import write_json, write_rows
from regard.prompts.tasks import LETTER_ALONE

FILE = OfficialFile("VideoRefer-Bench-Q.json", "", 1000)
TYPES = {
    "basic": "Basic Questions",
    "sequential": "Sequential Questions",
    "relationship": "Relationship Questions",
    "reasoning": "Reasoning Questions",
    "future": "Future Predictions",
}
PLACES = ("", "videos", "VideoRefer-Bench-Q")
FIGURE = "accuracy"
OPTION = re.compile(r"\s*\(([A-Z])\)\s*(.*)", re.DOTALL)


class VideoReferBenchQ(Benchmark):
    """Multiple choice about objects in clips."""

    card = Card(
        items="1,000",
        metric="accuracy, and of each of five types",
        licence=_videorefer.LICENCE,
        source=_videorefer.SOURCE,
        files=(FILE,),
        published='reads the first "(X)", else the first "X)", else the first character; stops at an empty answer',
    )
    max_new_tokens = 32

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions in the order of the file. `settings.skills`: basic, sequential, relationship, reasoning,
        future.
        """
        wanted = {TYPES[name] for name in chosen(settings.skills, tuple(TYPES))}
        count: Counter[str] = Counter()
        for place, row in enumerate(read_official(settings.data, FILE, self.card), start=1):
            where = f"{FILE.name}: row {place}"
            truth = {name: part(row, name, kind, where) for name, kind in _PARTS.items()}
            key, also = _key(row, count), (f"{FIGURE}, {truth['type']}",)
            options, letter = _options(truth["options"], where), _letter(truth["Answer"], where)
            if letter not in options:
                raise DataError(f"{where}: the answer {letter!r} is none of the options {sorted(options)}")
            objects = _videorefer.check_objects(part(row, "annotation", list, where), where)
            question, shown = _videorefer.our_words(truth["Question"], truth["options"])
            sample = _videorefer.later(
                "\n".join((question, *shown, LETTER_ALONE)), objects, settings.data, PLACES, truth["video"]
            )
            if truth["type"] in wanted or not settings.skills:
                yield Item(key, FIGURE, sample, truth["video"], letter, truth, also, 1 / len(options))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one option that an answer names is the true one; unreadable when it names none or several."""
        named = strict_letter(answer, _options(item.truth["options"], item.key))
        return Score(float(named == item.answer), readable=named is not None)

    def official(self, item: Item, answer: Any) -> Score:
        """Right by the published script's rule."""
        letter = videorefer_letter(answer)
        if letter is None:
            raise ScorerStops("it reads the first character of an empty answer")
        return Score(float(letter == item.answer))

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `video`, `type`, `Answer` and `pred`."""
        count: Counter[str] = Counter()
        for place, row in enumerate(rows_of(content), start=1):
            for name in ("video", "type", "Answer"):
                part(row, name, str, f"row {place} of the output file")
            yield given_text(_key(row, count), row.get("pred"))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write VideoRefer-Bench-Q.json, and the clips as folders of frames, each once."""
        rows, written = [], set()
        for item in items:
            sample, video = item.open(), item.truth["video"]
            if video not in written:
                _media.save_frames(sample.media, folder, video)
                written.add(video)
            rows.append({"id": len(rows), **item.truth, "annotation": _videorefer.annotation(sample)})
        write_json(folder / FILE.name, rows)
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `video`, `Answer`, `pred` and `type`."""
        kept = [item for item in items if item.key in given]
        rows = [{name: item.truth[name] for name in ("video", "Answer", "type")} for item in kept]
        write_rows(path, [row | {"pred": given[item.key].answer} for row, item in zip(rows, kept, strict=True)])


_PARTS: dict[str, type] = {"video": str, "Question": str, "type": str, "options": list, "Answer": str}


def _key(row: Mapping[str, Any], count: Counter[str]) -> str:
    key = f"{row['video']}: {row['type']}: {row['Answer']}"
    count[key] += 1
    return key if count[key] == 1 else f"{key} ({count[key]})"


def _options(options: list[Any], where: str) -> dict[str, str]:
    found = [OPTION.match(str(option)) for option in options]
    if not found or None in found:
        raise DataError(f"{where}: options begin with their letter, '(A) a cup'; these do not: {options}")
    return {one[1]: one[2] for one in found}


def _letter(answer: str, where: str) -> str:
    found = OPTION.match(answer)
    if not found:
        raise DataError(f"{where}: the answer begins with its letter, '(A) a cup'; this one is {answer!r}")
    return found[1]

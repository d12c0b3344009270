"""Charades-STA: the moment of a clip that a sentence speaks of.

From "TALL: Temporal Activity Localization via Language Query" (Gao et al. 2017). R@1 at IoU 0.3, 0.5 and 0.7, and the
mean IoU, of the first moment that is named. An answer without a moment counts 0 and stays in every denominator, as in
the evaluations in use (TimeChat's, and moment_detr's as VideoChat-TPO runs it); no scorer came with the data.

Output files are rows with `vid` and `query`, and either `pred_relevant_windows` (spans [start, end, score]) or a text
as `pred`, `prediction`, `answer`, `output` or `text`. A model with a moment
head answers by it. Rows of a clip and sentence that occur twice are taken in order.
Clips are `Charades_v1_480/CLIP.mp4` in the folder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from regard.bench import _media, _spans
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings
from regard.bench._files import given_text, mark_as_made, read_official
from regard.bench.metrics.moments import best_iou
from regard.core.errors import DataError
from regard.core.files import write_rows, write_text
from regard.prompts.tasks import moments
from regard.verbs.moments import Moments

FILE = OfficialFile("charades_sta_test.txt", "", 3720)
LINE = re.compile(r"(\S+)\s+(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*##(.+)")
CLIPS = ("Charades_v1_480", "Charades_v1", "videos", "")
WINDOWS = "pred_relevant_windows"
QUERIES, TEXTS = ("query", "sentence", "caption"), ("pred", "prediction", "answer", "output", "text")
THRESHOLDS = (0.3, 0.5, 0.7)
FIGURE = "mIoU"


class CharadesSta(Benchmark):
    """The moment of a sentence."""

    card = Card(
        items="3,720",
        metric="R@1 at IoU 0.3, 0.5, 0.7; mIoU",
        licence="non-commercial (Charades)",
        source="github.com/jiyanggao/TALL, charades_sta_test.txt; clips: prior.allenai.org/projects/charades",
        files=(FILE,),
    )
    max_new_tokens = 48
    open_answers = True
    finds = True
    kinds = Moments.kinds

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the sentences in the order of the file. A true moment that ends before it starts cannot
        be found by any answer, and stays.
        """
        count: Counter[str] = Counter()
        for place, line in enumerate(read_official(settings.data, FILE, self.card), start=1):
            found = LINE.fullmatch(line)
            if not found:
                raise DataError(f"{FILE.name}: line {place} is not 'CLIP START END##SENTENCE' but {line[:80]!r}")
            clip, start, end, query = found[1], float(found[2]), float(found[3]), found[4].strip()
            sample = _media.later(_spans.ask(query), _opening(settings.data, clip))
            truth = {"vid": clip, "query": query, "span": (start, end)}
            yield Item(_key(clip, query, count), FIGURE, sample, clip, f"{start:g} - {end:g}", truth, tuple(_NAMES))

    def called(self, item: Item) -> str:
        """Ask for moments as the verb does."""
        return moments(item.truth["query"])

    def score(self, item: Item, answer: Any) -> Score:
        """Score the first moment of an answer; unreadable without one, or with one that is not finite."""
        spans = _read(answer)
        first = spans[0] if isinstance(spans, list) and spans else None
        readable = _is_span(first)
        iou = best_iou(first, [item.truth["span"]]) if readable else 0.0
        parts = {name: (float(iou >= limit), 1.0) for name, limit in _NAMES.items()}
        return Score(iou, readable=readable, parts=parts)

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `vid`, `query` and moments or a text."""
        count: Counter[str] = Counter()
        for place, row in enumerate(rows_of(content), start=1):
            query = next((row[name] for name in QUERIES if isinstance(row.get(name), str)), None)
            clip = row.get("vid", row.get("video"))
            if query is None or not isinstance(clip, str):
                raise DataError(f"row {place} of the output file needs 'vid' and 'query', it has {sorted(row)}")
            key = _key(Path(clip).stem, query, count)
            text = next((row[name] for name in TEXTS if name in row), None)
            yield Given(key, row[WINDOWS]) if row.get(WINDOWS) is not None else given_text(key, text)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write charades_sta_test.txt and the clips."""
        lines = []
        for item in items:
            clip, (start, end) = item.truth["vid"], item.truth["span"]
            _media.save(item.open().media, folder, f"{CLIPS[0]}/{clip}.mp4")
            lines.append(f"{clip} {start} {end}##{item.truth['query']}\n")
        write_text(folder / FILE.name, "".join(lines))
        mark_as_made(self, folder, {FILE.name: len(lines)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with moments, or with the text as `pred`."""
        rows = []
        for item in (item for item in items if item.key in given):
            answer = given[item.key].answer
            if isinstance(answer, Mapping):
                answer = _read(answer) or answer["text"]
            name = "pred" if isinstance(answer, str) else WINDOWS
            rows.append({"vid": item.truth["vid"], "query": item.truth["query"], name: answer})
        write_rows(path, rows)


_NAMES = {f"R1@{limit:g}": limit for limit in THRESHOLDS}


def _key(clip: str, query: str, count: Counter[str]) -> str:
    """Return the key of a sentence of a clip; the second of the same is told from the first."""
    key = f"{clip}: {' '.join(query.lower().rstrip('. ').split())}"
    count[key] += 1
    return key if count[key] == 1 else f"{key} ({count[key]})"


def _read(answer: Any) -> Any:
    """Return the moments of an answer: those that a text names, those that a head found, or a row's own."""
    if isinstance(answer, str):
        return _spans.read_spans(answer)
    return _spans.found_moments(answer)[0] if isinstance(answer, Mapping) else answer


def _is_span(value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) < 2:
        return False
    return all(_spans.is_number(one) and isfinite(one) for one in value[:2])


def _opening(folder: Path | None, clip: str) -> Any:
    return lambda: _media.opened_clip(_media.find(folder, CLIPS, f"{clip}.mp4"))

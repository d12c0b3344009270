"""QVHighlights: moments that a sentence speaks of, and how much each two seconds are a highlight of it.

From "QVHighlights: Detecting Moments and Highlights in Videos via Natural Language Queries" (Lei et al. 2021). The
figures have the names of the published evaluator (`standalone_eval` of moment_detr): MR for moments, HL for highlights;
"MR-short-mAP" over queries with a true moment of at most 10 seconds, middle to 30, long above. "MR-full-mIoU", the mean
IoU of the first moment, is added, and the figures at every threshold as parts.

An answer is a row of the published output format: `pred_relevant_windows`, spans [start, end, score] in seconds, and
`pred_saliency_scores`, a number for each two seconds. A model with a moment head answers by it, two seconds with the
mean of what it says of both. One that writes text is asked for moments alone; its spans rank in the order in which it
names them. Clips are `videos/VID.mp4` in the folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _spans
from regard.bench._answers import rows_of
from regard.bench._base import (
    STOPS,
    Benchmark,
    Card,
    Given,
    Item,
    Later,
    OfficialFile,
    Score,
    ScorerStops,
    Settings,
    chosen,
)
from regard.bench._files import mark_as_made, part, read_official
from regard.bench.metrics import moments
from regard.core.files import write_rows
from regard.media.open import open_media
from regard.prompts import tasks
from regard.prompts.sample import Sample
from regard.verbs.moments import Moments

FILE = OfficialFile(
    "highlight_val_release.jsonl", "f668a1eaea156ec5315e14718999cea043a8cf948d3cafbd8e8d655318c3cd02", 1550
)
WINDOWS, SALIENCY = "pred_relevant_windows", "pred_saliency_scores"
UNIT = 2  # seconds that one number of saliency is about
SKILLS = {"MR": WINDOWS, "HL": SALIENCY}
KNOWN = ("moments", "highlights")
RANGES = ("full", *moments.LENGTHS)
KINDS = {
    "qid": int | str,
    "query": str,
    "vid": str,
    "duration": int | float,
    "relevant_windows": list,
    "relevant_clip_ids": list,
    "saliency_scores": list,
}


class QVHighlights(Benchmark):
    """Moments and highlights of a sentence in a clip."""

    card = Card(
        items="1,550",
        metric="mAP, R@1 and mIoU of moments; mAP and HIT@1 of highlights",
        licence="CC BY-NC-SA 4.0",
        source="github.com/jayleicn/moment_detr, data/highlight_val_release.jsonl",
        files=(FILE,),
        published="ends when a query has no row or a row no moment; counts a moment with NaN as found by mAP",
    )
    max_new_tokens = 96
    open_answers = True
    finds = True
    kinds = Moments.kinds
    official_lost = STOPS

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the queries in the order of the file. `settings.skills`: moments, highlights."""
        skills = chosen(settings.skills, KNOWN)
        for place, row in enumerate(read_official(settings.data, FILE, self.card), start=1):
            truth = {name: part(row, name, kind, f"{FILE.name}: row {place}") for name, kind in KINDS.items()}
            names = figures(truth["relevant_windows"], skills)
            sample = Later(_spans.ask(truth["query"]), _opening(settings.data, truth))
            answer = "; ".join(f"{start:g} - {end:g}" for start, end in truth["relevant_windows"])
            yield Item(str(truth["qid"]), names[0], sample, truth["vid"], answer, truth, tuple(names[1:]))

    def called(self, item: Item) -> str:
        """Ask for moments as the verb does."""
        return tasks.moments(item.truth["query"])

    def score(self, item: Item, answer: Any) -> Score:
        """Score a row, or a text that names moments.

        Unreadable is a text without a moment, and a row whose moments or saliency hold anything but finite numbers;
        their figures are 0 then. A row with an empty list of moments is readable, and finds nothing.
        """
        row = _row_of(answer)
        sound = {name: values for name, values in row.items() if _is_sound(values, name)}
        nothing = {name: 0.0 for name in _names(item) if SKILLS[name[:2]] in row}
        return _score(item, nothing | _found(item, sound), readable=len(sound) == len(row))

    def official(self, item: Item, answer: Any) -> Score:
        """Score a row as the published evaluator."""
        row = _row_of(answer)
        for name, values in row.items():
            if not _is_computable(values, name):
                raise ScorerStops(f"{name} is empty or holds what it cannot compute with")
        return _score(item, _found(item, row, nan_passes=True))

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield the rows of an output file. What no row has (moments or saliency) is not measured; a row that lacks
        what others have is kept with an empty list.
        """
        rows = [(place, row) for place, row in enumerate(rows_of(content), start=1)]
        measured = [name for name in (WINDOWS, SALIENCY) if any(name in row for _, row in rows)]
        for place, row in rows:
            key = str(part(row, "qid", int | str, f"row {place} of the output file"))
            yield Given(key, {name: row.get(name, []) for name in measured})

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write highlight_val_release.jsonl and the clips, which lie in `videos`."""
        written = []
        for item in items:
            (folder / "videos").mkdir(parents=True, exist_ok=True)
            item.open().media.save(folder / "videos" / f"{item.truth['vid']}.mp4")
            written.append({name: item.truth[name] for name in KINDS})
        write_rows(folder / FILE.name, written)
        mark_as_made(self, folder, {FILE.name: len(written)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with moments and saliency."""
        found = [(item, given[item.key]) for item in items if item.key in given]
        head = [{name: item.truth[name] for name in ("qid", "query", "vid")} for item, _ in found]
        write_rows(path, [one | _row_of(answer.answer) for one, (_, answer) in zip(head, found, strict=True)])


def figures(windows: Sequence[Sequence[float]], skills: Sequence[str] = KNOWN) -> list[str]:
    """Return the figures that a query with these true moments counts for, the main one first."""
    return [name for skill in skills for name in _figures(skill, windows)]


def _figures(skill: str, windows: Sequence[Sequence[float]]) -> list[str]:
    """Return the figures that a query counts for, the main one first."""
    if skill == "highlights":
        return [f"HL-min-{level}-{name}" for level in reversed(moments.LEVELS) for name in ("mAP", "Hit1")]
    names = []
    for one in (one for one in RANGES if len(_truth(windows, one))):
        names += [f"MR-{one}-mAP", *([f"MR-{one}-mIoU"] if one == "full" else [])]
        names += [_at(one, kind, limit) for kind in ("mAP", "R1") for limit in moments.THRESHOLDS]
    return names


def _at(one: str, kind: str, limit: float) -> str:
    """Return the name of a figure at a threshold: a figure of its own where the evaluator prints it in brief."""
    brief = one == "full" and (kind, limit) in (("mAP", 0.5), ("mAP", 0.75), ("R1", 0.5), ("R1", 0.7))
    return f"MR-{one}-{kind}@{limit:g}" if brief else f"MR-{one}-mAP, {kind}@{limit:g}"


def _truth(windows: Sequence[Sequence[float]], one: str) -> np.ndarray:
    return moments.spans(windows, 2) if one == "full" else moments.of_length(windows, one)


def _names(item: Item) -> tuple[str, ...]:
    return (item.figure, *item.also)


def _found(item: Item, row: Mapping[str, Any], *, nan_passes: bool = False) -> dict[str, float]:
    """Return the figures of what a row holds."""
    found = _moments(item, row[WINDOWS], nan_passes) if WINDOWS in row else {}
    return found | (_highlights(item, row[SALIENCY]) if SALIENCY in row else {})


def _moments(item: Item, windows: Sequence[Sequence[float]], nan_passes: bool) -> dict[str, float]:
    found, windows = {}, [span[:3] for span in windows]
    for one in RANGES:
        truth = _truth(item.truth["relevant_windows"], one)
        precision = moments.average_precision(windows, truth, nan_passes=nan_passes)
        best = moments.best_iou(windows[0], truth) if windows else 0.0
        found |= {f"MR-{one}-mAP": float(precision.mean()), f"MR-{one}-mIoU": best}
        for limit, value in zip(moments.THRESHOLDS, precision, strict=True):
            found |= {_at(one, "mAP", limit): float(value), _at(one, "R1", limit): float(best >= limit)}
    return found


def _highlights(item: Item, saliency: Sequence[float]) -> dict[str, float]:
    truth = item.truth
    levels = moments.saliency_levels(truth["duration"], truth["relevant_clip_ids"], truth["saliency_scores"])
    found = {}
    for level in moments.LEVELS:
        found[f"HL-min-{level}-mAP"] = moments.highlight_precision(saliency, levels, level)
        found[f"HL-min-{level}-Hit1"] = moments.highlight_hit(saliency, levels, level)
    return found


def _score(item: Item, found: Mapping[str, float], readable: bool = True) -> Score:
    """Return the score with a part for each of the item's figures; one that was not answered has a count of 0."""
    parts = {name: (found.get(name, 0.0), float(name in found)) for name in _names(item)}
    return Score(*parts[item.figure], readable=readable, parts=parts)


def _row_of(answer: Any) -> dict[str, Any]:
    """Return the row of an answer: what `recorded` read, what a head found, or the moments that a text names, in
    falling order; None where it names none.
    """
    if not isinstance(answer, str):
        return _row_found(answer) if "found" in answer else dict(answer)
    spans = _spans.read_spans(answer)
    return {WINDOWS: [[*span, float(len(spans) - place)] for place, span in enumerate(spans)] or None}


def _row_found(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of what a head found: its moments, and its saliency by two seconds."""
    spans, by_second = _spans.found_moments(answer)
    pairs = [by_second[start : start + UNIT] for start in range(0, len(by_second), UNIT)]
    return {WINDOWS: spans} | ({SALIENCY: [sum(pair) / len(pair) for pair in pairs]} if pairs else {})


def _is_computable(values: Any, name: str) -> bool:
    """Return whether the published evaluator can compute with moments or saliency.

    A moment begins with three numbers; what stands behind them is not read.
    """
    if not isinstance(values, list) or not values:
        return False
    if name == SALIENCY:
        return all(_spans.is_number(value) and value == value for value in values)
    return all(isinstance(span, list) and len(span) >= 3 and all(map(_spans.is_number, span[:3])) for span in values)


def _is_sound(values: Any, name: str) -> bool:
    """Return whether every number is finite; no moments at all are sound, no saliency is not."""
    if name == WINDOWS and values == []:
        return True
    if not _is_computable(values, name):
        return False
    return all(map(isfinite, values if name == SALIENCY else [value for span in values for value in span[:3]]))


def _opening(folder: Path, truth: Mapping[str, Any]) -> Any:
    def make() -> Sample:
        return Sample.build(open_media(folder / "videos" / f"{truth['vid']}.mp4"), _spans.ask(truth["query"]))

    return make

"""What lmms-eval calls for a task that `regard lmms-tasks` wrote: what is shown, asked, and how answers score.

A row has `benchmark`, `key`, `question` (with <region1>, ..), `answer`, `media` (the picture or clip as it is), `times`
(of its frames), `drawn` (the same with its regions drawn and numbered), `regions`, and what scoring needs as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image as PILImage

from regard.bench import _base
from regard.bench._base import Item, Later, Score
from regard.core.errors import PromptError
from regard.prompts.sample import PLACEHOLDER, Sample

READABLE = "readable"


def doc_to_visual(row: Mapping[str, Any]) -> list[Any]:
    """Return the drawn picture, or the path of the drawn clip."""
    path = row["drawn"]
    if path.endswith(".mp4"):
        return [path]
    with PILImage.open(path) as picture:
        return [picture.convert("RGB")]


def doc_to_text(row: Mapping[str, Any], lmms_eval_specific_kwargs: Mapping[str, Any] | None = None) -> str:
    """Return the question as models without regions read it."""
    return spoken(row["question"])


def doc_to_target(row: Mapping[str, Any]) -> str:
    """Return the true answer."""
    return row["answer"]


def process_results(row: Mapping[str, Any], results: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return points and their possible number for each figure that a row counts for, by the benchmark's strict rule."""
    item = item_of(row)
    score = _base.load(row["benchmark"]).score(item, results[0] if results else "")
    found = {name: score.parts.get(name, (score.hits, score.count)) for name in figures(item, score)}
    return {metric(name): pair for name, pair in found.items()} | {READABLE: (float(score.readable), 1.0)}


def share(pairs: Sequence[tuple[float, float]]) -> float:
    """Return all points over all that are possible, in percent."""
    possible = sum(count for _, count in pairs)
    return 100 * sum(hits for hits, _ in pairs) / possible if possible else float("nan")


def figures(item: Item, score: Score) -> tuple[str, ...]:
    """Return the figures that an item with this score counts for."""
    return tuple(dict.fromkeys((item.figure, *item.also, *score.parts)))


def item_of(row: Mapping[str, Any]) -> Item:
    """Return the item of a row, without its picture."""
    scored = json.loads(row["scored"])
    sample = Later(row["question"], _unopened)
    return Item(row["key"], scored["figure"], sample, row["key"], row["answer"], scored["truth"], tuple(scored["also"]))


def spoken(question: str) -> str:
    """Return a question with "region 1" in place of <region1>."""
    return PLACEHOLDER.sub(lambda found: f"region {found[1]}", question)


def metric(figure: str) -> str:
    """Return the name of a figure as a metric of lmms-eval: letters, digits, points, @ and underscores."""
    return "".join(letter if letter.isalnum() or letter in ".@" else "_" for letter in figure.replace(", ", "_"))


def _unopened() -> Sample:
    raise PromptError("a row is scored without its picture")

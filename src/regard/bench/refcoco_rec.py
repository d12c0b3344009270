"""RefCOCO, RefCOCO+ and RefCOCOg, referring expressions by box: the box of what an expression means.

From Yu et al. 2016 (RefCOCO, RefCOCO+; split by UNC) and Mao et al. 2016 (RefCOCOg; split by UMD). Right is a box whose
IoU with the true one is at least 0.5 (not the generalised IoU, which some evaluators take and which is stricter); one
item an expression. Not comparable with figures that choose among given boxes (RegionGPT, Omni-RGPT).

Text answers hold one box in thousandths of width and height; a model with a head for boxes or masks answers by it, and
the box with the highest score counts. Rows with boxes have `dataset` (refcoco, refcoco+,
refcocog), `sent_id` and `box`, [x1, y1, x2, y2] in pixels; no official output format exists. The `instances.json` of a
data set stands beside its expressions, pictures are in `train2014`. The pickles are read as plain data; one that asks
for any function is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _boxes, _media, _refcoco
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, Score, Settings
from regard.bench._files import given_text, part
from regard.bench.metrics.detection import expressions_found
from regard.core.files import write_rows
from regard.prompts.tasks import locate
from regard.verbs.locate import Locate


class RefcocoRec(Benchmark):
    """The box of what an expression means."""

    card = Card(
        items=_refcoco.total(_refcoco.EXPRESSIONS),
        metric="accuracy at IoU 0.5, of each of eight splits",
        licence=_refcoco.LICENCE,
        source=_refcoco.SOURCE,
        files=tuple(_refcoco.FILES.values()),
    )
    max_new_tokens = 32
    open_answers = True
    finds = True
    kinds = Locate.kinds

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the expressions, those of one picture of a split together. `settings.skills`: splits, refcoco_val and
        so on.
        """
        for thing in _refcoco.things(self, settings):
            answer = f"[{', '.join(f'{value:g}' for value in thing.box)}]"
            for row in thing.sentences:
                sample = _media.later(_boxes.ask(row["sent"]), thing.opening(settings))
                truth = thing.truth | {name: row[name] for name in _refcoco.SENTENCE}
                key, figure = f"{thing.dataset}/{row['sent_id']}", f"{thing.dataset} {thing.split}"
                yield Item(key, figure, sample, thing.picture, answer, truth)

    def called(self, item: Item) -> str:
        """Ask for a box as `locate` does."""
        return locate(item.truth["sent"])

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the box fits the true one; unreadable without exactly one sound box."""
        box = _boxes.box_of(answer, item.truth["size"])
        return Score(float(expressions_found([box], [item.truth["box"]])[0]), readable=box is not None)

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `dataset`, `sent_id` and `box`, or a text as `pred`."""
        for place, row in enumerate(rows_of(content), start=1):
            where = f"row {place} of the output file"
            key = f"{part(row, 'dataset', str, where)}/{part(row, 'sent_id', int, where)}"
            yield Given(key, row["box"]) if row.get("box") is not None else given_text(key, row.get("pred"))

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write refs and instances.json of each data set, and the pictures."""
        _refcoco.write(self, items, folder, lambda item: [{name: item.truth[name] for name in _refcoco.SENTENCE}])

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with boxes, or with the text as `pred`."""
        rows = []
        for item in (item for item in items if item.key in given):
            answer = _boxes.told(given[item.key].answer, item.truth["size"])
            name = "pred" if isinstance(answer, str) else "box"
            rows.append({"dataset": item.truth["dataset"], "sent_id": item.truth["sent_id"], name: answer})
        write_rows(path, rows)

"""RefCOCO, RefCOCO+ and RefCOCOg, captions: what to call a thing that is given as a mask.

From Yu et al. 2016 (RefCOCO, RefCOCO+; split by UNC) and Mao et al. 2016 (RefCOCOg; split by UMD). METEOR and CIDEr
against all expressions of the thing, one item a thing, each split apart; papers print them times 100. The "val" of
lmms-eval joins splits that overlap (8,811 things), and its figures compare with none of these.

Output files are coco-caption's: rows with `image_id`, which is the number of the thing (`ann_id`, as Osprey writes it),
and `caption`; `dataset` says which of the three it is (refcocog where a row does not say). The region is the thing's
outline in `instances.json`. The pickles are read as plain data; one that asks for any function is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from regard.bench import _captions, _media, _refcoco
from regard.bench._answers import rows_of
from regard.bench._base import Card, Given, Item, Settings
from regard.core.files import write_json
from regard.prompts.tasks import describe

DATASET = "refcocog"


class RefcocoCaptions(_captions.Captioned):
    """Captions of things that expressions mean."""

    card = Card(
        items=_refcoco.total(_refcoco.THINGS),
        metric="METEOR, CIDEr and ROUGE-L of each of eight splits",
        licence=_refcoco.LICENCE,
        source=_refcoco.SOURCE,
        files=tuple(_refcoco.FILES.values()),
    )

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the things split by split. `settings.skills`: splits, refcocog_val and so on."""
        for (dataset, split), things in groupby(_refcoco.things(self, settings), lambda one: (one.dataset, one.split)):
            yield from _captions.items(f"{dataset} {split}", [_row(thing, settings) for thing in things])

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `image_id` and `caption`, and `dataset` where they say it."""
        datasets = [row.get("dataset", DATASET) for row in rows_of(content)]
        for dataset, given in zip(datasets, super().recorded(content), strict=True):
            yield replace(given, key=f"{dataset}/{given.key}")

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write refs and instances.json of each data set, and the pictures."""
        _refcoco.write(self, items, folder, _sentences)

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the results file that coco-caption reads, with the data set of each row."""
        rows = []
        for item in (item for item in items if item.key in given):
            names = {"dataset": item.truth["dataset"], "image_id": item.truth["ann_id"]}
            rows.append(names | {"caption": given[item.key].answer})
        write_json(path, rows)


def _row(thing: _refcoco.Thing, settings: Settings) -> _captions.Row:
    sample = _media.later(describe(), thing.opening(settings), lambda media: [_media.outlined(thing.outline, media)])
    references = [row["sent"] for row in thing.sentences]
    key = f"{thing.dataset}/{thing.names['ann_id']}"
    truth = thing.truth | {"outline": thing.outline, "sent_ids": [row["sent_id"] for row in thing.sentences]}
    return _captions.Row(key, thing.picture, references, sample, truth)


def _sentences(item: Item) -> list[dict[str, Any]]:
    pairs = zip(item.truth["sent_ids"], item.truth["references"], strict=True)
    return [{"sent_id": number, "sent": sent} for number, sent in pairs]

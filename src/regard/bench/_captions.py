"""What benchmarks of captions share: ROUGE-L of each caption, and the figures that are of a corpus.

CIDEr weighs words by the references of the whole split, also when a part of it is asked; with every caption there, it
is coco-caption's. METEOR needs Java and the package pycocoevalcap, and is left out, and said to be, without them.
"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from regard.bench._answers import numbered, rows_of
from regard.bench._base import Benchmark, Given, Item, Later, Score, Settings
from regard.bench._files import given_text, part
from regard.bench.metrics import captions
from regard.bench.metrics.captions import Documents
from regard.core.files import write_json, write_rows
from regard.prompts.sample import Sample

ROUGE, METEOR, CIDER, BLEU = "ROUGE-L", "METEOR", "CIDEr", "BLEU-4"
TEXTS = ("caption", "pred", "prediction", "text", "answer")
KEPT = 200_000

Pair = tuple[str, tuple[str, ...], Documents]


@dataclass(frozen=True)
class Row:
    """A region with what it may be called. truth: what the official file says of it."""

    key: str
    cluster: str
    references: Sequence[str]
    sample: Sample | Later
    truth: Mapping[str, Any] = field(default_factory=dict)


class Captioned(Benchmark):
    """A benchmark whose answers are captions of regions. `measures`: the figures of the corpus."""

    open_answers = True
    measures: ClassVar[tuple[str, ...]] = (METEOR, CIDER)

    def score(self, item: Item, answer: Any) -> Score:
        """Score by ROUGE-L; unreadable without a word."""
        return Score(_rouge(answer, tuple(item.truth["references"])), readable=any(map(str.isalnum, answer)))

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return the figures of the corpus, of each split apart."""
        splits: dict[str, list[Pair]] = {}
        for item, answer in answered:
            pair = (answer, tuple(item.truth["references"]), item.truth["documents"])
            splits.setdefault(item.figure, []).append(pair)
        found: dict[str, float] = defaultdict(float)  # a draw of few items may miss a split
        for figure, pairs in splits.items():
            measured = (name for name in self.measures if name != METEOR or has_meteor())
            found |= {figure.replace(ROUGE, name): MEASURES[name](pairs) for name in measured}
        return found

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield the rows of a results file of coco-caption: `image_id`, which is the item's key, and `caption`."""
        for row in rows_of(content):
            yield given_text(str(row.get("image_id")), next((row[name] for name in TEXTS if name in row), None))

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write the results file that coco-caption reads."""
        kept = [item.key for item in items if item.key in given]
        write_json(path, [{"image_id": key, "caption": given[key].answer} for key in kept])

    def notes(self, settings: Settings) -> list[str]:
        """Say when METEOR is left out."""
        left_out = METEOR in self.measures and not has_meteor()
        return ["METEOR is left out: it needs Java and `pip install pycocoevalcap`"] if left_out else []


def spoken_key(name: str, truth: str, count: Counter[str]) -> str:
    """Return the key of a region that rows tell by their picture or clip and by what it is called."""
    return numbered(f"{name}: {' '.join(truth.split())}", count)


def spoken_rows(content: Any, name: str) -> Iterator[Given]:
    """Yield rows as PixelRefer's scripts write them: `name` (image or video), `Answer`, which is the truth, `pred`."""
    count: Counter[str] = Counter()
    for place, row in enumerate(rows_of(content), start=1):
        where = f"row {place} of the output file"
        yield given_text(
            spoken_key(part(row, name, str, where), part(row, "Answer", str, where), count), row.get("pred")
        )


def write_spoken_rows(items: Iterable[Item], given: Mapping[str, Given], path: Path, name: str) -> None:
    """Write what `spoken_rows` reads, from items whose truth has `name` and whose answer is the truth."""
    kept = [item for item in items if item.key in given]
    write_rows(path, [{name: one.truth[name], "Answer": one.answer, "pred": given[one.key].answer} for one in kept])


def items(split: str, rows: Sequence[Row]) -> Iterator[Item]:
    """Yield the items of a split ("" where there is one), which share the documents that CIDEr weighs words by."""
    documents, figure = Documents.of([row.references for row in rows]), f"{split} {ROUGE}".strip()
    for row in rows:
        truth = {"references": list(row.references), "documents": documents, **row.truth}
        yield Item(row.key, figure, row.sample, row.cluster, row.references[0], truth)


@cache
def has_meteor() -> bool:
    """Return whether Java and METEOR's package are there."""
    return bool(shutil.which("java") and find_spec("pycocoevalcap"))


@lru_cache(maxsize=KEPT)
def _rouge(answer: str, references: tuple[str, ...]) -> float:
    return captions.rouge_l([answer], [references]).corpus


@lru_cache(maxsize=KEPT)
def _cider(answer: str, references: tuple[str, ...], documents: Documents) -> float:
    return captions.cider([answer], [references], documents).corpus


@lru_cache(maxsize=KEPT)
def _bleu_counts(answer: str, references: tuple[str, ...]) -> list[int]:
    return captions.bleu_counts(answer, references)


@lru_cache(maxsize=KEPT)
def _meteor_counts(answer: str, references: tuple[str, ...]) -> list[float]:
    return captions.meteor_counts(answer, references)


MEASURES: dict[str, Callable[[Sequence[Pair]], float]] = {
    METEOR: lambda pairs: captions.pooled_meteor([_meteor_counts(*pair[:2]) for pair in pairs]),
    CIDER: lambda pairs: sum(_cider(*pair) for pair in pairs) / len(pairs),
    BLEU: lambda pairs: captions.pooled_bleu([_bleu_counts(*pair[:2]) for pair in pairs]),
}

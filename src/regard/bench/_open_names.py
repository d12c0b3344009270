"""What the open categories of LVIS and PACO share: masks with a name, and how like it an answer is.

From Osprey (Yuan et al. 2024). The page of `lvis_open` tells the two published protocols, and where semantic similarity
comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from regard.bench import _captions, _media
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, official_folder, part, read_content, read_official
from regard.bench.metrics.captions import sentence_similarity, word_overlap
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.media.image import Image

SOURCE = "huggingface.co/datasets/sunshine-lwt/Osprey-ValData"
PICTURES = ("", "train2017", "val2017", "images")
MODEL = "all-MiniLM-L6-v2"
OSPREY, PIXELREFER = "semantic IoU (Osprey)", "semantic IoU (PixelRefer)"
METRIC = "semantic IoU, semantic similarity, each by the protocols of Osprey and PixelRefer"


class OpenNames(Benchmark):
    """Names of masks in the model's own words. `file`: the official one; `question`: what is asked of each mask."""

    card: ClassVar[Card]
    file: ClassVar[OfficialFile]
    question: ClassVar[str]
    max_new_tokens = 24
    open_answers = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the masks in the order of the file."""
        chosen(settings.skills, ())
        rows = read_official(settings.data, self.file, self.card, _objects)
        model = official_folder(settings.data, self.file, self.card) / MODEL
        count: Counter[str] = Counter()
        for row in rows:
            picture, name = row["file_name"], row["category"]
            truth = {"image": picture, "size": (row["width"], row["height"]), "outline": row["segmentation"]}
            truth |= {"model": str(model)} if model.is_dir() else {}
            sample = _media.later(self.question, _opening(settings, picture), _pointing(row["segmentation"]))
            yield Item(_captions.spoken_key(picture, name, count), OSPREY, sample, picture, name, truth, (PIXELREFER,))

    def score(self, item: Item, answer: Any) -> Score:
        """Score by semantic IoU; unreadable without a word."""
        parts = {name: (word_overlap(*rule(answer, item.answer)), 1.0) for name, rule in RULES.items()}
        return Score(*parts[OSPREY], readable=any(map(str.isalnum, answer)), parts=parts)

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return the means of semantic similarity, where its model is there. Raises `MissingDependency` without
        sentence-transformers.
        """
        model = answered[0][0].truth.get("model")
        if model is None:
            return {}
        found = {}
        for figure, rule in RULES.items():
            pairs = [rule(answer, item.answer) for item, answer in answered]
            alike = sum(_similarity(*pair, model) for pair in pairs) / len(pairs)
            found[figure.replace("IoU", "similarity")] = alike
        return found

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows with `image`, `Answer` (the name) and `pred`, as PixelRefer's script writes them."""
        return _captions.spoken_rows(content, "image")

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write the official file, and the pictures."""
        rows: dict[str, dict[str, Any]] = {}
        for item in items:
            name, (width, height) = item.truth["image"], item.truth["size"]
            if name not in rows:
                _media.save(item.open().media, folder, name)
                rows[name] = {"file_name": name, "height": height, "width": width, "categories": [], "annotations": []}
            rows[name]["categories"].append(item.answer)
            rows[name]["annotations"].append({"segmentation": item.truth["outline"]})
        write_json(folder / self.file.name, list(rows.values()))
        mark_as_made(self, folder, {self.file.name: sum(len(row["categories"]) for row in rows.values())})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with `image`, `Answer` and `pred`."""
        _captions.write_spoken_rows(items, given, path, "image")

    def notes(self, settings: Settings) -> list[str]:
        """Say when semantic similarity is left out."""
        if (official_folder(settings.data, self.file, self.card) / MODEL).is_dir():
            return ["semantic similarity is unverified: no figure of a published run was reproduced with it"]
        return [f"semantic similarity is left out: it needs the model {MODEL} in a folder of this name in --data"]


def osprey_words(answer: str, name: str) -> tuple[str, str]:
    """Return answer and name as Osprey's script compares them."""
    answer = answer.strip()
    answer = answer.split(":")[1] if ":" in answer else answer
    return _spaced(answer, ".:,"), _spaced(name, "_:")


def pixelrefer_words(answer: str, name: str) -> tuple[str, str]:
    """Return answer and name as PixelRefer's script compares them."""
    return _spaced(answer, "_:,.()").strip(), _spaced(name, "_:,.()").strip()


RULES: dict[str, Callable[[str, str], tuple[str, str]]] = {OSPREY: osprey_words, PIXELREFER: pixelrefer_words}


def _spaced(text: str, marks: str) -> str:
    return text.translate(str.maketrans(marks, " " * len(marks))).lower()


@lru_cache(maxsize=_captions.KEPT)
def _similarity(answer: str, name: str, model: str) -> float:
    return sentence_similarity([answer], [[name]], model).corpus


def _objects(path: Path) -> list[dict[str, Any]]:
    """Return the objects of an official file, whose rows are pictures."""
    found = []
    for place, row in enumerate(read_content(path), start=1):
        where = f"{path.name}: row {place}"
        sides = {name: part(row, name, int, where) for name in ("width", "height")}
        names, masks = part(row, "categories", list, where), part(row, "annotations", list, where)
        if len(names) != len(masks):
            raise DataError(f"{where} has {len(names)} names and {len(masks)} masks")
        for name, mask in zip(names, masks, strict=True):
            if not isinstance(name, str):
                raise DataError(f"{where}: a name is a text, not {type(name).__name__}")
            outline = part(mask, "segmentation", list | dict, where)
            picture = part(row, "file_name", str, where)
            found.append({"file_name": picture, "category": name, "segmentation": outline, **sides})
    return found


def _opening(settings: Settings, name: str) -> Callable[[], Image]:
    return lambda: Image.open(_media.find(settings.data, PICTURES, name))


def _pointing(outline: Any) -> Callable[[Any], list[Any]]:
    return lambda media: [_media.outlined(outline, media)]

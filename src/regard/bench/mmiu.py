"""MMIU: multiple choice about several pictures at once, in 52 tasks.

From "MMIU: Multimodal Multi-image Understanding" (Meng et al. 2024). Accuracy, and the mean over tasks, which papers
print as "Overall". The published scorer asks gpt-4o-mini which option an answer means that is more than a letter; here
a rule reads answers, and those that name no option, or several, are wrong and counted.

Pictures of one question are shown as frames of a clip, in their order, each fitted into the largest width and height
among them with black around. Rows have `task`, `question`, `context`, `options`, `output` (the true letter) and
`input_image_path`. Output files are rows of the same with the answer as `pred`, or under any one further name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from regard.bench import _media
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import given_text, mark_as_made, part, read_official
from regard.bench.metrics.choices import strict_letter
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.tasks import letters

FILE = OfficialFile("all.json", "", None)
FIGURE, OVERALL = "accuracy", "Overall"
OPTION = re.compile(r"^\s*([A-N])\s*[:.)]\s*(.*)$", re.MULTILINE)
KINDS: dict[str, type] = {
    "task": str,
    "question": str,
    "context": str,
    "options": str,
    "output": str,
    "input_image_path": list,
}
FRAME_RATE = 1.0


class Mmiu(Benchmark):
    """Multiple choice about several pictures."""

    card = Card(
        items="not known (about 11,700)",
        metric="accuracy, of each task, and the mean over tasks",
        licence="not known",
        source="huggingface.co/datasets/FanqingM/MMIU-Benchmark; github.com/OpenGVLab/MMIU, VLMEvalKit/all.json",
        files=(FILE,),
        data="the pictures, where the rows say, when a model is asked",
    )
    max_new_tokens = 16

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions in the order of the file. Those without a true option in the file are left out."""
        chosen(settings.skills, ())
        count: Counter[str] = Counter()
        for place, row in enumerate(read_official(settings.data, FILE, self.card), start=1):
            if isinstance(row, dict) and row.get("output") is None:
                continue
            where = f"{FILE.name}: row {place}"
            found: dict[str, Any] = {name: part(row, name, kind, where) for name, kind in KINDS.items()}
            count[found["task"]] += 1
            if not found["input_image_path"]:
                raise DataError(f"{where} has no picture")
            options, letter = dict(OPTION.findall(found["options"])), found["output"].strip()[:1].upper()
            if letter not in options:
                raise DataError(f"{FILE.name}: row {place}: the answer {letter!r} is none of {sorted(options)}")
            words = "\n".join(filter(None, (found["context"].strip(), found["question"].strip())))
            sample = _media.later(letters(words, options), _opening(settings, found["input_image_path"]))
            key, also = f"{found['task']}/{count[found['task']]}", (f"{FIGURE}, {found['task']}",)
            yield Item(key, FIGURE, sample, key, letter, found, also, 1 / len(options))

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one option that an answer names is the true one; unreadable when it names none or several."""
        named = strict_letter(answer, dict(OPTION.findall(item.truth["options"])))
        return Score(float(named == item.answer), readable=named is not None)

    def over_all(self, answered: Sequence[tuple[Item, Any]], protocol: str) -> Mapping[str, float]:
        """Return the mean over tasks."""
        tasks: dict[str, list[float]] = {}
        for item, answer in answered:
            tasks.setdefault(item.truth["task"], []).append(self.score(item, answer).hits)
        return {OVERALL: sum(sum(hits) / len(hits) for hits in tasks.values()) / len(tasks)}

    def notes(self, settings: Settings) -> list[str]:
        """Say what is left out."""
        return ["questions without a true option in the file are left out, as the published scorer leaves them out"]

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield rows of tasks in the published order, with the answer under `pred` or the one name that is not the
        file's own.
        """
        count: Counter[str] = Counter()
        for place, row in enumerate(rows_of(content), start=1):
            task = part(row, "task", str, f"row {place} of the output file")
            count[task] += 1
            names = (
                ["pred"]
                if "pred" in row
                else [name for name in row if name not in OWN and not name.endswith("_choice")]
            )
            yield given_text(f"{task}/{count[task]}", row.get(names[0]) if len(names) == 1 else None)

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write all.json, and the pictures."""
        rows = []
        for item in items:
            media = item.open().media
            for number, name in enumerate(item.truth["input_image_path"]):
                _media.save(Image.from_array(media.frames([number])[0]), folder, name)
            rows.append(dict(item.truth))
        write_json(folder / FILE.name, rows)
        mark_as_made(self, folder, {FILE.name: len(rows)})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with the answer as `pred`; one without an answer keeps its place."""
        answers = [(item, given.get(item.key, Given(item.key)).answer) for item in items]
        write_json(path, [dict(item.truth) | {"pred": answer} for item, answer in answers])


OWN = (*KINDS, "visual_input_component", "source", "relationship", "image", "id", "output_image_path", "question_id")


def _opening(settings: Settings, names: Sequence[str]) -> Callable[[], Clip]:
    def make() -> Clip:
        pictures = [Image.open(_media.find(settings.data, ("",), name)).pixels for name in names]
        height, width = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1))
        return Clip.from_frames(np.stack([_framed(picture, height, width) for picture in pictures]), fps=FRAME_RATE)

    return make


def _framed(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a picture in the middle of a larger one that is black around it."""
    down, right = (height - pixels.shape[0]) // 2, (width - pixels.shape[1]) // 2
    held = np.zeros((height, width, 3), dtype=np.uint8)
    held[down : down + pixels.shape[0], right : right + pixels.shape[1]] = pixels
    return held

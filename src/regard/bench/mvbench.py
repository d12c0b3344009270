"""MVBench: twenty tasks about what happens in a clip, multiple choice.

From "MVBench: A Comprehensive Multi-modal Video Understanding Benchmark" (Li et al. 2024). Accuracy over all questions
(as published; with 200 questions a task it is also the mean over tasks) and of each task. Five tasks ask about a span
of a clip: 32 frames spread over it are given to the model, which takes as many of them as it takes.

Output files are the notebook's, a mapping whose `res_list` has rows of `pred` and `gt` in the published order, or rows
with `task_type`, `pred` and `gt`, where `pred` may be the number of an option (VideoRefer's). A `gt` that is not the
true option shows that rows are out of order, and is refused. Questions are in `json`, clips in `video`, as published
and unpacked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from regard.bench import _media
from regard.bench._answers import rows_of
from regard.bench._base import Benchmark, Card, Given, Item, OfficialFile, Score, Settings, chosen
from regard.bench._files import mark_as_made, part, read_official
from regard.bench.metrics.choices import mvbench_right, strict_letter
from regard.core.errors import DataError
from regard.core.files import write_json
from regard.prompts.tasks import lettered

EACH = 200
FRAMES, FRAME_RATE = "tvqa/frames_fps3_hq", 3.0
TASKS = {
    "action_sequence": "star/Charades_v1_480",
    "action_prediction": "star/Charades_v1_480",
    "action_antonym": "ssv2_video",
    "fine_grained_action": "Moments_in_Time_Raw/videos",
    "unexpected_action": "FunQA_test/test",
    "object_existence": "clevrer/video_validation",
    "object_interaction": "star/Charades_v1_480",
    "object_shuffle": "perception/videos",
    "moving_direction": "clevrer/video_validation",
    "action_localization": "sta/sta_video",
    "scene_transition": "scene_qa/video",
    "action_count": "perception/videos",
    "moving_count": "clevrer/video_validation",
    "moving_attribute": "clevrer/video_validation",
    "state_change": "perception/videos",
    "fine_grained_pose": "nturgbd",
    "character_order": "perception/videos",
    "egocentric_navigation": "vlnqa",
    "episodic_reasoning": FRAMES,
    "counterfactual_inference": "clevrer/video_validation",
}
FIGURE = "accuracy"
ASK = "Answer with the letter of the best option alone."


class MVBench(Benchmark):
    """Twenty tasks about clips, multiple choice."""

    card = Card(
        items="4,000",
        metric="accuracy, and of each of twenty tasks",
        licence="MIT; clips of eleven data sets under their own",
        source="huggingface.co/datasets/OpenGVLab/MVBench",
        files=tuple(OfficialFile(f"{task}.json", "", EACH) for task in TASKS),
        published='right when the first word is a part of "(x)" or has it as a part: empty answers are right',
    )
    max_new_tokens = 32

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield the questions task by task, in the published order. `settings.skills`: tasks."""
        tasks = chosen(settings.skills, tuple(TASKS))
        for task, file in zip(TASKS, self.card.files, strict=True):
            if task not in tasks:
                continue
            for place, row in enumerate(read_official(settings.data, file, self.card), start=1):
                yield _item(task, place, row, settings.data)

    def score(self, item: Item, answer: Any) -> Score:
        """Right when the one option that an answer names is the true one; unreadable when it names none or several."""
        named = strict_letter(_text(item, answer), _options(item.truth["candidates"]))
        return Score(float(named == item.answer[1]), readable=named is not None)

    def official(self, item: Item, answer: Any) -> Score:
        """Right by the notebook's rule."""
        return Score(float(mvbench_right(_text(item, answer), item.answer[1])))

    def recorded(self, content: Any) -> Iterator[Given]:
        """Yield the rows of an output file, told apart by task and place."""
        if isinstance(content, dict):
            content = content.get("res_list", content.get("result_list"))
        places: Counter[str] = Counter()
        for number, row in enumerate(rows_of(content)):
            task = str(row.get("task_type", "")).lower().replace(" ", "_").replace("-", "_")
            places[task] += 1
            order = list(TASKS)[min(number // EACH, len(TASKS) - 1)]
            key = f"{task}/{places[task]}" if task else f"{order}/{number - list(TASKS).index(order) * EACH + 1}"
            answer, truth = _as_text(row.get("pred")), _as_text(row.get("gt"))
            yield Given(key, {"pred": answer, "gt": truth}) if answer is not None else Given(key, error="no 'pred'")

    def write(self, items: Iterable[Item], folder: Path) -> None:
        """Write a file for each task that occurs, and the clips."""
        rows: dict[str, list[Any]] = {}
        for item in items:
            task, video = item.truth["task"], item.truth["video"]
            save = _media.save_frames if TASKS[task] == FRAMES else _media.save
            save(item.open().media, folder, f"video/{TASKS[task]}/{video}", *((1,) if TASKS[task] == FRAMES else ()))
            rows.setdefault(task, []).append({name: value for name, value in item.truth.items() if name != "task"})
        for task, written in rows.items():
            write_json(folder / "json" / f"{task}.json", written)
        mark_as_made(self, folder / "json", {f"{task}.json": len(written) for task, written in rows.items()})

    def write_answers(self, items: Iterable[Item], given: Mapping[str, Given], path: Path) -> None:
        """Write rows with task, answer and true option."""
        kept = [(item, given[item.key].answer) for item in items if item.key in given]
        rows = [
            {"task_type": item.truth["task"], "pred": _text(item, answer), "gt": item.answer} for item, answer in kept
        ]
        write_json(path, {"res_list": rows})


def _item(task: str, place: int, row: Any, data: Path | None) -> Item:
    where = f"{task}.json: row {place}"
    video, question, right = (part(row, name, str, where) for name in ("video", "question", "answer"))
    candidates = part(row, "candidates", list, where)
    if right not in candidates:
        raise DataError(f"{where}: the answer {right!r} is not one of the candidates {candidates}")
    options = [f"({letter}) {text}" for letter, text in _options(candidates).items()]
    truth = {"task": task, "video": video, "question": question, "candidates": candidates, "answer": right}
    span = {name: float(row[name]) for name in ("start", "end") if name in row}
    text = "\n".join((question, *options, ASK))
    sample = _media.later(text, _opening(data, task, video, (span["start"], span["end"]) if len(span) == 2 else None))
    also, chance = (f"{FIGURE}, {task}",), 1 / len(candidates)
    return Item(f"{task}/{place}", FIGURE, sample, video, options[candidates.index(right)], truth | span, also, chance)


def _options(candidates: Iterable[Any]) -> dict[str, str]:
    return lettered([str(one) for one in candidates])


def _as_text(value: Any) -> str | None:
    """Return the text of an option that a file gives as text or as its number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 26:
        return f"({chr(ord('A') + value)})"
    return value if isinstance(value, str) else None


def _text(item: Item, answer: Any) -> str:
    """Return the text of an answer. Raises `DataError` when its row has another true option than the item."""
    if isinstance(answer, str):
        return answer
    truth = answer["gt"]
    if truth is not None and truth[:3].upper() != item.answer[:3]:
        raise DataError(
            f"the row for {item.key!r} has the true option {truth[:60]!r}, which is {item.answer!r}; the rows are not"
            " in the published order, or of another revision"
        )
    return answer["pred"]


def _opening(folder: Path | None, task: str, video: str, span: tuple[float, float] | None) -> Any:
    home = TASKS[task]
    places = (f"video/{home}", home, f"videos/{home}")
    fps = FRAME_RATE if home == FRAMES else None
    return lambda: _media.opened_clip(_media.find(folder, places, video), span, fps)

"""A benchmark as a task of lmms-eval: rows, drawn pictures, and a YAML file, in a folder for `--include_path`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from regard import draw
from regard.bench._base import Benchmark, Item, Settings
from regard.bench._judge import Judged
from regard.bench._lmms_eval import rows, task
from regard.bench._media import save, save_frames
from regard.core.errors import ConfigError, DataError
from regard.core.files import write_rows, write_text
from regard.core.progress import track
from regard.prompts.sample import Media

ROWS = "rows.jsonl"
HOME = "regard.bench._lmms_eval.task"


def export(benchmark: Benchmark, settings: Settings, folder: Path) -> int:
    """Write a benchmark as the task "regard_NAME", and return how many rows it has.

    Raises `ConfigError` for a benchmark whose answers a judge reads, `DataError` for one without items, and what
    reading its files raises.
    """
    if isinstance(benchmark, Judged):
        raise ConfigError(
            f"a judge reads the answers to {benchmark.name}; "
            f"`regard bench {benchmark.name} --answers FILE --judge URL` scores those of any model"
        )
    items = benchmark.items(settings)
    found = islice(items, settings.items) if benchmark.card.files else items
    names: dict[str, None] = {}
    written = list(_rows(benchmark, track(found, benchmark.name), folder, names))
    if not written:
        raise DataError(f"{benchmark.name} has no items here")
    write_rows(folder / ROWS, written)
    write_text(folder / f"{rows.OURS}{benchmark.name}.yaml", _yaml(benchmark, folder, list(names)))
    return len(written)


def _rows(
    benchmark: Benchmark, items: Iterable[Item], folder: Path, names: dict[str, None]
) -> Iterator[dict[str, Any]]:
    for number, item in enumerate(items):
        sample, home = item.open(), folder / "media"
        home.mkdir(parents=True, exist_ok=True)
        drawn = home / f"{number:06d}_drawn{'.mp4' if sample.media.is_clip else '.png'}"
        draw.save(
            drawn, sample.media, [replace(region, name=None) for region in sample.regions]
        )  # a name may be a hint
        for text in (item.answer, ""):
            names |= dict.fromkeys(task.figures(item, benchmark.score(item, text)))
        masks = [{str(frame): mask for frame, mask in region.rles.items()} for region in sample.regions]
        yield {
            "benchmark": benchmark.name,
            "key": item.key,
            "question": item.question,
            "answer": item.answer,
            "media": str(_path_of(sample.media, home, f"{number:06d}").resolve()),
            "times": json.dumps(sample.media.times.tolist()),
            "drawn": str(drawn.resolve()),
            "regions": json.dumps(masks),
            "scored": json.dumps(_scored(item)),
        }


def _path_of(media: Media, home: Path, name: str) -> Path:
    """Return where media are: the file or folder that they were read from, or a copy without loss."""
    if media.source and Path(media.source).exists():
        return Path(media.source)
    if media.is_clip:
        save_frames(media, home, name)
        return home / name
    save(media, home, f"{name}.png")
    return home / f"{name}.png"


def _scored(item: Item) -> dict[str, Any]:
    return {"figure": item.figure, "also": list(item.also), "truth": dict(item.truth)}


def _yaml(benchmark: Benchmark, folder: Path, names: list[str]) -> str:
    """Return the task. JSON texts are YAML texts, so that no name breaks it."""
    lines = [
        f"task: {rows.OURS}{benchmark.name}",
        "dataset_path: json",
        "dataset_kwargs:",
        "  data_files:",
        f"    test: {json.dumps(str((folder / ROWS).resolve()))}",
        "test_split: test",
        "output_type: generate_until",
        *(f"{name}: !function {HOME}.{name}" for name in ("doc_to_visual", "doc_to_text", "doc_to_target")),
        "generation_kwargs:",
        f"  max_new_tokens: {benchmark.max_new_tokens}",
        "  do_sample: false",
        f"process_results: !function {HOME}.process_results",
        "metric_list:",
    ]
    for name in (*(task.metric(name) for name in names), task.READABLE):
        lines += [f"  - metric: {json.dumps(name)}", f"    aggregation: !function {HOME}.share"]
        lines += ["    higher_is_better: true"]
    return "\n".join([*lines, "metadata:", "  version: 1.0", ""])

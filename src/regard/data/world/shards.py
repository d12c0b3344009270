"""Scenes rendered once and kept in flat files, so that training reads instead of drawing.

A shard is two files: NAME.json (the truth, and where its pixels lie) and NAME.bin (frames, then masks packed to bits).
Nothing in it is code or pickle, and it is mapped into memory, not loaded.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from regard.core.errors import DataError
from regard.core.files import write_atomic, write_text
from regard.core.progress import track
from regard.data.world.draw import draw_scene
from regard.data.world.scene import Event, Motion, Scene, Thing

SCENES_A_SHARD = 500


def render(folder: str | Path, kind: str, count: int, first_seed: int, workers: int = 2) -> list[Path]:
    """Draw `count` scenes of one kind from `first_seed` on, in shards; shards that are already there are kept.

    The files do not depend on the number of workers.
    """
    folder = Path(folder)
    last = first_seed + count
    spans = [(start, min(start + SCENES_A_SHARD, last)) for start in range(first_seed, last, SCENES_A_SHARD)]
    paths = [folder / f"{kind}_{start:09d}_{stop:09d}.json" for start, stop in spans]
    missing = [(path, *span) for path, span in zip(paths, spans, strict=True) if not path.exists()]
    if missing:
        with ProcessPoolExecutor(workers) as pool:
            jobs = [pool.submit(_write, path, kind, start, stop) for path, start, stop in missing]
            for job in track(jobs, f"drawing {kind} scenes"):
                job.result()
    return paths


def _write(path: Path, kind: str, start: int, stop: int) -> None:
    rows: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    offset = 0
    for seed in range(start, stop):
        row, blob = _pack(draw_scene(seed, kind))
        rows.append(row | {"offset": offset})
        blobs.append(blob)
        offset += len(blob)
    write_atomic(path.with_suffix(".bin"), lambda file: file.writelines(blobs))
    write_text(path, json.dumps(rows))


def _pack(scene: Scene) -> tuple[dict[str, Any], bytes]:
    things = []
    masks: list[bytes] = []
    for thing in scene.things:
        row = {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}
        row["masks"] = [mask is not None for mask in thing.masks]
        row["motion"] = dataclasses.asdict(thing.motion)
        things.append(row)
        masks += [np.packbits(mask).tobytes() for mask in thing.masks if mask is not None]
    row = {
        "seed": scene.seed,
        "shape": scene.frames.shape,
        "fps": scene.fps,
        "things": things,
        "events": [dataclasses.asdict(event) for event in scene.events],
        "grid": scene.grid,
        "background": scene.background,
        "background_colour": scene.background_colour,
    }
    return row, scene.frames.tobytes() + b"".join(masks)


class Shards:
    """The scenes of several shards, by number. Raises `DataError` when a shard is cut short."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._rows: list[tuple[int, dict[str, Any]]] = []
        self._blobs: list[np.ndarray] = []
        for number, path in enumerate(paths):
            self._blobs.append(np.memmap(path.with_suffix(".bin"), dtype=np.uint8, mode="r"))
            self._rows += [(number, row) for row in json.loads(path.read_text())]

    def __len__(self) -> int:
        return len(self._rows)

    @cached_property
    def grids(self) -> tuple[int, ...]:
        """The numbers of the scenes whose things lie in a grid."""
        return tuple(index for index, (_, row) in enumerate(self._rows) if row["grid"])

    def __getitem__(self, index: int) -> Scene:
        shard, row = self._rows[index]
        return _unpack(row, self._blobs[shard])


def _unpack(row: dict[str, Any], blob: np.ndarray) -> Scene:
    shape = tuple(row["shape"])
    frame_bytes, mask_bytes = int(np.prod(shape)), (shape[1] * shape[2] + 7) // 8
    start = row["offset"]
    if start + frame_bytes > len(blob):
        raise DataError(f"a shard is cut short: scene {row['seed']} is not whole; remove the shard and render it again")
    frames = np.array(blob[start : start + frame_bytes]).reshape(shape)
    start += frame_bytes
    things = []
    for thing in row["things"]:
        masks: list[np.ndarray | None] = []
        for there in thing["masks"]:
            bits = np.unpackbits(blob[start : start + mask_bytes], count=shape[1] * shape[2]) if there else None
            masks.append(None if bits is None else bits.astype(bool).reshape(shape[1:3]))
            start += mask_bytes if there else 0
        cell = None if thing["cell"] is None else tuple(thing["cell"])
        things.append(Thing(**thing | {"masks": tuple(masks), "motion": Motion(**thing["motion"]), "cell": cell}))
    events = tuple(Event(**event) for event in row["events"])
    grid = None if row["grid"] is None else tuple(row["grid"])
    words = {name: row[name] for name in ("background", "background_colour")}
    return Scene(row["seed"], frames, row["fps"], tuple(things), events, grid, **words)

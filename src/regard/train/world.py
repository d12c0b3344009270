"""Batches from the rendered world: for dense pre-training and for learning to answer. Batch n is the same whoever
makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from regard.data.world.questions import conversation, questions
from regard.data.world.samples import Regions, media_of, samples_of
from regard.data.world.scene import Scene
from regard.data.world.shards import Shards
from regard.models.processor import RegardProcessor
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.train.dense import cell_truth_of, region_truth_of


@dataclass(frozen=True)
class Mixture:
    """What a batch holds: scenes of one kind, several questions each.

    Every `clip_every`-th batch is of clips. `conversations`: the share of scenes whose questions form one
    conversation instead of standing alone.
    """

    image_scenes: int = 32
    clip_scenes: int = 20
    clip_every: int = 3
    per_scene: int = 8
    conversations: float = 0.12
    seed: int = 0


class World:
    """Rendered scenes of both kinds, picked by batch number: each kind is gone through in a fresh order again and
    again.
    """

    def __init__(self, images: Sequence[Path], clips: Sequence[Path], mixture: Mixture) -> None:
        self.shards = {"image": Shards(images), "clip": Shards(clips)}
        self.mixture = mixture

    def scenes(self, batch: int) -> list[Scene]:
        """Return the scenes of a batch."""
        every = self.mixture.clip_every
        is_clip = batch % every == every - 1
        kind, size = ("clip", self.mixture.clip_scenes) if is_clip else ("image", self.mixture.image_scenes)
        turn = batch // every if is_clip else batch - batch // every
        shards = self.shards[kind]
        return [shards[self._pick(turn * size + place, len(shards))] for place in range(size)]

    def _pick(self, position: int, count: int) -> int:
        epoch, place = divmod(position, count)
        order = np.random.default_rng((self.mixture.seed, epoch)).permutation(count)
        return int(order[place])


class AnswerBatches(Dataset):
    """Batches of packed questions with their answers."""

    def __init__(
        self, world: World, processor: RegardProcessor, batches: Sequence[int], held_out: bool = False
    ) -> None:
        self.world, self.processor, self.batches, self.held_out = world, processor, batches, held_out

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> dict[str, Any]:
        number = self.batches[place]
        packed, skills = [], []
        for index, scene in enumerate(self.world.scenes(number)):
            rng = np.random.default_rng((self.world.mixture.seed, number, index))
            samples = self._samples(scene, rng)
            if samples:
                packed.append(self.processor.pack(samples))
                skills += [sample.facts["skill"] for sample in samples]
        return self.processor.collate(packed) | {"skills": skills}

    def _samples(self, scene: Scene, rng: np.random.Generator) -> list[Sample]:
        mixture = self.world.mixture
        if not self.held_out and rng.random() < mixture.conversations:
            return _as_one(scene, conversation(scene, rng, turns=4))
        found = questions(scene, rng, held_out=self.held_out, per_scene=mixture.per_scene)
        return samples_of(scene, found, answered=True)


def _as_one(scene: Scene, asked: Sequence[Any]) -> list[Sample]:
    if not asked:
        return []
    regions = Regions(scene)
    turns = [turn for item in asked for turn in (Turn(USER, item.text), Turn(ASSISTANT, item.answer))]
    bound = tuple(regions(thing, asked[0].region_mode) for thing in asked[0].things)
    return [Sample(media_of(scene), bound, tuple(turns), facts={"skill": "conversation"})]


class DenseBatches(Dataset):
    """Batches for dense pre-training: every thing of every scene as a region, and what each cell shows."""

    def __init__(self, world: World, processor: RegardProcessor, batches: Sequence[int]) -> None:
        self.world, self.processor, self.batches = world, processor, batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> dict[str, Any]:
        number = self.batches[place]
        rows = [
            self._row(scene, (self.world.mixture.seed, number, index))
            for index, scene in enumerate(self.world.scenes(number))
        ]
        pixels, regions, region_truth, cell_truth = zip(*rows, strict=True)
        return {
            "pixels": pixels,
            "regions": regions,
            "region_truth": {name: torch.cat([row[name] for row in region_truth]) for name in region_truth[0]},
            "cell_truth": {name: torch.cat([row[name] for row in cell_truth]) for name in cell_truth[0]},
        }

    def _row(self, scene: Scene, seed: tuple[int, ...]) -> tuple[Any, ...]:
        processor = self.processor
        rng = np.random.default_rng(seed)
        count = min(3, scene.frame_count)
        frames = sorted(rng.choice(scene.frame_count, count, replace=False).tolist())
        media, bind = media_of(scene), Regions(scene)
        seen = [thing for thing in scene.things if set(scene.visible_frames(thing)) & set(frames)][
            : processor.config.most_regions
        ]
        regions = processor.regions(media, [bind(thing.index, "track") for thing in seen], frames)
        pixels = processor.pixels(media, frames)
        size = pixels.shape[-1]
        grid = processor.figure.connector.grid(
            *[size // processor.figure.vision.stride] * 2, processor.figure.pool(size)
        )
        return pixels, regions, region_truth_of(seen, regions.region_M), cell_truth_of(scene, frames, size, grid)


def loader(batches: Dataset, workers: int) -> Iterator[dict[str, Any]]:
    """Yield the batches in order; `workers` processes make them ahead."""
    return iter(DataLoader(batches, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None))

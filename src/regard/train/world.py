"""Batches from the rendered world: for dense pre-training and for learning to answer. Batch n is the same whoever
makes it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from regard.core.errors import DataError
from regard.data.world import shards
from regard.data.world.facts import Truth
from regard.data.world.question import Question
from regard.data.world.questions import conversation, questions
from regard.data.world.samples import Regions, media_of, samples_of
from regard.data.world.scene import Scene, Thing
from regard.data.world.shards import Shards
from regard.models.encoders._base import RegionInputs
from regard.models.processor import Packed, RegardProcessor
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.train.dense import cell_truth_of, region_truth_of


@dataclass(frozen=True)
class Mixture:
    """What a batch holds: scenes of one kind, several questions each.

    Every `clip_every`-th batch is of clips. A scene is asked up to `per_scene` questions, as many as fit into `room`
    tokens. `conversations`: the share of scenes whose questions form one conversation instead of standing alone.
    `skills`: the kinds of questions, all when empty; `plainly`: the share of scenes asked in the plainest words only;
    `swapped`: how often two regions come against the order of their numbers; `absent`: how often what is to be found is
    not there; `tracked`: how often regions of clips are given on all frames; `terse`: how often an expression is a
    single clue, where one is enough; `grids`: the share of pictures that are taken from those with a grid alone.
    """

    image_scenes: int = 20
    clip_scenes: int = 12
    clip_every: int = 3
    per_scene: int = 14
    room: int = 400
    conversations: float = 0.08
    skills: tuple[str, ...] = ()
    plainly: float = 0.3
    swapped: float = 0.5
    absent: float = 0.25
    tracked: float = 0.75
    terse: float = 0.0
    grids: float = 0.0
    seed: int = 0

    def questions(self, scene: Scene, rng: np.random.Generator, held_out: bool = False) -> list[Question]:
        """Return what is asked about a scene; `held_out`: in wordings that training never shows."""
        return questions(
            scene,
            rng,
            held_out=held_out,
            plainly=not held_out and rng.random() < self.plainly,
            swapped=self.swapped,
            absent=self.absent,
            tracked=self.tracked,
            terse=self.terse,
            per_scene=self.per_scene,
            skills=self.skills,
        )


class World:
    """Rendered scenes of both kinds, picked by batch number: each kind is gone through in a fresh order again and
    again, and of pictures with a grid more are put in between where the mixture asks for that.
    """

    def __init__(self, images: Sequence[Path], clips: Sequence[Path], mixture: Mixture) -> None:
        self.shards = {"image": Shards(images), "clip": Shards(clips)}
        self.mixture = mixture

    @classmethod
    def drawn(cls, folder: Path, images: int, clips: int, mixture: Mixture, workers: int = 1) -> World:
        """Draw so many scenes of both kinds into a folder, or find them drawn there."""
        first, second = (
            shards.render(folder, kind, count, first_seed=0, workers=workers)
            for kind, count in (("image", images), ("clip", clips))
        )
        return cls(first, second, mixture)

    def asked(self, mixture: Mixture) -> World:
        """Return the same scenes in another mixture."""
        world = copy.copy(self)
        world.mixture = mixture
        return world

    def scenes(self, batch: int) -> list[Scene]:
        """Return the scenes of a batch."""
        every = self.mixture.clip_every
        is_clip = batch % every == every - 1
        kind, size = ("clip", self.mixture.clip_scenes) if is_clip else ("image", self.mixture.image_scenes)
        turn = batch // every if is_clip else batch - batch // every
        return [self._scene(kind, turn * size + place) for place in range(size)]

    def words(self, batches: int) -> Iterator[str]:
        """Yield questions and answers of the first batches, to learn a tokenizer from."""
        for batch in range(batches):
            for index, scene in enumerate(self.scenes(batch)):
                rng = np.random.default_rng((7, batch, index))
                for question in questions(scene, rng, per_scene=8, skills=self.mixture.skills):
                    yield from (question.text, question.answer)

    def _scene(self, kind: str, position: int) -> Scene:
        shards, seed, share = self.shards[kind], self.mixture.seed, self.mixture.grids
        if share and shards.grids and np.random.default_rng((seed, position)).random() < share:
            return shards[shards.grids[self._pick(position, len(shards.grids))]]
        return shards[self._pick(position, len(shards))]

    def _pick(self, position: int, count: int) -> int:
        epoch, place = divmod(position, count)
        return int(_order(self.mixture.seed, epoch, count)[place])


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, count: int) -> np.ndarray:
    return np.random.default_rng((seed, epoch)).permutation(count)


class AnswerBatches(Dataset):
    """Batches of packed questions with their answers.

    `outlined`: with the true masks of all regions too, under "outlines", and for a model that marks things itself those
    of all things, under "things"; regions that are asked about may be boxes.
    """

    def __init__(
        self,
        world: World,
        processor: RegardProcessor,
        batches: Sequence[int],
        held_out: bool = False,
        outlined: bool = False,
    ) -> None:
        self.world, self.processor, self.batches = world, processor, batches
        self.held_out, self.outlined = held_out, outlined

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> dict[str, Any]:
        number = self.batches[place]
        packed, skills, truths, outlines, shown = [], [], [], [], []
        for index, scene in enumerate(self.world.scenes(number)):
            rng = np.random.default_rng((self.world.mixture.seed, number, index))
            samples = self._samples(scene, rng)
            if not samples:
                continue
            one = self.processor.pack(samples, room=self.world.mixture.room)
            packed.append(one)
            skills += [sample.facts["skill"] for sample in samples[: max(one.segments)]]
            things = _marked(scene, samples, one)
            truths.append(_labels_of(self.processor, scene, things, one.frames, one.regions, one.pixels.shape[-1]))
            if self.outlined:
                outlines.append(_outlines(self.processor, scene, things, one.frames))
            if self.outlined and self.processor.config.things:
                shown.append(_outlines(self.processor, scene, _seen(scene, one.frames), one.frames))
        if not packed:
            raise nothing_asked(number, self.world.mixture)
        outlined = {"outlines": outlines} if self.outlined else {}
        outlined |= {"things": shown} if shown else {}
        return self.processor.collate(packed) | {"skills": skills} | outlined | _joined(truths)

    def _samples(self, scene: Scene, rng: np.random.Generator) -> list[Sample]:
        mixture = self.world.mixture
        if not self.held_out and rng.random() < mixture.conversations:
            return _as_one(scene, conversation(scene, rng, turns=4), rng)
        found = mixture.questions(scene, rng, self.held_out)
        return samples_of(scene, found, answered=True, boxed=None if self.held_out else rng.random)


def _marked(scene: Scene, samples: Sequence[Sample], packed: Packed) -> list[Thing]:
    """Return the thing of every region that is packed."""
    marked = {
        id(region): scene.things[thing]
        for sample in samples
        for region, thing in zip(sample.regions, sample.facts["marked"], strict=True)
    }
    return [marked[id(region)] for region in packed.bound]


def nothing_asked(number: int, mixture: Mixture) -> DataError:
    """Return the error of a batch none of whose scenes can be asked anything."""
    return DataError(
        f"none of the scenes of batch {number} can be asked {', '.join(mixture.skills) or 'anything'}; take more "
        "scenes a batch (mixture.image_scenes, mixture.clip_scenes) or more kinds of questions"
    )


def _as_one(scene: Scene, asked: Sequence[Any], rng: np.random.Generator) -> list[Sample]:
    if not asked:
        return []
    regions = Regions(scene, rng.random)
    turns = [turn for item in asked for turn in (Turn(USER, item.text), Turn(ASSISTANT, item.answer))]
    bound = tuple(regions(thing, asked[0].region_mode) for thing in asked[0].things)
    return [Sample(media_of(scene), bound, tuple(turns), facts={"skill": "conversation", "marked": asked[0].things})]


class DenseBatches(Dataset):
    """Batches for dense pre-training: every thing of every scene as a region, and what each cell shows.

    `outlined`: with true masks too, those of the regions under "outlines" and those of all things under "things", which
    are the same where all things are regions; some regions are boxes.
    """

    def __init__(
        self, world: World, processor: RegardProcessor, batches: Sequence[int], outlined: bool = False
    ) -> None:
        self.world, self.processor, self.batches, self.outlined = world, processor, batches, outlined

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> dict[str, Any]:
        number = self.batches[place]
        rows = [
            self._row(scene, (self.world.mixture.seed, number, index))
            for index, scene in enumerate(self.world.scenes(number))
        ]
        pixels, regions, outlines, things, truths = zip(*rows, strict=True)
        outlined = {"outlines": outlines, "things": things} if self.outlined else {}
        return {"pixels": pixels, "regions": regions} | outlined | _joined(truths)

    def _row(self, scene: Scene, seed: tuple[int, ...]) -> tuple[Any, ...]:
        processor = self.processor
        rng = np.random.default_rng(seed)
        count = min(3, scene.frame_count)
        frames = sorted(rng.choice(scene.frame_count, count, replace=False).tolist())
        media, bind = media_of(scene), Regions(scene, rng.random)
        shown = _seen(scene, frames)
        seen = shown[: processor.config.most_regions]
        regions = processor.regions(media, [bind(thing.index, "track") for thing in seen], frames)
        outlines = _outlines(processor, scene, seen, frames) if self.outlined else None
        things = _outlines(processor, scene, shown, frames) if self.outlined and len(seen) < len(shown) else outlines
        pixels = processor.pixels(media, frames)
        return pixels, regions, outlines, things, _labels_of(processor, scene, seen, frames, regions, pixels.shape[-1])


def _seen(scene: Scene, frames: Sequence[int]) -> list[Thing]:
    """Return the things that are seen on some of these frames."""
    return [thing for thing in scene.things if set(scene.visible_frames(thing)) & set(frames)]


def _outlines(processor: RegardProcessor, scene: Scene, things: Sequence[Thing], frames: Sequence[int]) -> RegionInputs:
    """Return the true masks of things, on all the frames looked at."""
    exactly = Regions(scene)
    return processor.regions(media_of(scene), [exactly(thing.index, "track") for thing in things], frames)


Labels = tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]


def _labels_of(
    processor: RegardProcessor,
    scene: Scene,
    things: Sequence[Thing],
    frames: Sequence[int],
    regions: RegionInputs,
    size: int,
) -> Labels:
    cells = size // processor.figure.vision.stride
    grid = processor.figure.connector.grid(cells, cells, processor.figure.pool(size))
    truth = Truth(scene)
    region = region_truth_of(truth, things, regions.region_M)
    return region, cell_truth_of(truth, frames, processor.framing, size, grid)


def _joined(truths: Sequence[Labels]) -> dict[str, Any]:
    region, cell = zip(*truths, strict=True)
    return {
        "region_truth": {name: torch.cat([row[name] for row in region]) for name in region[0]},
        "cell_truth": {name: torch.cat([row[name] for row in cell]) for name in cell[0]},
    }


def loader(batches: Dataset, workers: int) -> Iterator[dict[str, Any]]:
    """Yield the batches in order; `workers` processes make them ahead."""
    return iter(DataLoader(batches, batch_size=None, num_workers=workers, prefetch_factor=4 if workers else None))

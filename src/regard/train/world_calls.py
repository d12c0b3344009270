"""Batches of the world for any model: calls go to the heads that it has, regions are tracks where it follows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from regard.data.world.question import Question
from regard.data.world.samples import samples_of
from regard.data.world.scene import Scene
from regard.models.processor import RegardProcessor
from regard.prompts.sample import Sample, TaskCall
from regard.train.world import World, nothing_asked


class CallBatches(Dataset):
    """Batches of packed questions with their answers, each standing alone; batch n is the same whoever makes it.

    `heads`: by kind of question, the head that answers it in place of the one that the world names. `tracks`: every
    region comes with its mask on all frames, and with `facts["tracked"]`, which the guide learns from; the answers stay
    the same, so such regions are for models that look at a region's first frame alone.
    """

    def __init__(
        self,
        world: World,
        processor: RegardProcessor,
        batches: Sequence[int],
        heads: Mapping[str, str] | None = None,
        tracks: bool = False,
    ) -> None:
        self.world, self.processor, self.batches = world, processor, batches
        self.heads, self.tracks = heads or {}, tracks

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, place: int) -> dict[str, Any]:
        number, mixture = self.batches[place], self.world.mixture
        asked = [self._samples(scene, (mixture.seed, number, at)) for at, scene in enumerate(self.world.scenes(number))]
        packed = [self.processor.pack(samples, room=mixture.room) for samples in asked if samples]
        if not packed:
            raise nothing_asked(number, mixture)
        return self.processor.collate(packed)

    def _samples(self, scene: Scene, seed: tuple[int, ...]) -> list[Sample]:
        found = self.world.mixture.questions(scene, np.random.default_rng(seed))
        return samples_of(scene, [self._for_the_model(question, scene) for question in found], answered=True)

    def _for_the_model(self, question: Question, scene: Scene) -> Question:
        head = self.heads.get(question.skill)
        if head is not None:
            question = called_by(question, head)
        if self.tracks:
            facts = question.facts | {"tracked": range(scene.frame_count)}
            question = replace(question, region_mode="track", facts=facts)
        return question


def called_by(question: Question, head: str) -> Question:
    """Return the question with all of its calls made to one head, in the answer's text too."""
    answer = question.answer
    for call in question.calls:
        answer = answer.replace(call.marker, f"<{head}>")
    return replace(question, answer=answer, calls=tuple(TaskCall(head, call.truth) for call in question.calls))

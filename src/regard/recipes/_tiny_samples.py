"""Sample answers on the way: a few held-out questions, always the same, answered by the model as it is by now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from regard.backends.local import LocalBackend
from regard.core.files import append_row
from regard.core.progress import say
from regard.data.world.question import Question
from regard.data.world.samples import samples_of
from regard.data.world.scene import Scene
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor
from regard.train.world import World

ASKED = ("describe_brief", "relation", "happens_next")
FILE = "samples.jsonl"
MOST_TOKENS = 16  # of an answer


def show(world: World, processor: RegardProcessor, model: RegardModel, folder: Path, step: int) -> None:
    """Say question, answer and truth of one question of each kind in `ASKED`, and append them to `samples.jsonl`.

    Answers are written greedily, as `regard ask` writes them; compiled blocks run as they were, since every length of
    an answer would be compiled anew.
    """
    pairs = [pair for skill in ASKED for pair in islice(_of_kind(world, skill), 1)]
    samples = [samples_of(scene, [question])[0] for scene, question in pairs]
    with torch.compiler.set_stance("force_eager"):
        written = LocalBackend(model, processor, "in training").generate(samples, max_new_tokens=MOST_TOKENS)
    for (scene, question), one in zip(pairs, written, strict=True):
        told = {"question": question.text, "answer": one.text, "truth": question.answer}
        append_row(folder / FILE, {"step": step, "scene": scene.seed, "skill": question.skill, **told})
        say("\n".join(f"  {name:>8}: {text}" for name, text in told.items()))


def _of_kind(world: World, skill: str) -> Iterator[tuple[Scene, Question]]:
    """Yield questions of one kind in held-out wordings, scene by scene."""
    mixture = replace(world.mixture, skills=(skill,))
    for scenes in world.shards.values():
        for number in range(len(scenes)):
            scene = scenes[number]
            for question in mixture.questions(scene, np.random.default_rng(scene.seed), held_out=True):
                yield scene, question

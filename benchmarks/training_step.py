"""Time the shipped model's recipe: drawing, making a batch, and one training step, with blocks compiled and not, with
outlines and without, tower learning and at rest, side by side in one run.

    python benchmarks/training_step.py

Ratios hold; seconds depend on the machine.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import torch

from regard.core.config import override
from regard.recipes.tiny import Taught, Tiny, build, draw, prepare
from regard.train.blocks import compile_blocks
from regard.train.world import AnswerBatches

STEPS = 6
IMAGES, CLIPS = 1000, 500


def seconds(taught: Taught, batches: list, seeing: float, drawing: float = 0.0) -> float:
    """Return the median time of a step, after each batch was met once."""

    def step(batch: dict) -> float:
        begun = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            loss, _ = taught.answer(batch, seeing, drawing)
        loss.backward()
        return time.perf_counter() - begun

    for batch in batches:
        step(batch)
    return statistics.median(step(batch) for batch in batches)


def main() -> None:
    """Draw a few scenes, build the model, and time it each way."""
    with tempfile.TemporaryDirectory() as folder:
        config = override(Tiny(), [f"out={folder}", f"images={IMAGES}", f"clips={CLIPS}"])
        torch.set_num_threads(config.threads)
        begun = time.perf_counter()
        world = draw(config, Path(folder))
        drawing = time.perf_counter() - begun
        processor = prepare(config, Path(folder), world)
        model, finder = build(config, processor)
        plain = Taught(model)
        made = AnswerBatches(world, finder, range(STEPS), outlined=True)
        begun = time.perf_counter()
        batches = [made[number] for number in range(STEPS)]
        making = (time.perf_counter() - begun) / STEPS
        plain.model.language.set_attn_implementation("eager")
        slow = seconds(plain, batches, config.seeing)
        compile_blocks([*plain.model.language.model.layers, *plain.model.vision.blocks])
        fast = seconds(plain, batches, config.seeing)
        outlined = seconds(plain, batches, config.seeing, config.drawing)
        plain.let_tower_learn(False)
        resting = seconds(plain, batches, 0.0)
    whole = drawing * max(Tiny().images / IMAGES, Tiny().clips / CLIPS) / 60
    print(f"{IMAGES} pictures and {CLIPS} clips are drawn in {drawing:.1f} s: at most {whole:.1f} min for the recipe's")
    print(f"a batch is made in {making:.2f} s")
    print(f"plain {slow:.2f} s a step, compiled {fast:.2f} s: {slow / fast:.2f} times as fast")
    print(f"with outlines {outlined:.2f} s: {outlined / fast:.2f} times as long")
    print(f"with the tower at rest {resting:.2f} s: {fast / resting:.2f} times as fast again")


if __name__ == "__main__":
    main()

"""Time the shipped model's recipe: drawing, making a batch, and one training step, with blocks compiled and not, with
outlines and without, tower learning and at rest, side by side in one run; and what share of the lessons' time drawing
takes, and making batches.

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
from regard.recipes._tiny_lessons import LESSONS
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


def of_lessons(config: Tiny, rested: float, rested_outlined: float, outlined: float) -> tuple[int, float]:
    """Return the steps of all lessons and the seconds that they take, from those of a step of each kind."""
    steps, whole = 0, 0.0
    for name, lesson in LESSONS.items():
        count = getattr(config, name).steps
        draws = lesson.finds or not lesson.plain
        steps += count
        whole += count * (outlined if lesson.tower_learns else rested_outlined if draws else rested)
    return steps, whole


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
        asked = AnswerBatches(world, finder, range(STEPS), outlined=True)
        begun = time.perf_counter()
        batches = [asked[number] for number in range(STEPS)]
        making = (time.perf_counter() - begun) / STEPS
        plain.model.language.set_attn_implementation("eager")
        slow = seconds(plain, batches, config.seeing)
        compile_blocks([*plain.model.language.model.layers, *plain.model.vision.blocks])
        fast = seconds(plain, batches, config.seeing)
        outlined = seconds(plain, batches, config.seeing, config.drawing)
        plain.let_tower_learn(False)
        resting = seconds(plain, batches, 0.0)
        rested = seconds(plain, batches, 0.0, config.drawing)
    steps, lessons = of_lessons(config, resting, rested, outlined)
    whole, made = drawing * max(Tiny().images / IMAGES, Tiny().clips / CLIPS), steps * making
    print(f"{IMAGES} pictures and {CLIPS} clips are drawn in {drawing:.1f} s: at most {whole / 60:.1f} min for all")
    print(f"a batch is made in {making:.2f} s")
    print(f"plain {slow:.2f} s a step, compiled {fast:.2f} s: {slow / fast:.2f} times as fast")
    print(f"with outlines {outlined:.2f} s: {outlined / fast:.2f} times as long")
    print(f"with the tower at rest {resting:.2f} s: {fast / resting:.2f} times as fast again")
    print(f"with the tower at rest and outlines {rested:.2f} s")
    print(f"the {steps} steps of all lessons take {lessons / 3600:.1f} h")
    print(f"drawing takes at most {whole / lessons:.1%} of that, a worker makes batches for {made / lessons:.0%} of it")


if __name__ == "__main__":
    main()

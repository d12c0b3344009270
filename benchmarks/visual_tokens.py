"""What visual tokens tell of the thing that they lie on: linear classifiers learn to read them, and are asked about
held-out scenes.

    python benchmarks/visual_tokens.py --model FOLDER

Side by side: the tokens of tower and connector alone, and these once each is told of its thing
(`regard.models.things`). Counted are tokens that lie on a thing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

import regard
from regard.data.world import shards
from regard.recipes.tiny import WATCH_SEED
from regard.train.dense import CELL_WORDS, classifiers, read
from regard.train.world import DenseBatches, Mixture, World

LEARNED, ASKED, BATCH = 640, 160, 40
STEPS, RATE = 300, 0.03
NAMES = ("colour", "shape", "pattern", "size", "position", "row", "column")


def main() -> None:
    """Draw the scenes, let the classifiers learn, and print the share of right words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model inside the package when left out")
    backend = regard.load(parser.parse_args().model).backend
    model, things = backend.model, backend.model.things
    reached = {}
    for kind, part in {"by itself": None, **({"told of its thing": things} if things else {})}.items():
        model.things = part
        reached[kind] = _reached(backend)
    print(f"| a visual token | {' | '.join(NAMES)} |\n|---{'|---' * len(NAMES)}|")
    for kind, found in reached.items():
        print(f"| {kind} | {' | '.join(f'{found[name]:.2f}' for name in NAMES)} |")


def _reached(backend: regard.backends.local.LocalBackend) -> dict[str, float]:
    torch.manual_seed(0)
    tokens_KD, truth = _tokens(backend, 0, LEARNED)
    heads = classifiers(tokens_KD.shape[1], {name: CELL_WORDS[name] for name in NAMES})
    optimizer = torch.optim.Adam(heads.parameters(), lr=RATE)
    for _ in range(STEPS):
        loss, _ = read(heads, tokens_KD, truth, background=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return read(heads, *_tokens(backend, WATCH_SEED, ASKED), background=0)[1]


@torch.no_grad()
def _tokens(backend: regard.backends.local.LocalBackend, seed: int, scenes: int) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the visual tokens (K, D) of drawn pictures, and what each shows."""
    tokens: list[Tensor] = []
    truths: list[dict[str, Tensor]] = []
    with tempfile.TemporaryDirectory() as folder:
        pictures = shards.render(Path(folder), "image", scenes, first_seed=seed)
        world = World(pictures, _one_clip(folder), Mixture(image_scenes=BATCH, clip_every=10**9))
        batches = DenseBatches(world, backend.processor, range(scenes // BATCH))
        for number in range(len(batches)):
            batch = batches[number]
            tokens += backend.model.encode(batch["pixels"], batch["regions"]).visual
            truths.append(batch["cell_truth"])
    return torch.cat(tokens), {name: torch.cat([truth[name] for truth in truths]) for name in NAMES}


def _one_clip(folder: str) -> Sequence[Path]:
    return shards.render(Path(folder), "clip", 1, first_seed=0)


if __name__ == "__main__":
    main()

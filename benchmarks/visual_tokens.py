"""What visual tokens tell of the thing that they lie on: linear classifiers learn to read them, and are asked about
held-out scenes.

    python benchmarks/visual_tokens.py --model FOLDER

Side by side: the tokens of tower and connector alone, and these once each is told of its thing
(`regard.models.things`). Counted are tokens that lie on a thing.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

import regard
from regard.backends.local import LocalBackend
from regard.data.world import shards
from regard.recipes.tiny import WATCH_SEED
from regard.train.dense import CELL_WORDS, classifiers, read
from regard.train.world import DenseBatches, Mixture, World

LEARNED, ASKED, BATCH = 480, 160, 40
STEPS, RATE = 300, 0.03
NAMES = ("colour", "shape", "pattern", "size", "position", "row", "column")


def main() -> None:
    """Draw the scenes, let the classifiers learn, and print the share of right words."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model inside the package when left out")
    backend = regard.load(parser.parse_args().model).backend
    things = backend.model.things
    print(f"| a visual token | {' | '.join(NAMES)} |\n|---{'|---' * len(NAMES)}|")
    with tempfile.TemporaryDirectory() as folder:
        learned, asked = _drawn(Path(folder), 0, LEARNED), _drawn(Path(folder), WATCH_SEED, ASKED)
        for kind, part in {"by itself": None, **({"told of its thing": things} if things else {})}.items():
            backend.model.things = part
            heads = _readers(*_tokens(backend, learned))
            with torch.no_grad():
                right = read(heads, *_tokens(backend, asked), background=0)[1]
            print(f"| {kind} | {' | '.join(f'{right[name]:.2f}' for name in NAMES)} |")


def _drawn(folder: Path, seed: int, scenes: int) -> World:
    mixture = Mixture(image_scenes=BATCH, clip_every=10**9)
    return World(shards.render(folder, "image", scenes, seed), shards.render(folder, "clip", 1, seed), mixture)


def _readers(tokens_KD: Tensor, truth: dict[str, Tensor]) -> nn.ModuleDict:
    """Return classifiers that have learned to read these tokens."""
    torch.manual_seed(0)
    heads = classifiers(tokens_KD.shape[1], {name: CELL_WORDS[name] for name in NAMES})
    optimizer = torch.optim.Adam(heads.parameters(), lr=RATE)
    for _ in range(STEPS):
        loss, _ = read(heads, tokens_KD, truth, background=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return heads


@torch.no_grad()
def _tokens(backend: LocalBackend, world: World) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the visual tokens (K, D) of all pictures, and what each shows."""
    batches = DenseBatches(world, backend.processor, range(len(world.shards["image"]) // BATCH))
    rows = [batches[number] for number in range(len(batches))]
    tokens = [token for row in rows for token in backend.model.encode(row["pixels"], row["regions"]).visual]
    return torch.cat(tokens), {name: torch.cat([row["cell_truth"][name] for row in rows]) for name in NAMES}


if __name__ == "__main__":
    main()

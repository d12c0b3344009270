"""How well region tokens alone draw their regions, and visual tokens what they lie on: the mean IoU of what the mask
head draws, on held-out scenes.

    python benchmarks/outlines.py --model FOLDER

A quarter of the regions of painted things are boxes; what is to be drawn is always the thing itself.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch

import regard
from regard.data.world import ask_finds, shards
from regard.recipes.tiny import WATCH_SEED
from regard.train.outlines import outline_loss, things_loss
from regard.train.world import DenseBatches, Mixture, World

SCENES = {"image": 160, "clip": 96}
MIXTURE = Mixture(image_scenes=40, clip_scenes=24, clip_every=2)
BATCHES = 8


@torch.no_grad()
def main() -> None:
    """Draw the scenes, let the tokens ask, and print the mean of the batches' means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model inside the package when left out")
    backend = regard.load(parser.parse_args().model).backend
    head = backend.model.heads.members[ask_finds.MASKS]
    reached: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        images, clips = (
            shards.render(Path(folder), kind, count, first_seed=WATCH_SEED) for kind, count in SCENES.items()
        )
        batches = DenseBatches(World(images, clips, MIXTURE), backend.processor, range(BATCHES), outlined=True)
        for number in range(BATCHES):
            batch = batches[number]
            encoded = backend.model.encode(batch["pixels"], batch["regions"])
            kind = "clips" if number % MIXTURE.clip_every else "pictures"
            told = outline_loss(head, encoded, batch["outlines"])[1]
            reached.setdefault(f"{kind}, regions", []).append(told["iou"])
            if backend.model.things is not None:
                told = things_loss(encoded.things, batch["things"])[1]
                reached.setdefault(f"{kind}, visual tokens", []).append(told["things iou"])
    for kind, found in reached.items():
        print(f"{kind}: mean IoU {sum(found) / len(found):.2f}")


if __name__ == "__main__":
    main()

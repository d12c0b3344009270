"""What it brings and costs that masks end where colours change: region tokens draw their regions, and each mask is read
twice, as the head has it and to the edges of the picture.

    python benchmarks/edges.py --model FOLDER --data FOLDER

Held-out scenes of the drawn world (a region of a clip is given on its first frame, and drawn on four), and, with
`--data`, the pictures of GAR-Bench with that benchmark's own masks. IoU is that of the mask at full resolution.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

import regard
from regard.backends.local import LocalBackend
from regard.bench import photos
from regard.core.files import read_json
from regard.data.world import ask_finds
from regard.data.world.draw import draw_scene
from regard.data.world.samples import Regions, media_of
from regard.models.heads._edges import to_edges
from regard.models.heads._mask_points import at, grid
from regard.prompts.sample import Media
from regard.recipes.tiny import WATCH_SEED
from regard.regions import rle
from regard.regions.bound import BoundRegion

SCENES = {"image": 150, "clip": 75}
MOST = 3  # things of a scene
FRAMES = 4  # of a clip

Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]
"""The logits (H, W) of a region on a frame, the frame, and the true mask."""


@torch.no_grad()
def drawn(backend: LocalBackend, media: Media, regions: Sequence[BoundRegion], frames: Sequence[int]) -> np.ndarray:
    """Return what each region's first token draws on each frame (R, T, H, W), at the resolution of the media."""
    inputs = backend.processor.regions(media, regions, frames)
    encoded = backend.model.encode([backend.processor.pixels(media, frames)], [inputs])
    head = backend.model.heads.members[ask_finds.MASKS]
    cells_TChw = head.cells(encoded.features[0], inputs.picture)
    asked_RC = head.question(torch.stack([tokens_nD[0] for tokens_nD in encoded.in_text[0]]))
    logits_RThw = head.compare(cells_TChw, asked_RC).float()
    width, height = media.size
    points_N2 = grid(height, width, logits_RThw.device)
    rows = [[at(one_hw, inputs.picture, points_N2) for one_hw in row_Thw] for row_Thw in logits_RThw]
    return torch.stack([torch.stack(row) for row in rows]).unflatten(-1, (height, width)).cpu().numpy()


def of_scenes(backend: LocalBackend, kind: str) -> Iterator[Drawn]:
    """Yield every region of the scenes of a kind, on every frame on which it is seen."""
    for seed in range(WATCH_SEED, WATCH_SEED + SCENES[kind]):
        scene = draw_scene(seed, kind)
        frames = sorted({round(at) for at in np.linspace(0, scene.frame_count - 1, FRAMES)})
        things = [thing for thing in scene.things if thing.kind == "thing" and 0 in scene.visible_frames(thing)][:MOST]
        if not things:
            continue
        bind = Regions(scene)
        found = drawn(backend, media_of(scene), [bind(thing.index, "frame") for thing in things], frames)
        for thing, of_thing in zip(things, found, strict=True):
            for frame, logits_HW in zip(frames, of_thing, strict=True):
                mask = scene.mask(thing.index, frame)
                if mask is not None:
                    yield logits_HW, scene.frames[frame], mask


def of_photographs(backend: LocalBackend, data: Path) -> Iterator[Drawn]:
    """Yield every mask of GAR-Bench that the benchmark `photos` asks about."""
    for picture in read_json(photos.FILE)["pictures"]:
        told = [region for region in picture["regions"] if region["source"] == "GAR-Bench"]
        if not told or "scikit_image" in picture:
            continue
        image = photos.open_picture(picture, data)
        regions = [photos.bound_region(picture, region) for region in told]
        for region, (logits_HW,) in zip(regions, drawn(backend, image, regions, [0]), strict=True):
            yield logits_HW, image.frames([0])[0], rle.decode(region.rles[0])


def main() -> None:
    """Read every mask both ways and print mean IoUs and the time of one mask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model inside the package when left out")
    parser.add_argument("--data", type=Path, help="the folder with the pictures of GAR-Bench")
    given = parser.parse_args()
    backend = regard.load(given.model).backend
    sources = {"pictures": of_scenes(backend, "image"), "clips": of_scenes(backend, "clip")}
    if given.data:
        sources["photographs"] = of_photographs(backend, given.data)
    for name, source in sources.items():
        reached: dict[str, list[float]] = defaultdict(list)
        for logits_HW, frame_HW3, true_HW in source:
            started = time.perf_counter()
            found_HW = to_edges(logits_HW, frame_HW3)
            reached["ms"].append(1000 * (time.perf_counter() - started))
            reached["read"].append(overlap(logits_HW > 0, true_HW))
            reached["edges"].append(overlap(found_HW, true_HW))
        read, edges, ms = (np.mean(reached[part]) for part in ("read", "edges", "ms"))
        worse = np.mean(np.subtract(reached["edges"], reached["read"]) < -0.05)
        print(
            f"{name}: {len(reached['ms'])} masks, mean IoU {read:.3f} as read, {edges:.3f} to edges, {ms:.0f} ms a mask"
        )
        print(f"{name}: worse by more than 0.05 in {worse:.0%}")


def overlap(found_HW: np.ndarray, true_HW: np.ndarray) -> float:
    """Return the IoU of two masks, one of which is not empty."""
    return np.count_nonzero(found_HW & true_HW) / np.count_nonzero(found_HW | true_HW)


if __name__ == "__main__":
    main()

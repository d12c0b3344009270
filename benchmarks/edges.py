"""What it brings and costs that masks end where colours change: region tokens draw their regions, and each mask is read
twice, as the head has it and to the edges of the picture.

    python benchmarks/edges.py --model FOLDER --data FOLDER

Held-out scenes of the drawn world (a region of a clip is given on its first frame, and drawn on four), and, with
`--data`, the pictures of GAR-Bench with its own masks and with areas drawn by hand. IoU is that of
the mask at full resolution.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import regard
from regard.backends.local import LocalBackend
from regard.bench import photos
from regard.core.files import read_json
from regard.data.world import ask_finds
from regard.data.world.draw import draw_scene
from regard.data.world.samples import Regions, media_of
from regard.models.heads._mask_points import Place
from regard.models.heads._mask_result import inside
from regard.prompts.sample import Media
from regard.recipes.tiny import WATCH_SEED
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.geometry import mask_iou

SCENES = {"image": 150, "clip": 75}
MOST = 3  # things of a scene
FRAMES = 4  # of a clip
WORSE = 0.05

Drawn = tuple[Tensor, Place, np.ndarray, np.ndarray]
"""The logits (h, w) of a region on a frame, where the picture lies in them, the frame, and the true mask (H, W)."""


@torch.no_grad()
def drawn(
    backend: LocalBackend, media: Media, regions: Sequence[BoundRegion], frames: Sequence[int]
) -> tuple[Tensor, Place]:
    """Return what each region's first token draws on each frame (R, T, h, w), and where pictures lie in it."""
    inputs = backend.processor.regions(media, regions, frames)
    encoded = backend.model.encode([backend.processor.pixels(media, frames)], [inputs])
    head = backend.model.heads.members[ask_finds.MASKS]
    cells_TChw = head.cells(encoded.features[0], inputs.picture)
    asked_RC = head.question(torch.stack([tokens_nD[0] for tokens_nD in encoded.in_text[0]]))
    return head.compare(cells_TChw, asked_RC), inputs.picture


def of_scenes(backend: LocalBackend, kind: str) -> Iterator[Drawn]:
    """Yield every region of the scenes of a kind, on every frame on which it is seen."""
    for seed in range(WATCH_SEED, WATCH_SEED + SCENES[kind]):
        scene = draw_scene(seed, kind)
        frames = sorted({round(place) for place in np.linspace(0, scene.frame_count - 1, FRAMES)})
        things = [thing for thing in scene.things if thing.kind == "thing" and 0 in scene.visible_frames(thing)][:MOST]
        if not things:
            continue
        bind = Regions(scene)
        logits_RThw, place = drawn(backend, media_of(scene), [bind(one.index, "frame") for one in things], frames)
        for thing, logits_Thw in zip(things, logits_RThw, strict=True):
            for frame, logits_hw in zip(frames, logits_Thw, strict=True):
                mask_HW = scene.mask(thing.index, frame)
                if mask_HW is not None:
                    yield logits_hw, place, scene.frames[frame], mask_HW


def of_photographs(backend: LocalBackend, data: Path, source: str) -> Iterator[Drawn]:
    """Yield every region of one source that the benchmark `photos` asks about in the pictures of GAR-Bench."""
    for picture in read_json(photos.FILE)["pictures"]:
        told = [region for region in picture["regions"] if region["source"] == source]
        if not told or "scikit_image" in picture:
            continue
        image = photos.open_picture(picture, data)
        regions = [photos.bound_region(picture, region) for region in told]
        logits_RThw, place = drawn(backend, image, regions, [0])
        for region, (logits_hw,) in zip(regions, logits_RThw, strict=True):
            yield logits_hw, place, image.frames([0])[0], rle.decode(region.rles[0])


def measure(name: str, source: Iterator[Drawn], least_piece: float) -> None:
    """Read every mask both ways and print mean IoUs, how many become worse, and what a mask costs more."""
    overlaps, seconds = [], []
    for logits_hw, place, frame_HW3, true_HW in source:
        height, width = true_HW.shape
        row = []
        for picture in (None, frame_HW3):
            started = time.perf_counter()
            found, _ = inside(logits_hw, place, (width, height), least_piece, picture)
            seconds.append(time.perf_counter() - started)
            row.append(mask_iou(rle.decode(found)[None], true_HW[None]).item())
        overlaps.append(row)
    (read, edged), more = np.mean(overlaps, 0), 1000 * (np.mean(seconds[1::2]) - np.mean(seconds[::2]))
    worse = np.mean(np.diff(overlaps) < -WORSE)
    print(f"{name}: {len(overlaps)} masks, mean IoU {read:.3f} as read, {edged:.3f} to edges")
    print(f"{name}: {worse:.0%} worse by more than {WORSE}; {more:.0f} ms a mask more")


def main() -> None:
    """Measure each source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="the model inside the package when left out")
    parser.add_argument("--data", type=Path, help="the folder with the pictures of GAR-Bench")
    given = parser.parse_args()
    backend = regard.load(given.model).backend
    sources = {"drawn pictures": of_scenes(backend, "image"), "clips": of_scenes(backend, "clip")}
    if given.data:
        sources["photographs, masks of GAR-Bench"] = of_photographs(backend, given.data, "GAR-Bench")
        sources["photographs, areas drawn by hand"] = of_photographs(backend, given.data, "drawn")
    least_piece = backend.model.heads.members[ask_finds.MASKS].least_piece
    for name, source in sources.items():
        measure(name, source, least_piece)


if __name__ == "__main__":
    main()

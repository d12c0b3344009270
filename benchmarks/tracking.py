"""How well a region is followed through drawn clips, by the model's own head and by the classical flow, side by side.

    python benchmarks/tracking.py --clips 100                 # the model inside
    python benchmarks/tracking.py --clips 100 --model FOLDER

A thing is given on the first frame on which it is seen and followed over all others, hidden or not. Each figure is the
mean over things of the mean IoU over the frames on which the thing is seen or something was found.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np

import regard
from regard.data.world.draw import draw_scene
from regard.data.world.samples import media_of
from regard.data.world.scene import Scene
from regard.regions.geometry import mask_iou
from regard.verbs._binder import Binder

FIRST_SEED = 1_100_000_000  # beyond what training and the other benchmarks draw
SEEN_ON = 4  # frames at least, so that there is something to follow


def things(clips: int, frames: int) -> Iterator[tuple[Scene, int]]:
    """Yield one drawn thing of each clip, in turn one that is hidden or leaves for a while and one that is not."""
    found = 0
    for seed in range(FIRST_SEED, FIRST_SEED + 20 * clips):
        scene = draw_scene(seed, "clip", frames=frames)
        wanted = found % 2 == 0
        for thing in scene.things:
            seen = len(scene.visible_frames(thing))
            if thing.shape != "patch" and seen >= SEEN_ON and gone(scene, thing.index) == wanted:
                yield scene, thing.index
                found += 1
                break
        if found == clips:
            return


def gone(scene: Scene, thing: int) -> bool:
    """Return whether a thing is out of sight on a frame after the first on which it is seen."""
    seen = scene.visible_frames(scene.things[thing])
    return len(seen) < scene.frame_count - seen[0]


def overlap(found: dict[int, np.ndarray], scene: Scene, thing: int) -> float:
    """Return the mean IoU over the frames after the given one on which a thing is seen or something was found."""
    overlaps = []
    for frame in range(scene.frame_count):
        if frame == scene.first_frame(thing):
            continue
        empty = np.zeros((scene.height, scene.width), dtype=bool)
        true = scene.mask(thing, frame)
        pair = found.get(frame, empty), empty if true is None else true
        if pair[0].any() or pair[1].any():
            overlaps.append(float(mask_iou(pair[0][None], pair[1][None])[0, 0]))
    return float(np.mean(overlaps)) if overlaps else 1.0


def main() -> None:
    """Follow and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--model", default=None)
    args = parser.parse_args()
    model = regard.load(args.model) if args.model else regard.load()
    reached: dict[tuple[str, bool], list[float]] = {}
    for scene, thing in things(args.clips, args.frames):
        media, first = media_of(scene), scene.first_frame(thing)
        region = regard.Region.mask(scene.mask(thing, first), frame=first)
        [answer] = model.track(media, [region], allow_none=False)
        [by_model] = Binder().bind(media, answer.regions)
        [by_flow] = Binder.named().bind(media, region, propagate=True)
        for name, track in (("model", by_model), ("flow", by_flow)):
            found = {frame: track.mask(frame) for frame in track.frames}
            reached.setdefault((name, gone(scene, thing)), []).append(overlap(found, scene, thing))
    print(f"| {args.clips} things, {args.frames} frames | all | out of sight for a while | always seen |")
    print("|---|---|---|---|")
    for name in ("model", "flow"):
        hidden, seen = (reached.get((name, one), []) for one in (True, False))
        means = [f"{np.mean(some):.3f} ({len(some)})" for some in (hidden + seen, hidden, seen) if some]
        print(f"| {name} | {' | '.join(means)} |")


if __name__ == "__main__":
    main()

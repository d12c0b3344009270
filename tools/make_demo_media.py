"""Make the photograph and the clip that `regard demo` asks about, with their regions.

    python tools/make_demo_media.py

The photograph is scikit-image's `coffee` (CC0, Rachel Michetti). The clip is composed of photographs in the public
domain: two cut-outs, a cup on its saucer and the helmet of `astronaut` (NASA), move with exact masks over `rocket`
(SpaceX), which is panned. None of the cut-outs is ever trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import skimage.data

from regard.core.files import read_json, write_json
from regard.media.clip import Clip
from regard.media.image import Image
from regard.regions import rle

HERE = Path(__file__).parent.parent / "src" / "regard"
OUT = HERE / "assets" / "demo"
SIZE, FRAMES, FPS = (320, 240), 36, 9
CUP_STARTS, HELMET_STARTS = 0.8, 2.0  # seconds


@dataclass(frozen=True)
class Piece:
    """A cut-out: pixels, which of them are seen, and which of these are the region that is asked about."""

    pixels: np.ndarray
    seen: np.ndarray
    region: np.ndarray


def recorded(picture: str, names: list[str]) -> np.ndarray:
    """Return the union of hand-drawn regions of a picture of the photographs benchmark."""
    rows = read_json(HERE / "bench" / "data" / "photos.json")["pictures"]
    row = next(row for row in rows if row["name"] == picture)
    wanted = [region["counts"] for region in row["regions"] if region["name"] in names]
    masks = [rle.decode({"size": row["size"][::-1], "counts": counts}) for counts in wanted]
    return np.any(masks, axis=0)


def filled(mask: np.ndarray) -> np.ndarray:
    """Return a mask filled to its outer outline."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(np.concatenate(outlines))
    return cv2.fillPoly(np.zeros(mask.shape, np.uint8), [hull], 1).astype(bool)


def cut(pixels: np.ndarray, mask: np.ndarray, region: np.ndarray, width: int) -> Piece:
    """Return the cut-out inside its own box, scaled to `width` pixels."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    window = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    height = round(width * (ys[-1] + 1 - ys[0]) / (xs[-1] + 1 - xs[0]))

    def scaled(whole: np.ndarray) -> np.ndarray:
        return cv2.resize(whole[window], (width, height), interpolation=cv2.INTER_AREA)

    seen, asked = (scaled(one.astype(np.float32)) > 0.5 for one in (mask, region))
    return Piece(scaled(pixels), seen, asked & seen)


def paste(frame: np.ndarray, piece: Piece, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """Paste a cut-out with its centre at (x, y) pixels, in place; return its pixels in the frame, and its region's."""
    height, width = piece.seen.shape
    left, top = round(x - width / 2), round(y - height / 2)
    rows = slice(max(top, 0), min(top + height, frame.shape[0]))
    columns = slice(max(left, 0), min(left + width, frame.shape[1]))
    inner = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
    seen, region = (np.zeros(frame.shape[:2], bool) for _ in range(2))
    seen[rows, columns], region[rows, columns] = piece.seen[inner], piece.region[inner]
    frame[seen] = piece.pixels[inner][piece.seen[inner]]
    return seen, region


def compose() -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Return the frames, and the masks of the coffee and of the helmet on each."""
    coffee, visor = recorded("coffee", ["coffee"]), filled(recorded("astronaut", ["visor"]))
    cup = cut(skimage.data.coffee(), filled(recorded("coffee", ["saucer", "rim"])), coffee, 96)
    helmet = cut(skimage.data.astronaut(), visor, visor, 62)
    backdrop = cv2.resize(skimage.data.rocket(), (480, 320), interpolation=cv2.INTER_AREA)
    frames, coffees, helmets = [], [], []
    for index in range(FRAMES):
        second = index / FPS
        pan = round(20 * index / FRAMES)
        frame = backdrop[60 : 60 + SIZE[1], pan : pan + SIZE[0]].copy()
        _, coffee_here = paste(frame, cup, 70 + 80 * max(0.0, second - CUP_STARTS), 165)
        before, helmet_here = paste(frame, helmet, 235, 150 - 75 * max(0.0, second - HELMET_STARTS))
        coffees.append(coffee_here & ~before)
        helmets.append(helmet_here)
        frames.append(frame)
    return frames, coffees, helmets


def main() -> None:
    """Write photo.jpg, clip.mp4 and regions.json."""
    OUT.mkdir(parents=True, exist_ok=True)
    photo = skimage.data.coffee()
    cv2.imwrite(str(OUT / "photo.jpg"), photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    names = {"saucer": "saucer", "handle": "handle", "corner": "corner", "table right": "table"}
    rows = read_json(HERE / "bench" / "data" / "photos.json")["pictures"]
    coffee = next(row for row in rows if row["name"] == "coffee")
    regions = {
        names[region["name"]]: {"size": coffee["size"][::-1], "counts": region["counts"]}
        for region in coffee["regions"]
        if region["name"] in names
    }
    frames, coffees, helmets = compose()
    Clip.from_frames(np.stack(frames), fps=FPS).save(OUT / "clip.mp4")
    tracks = {"coffee": [rle.encode(mask) for mask in coffees], "helmet": [rle.encode(mask) for mask in helmets]}
    write_json(OUT / "regions.json", {"photo": regions, "clip": tracks})
    print(Image.open(OUT / "photo.jpg").size, Clip.open(OUT / "clip.mp4").frame_count)


if __name__ == "__main__":
    main()

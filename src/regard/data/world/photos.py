"""Photographs that ship inside well-known libraries, and crops of them: read once per process, cut and recoloured by
plan.

Legend: H rows, W columns. All pixels are RGB uint8.
"""

from __future__ import annotations

import importlib.util
import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from regard.core.errors import MissingDependency

LONGEST_SIDE = 720
# name: (package, file inside it, how often it is taken)
PHOTOGRAPHS: dict[str, tuple[str, str, float]] = {
    "chelsea": ("skimage", "data/chelsea.png", 2.0),
    "rocket": ("skimage", "data/rocket.jpg", 1.0),
    "motorcycle": ("skimage", "data/motorcycle_left.png", 3.0),
    "hubble": ("skimage", "data/hubble_deep_field.jpg", 0.4),
    "retina": ("skimage", "data/retina.jpg", 0.4),
    "tissue": ("skimage", "data/ihc.png", 0.8),
    "china": ("sklearn", "datasets/images/china.jpg", 3.0),
    "flower": ("sklearn", "datasets/images/flower.jpg", 1.6),
    "hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", 2.2),
}
TEXTURES: dict[str, tuple[str, str, float]] = {
    "brick": ("skimage", "data/brick.png", 1.0),
    "grass": ("skimage", "data/grass.png", 1.0),
    "gravel": ("skimage", "data/gravel.png", 1.0),
}


@cache
def photograph(name: str) -> np.ndarray:
    """Return a photograph or texture as read-only RGB uint8 (H, W, 3), its longer side at most 720 pixels.

    Raises `MissingDependency` when the library that carries it is not installed.
    """
    package, file, _ = {**PHOTOGRAPHS, **TEXTURES}[name]
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise MissingDependency(
            f"the world is drawn with photographs that ship inside {package}, which is not installed; "
            'install the training extra, in a clone of the repository: pip install -c constraints.txt -e ".[train]"'
        )
    path = Path(found.submodule_search_locations[0]) / file
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    factor = LONGEST_SIDE / max(pixels.shape[:2])
    if factor < 1:
        pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    pixels = np.ascontiguousarray(pixels[..., ::-1])
    pixels.flags.writeable = False
    return pixels


@dataclass(frozen=True)
class Crop:
    """A piece of a photograph: where it is cut (shares of the photograph) and how its colours are changed.

    hue is a turn in steps of 1/256; saturation and brightness are factors.
    """

    name: str
    left: float
    top: float
    width: float
    height: float
    flip: bool = False
    hue: int = 0
    saturation: float = 1.0
    brightness: float = 1.0

    def render(self, width: int, height: int) -> np.ndarray:
        """Return the piece as RGB uint8 (height, width, 3), a fresh array."""
        whole = photograph(self.name)
        rows, columns = whole.shape[:2]
        x, y = int(self.left * columns), int(self.top * rows)
        piece = whole[
            y : y + max(2, int(self.height * rows)),
            x : x + max(2, int(self.width * columns)),
        ]
        way = cv2.INTER_AREA if piece.shape[0] > height else cv2.INTER_LINEAR
        piece = cv2.resize(piece, (width, height), interpolation=way)
        if self.flip:
            piece = cv2.flip(piece, 1)
        return recolour(piece, self.hue, self.saturation, self.brightness)


def recolour(pixels: np.ndarray, hue: int, saturation: float, brightness: float) -> np.ndarray:
    """Turn the hue (1/256 turns) and scale saturation and brightness of RGB uint8 (H, W, 3)."""
    if hue == 0 and saturation == 1.0 and brightness == 1.0:
        return pixels
    levels = np.arange(256, dtype=np.float32)
    table = np.empty((256, 1, 3), np.uint8)
    table[:, 0, 0] = (np.arange(256) + hue) % 256
    table[:, 0, 1] = np.clip(levels * saturation, 0, 255)
    table[:, 0, 2] = np.clip(levels * brightness, 0, 255)
    changed = cv2.LUT(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV_FULL), table)
    return cv2.cvtColor(changed, cv2.COLOR_HSV2RGB_FULL)


def draw_crop(rng: random.Random, aspect: float, *, smallest: float = 0.3, texture: bool = False) -> Crop:
    """Choose a crop of the given aspect (width / height); its longer extent is `smallest` to 1 of what the photograph
    allows.
    """
    table = TEXTURES if texture else PHOTOGRAPHS
    name = rng.choices(list(table), [entry[2] for entry in table.values()])[0]
    rows, columns = photograph(name).shape[:2]
    scale = rng.uniform(smallest, 1.0)
    width = min(columns, rows * aspect) * scale / columns
    height = min(rows, columns / aspect) * scale / rows
    return Crop(name, rng.uniform(0, 1 - width), rng.uniform(0, 1 - height), width, height, flip=rng.random() < 0.5)


def jitter(rng: random.Random, crop: Crop, *, any_hue: float = 0.25) -> Crop:
    """Change the colours of a crop a little, or (with probability `any_hue`) turn its hue by any amount."""
    hue = rng.randrange(256) if rng.random() < any_hue else rng.randint(-6, 6)
    return replace(crop, hue=hue, saturation=rng.uniform(0.6, 1.5), brightness=rng.uniform(0.7, 1.3))

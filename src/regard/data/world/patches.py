"""Pictures whose things are pieces of a photograph: its own segments, blobs, polygons and boxes, some recoloured or
pasted in.

Masks are found on a working picture whose longer side is 128 pixels and enlarged for larger sizes, so that every size
has the same things. Legend: H rows, W columns.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from regard.data.world.paint import Rgb, draw_rgb
from regard.data.world.photos import Crop, draw_crop, jitter
from regard.data.world.shapes import blob, box, extents, outline, polygon, transform
from regard.data.world.sprites import SHIFT, shaded
from regard.data.world.stage import picture_size, sides
from regard.media.colours import NAMES, colour_indices, colour_is_clear

WORKING_SIZE = 128
SMALLEST, LARGEST = 0.0042, 0.45
KEEP_UNCLEAR = 0.12
Maker = Callable[[random.Random, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Change:
    """A change of the photograph under a mask (working size): shades of `rgb` instead of its colours, or another crop
    pasted over it.

    depth: how strongly light and shade stay under a new colour.
    """

    mask: np.ndarray
    rgb: Rgb | None = None
    depth: float = 1.0
    crop: Crop | None = None

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """Return the changed picture, RGB uint8 (H, W, 3)."""
        mask = enlarge(self.mask, picture.shape[1], picture.shape[0])
        left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
        there = slice(top, top + height), slice(left, left + width)
        if self.crop is not None:
            new = self.crop.render(width, height)
        else:
            new = shaded(picture[there], mask[there], self.rgb, self.depth)
        edge = cv2.GaussianBlur(mask[there].astype(np.float32), (3, 3), 0.6)[..., None]
        picture = picture.copy()
        picture[there] = (picture[there] * (1 - edge) + new * edge).astype(np.uint8)
        return picture


def enlarge(mask: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return a boolean mask at another size."""
    if mask.shape == (height, width):
        return mask
    return cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5


@dataclass
class PatchCast:
    """A photograph, its changes, and the masks (working size) of the things in it."""

    crop: Crop
    changes: list[Change]
    masks: list[np.ndarray]
    picture: np.ndarray

    def render(self, width: int, height: int) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the picture, RGB uint8 (height, width, 3), and the masks at that size."""
        picture = self.crop.render(width, height)
        for change in self.changes:
            picture = change.apply(picture)
        return picture, [enlarge(mask, width, height) for mask in self.masks]

    def change(self, change: Change) -> None:
        """Add a change and make it on the working picture."""
        self.changes.append(change)
        self.picture = change.apply(self.picture)


def draw_patches(rng: random.Random, aspect: float) -> PatchCast:
    """Choose a photograph and 1 to 6 regions of it that do not overlap, most with a clear colour."""
    crop = jitter(rng, draw_crop(rng, aspect, smallest=0.25), any_hue=0.4)
    width, height = picture_size(WORKING_SIZE, aspect)
    cast = PatchCast(crop, [], [], crop.render(width, height))
    makers = draw_makers(rng, cast.picture)
    wanted = rng.randint(1, 6)
    for _ in range(wanted * 3):
        if len(cast.masks) == wanted:
            break
        add_patch(rng, cast, rng.choice(makers))
    while not cast.masks:
        add_patch(rng, cast, _blob, recolour=1.0)
    return cast


def draw_makers(rng: random.Random, picture: np.ndarray) -> list[Maker]:
    """Choose the ways in which a picture's regions are found; segments of one watershed are shared by all of its
    regions.
    """
    makers: list[Maker] = [_flood, _flood, _named, _blob, rng.choice((_polygon, _box))]
    if rng.random() < 0.4:
        labels = watershed(rng, picture)
        makers += [lambda rng, picture: _segment(rng, labels)] * 4
    return makers


def add_patch(rng: random.Random, cast: PatchCast, maker: Maker, recolour: float = 0.45) -> None:
    """Find one region, perhaps recolour it or paste a cut-out there, and keep it when it has a good size and a clear
    colour.
    """
    mask = _free(maker(rng, cast.picture), cast.masks)
    if mask is None or not SMALLEST <= np.count_nonzero(mask) / mask.size <= LARGEST:
        return
    choice = rng.random()
    if choice < recolour:
        cast.change(Change(mask, draw_rgb(rng, rng.choice(NAMES)), rng.uniform(0.3, 1.0)))
    elif choice < recolour + 0.15:
        cast.change(Change(mask, crop=jitter(rng, draw_crop(rng, 1.0, smallest=0.1), any_hue=0.7)))
    if colour_is_clear(cast.picture[mask]) or rng.random() < KEEP_UNCLEAR:
        cast.masks.append(mask)


def _free(mask: np.ndarray, taken: list[np.ndarray]) -> np.ndarray | None:
    """Take away what other regions hold; None when that is more than a quarter."""
    area = np.count_nonzero(mask)
    for other in taken:
        mask = mask & ~other
    return mask if np.count_nonzero(mask) > 0.75 * area else None


def _flood(rng: random.Random, picture: np.ndarray) -> np.ndarray:
    """Grow a region of similar colour from a random pixel, and close its small gaps."""
    height, width = picture.shape[:2]
    smooth = cv2.GaussianBlur(picture, (5, 5), 1.2)
    found = np.zeros((height + 2, width + 2), np.uint8)
    reach = (rng.randint(10, 42),) * 3
    seed = rng.randrange(width), rng.randrange(height)
    flags = 4 | (255 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
    cv2.floodFill(smooth, found, seed, 0, reach, reach, flags)
    return _closed(found[1:-1, 1:-1], rng.choice((3, 5, 7)))


def _named(rng: random.Random, picture: np.ndarray) -> np.ndarray:
    """Take a connected piece of the pixels that carry one colour word."""
    names = colour_indices(cv2.GaussianBlur(picture, (5, 5), 1.2))
    present = [index for index, count in enumerate(np.bincount(names.ravel(), minlength=len(NAMES))) if count > 80]
    where = (names == rng.choice(present)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=4)
    large = [label for label in range(1, len(stats)) if stats[label, cv2.CC_STAT_AREA] > 64]
    if not large:
        return np.zeros(names.shape, bool)
    return _closed((labels == rng.choice(large)).astype(np.uint8), rng.choice((3, 5)))


def _closed(mask: np.ndarray, width: int) -> np.ndarray:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    if width > 3:
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        mask = cv2.drawContours(np.zeros_like(mask), contours, -1, 1, cv2.FILLED)
    return mask > 0


def watershed(rng: random.Random, picture: np.ndarray) -> np.ndarray:
    """Cut a picture into 8 to 30 segments along its edges; returns labels from 1, int32 (H, W), -1 on the borders."""
    height, width = picture.shape[:2]
    markers = np.zeros((height, width), np.int32)
    for label in range(1, rng.randint(8, 30) + 1):
        cv2.circle(markers, (rng.randrange(width), rng.randrange(height)), 2, label, cv2.FILLED)
    return cv2.watershed(cv2.GaussianBlur(picture, (5, 5), 1.0), markers)


def _segment(rng: random.Random, labels: np.ndarray) -> np.ndarray:
    """Take one watershed segment, or two that touch."""
    first = rng.randint(1, max(1, int(labels.max())))
    mask = (labels == first).astype(np.uint8)
    if rng.random() < 0.35:
        near = np.unique(labels[cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0])
        near = [int(label) for label in near if label > 0]
        if near:
            mask |= (labels == rng.choice(near)).astype(np.uint8)
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0


def _drawn(rng: random.Random, picture: np.ndarray, contours: tuple[np.ndarray, ...]) -> np.ndarray:
    """Draw an outline of area 1 at a random size, turn and place."""
    height, width = picture.shape[:2]
    across, down = sides(width / height)
    area = float(np.exp(rng.uniform(np.log(0.005), np.log(0.35))))
    contours = transform(contours, area, rng.uniform(-0.5, 0.5), rng.uniform(0.7, 1.4), rng.uniform(-0.2, 0.2))
    half_width, half_height = extents(contours)
    x = rng.uniform(min(half_width * 0.9, across / 2), max(across - half_width * 0.9, across / 2))
    y = rng.uniform(min(half_height * 0.9, down / 2), max(down - half_height * 0.9, down / 2))
    mask = np.zeros((height, width), np.uint8)
    corners = [((c + (x, y)) * (width / across) * (1 << SHIFT)).astype(np.int32) for c in contours]
    cv2.fillPoly(mask, corners, 1, cv2.LINE_8, SHIFT)
    return mask > 0


def _blob(rng: random.Random, picture: np.ndarray) -> np.ndarray:
    return _drawn(rng, picture, blob(rng, rng.uniform(0.05, 0.4)))


def _polygon(rng: random.Random, picture: np.ndarray) -> np.ndarray:
    return _drawn(rng, picture, polygon(rng))


def _box(rng: random.Random, picture: np.ndarray) -> np.ndarray:
    return _drawn(rng, picture, box(rng) if rng.random() < 0.7 else outline("circle"))

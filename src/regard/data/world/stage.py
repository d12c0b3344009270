"""The stage: actors are placed on a canvas of twice the size, the canvas is shrunk, and masks are read from the same
canvas.

A place is in units of the picture: its area is 1, so its sides are sqrt(aspect) and 1 / sqrt(aspect), and an area is a
share. Legend: T frames, H rows, W columns of the picture; the canvas has 2H x 2W.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from regard.data.world.paint import Paint
from regard.data.world.scene import Motion
from regard.data.world.shapes import Outline, radius_of
from regard.data.world.sprites import Sprite, make_sprite, rasterise

OVER = 2  # canvas pixels a picture pixel
SHADE = np.array((14, 14, 18), np.float32)  # what a shadow darkens towards
LEAST_SEEN = 0.0005  # below this share of the picture a thing counts as not seen


@dataclass(eq=False)
class Actor:
    """A thing before it is drawn. x, y and path (T, 2) are its place in units; strength is 1, or how strongly it shows
    on each frame.

    effect: "" for a thing, or "shadow", "water", "mirror" with their look in `alpha` and `ripple` (units).
    """

    shape: str
    contours: Outline
    paint: Paint
    area: float
    x: float = 0.0
    y: float = 0.0
    kind: str = "thing"
    of: int | None = None
    inside: int | None = None
    cell: tuple[int, int] | None = None
    effect: str = ""
    alpha: float = 1.0
    ripple: float = 0.0
    layer: int = 0
    path: np.ndarray | None = None
    strength: np.ndarray | None = None
    motion: Motion = field(default_factory=Motion)

    @property
    def radius(self) -> float:
        """The largest distance of its outline from its place."""
        return radius_of(self.contours)

    def place(self, frame: int) -> tuple[float, float]:
        """Return its place on a frame."""
        if self.path is None:
            return self.x, self.y
        return float(self.path[frame, 0]), float(self.path[frame, 1])

    def shows(self, frame: int) -> float:
        """Return how strongly it shows on a frame, 0 to 1."""
        return 1.0 if self.strength is None else float(self.strength[frame])


def picture_size(size: int, aspect: float) -> tuple[int, int]:
    """Return (width, height) in pixels of a picture with this longer side and aspect (width / height)."""
    if aspect >= 1:
        return size, max(8, round(size / aspect))
    return max(8, round(size * aspect)), size


def sides(aspect: float) -> tuple[float, float]:
    """Return the width and height of a picture in units."""
    return math.sqrt(aspect), 1 / math.sqrt(aspect)


class Stage:
    """A canvas for one frame and a map of who is on top where (0 nobody, i + 1 actor i)."""

    def __init__(self, background: np.ndarray, unit: float) -> None:
        self.canvas = background
        self.owner = np.zeros(background.shape[:2], np.uint8)
        self.unit = unit

    def paste(self, number: int, sprite: Sprite, actor: Actor, frame: int = 0) -> int:
        """Draw an actor's sprite at its place; return how many canvas pixels of it lie inside the picture."""
        x, y = actor.place(frame)
        found = self._window(sprite.mask.shape, x, y)
        strength = actor.shows(frame)
        if found is None or strength <= 0:
            return 0
        there, part = found
        mask = sprite.mask[part]
        alpha = actor.alpha * strength
        if actor.effect == "shadow":
            self._darken(there, mask, alpha)
        elif alpha < 1:
            self._blend(there, sprite.pixels[part], mask, alpha)
        else:
            cv2.copyTo(sprite.pixels[part], mask, self.canvas[there])
        self.owner[there][mask > 127] = number + 1
        return int(cv2.countNonZero(mask)) if actor.effect != "shadow" else int((mask > 127).sum())

    def _window(
        self, shape: tuple[int, int], x: float, y: float
    ) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
        rows, columns = self.owner.shape
        top = round(y * self.unit) - shape[0] // 2
        left = round(x * self.unit) - shape[1] // 2
        first_row, last_row = max(top, 0), min(top + shape[0], rows)
        first_column, last_column = max(left, 0), min(left + shape[1], columns)
        if first_row >= last_row or first_column >= last_column:
            return None
        there = slice(first_row, last_row), slice(first_column, last_column)
        return there, (slice(first_row - top, last_row - top), slice(first_column - left, last_column - left))

    def _darken(self, there: tuple[slice, slice], mask: np.ndarray, alpha: float) -> None:
        part = (mask.astype(np.float32) * (alpha / 255))[..., None]
        self.canvas[there] = (self.canvas[there] * (1.0 - part) + SHADE * part).astype(np.uint8)

    def _blend(self, there: tuple[slice, slice], pixels: np.ndarray, mask: np.ndarray, alpha: float) -> None:
        mixed = cv2.addWeighted(pixels, alpha, self.canvas[there], 1 - alpha, 0)
        cv2.copyTo(mixed, mask, self.canvas[there])

    def picture(self) -> np.ndarray:
        """Return the canvas at the picture's size, RGB uint8 (H, W, 3)."""
        rows, columns = self.owner.shape
        return cv2.resize(self.canvas, (columns // OVER, rows // OVER), interpolation=cv2.INTER_AREA)

    def visible(self, number: int) -> np.ndarray | None:
        """Return the visible mask of an actor, bool (H, W): pixels of which it owns at least half; None below 0.05 %
        of it.
        """
        rows, columns = self.owner.shape
        cover = cv2.resize(
            cv2.compare(self.owner, number + 1, cv2.CMP_EQ),
            (columns // OVER, rows // OVER),
            interpolation=cv2.INTER_AREA,
        )
        mask = cover > 127
        return mask if np.count_nonzero(mask) >= max(2, LEAST_SEEN * mask.size) else None


def sprite_of(actor: Actor, actors: list[Actor], unit: float) -> Sprite:
    """Draw an actor by itself: painted, or a shadow's soft mask, or its parent's picture turned over by water or a
    mirror.
    """
    if actor.effect == "shadow":
        mask = rasterise(actor.contours, unit)
        pad = max(1, round(0.012 * unit))
        mask = cv2.copyMakeBorder(mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT)
        return Sprite(mask, cv2.GaussianBlur(mask, (0, 0), max(0.6, pad / 2)))
    if not actor.effect:
        return make_sprite(actor.contours, actor.paint, unit)
    parent = make_sprite(actors[actor.of].contours, actors[actor.of].paint, unit)
    turned = [cv2.flip(plane, 0 if actor.effect == "water" else 1) for plane in (parent.pixels, parent.mask)]
    sprite = Sprite(turned[0], turned[1])
    return _rippled(sprite, actor.ripple, unit) if actor.ripple > 0 else sprite


def _rippled(sprite: Sprite, ripple: float, unit: float) -> Sprite:
    """Shift rows sideways in waves of `ripple` units."""
    pad = int(math.ceil(ripple * unit))
    rows = np.arange(sprite.mask.shape[0])
    shift = np.round(np.sin(rows / (0.011 * unit)) * ripple * unit).astype(np.intp)
    columns = np.arange(sprite.mask.shape[1] + 2 * pad)[None, :] - pad + shift[:, None]
    outside = (columns < 0) | (columns >= sprite.mask.shape[1])
    columns = np.clip(columns, 0, sprite.mask.shape[1] - 1)
    mask = np.take_along_axis(sprite.mask, columns, axis=1)
    mask[outside] = 0
    return Sprite(np.take_along_axis(sprite.pixels, columns[..., None], axis=1), mask)

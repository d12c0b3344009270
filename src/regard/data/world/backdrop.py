"""Backgrounds: plain, gradient, texture or a crop of a photograph.

A backdrop is a plan; it can be drawn at any size.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np

from regard.data.world.paint import Rgb, draw_rgb, mix, name_of
from regard.data.world.photos import Crop, draw_crop, jitter
from regard.media.colours import NAMES

KINDS = ("plain", "gradient", "texture", "photograph")
THUMB = 24


@dataclass(frozen=True)
class Backdrop:
    """kind; the colour word of a plain one; two colours and a direction for a gradient; a crop; a tint for textures;
    contrast 0..1.
    """

    kind: str
    colour: str
    first: Rgb
    second: Rgb
    slope: tuple[float, float] = (0.0, 1.0)
    crop: Crop | None = None
    contrast: float = 1.0

    def render(self, width: int, height: int) -> np.ndarray:
        """Return RGB uint8 (height, width, 3)."""
        if self.kind == "photograph":
            return _soften(self.crop.render(width, height), self.contrast)
        if self.kind == "texture":
            return self._texture(width, height)
        if self.kind == "gradient":
            return self._gradient(width, height)
        canvas = np.empty((height, width, 3), np.uint8)
        canvas[:] = self.first
        return canvas

    def thumb(self) -> np.ndarray:
        """Return a small version, (24, 24, 3), the same whatever the size that is drawn."""
        return self.render(THUMB, THUMB)

    def _gradient(self, width: int, height: int) -> np.ndarray:
        corners = np.empty((2, 2, 3), np.float32)
        for row in (0, 1):
            for column in (0, 1):
                part = 0.5 + 0.5 * ((column - 0.5) * self.slope[0] + (row - 0.5) * self.slope[1])
                corners[row, column] = mix(self.first, self.second, part)
        grown = np.repeat(np.repeat(corners, 16, axis=0), 16, axis=1)
        ramp = cv2.GaussianBlur(grown, (31, 31), 9, borderType=cv2.BORDER_REPLICATE)
        return cv2.resize(ramp, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)

    def _texture(self, width: int, height: int) -> np.ndarray:
        gray = cv2.cvtColor(self.crop.render(width, height), cv2.COLOR_RGB2GRAY)
        levels = (np.arange(256, dtype=np.float32) - float(gray.mean())) / 110.0 * self.contrast
        table = np.clip((1.0 + levels)[:, None] * np.array(self.first, np.float32), 0, 255)
        return cv2.LUT(cv2.merge([gray, gray, gray]), table.astype(np.uint8).reshape(256, 1, 3))


def _soften(pixels: np.ndarray, contrast: float) -> np.ndarray:
    """Pull pixels towards middle gray: contrast 1 keeps them, 0 is flat."""
    if contrast >= 0.99:
        return pixels
    levels = 128 + (np.arange(256, dtype=np.float32) - 128) * contrast
    return cv2.LUT(pixels, levels.astype(np.uint8))


def draw_backdrop(rng: random.Random, aspect: float, *, calm: bool = False) -> Backdrop:
    """Choose a backdrop for a picture of this aspect.

    `calm` ones are light and even, so that a shadow can be seen on them.
    """
    kind = rng.choices(KINDS, (0.5, 0.2, 0.3, 0.0) if calm else (0.26, 0.16, 0.18, 0.40))[0]
    colour = rng.choice(("white", "white", "gray", "yellow", "green", "blue", "pink")) if calm else rng.choice(NAMES)
    first = draw_rgb(rng, colour)
    if calm:
        first = mix(first, (232, 232, 232), rng.uniform(0.45, 0.85))
    elif rng.random() < 0.5:
        first = mix(first, (rng.randrange(256),) * 3, rng.uniform(0.1, 0.6))
    if kind == "photograph":
        crop = jitter(rng, draw_crop(rng, aspect, smallest=0.35))
        return Backdrop(kind, "", first, first, crop=crop, contrast=rng.uniform(0.5, 1.4))
    if kind == "texture":
        crop = draw_crop(rng, aspect, texture=rng.random() < 0.6)
        return Backdrop(kind, "", first, first, crop=crop, contrast=rng.uniform(0.15, 0.35 if calm else 0.8))
    if kind == "gradient":
        second = mix(first, (245, 245, 245) if calm else draw_rgb(rng, rng.choice(NAMES)), rng.uniform(0.3, 0.9))
        return Backdrop(kind, "", first, second, (rng.uniform(-1, 1), rng.uniform(-1, 1)))
    return Backdrop(kind, name_of(first), first, first)

"""What happens to a picture after it is drawn: light over it, and the faults of cameras and files."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Finish:
    """light: (across, down, overall) slopes of brightness; noise: its deviation in levels; blur: sigma in 1/128 of the
    longer side;
    quality: of a JPEG round trip, 0 for none; seed: of the noise."""

    light: tuple[float, float, float] = (0.0, 0.0, 1.0)
    noise: float = 0.0
    blur: float = 0.0
    quality: int = 0
    seed: int = 0

    def apply(self, picture: np.ndarray, frame: int = 0) -> np.ndarray:
        """Return the finished picture, RGB uint8 (H, W, 3); `frame` chooses the noise."""
        height, width = picture.shape[:2]
        if self.light != (0.0, 0.0, 1.0):
            across, down, overall = self.light
            x = np.linspace(-across, across, width, dtype=np.float32)
            y = np.linspace(-down, down, height, dtype=np.float32)[:, None]
            factor = cv2.merge([(overall + x + y)] * 3)
            picture = cv2.multiply(picture, factor, dtype=cv2.CV_8U)
        if self.blur:
            sigma = self.blur * max(width, height) / 128
            picture = cv2.GaussianBlur(picture, (0, 0), sigma)
        if self.noise:
            picture = self._noisy(picture, frame)
        if self.quality:
            _, code = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, self.quality))
            picture = cv2.imdecode(code, cv2.IMREAD_COLOR)
        return picture

    def _noisy(self, picture: np.ndarray, frame: int) -> np.ndarray:
        generator = np.random.Generator(np.random.SFC64((self.seed, frame)))
        noise = generator.standard_normal(picture.shape, dtype=np.float32) * np.float32(self.noise)
        return np.clip(picture + noise, 0, 255).astype(np.uint8)


def draw_finish(rng: random.Random) -> Finish:
    """Choose a finish: light on two pictures in three, a fault or two on one in two."""
    light = (0.0, 0.0, 1.0)
    if rng.random() < 0.65:
        light = (rng.uniform(-0.07, 0.07), rng.uniform(-0.07, 0.07), rng.uniform(0.9, 1.07))
    noise = rng.uniform(2, 9) if rng.random() < 0.25 else 0.0
    blur = rng.uniform(0.4, 0.9) if rng.random() < 0.2 else 0.0
    quality = rng.randint(40, 85) if rng.random() < 0.15 else 0
    return Finish(light, noise, blur, quality, rng.getrandbits(32))

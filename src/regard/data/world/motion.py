"""Paths of things over the frames of a clip, and the truth about them.

The speed rule: a rate is how much of the picture's side (the root of its area) a thing crosses in the time of the
whole clip. Slow things have a rate of 0.20 to 0.33, fast ones of 0.62 to 0.90; nothing lies between. Legend: T frames;
frame numbers are whole.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np

from regard.data.world.scene import Event, Motion

RATES = {"slow": (0.20, 0.33), "fast": (0.62, 0.90)}
VECTORS = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}
OPPOSITE = {"left": "right", "right": "left", "up": "down", "down": "up"}


@dataclass(frozen=True)
class Walk:
    """A plan of movement: from frame `start` in `direction` by `step` units a frame, from frame `turn` on in direction
    `after`, until `end`.

    `turn` is -1 without a turn; `lean` is a small slope (radians) against the exact direction.
    """

    direction: str = "still"
    speed: str = ""
    step: float = 0.0
    start: int = 0
    end: int = 0
    turn: int = -1
    after: str = ""
    lean: float = 0.0

    def offsets(self, frames: int) -> np.ndarray:
        """Return the way gone since frame 0, float64 (T, 2) in units."""
        if self.direction == "still":
            return np.zeros((frames, 2))
        time = np.arange(frames)
        corner = self.turn if self.turn >= 0 else self.end
        first = np.clip(time - self.start, 0, corner - self.start)[:, None] * self._step(self.direction)
        if self.turn < 0:
            return first
        return first + np.clip(time - self.turn, 0, self.end - self.turn)[:, None] * self._step(self.after)

    def _step(self, direction: str) -> np.ndarray:
        x, y = VECTORS[direction]
        cosine, sine = math.cos(self.lean), math.sin(self.lean)
        return np.array([x * cosine - y * sine, x * sine + y * cosine]) * self.step

    def motion(self, frames: int, fps: float) -> Motion:
        """Return the words and seconds for this plan."""
        if self.direction == "still":
            return Motion()
        path = "turns" if self.turn >= 0 else "stops" if self.end < frames - 1 else "straight"
        return Motion(self.direction, self.speed, path, self.start / fps, self.end / fps, self.after)

    def events(self, thing: int, frames: int, fps: float) -> list[Event]:
        """Return when the thing starts (after the first frame), turns and stops (before the last frame)."""
        if self.direction == "still":
            return []
        moments = []
        if self.start > 0:
            moments.append(("starts", self.start))
        if self.turn >= 0:
            moments.append(("turns", self.turn))
        if self.end < frames - 1:
            moments.append(("stops", self.end))
        return [Event(kind, thing, None, frame / fps, frame / fps) for kind, frame in moments]


def draw_step(rng: random.Random, speed: str, frames: int) -> float:
    """Choose how many units a thing of this speed goes between two frames."""
    return rng.uniform(*RATES[speed]) / (frames - 1)


def draw_walk(rng: random.Random, frames: int, *, start: int | None = None, still: float = 0.25) -> Walk:
    """Choose a plan: still, straight, stopping or turning. `start` fixes the first frame of movement."""
    if start is None and rng.random() < still:
        return Walk()
    last = frames - 1
    leg = max(1, last // 3)
    path = rng.choices(("straight", "stops", "turns"), (0.45, 0.25, 0.3))[0]
    if start is None:
        start = 0 if rng.random() < 0.6 else rng.randint(1, max(1, last - 2 * leg))
    direction = rng.choice(tuple(VECTORS))
    speed = rng.choice(("slow", "fast"))
    step, lean = draw_step(rng, speed, frames), math.radians(rng.uniform(-7, 7))
    if start + 2 * leg > last:
        path = "straight"
    if path == "stops":
        return Walk(direction, speed, step, start, rng.randint(start + leg, last - leg), lean=lean)
    if path == "turns":
        after = rng.choice([word for word in VECTORS if word != direction])
        return Walk(direction, speed, step, start, last, rng.randint(start + leg, last - leg), after, lean)
    return Walk(direction, speed, step, start, last, lean=lean)

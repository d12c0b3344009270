"""The truth of a drawn picture or clip: things, their visible masks, their motion, and what happens when.

Legend: T frames, H rows, W columns. Times are seconds, frame i is at `i / fps`. Positions are in [0, 1], x to the
right and y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = ("thing", "reflection", "shadow")
DIRECTIONS = ("still", "left", "right", "up", "down")
SPEEDS = ("", "slow", "fast")
PATHS = ("", "straight", "turns", "stops")
EVENTS = ("appears", "leaves", "starts", "stops", "turns", "collides", "hides")
SIZES = ("small", "medium", "large")


@dataclass(frozen=True)
class Motion:
    """How a thing moves. A still thing has direction "still", speed and path "".

    `start` and `end` are the seconds of the first and the last moment of movement; `after` is the direction after a
    turn ("" without one).
    """

    direction: str = "still"
    speed: str = ""
    path: str = ""
    start: float = 0.0
    end: float = 0.0
    after: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happens between `start` and `end` (seconds, equal for a moment), to `thing` and perhaps with
    `other`.

    kind: appears leaves starts stops turns collides (with `other`) hides (is covered by `other`).
    """

    kind: str
    thing: int
    other: int | None
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Thing:
    """One thing, reflection or shadow; every word in it is true of the pixels.

    shape is "patch" for a piece of a photograph; colour is "" only for a patch whose colour has no clear name; pattern
    and material are "" for patches, reflections and shadows; size follows the visible share of the picture on the
    first visible frame; `of` is the thing that a reflection or shadow belongs to, `inside` the container it lies in,
    `cell` its (row, column) in a grid, both 0-based. masks: one a frame, bool (H, W), the visible pixels; None where
    nothing of it is visible.
    """

    index: int
    shape: str
    colour: str
    pattern: str
    material: str
    size: str
    kind: str
    of: int | None
    inside: int | None
    cell: tuple[int, int] | None
    masks: tuple[np.ndarray | None, ...]
    motion: Motion


@dataclass(frozen=True, eq=False)
class Scene:
    """A drawn picture (one frame, fps 0) or clip with its whole truth.

    frames: (T, H, W, 3) uint8 RGB; grid: (rows, columns) or None; background: plain, gradient, texture or photograph;
    background_colour: the word for a plain one, "" for others.
    """

    seed: int
    frames: np.ndarray
    fps: float
    things: tuple[Thing, ...]
    events: tuple[Event, ...]
    grid: tuple[int, int] | None
    background: str
    background_colour: str = ""

    @property
    def is_clip(self) -> bool:
        """True for a clip, also one of a single frame."""
        return self.fps > 0

    @property
    def frame_count(self) -> int:
        """T."""
        return int(self.frames.shape[0])

    @property
    def height(self) -> int:
        """Rows of a frame."""
        return int(self.frames.shape[1])

    @property
    def width(self) -> int:
        """Columns of a frame."""
        return int(self.frames.shape[2])

    @property
    def times(self) -> np.ndarray:
        """Seconds of each frame, float64 (T,)."""
        return np.arange(self.frame_count) / self.fps if self.is_clip else np.zeros(1)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last; 0 for a picture."""
        return float(self.times[-1])

    def thing(self, thing: int | Thing) -> Thing:
        """Return the thing with this index (a thing is returned as it is)."""
        return thing if isinstance(thing, Thing) else self.things[thing]

    def visible_frames(self, thing: int | Thing) -> tuple[int, ...]:
        """Return the frames on which something of it can be seen."""
        return tuple(index for index, mask in enumerate(self.thing(thing).masks) if mask is not None)

    def first_frame(self, thing: int | Thing) -> int:
        """Return the first frame on which something of it can be seen."""
        return self.visible_frames(thing)[0]

    def mask(self, thing: int | Thing, frame: int | None = None) -> np.ndarray | None:
        """Return its visible pixels on a frame, bool (H, W), or None; the first visible frame when left out."""
        return self.thing(thing).masks[self.first_frame(thing) if frame is None else frame]

    def share(self, thing: int | Thing, frame: int | None = None) -> float:
        """Return the share of the picture's area that is visible of it, in [0, 1]; the first visible frame when left
        out.
        """
        mask = self.mask(thing, frame)
        return 0.0 if mask is None else float(np.count_nonzero(mask)) / mask.size

    def centroid(self, thing: int | Thing, frame: int | None = None) -> tuple[float, float] | None:
        """Return (x, y) in [0, 1], the mean place of its visible pixels on a frame (the first visible one when left
        out), or None.
        """
        mask = self.mask(thing, frame)
        if mask is None:
            return None
        rows, columns = mask.sum(axis=1), mask.sum(axis=0)
        total = float(rows.sum())
        x = float(columns @ (np.arange(mask.shape[1]) + 0.5)) / total / mask.shape[1]
        y = float(rows @ (np.arange(mask.shape[0]) + 0.5)) / total / mask.shape[0]
        return x, y

    def saliency(self, of: Event | Thing | int) -> np.ndarray:
        """Return how active each frame is for an event or a thing, float64 (T,) in [0, 1].

        An event: 1 from its start to its end, 0.5 one frame away, 0 from two frames away on (linear in time between).
        A thing: how far its visible centroid goes from the frame before, over the largest such step; 0 where it is not
        seen or is still.
        """
        return self._event_saliency(of) if isinstance(of, Event) else self._thing_saliency(self.thing(of))

    def _event_saliency(self, event: Event) -> np.ndarray:
        if not self.is_clip:
            return np.ones(1)
        distance = np.maximum(np.maximum(event.start - self.times, self.times - event.end), 0.0)
        return np.clip(1.0 - distance * self.fps / 2.0, 0.0, 1.0)

    def _thing_saliency(self, thing: Thing) -> np.ndarray:
        places = [self.centroid(thing, frame) for frame in range(self.frame_count)]
        steps = np.zeros(self.frame_count)
        for frame in range(1, self.frame_count):
            here, before = places[frame], places[frame - 1]
            if here is not None and before is not None:
                steps[frame] = np.hypot(here[0] - before[0], here[1] - before[1])
        steps[steps < 0.01] = 0.0
        return steps / steps.max() if steps.max() > 0 else steps

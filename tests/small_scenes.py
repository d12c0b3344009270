"""Scenes of the world made by hand: discs of 100 x 100 pixels."""

from __future__ import annotations

import numpy as np

from regard.data.world.scene import Event, Motion, Scene, Thing

SIZE = 100
STILL = Motion()


def disc(x: float, y: float, radius: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    return (rows - y * SIZE) ** 2 + (columns - x * SIZE) ** 2 <= radius**2


def thing(index: int, colour: str, shape: str, masks: list[np.ndarray | None], **more: object) -> Thing:
    first = next(mask for mask in masks if mask is not None)
    share = first.mean()
    size = "small" if share < 0.03 else "medium" if share < 0.12 else "large"
    values = {"pattern": "plain", "material": "matte", "kind": "thing", "of": None, "inside": None, "cell": None}
    values |= {"motion": STILL} | more
    return Thing(index=index, shape=shape, colour=colour, size=size, masks=tuple(masks), **values)


def scene(
    things: list[Thing], frames: int = 1, events: tuple[Event, ...] = (), grid: tuple[int, int] | None = None
) -> Scene:
    pixels = np.full((frames, SIZE, SIZE, 3), (20, 150, 40), np.uint8)
    return Scene(7, pixels, 4.0 if frames > 1 else 0.0, tuple(things), events, grid, "plain", "green")

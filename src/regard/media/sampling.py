"""Which frames of a clip to look at: evenly spread indices, by the rules that published systems use.

Both rules are pinned by recorded values (`tests/golden/frame_sampling.safetensors`).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from regard.core.errors import VideoError

Item = TypeVar("Item")
ANNOTATED_FRAMES = 32
"""How many frames of a clip VideoRefer-Bench annotates (VideoRefer Suite, section on the benchmark)."""


def uniform_indices(frame_count: int, n: int) -> list[int]:
    """Return `n` frame indices spread evenly over a clip: the middle of each of `n` equal stretches.

    Index i is `(i + 0.5) * (frame_count - 1) / n`, rounded with halves upwards. A clip with fewer than `n` frames
    yields repeated indices, so the answer always has length `n`, ascends, and stays in 0 .. frame_count - 1. Source:
    the released sampling of VideoRefer (inherited from VideoLLaMA 2), mode "uniform".

    Raises `VideoError` when `frame_count` or `n` is not a positive integer.
    """
    frame_count, n = _positive(frame_count, "frame_count"), _positive(n, "n")
    stretch = float(frame_count - 1) / n
    starts, ends = stretch * np.arange(n), stretch * np.arange(1, n + 1)
    middles = (starts + ends) / 2
    return [int(index) for index in np.round(middles + 1e-6)]


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """Return at most `most` of the items, evenly spread and in their order."""
    count = len(items)
    return [items[place] for place in sorted(set(uniform_indices(count, min(most, count))))] if count else []


def annotated_grid(frame_count: int, n: int = ANNOTATED_FRAMES) -> list[int]:
    """Return the `n` frames that the region benchmark annotates in a clip of `frame_count` frames.

    Each is halfway (rounded down) between the rounded borders of its stretch, so it can differ by one from
    `uniform_indices`. Source: the benchmark scripts of VideoRefer.
    """
    frame_count, n = _positive(frame_count, "frame_count"), _positive(n, "n")
    stretch = float(frame_count - 1) / n
    borders = [int(border) for border in np.round(stretch * np.arange(n + 1))]
    return [(start + end) // 2 for start, end in zip(borders, borders[1:], strict=False)]


def annotated_indices(frame_count: int, n: int = 16, annotated: int = ANNOTATED_FRAMES) -> list[int]:
    """Return `n` of the `annotated` frames of a benchmark clip: `uniform_indices` taken over `annotated_grid`.

    With the defaults this is the "16 of 32" that general models are shown. Source: the benchmark scripts of VideoRefer.
    """
    grid = annotated_grid(frame_count, annotated)
    return [grid[place] for place in uniform_indices(annotated, n)]


def _positive(value: int, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1 or isinstance(value, bool):
        raise VideoError(f"{name} must be a whole number of at least 1; {value!r} came")
    return number

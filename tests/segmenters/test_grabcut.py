"""A click or a scribble becomes a mask."""

from __future__ import annotations

import numpy as np
import pytest

from regard.core import rooms
from regard.core.errors import RegionError
from regard.regions.geometry import mask_iou
from regard.regions.region import Region
from regard.segmenters._base import Segmenter
from regard.segmenters.grabcut import GrabCut, geodesic

SEGMENTER = GrabCut()


def scene(width: int = 320, height: int = 240) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A grainy grey picture with a red disc, a blue box, and a two-coloured thing."""
    rng = np.random.default_rng(0)
    pixels = np.clip(rng.normal(120, 8, (height, width, 3)), 0, 255)
    rows, columns = np.mgrid[:height, :width] + 0.5
    things = {
        "disc": (columns - 0.25 * width) ** 2 + (rows - 0.35 * height) ** 2 < (0.12 * width) ** 2,
        "box": (abs(columns - 0.7 * width) < 0.15 * width) & (abs(rows - 0.3 * height) < 0.12 * height),
        "top": (abs(columns - 0.5 * width) < 0.1 * width) & (abs(rows - 0.68 * height) < 0.08 * height),
        "foot": (abs(columns - 0.5 * width) < 0.1 * width) & (abs(rows - 0.84 * height) < 0.08 * height),
    }
    colours = {"disc": (200, 40, 40), "box": (40, 60, 190), "top": (40, 160, 60), "foot": (230, 220, 60)}
    for name, mask in things.items():
        pixels[mask] = np.asarray(colours[name]) + rng.normal(0, 8, (mask.sum(), 3))
    return np.clip(pixels, 0, 255).astype(np.uint8), things


def click(pixels: np.ndarray, *points: tuple[float, float], labels: tuple[int, ...] | None = None) -> np.ndarray:
    labels = labels or (1,) * len(points)
    return SEGMENTER(pixels, np.asarray(points, dtype=float), np.asarray(labels))


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float(mask_iou(a[None], b[None])[0, 0])


def test_it_is_found_by_its_file_name():
    assert rooms.load("regard.segmenters", "grabcut", Segmenter) is GrabCut


@pytest.mark.parametrize(
    ("name", "point"), [("disc", (80, 84)), ("disc", (60, 100)), ("box", (224, 72)), ("box", (190, 60))]
)
def test_a_click_finds_a_thing_of_one_colour(name, point):
    pixels, things = scene()
    assert iou(click(pixels, point), things[name]) > 0.93


def test_two_clicks_and_a_scribble_find_a_thing_of_two_colours():
    pixels, things = scene()
    both = things["top"] | things["foot"]
    assert iou(click(pixels, (160, 160), (160, 205)), both) > 0.9
    region = Region.scribble([(150, 155), (165, 210)])
    bound = region.bind((320, 240), pixels=lambda frame: pixels, segmenter=SEGMENTER)
    assert iou(bound.mask(), both) > 0.9


def test_a_click_outside_takes_a_part_away():
    pixels, things = scene()
    both = things["top"] | things["foot"]
    mask = click(pixels, (160, 160), (160, 195), (160, 208), labels=(1, 1, 0))
    assert iou(mask & both, both) < 0.95 and not mask[208, 160] and mask[160, 160]


def test_the_same_click_gives_the_same_mask():
    pixels, _ = scene()
    assert (click(pixels, (80, 84)) == click(pixels, (80, 84))).all()


def test_a_large_picture_is_cut_at_its_full_size():
    pixels, things = scene(800, 600)
    assert iou(click(pixels, (200, 210)), things["disc"]) > 0.97


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3), (7, 900)])
def test_any_size_of_picture_gives_a_mask_with_the_point(size):
    width, height = size
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    mask = click(pixels, (width - 0.5, height - 0.5))
    assert mask.shape == (height, width) and mask.dtype == bool and mask[-1, -1]


def test_an_even_picture_gives_a_mask():
    assert click(np.full((60, 80, 3), 9, dtype=np.uint8), (40, 30))[30, 40]


def test_wrong_input_is_named():
    pixels, _ = scene()
    with pytest.raises(RegionError, match="labelled 0"):
        click(pixels, (3, 3), labels=(0,))
    with pytest.raises(RegionError, match="uint8"):
        click(pixels / 255, (3, 3))
    with pytest.raises(RegionError, match="labels"):
        SEGMENTER(pixels, np.zeros((2, 2)), np.ones(3))


def test_the_walk_is_the_shortest_one():
    """Against Dijkstra's algorithm in its plainest form, on a picture whose shortest ways do not wind."""
    rng = np.random.default_rng(2)
    colours = rng.integers(0, 3, (6, 7, 1)).astype(float)
    seeds = np.zeros((6, 7), dtype=bool)
    seeds[2, 3] = True
    best = np.where(seeds, 0.0, np.inf)
    for _ in range(60):
        for (row, column), cost in np.ndenumerate(best.copy()):
            for to in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
                if 0 <= to[0] < 6 and 0 <= to[1] < 7:
                    step = abs(colours[row, column, 0] - colours[to][0]) + 1
                    best[to] = min(best[to], cost + step)
    assert np.allclose(geodesic(colours, seeds, sweeps=6), best)

"""Coordinates become pixels by the rule that is stated: a pixel is in when its centre is inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from regard.core.errors import EmptyRegion, RegionError
from regard.regions import raster

COORDINATE = st.floats(-20, 40, allow_nan=False)
SIZE = (17, 13)


def by_definition(rings, size):
    """Even-odd for every pixel centre by itself."""
    mask = np.zeros((size[1], size[0]), dtype=bool)
    for row in range(size[1]):
        for column in range(size[0]):
            crossings = 0
            for ring in rings:
                for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
                    if y1 > y2:
                        x1, y1, x2, y2 = x2, y2, x1, y1
                    if y1 <= row + 0.5 < y2:
                        at = x1 + (row + 0.5 - y1) / (y2 - y1) * (x2 - x1)
                        crossings += at <= column + 0.5
            mask[row, column] = crossings % 2
    return mask


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=6), min_size=1, max_size=3))
def test_polygons_are_filled_even_odd(rings):
    found = raster.even_odd([np.array(ring) for ring in rings], SIZE)
    assert (found == by_definition(rings, SIZE)).all()


@settings(max_examples=100, deadline=None)
@given(COORDINATE, COORDINATE, st.floats(0.01, 30), st.floats(0.01, 30))
def test_a_box_is_the_polygon_of_its_corners(x, y, width, height):
    corners = (x, y, x + width, y + height)
    if x >= SIZE[0] or y >= SIZE[1] or corners[2] <= 0 or corners[3] <= 0:
        with pytest.raises(RegionError, match="wholly outside"):
            raster.box_mask(corners, SIZE)
        return
    mask, notes = raster.box_mask(corners, SIZE)
    ring = [(x, y), (corners[2], y), (corners[2], corners[3]), (x, corners[3])]
    filled = by_definition([ring], SIZE)
    assert mask.any() and (not filled.any() or (mask == filled).all())
    outside = x < 0 or y < 0 or corners[2] > SIZE[0] or corners[3] > SIZE[1]
    assert any("clipped" in note for note in notes) == outside


def test_whole_boxes_are_exact_and_thin_ones_keep_a_pixel():
    mask, notes = raster.box_mask((2, 3, 5, 9), SIZE)
    assert mask.sum() == 18 and mask[3:9, 2:5].all() and notes == ()
    mask, _ = raster.box_mask((2.6, 0, 2.8, 13), SIZE)
    assert mask.sum() == 13 and mask[:, 2].all()
    mask, notes = raster.box_mask((0.2, 0.2, 0.8, 0.8), SIZE)
    assert mask.sum() == 1 and mask[0, 0]
    mask, notes = raster.box_mask((0.6, 0.6, 0.9, 0.9), SIZE)
    assert mask.sum() == 1 and "norm1" in notes[0]


def test_holes_parts_and_crossings():
    outer, hole = [(0, 0), (10, 0), (10, 10), (0, 10)], [(3, 3), (6, 3), (6, 6), (3, 6)]
    assert raster.polygon_mask([outer, hole], SIZE)[0].sum() == 100 - 9
    assert raster.polygon_mask([hole, [(11, 0), (14, 0), (14, 2), (11, 2)]], SIZE)[0].sum() == 9 + 6
    bow = raster.polygon_mask([[(0, 0), (10, 10), (10, 0), (0, 10)]], SIZE)[0]
    assert bow[5, 1] and bow[5, 8] and not bow[1, 5] and not bow[8, 5]


def test_polygons_that_cover_nothing():
    square = [(2, 2), (5, 2), (5, 5), (2, 5)]
    with pytest.raises(EmptyRegion, match="cancel out"):
        raster.polygon_mask([square, square], SIZE)
    mask, notes = raster.polygon_mask([[(2.1, 3.1), (2.3, 3.1), (2.2, 3.3)]], SIZE)
    assert mask.sum() == 1 and mask[3, 2] and "too thin" in notes[0]
    with pytest.raises(RegionError, match="wholly outside"):
        raster.polygon_mask([[(20, 0), (30, 0), (30, 9)]], SIZE)
    with pytest.raises(EmptyRegion, match="covers no pixel"):
        raster.polygon_mask([[(-9, 5), (-9, -9), (5, -9)]], SIZE)


@settings(max_examples=100, deadline=None)
@given(arrays.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))).filter(np.any))
def test_an_outline_gives_its_pixels_back(mask):
    size = (mask.shape[1], mask.shape[0])
    rings = raster.outline(mask)
    assert (raster.even_odd([np.array(ring) for ring in rings], size) == mask).all()
    assert (raster.even_odd([np.array(raster.one_ring(rings))], size) == mask).all()


def test_stretching_takes_the_nearest_pixel():
    mask = np.array([[True, False], [False, True]])
    assert raster.stretched(mask, (4, 2)).tolist() == [[True, True, False, False], [False, False, True, True]]
    lost = np.zeros((100, 100), dtype=bool)
    lost[3, 3] = True
    with pytest.raises(EmptyRegion, match="nothing is left"):
        raster.stretched(lost, (2, 2))


def test_a_great_many_corners_stay_within_memory():
    zigzag = np.stack([np.arange(9_000) % 700, np.arange(9_000) % 2 * 500.0], axis=1)
    assert raster.even_odd([zigzag], (700, 500)).shape == (500, 700)


def test_a_line_is_walked_evenly():
    points = raster.along_line([(0, 0), (30, 0), (30, 40)], (100, 100))
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert len(points) > 40 and steps.max() < 1.5
    assert len(raster.along_line([(0, 0), (9000, 9000)], (10000, 10000))) <= 256

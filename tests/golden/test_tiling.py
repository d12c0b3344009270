"""The grid of tiles is the one that GAR's released processor chooses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from regard.core.errors import ImageError
from regard.media.tiling import choose_grid, cut, grids

CASES = json.loads((Path(__file__).parent / "gar_tiling.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['width']}x{case['height']} in {case['max_num_tiles']}")
def test_the_grid_is_the_released_one(case: dict) -> None:
    columns, rows = choose_grid(case["width"], case["height"], case["max_num_tiles"])
    assert [columns, rows] == case["grid_wh"]
    assert columns * rows + 1 == case["tiles"]


@pytest.mark.parametrize("most", [1, 2, 7, 16, 36])
def test_any_picture_gets_a_grid(most: int) -> None:
    sizes = [1, 30, 447, 448, 449, 1000, 5000, 60_000]
    chosen = {choose_grid(width, height, most) for width in sizes for height in sizes}
    assert chosen <= set(grids(most)) and all(columns * rows <= most for columns, rows in chosen)


def test_a_picture_of_no_size_is_refused() -> None:
    with pytest.raises(ImageError, match="cannot tile a picture of 0x5"):
        choose_grid(0, 5, 4)


def test_tiles_go_row_by_row() -> None:
    picture = np.arange(4 * 6 * 3).reshape(4, 6, 3)
    tiles = cut(picture, columns=3, rows=2)
    assert tiles.shape == (6, 2, 2, 3)
    assert np.array_equal(tiles[1], picture[:2, 2:4]) and np.array_equal(tiles[3], picture[2:, :2])

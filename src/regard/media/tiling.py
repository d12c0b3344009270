"""Pictures in any resolution: the picture as a grid of square tiles, after a thumbnail of the whole.

Two rules choose the grid. `choose_grid` is that of Perception-LM, on which GAR stands: the grid that holds the picture
without shrinking it and makes it largest, else the one nearest to its proportions. `closest_grid` is that of InternVL.
Proportions are not kept when the picture is stretched onto the grid.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction

import numpy as np

from regard.core.errors import ImageError


@functools.cache
def grids(most_tiles: int) -> tuple[tuple[int, int], ...]:
    """Return every (columns, rows) of at most `most_tiles` tiles, grids of one proportion together, larger ones first.

    The order matters: of grids that suit a picture equally well, the last one is taken.
    """
    by_proportion: dict[Fraction, list[tuple[int, int]]] = {}
    for count in range(most_tiles, 0, -1):
        for columns in (number for number in range(1, count + 1) if count % number == 0):
            grid = (columns, count // columns)
            by_proportion.setdefault(Fraction(*grid), []).append(grid)
    return tuple(grid for same in by_proportion.values() for grid in same)


def choose_grid(width: int, height: int, most_tiles: int, tile: int = 448) -> tuple[int, int]:
    """Return the grid (columns, rows) of at most `most_tiles` tiles for a picture of `width` x `height` pixels.

    `tile`: the side of a tile in pixels. Raises `ImageError` for a size below 1.
    """
    _check(width, height, most_tiles, tile)
    roomy = [grid for grid in grids(most_tiles) if grid[0] * tile >= width and grid[1] * tile >= height]
    if not roomy or most_tiles == 1:
        return _nearest(width, height, most_tiles)
    sizes = [_shorter_side(width, height, columns * tile, rows * tile) for columns, rows in roomy]
    return max(zip(sizes, range(len(roomy)), roomy, strict=True))[2]


def closest_grid(width: int, height: int, most_tiles: int, tile: int = 448) -> tuple[int, int]:
    """Return the grid (columns, rows) of at most `most_tiles` tiles whose proportions are closest to the picture's; of
    several such, the largest of which the picture has more than half the pixels (InternVL 1.5, arXiv 2404.16821,
    section 3.2, as released). A small picture is one tile.

    Raises `ImageError` for a size below 1.
    """
    _check(width, height, most_tiles, tile)
    sides = range(1, most_tiles + 1)
    known = sorted(
        ((columns, rows) for columns in sides for rows in sides if columns * rows <= most_tiles),
        key=lambda grid: grid[0] * grid[1],
    )
    apart = [abs(width / height - columns / rows) for columns, rows in known]
    nearest = min(apart)
    best, *larger = (grid for grid, far in zip(known, apart, strict=True) if far == nearest)
    for columns, rows in larger:
        if width * height > 0.5 * tile**2 * columns * rows:
            best = columns, rows
    return best


def _check(width: int, height: int, most_tiles: int, tile: int) -> None:
    if min(width, height, most_tiles, tile) < 1:
        raise ImageError(f"cannot tile a picture of {width}x{height} into {most_tiles} tiles of {tile} pixels")


def _shorter_side(width: int, height: int, canvas_width: int, canvas_height: int) -> float:
    """Return the shorter side of the picture when it is enlarged to fill a canvas, its proportions kept."""
    proportion = width / height
    scale = min(canvas_width / width, canvas_height / height)
    if proportion > 1:
        return math.floor(scale * width / proportion)
    return math.floor(scale * height * proportion) if proportion < 1 else scale * height


def _nearest(width: int, height: int, most_tiles: int) -> tuple[int, int]:
    """Return the largest grid whose proportion is next to the picture's on the square's side."""
    wanted = Fraction(width, height)
    known = [Fraction(*grid) for grid in grids(most_tiles)]
    if wanted >= 1:
        best = max(proportion for proportion in known if proportion <= wanted)
    else:
        best = min(proportion for proportion in known if proportion > wanted)
    return max(grid for grid in grids(most_tiles) if Fraction(*grid) == best)


def cut(stretched_HWC: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Cut a picture (rows x side, columns x side, C) into its tiles (rows x columns, side, side, C), row by row."""
    height, width = stretched_HWC.shape[0] // rows, stretched_HWC.shape[1] // columns
    split = stretched_HWC.reshape(rows, height, columns, width, -1)
    return split.swapaxes(1, 2).reshape(rows * columns, height, width, -1)

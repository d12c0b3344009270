"""Pieces of a mask: what touches, and how large it is."""

import numpy as np
import pytest

from regard.regions.pieces import piece_sizes


@pytest.mark.parametrize(("connectivity", "sizes"), [(8, [5, 5, 2]), (4, [4, 1, 2])])
def test_every_pixel_knows_the_size_of_its_piece(connectivity, sizes):
    mask = np.zeros((6, 8), bool)
    mask[0:2, 0:2], mask[2, 2], mask[4, 5:7] = True, True, True
    found = piece_sizes(mask, connectivity)
    assert [found[0, 0], found[2, 2], found[4, 6]] == sizes
    assert not found[~mask].any() and not piece_sizes(mask & False).any()

"""Letterboxing and squashing: pixels and masks land on the same cells, and no region is lost."""

import numpy as np
import pytest

from regard.core.errors import ImageError
from regard.media.fit import letterbox, letterbox_geometry, letterbox_mask, squash, squash_mask


def covered(mask, shape):
    """Exact coverage by counting on a grid fine enough for both."""
    rows = np.lcm(mask.shape[0], shape[0])
    columns = np.lcm(mask.shape[1], shape[1])
    fine = np.kron(mask, np.ones((rows // mask.shape[0], columns // mask.shape[1])))
    return fine.reshape(shape[0], rows // shape[0], shape[1], columns // shape[1]).mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("size", "shape"), [((12, 18), (4, 6)), ((10, 15), (4, 7)), ((5, 7), (8, 9)), ((20, 3), (6, 8)), ((6, 6), (6, 6))]
)
def test_coverage_is_exact_by_area(size, shape):
    rng = np.random.default_rng(0)
    for share in (0.05, 0.5, 0.95):
        mask = rng.random(size) < share
        assert np.allclose(squash_mask(mask, shape), covered(mask, shape), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (480, 640), (1080, 1920), (777, 333), (3, 5)])
@pytest.mark.parametrize("square", [16, 63, 128])
def test_one_pixel_never_disappears(size, square):
    rng = np.random.default_rng(1)
    for _ in range(8):
        mask = np.zeros(size, bool)
        mask[rng.integers(size[0]), rng.integers(size[1])] = True
        cells = letterbox_mask(mask, square)
        assert cells.shape == (square, square) and cells.dtype == np.float32
        assert cells.max() > 0 and cells.min() >= 0 and cells.max() <= 1
        _, (height, width), _ = letterbox_geometry(*size, square)
        assert cells.sum() == pytest.approx(height * width / (size[0] * size[1]), rel=1e-4)


def test_an_empty_mask_is_empty_and_a_full_one_covers_the_picture_alone():
    assert letterbox_mask(np.zeros((30, 50), bool), 16).max() == 0
    full = letterbox_mask(np.ones((30, 60), bool), 16)
    assert np.allclose(full[4:12], 1) and full[:4].max() == 0 and full[12:].max() == 0


@pytest.mark.parametrize("size", [(40, 90), (90, 40), (64, 64), (1, 300), (300, 1), (11, 7)])
def test_pixels_and_masks_share_one_geometry(size):
    mask = np.zeros(size, bool)
    mask[size[0] // 3 : size[0] // 3 + max(1, size[0] // 4), size[1] // 2 : size[1] // 2 + max(1, size[1] // 4)] = True
    pixels = np.where(mask[..., None], 255, 0).astype(np.uint8).repeat(3, axis=2)
    square, scale, (left, top) = letterbox(pixels, 48, fill=0)
    cells = letterbox_mask(mask, 48)
    if max(size) >= 48:
        assert np.abs(square[..., 0] / 255 - cells).max() < 0.01
    centre = np.argwhere(mask).mean(axis=0) + 0.5
    weights = cells / cells.sum()
    row = (weights.sum(axis=1) * (np.arange(48) + 0.5)).sum()
    column = (weights.sum(axis=0) * (np.arange(48) + 0.5)).sum()
    assert row == pytest.approx(centre[0] * scale + top, abs=1.0)
    assert column == pytest.approx(centre[1] * scale + left, abs=1.0)


def test_a_picture_is_centred_on_the_fill():
    square, scale, offset = letterbox(np.full((20, 40, 3), 7, np.uint8), 80)
    assert (scale, offset) == (2.0, (0, 20))
    assert square.shape == (80, 80, 3) and square.dtype == np.uint8
    assert np.all(square[20:60] == 7) and np.all(square[:20] == 128) and np.all(square[60:] == 128)
    assert np.all(letterbox(np.full((20, 40, 3), 7, np.uint8), 80, fill=0)[0][:20] == 0)


def test_squashing_keeps_flat_colours_and_means():
    rng = np.random.default_rng(2)
    for size, shape in [((37, 91), (16, 16)), ((4, 5), (32, 24)), ((3, 100), (20, 10)), ((8, 8), (8, 8))]:
        assert np.all(squash(np.full((*size, 3), 77, np.uint8), shape) == 77)
        assert squash(rng.integers(0, 255, (*size, 3), dtype=np.uint8), shape).shape == (*shape, 3)
    noise = rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)
    assert np.abs(squash(noise, (8, 8)).reshape(-1, 3).mean(0) - noise.reshape(-1, 3).mean(0)).max() < 1


def test_fitting_is_the_same_every_time_and_leaves_its_input_alone():
    pixels = np.random.default_rng(3).integers(0, 255, (50, 70, 3), dtype=np.uint8)
    before = pixels.copy()
    pixels.flags.writeable = False
    assert np.array_equal(letterbox(pixels, 32)[0], letterbox(pixels, 32)[0])
    assert np.array_equal(pixels, before)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ImageError, match="0"):
        letterbox_geometry(0, 5, 10)
    with pytest.raises(ImageError, match="height, width"):
        letterbox_mask(np.zeros((4, 4, 3), bool), 8)

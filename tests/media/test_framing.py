"""Pictures reach the tower as the published processors bring them there, and masks lie on the pixels they cover."""

import numpy as np
import pytest
import torch
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from regard.core.errors import ConfigError
from regard.media.framing import Framing

CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
SHAPES = [(40, 64), (64, 40), (300, 301), (33, 33), (17, 500)]
FRAMINGS = [
    Framing(),
    Framing(fit="pad", resample="bicubic", mean=CLIP_MEAN, std=CLIP_STD),
    Framing(fit="stretch", resample="bicubic"),
]


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_stretched_pictures_are_those_of_siglip(shape):
    pixels = picture(*shape)
    published = SiglipImageProcessorPil(size={"height": 56, "width": 56})(pixels, return_tensors="np")
    ours = Framing(fit="stretch", resample="bicubic").picture(pixels, 56)
    np.testing.assert_allclose(ours, published["pixel_values"][0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_padded_pictures_are_those_of_clip_behind_llavas_square(shape):
    pixels = picture(*shape)
    longest = max(shape)
    square = np.empty((longest, longest, 3), np.uint8)
    square[:] = [int(level * 255) for level in CLIP_MEAN]
    top, left = (longest - shape[0]) // 2, (longest - shape[1]) // 2
    square[top : top + shape[0], left : left + shape[1]] = pixels
    size = {"shortest_edge": 56}, {"height": 56, "width": 56}
    published = CLIPImageProcessorPil(size=size[0], crop_size=size[1])(square, return_tensors="np")
    ours = FRAMINGS[1].picture(pixels, 56)
    np.testing.assert_allclose(ours, published["pixel_values"][0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.fit)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_box_and_mask_lie_where_the_picture_shows_them(framing, shape):
    height, width = shape
    x1, y1, x2, y2 = width // 4, height // 3, width // 4 + max(width // 3, 2), height // 3 + max(height // 2, 2)
    mask = np.zeros(shape, bool)
    mask[y1:y2, x1:x2] = True
    size = 96
    share = framing.mask(mask, size)
    left, top, right, below = (edge * size for edge in framing.box((x1, y1, x2, y2), height, width))
    rows, columns = np.flatnonzero(share.max(1) > 0), np.flatnonzero(share.max(0) > 0)
    assert abs(columns[0] - left) <= 1.5 and abs(columns[-1] + 1 - right) <= 1.5
    assert abs(rows[0] - top) <= 1.5 and abs(rows[-1] + 1 - below) <= 1.5
    assert share.sum() == pytest.approx((right - left) * (below - top), rel=0.15)


@pytest.mark.parametrize("framing", FRAMINGS, ids=lambda framing: framing.fit)
def test_a_region_of_one_pixel_does_not_vanish(framing):
    mask = np.zeros((1080, 1920), bool)
    mask[700, 1500] = True
    assert framing.mask(mask, 28).max() > 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fit": "crop"}, "fit is one of letterbox, pad, stretch"),
        ({"fit": "pad", "resample": "cubic"}, "resample one of area, bicubic"),
        ({"resample": "bicubic"}, "take fit='pad'"),
        ({"std": (0.5, 0.0, 0.5)}, "std above 0"),
    ],
)
def test_what_is_not_known_is_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        Framing(**settings)


@pytest.mark.parametrize(("shape", "size"), [((90, 140), 56), ((37, 21), 64), ((448, 448), 448)])
def test_the_nearest_pixel_of_a_mask_is_the_one_that_torch_takes(shape, size):
    mask = np.random.default_rng(0).random(shape) < 0.3
    ours = Framing(fit="stretch", masks="nearest").mask(mask, size)
    theirs = torch.nn.functional.interpolate(torch.from_numpy(mask)[None, None].float(), (size, size), mode="nearest")
    np.testing.assert_array_equal(ours, theirs[0, 0].numpy())


def test_masks_may_stay_as_they_are_given_in_the_padded_square():
    mask = np.zeros((20, 50), bool)
    mask[3, 7] = True
    kept = Framing(fit="pad", masks="given").mask(mask, 336)
    assert kept.shape == (50, 50) and np.argwhere(kept).tolist() == [[18, 7]]
    assert Framing(fit="stretch", masks="given").mask(mask, 336).shape == (20, 50)


def test_without_the_far_edge_a_box_ends_at_its_last_pixel():
    assert Framing(fit="stretch", far_edge=False).box((2, 4, 3, 8), 10, 20) == (0.1, 0.4, 0.1, 0.7)

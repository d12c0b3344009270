"""Pictures reach the tower as the published processors bring them there, and masks lie on the pixels they cover."""

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import (
    GotOcr2ImageProcessorPil,
    get_optimal_tiled_canvas,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from regard.core.errors import ConfigError, ImageError
from regard.media.framing import Framing
from regard.media.tiling import closest_grid

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
        ({"fit": "pad", "resample": "cubic"}, "resample one of area, bilinear, bicubic"),
        ({"resample": "bicubic"}, "take fit='pad'"),
        ({"grid": "closer"}, "grid is one of roomy, closest"),
        ({"fit": "flexible", "multiple": 0}, "the other two are pixels"),
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


SIZES = [*SHAPES, (448, 448), (720, 1280), (1333, 800), (97, 701), (56, 57), (30, 5000), (2400, 1900)]
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def test_bilinear_pictures_are_those_of_siglip_2():
    pixels = picture(90, 140)
    settings = {"size": {"height": 56, "width": 56}, "resample": Pillow.Resampling.BILINEAR}
    published = SiglipImageProcessorPil(**settings)(pixels, return_tensors="np")["pixel_values"][0]
    ours = Framing(fit="stretch", resample="bilinear").picture(pixels, 56)
    np.testing.assert_allclose(ours, published, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [56, 224, 3584])
def test_flexible_shapes_are_those_of_qwen(size):
    framing = Framing(fit="flexible")
    sides = np.random.default_rng(1).integers(1, 3000, (500, 2)).tolist()
    for height, width in [*SIZES, *sides]:
        if max(height, width) <= 200 * min(height, width):
            wanted = smart_resize(height, width, 28, 56 * 56, size * size)
            assert framing.shape(height, width, size) == wanted, (height, width)
    with pytest.raises(ImageError, match="crop it"):
        framing.shape(10, 2001, size)


@pytest.mark.parametrize("shape", [(90, 140), (300, 301), (33, 33), (17, 500)], ids=str)
def test_flexible_pictures_are_those_of_qwen_in_its_order_of_patches(shape):
    pixels = picture(*shape)
    processor = Qwen2VLImageProcessorPil(size={"shortest_edge": 56 * 56, "longest_edge": 224 * 224})
    published = processor(pixels, return_tensors="pt")
    framing = Framing(fit="flexible", resample="bicubic", mean=CLIP_MEAN, std=CLIP_STD)
    ours = torch.from_numpy(framing.picture(pixels, 224))
    rows, columns = (side // 14 for side in ours.shape[1:])
    assert published["image_grid_thw"].tolist() == [[1, rows, columns]]
    blocks = ours.view(3, rows // 2, 2, 14, columns // 2, 2, 14).permute(1, 4, 2, 5, 0, 3, 6)
    flat = blocks[:, :, :, :, :, None].expand(-1, -1, -1, -1, -1, 2, -1, -1).reshape(rows * columns, -1)
    torch.testing.assert_close(flat, published["pixel_values"], rtol=0, atol=1e-5)


@pytest.mark.parametrize("most", [1, 2, 6, 12, 24])
def test_the_closest_grid_is_that_of_internvl(most):
    sides = np.random.default_rng(2).integers(1, 5000, (300, 2)).tolist()
    ties = [(448 * rows, 448 * columns) for rows in range(1, 7) for columns in range(1, 7)]
    for height, width in [*SIZES, *sides, *ties]:
        wanted = get_optimal_tiled_canvas((height, width), (448, 448), 1, most)
        assert closest_grid(width, height, most) == wanted, (height, width)


@pytest.mark.parametrize("shape", [(90, 140), (200, 70), (33, 33)], ids=str)
def test_tiles_are_those_of_internvl_with_the_thumbnail_first(shape):
    pixels = picture(*shape)
    settings = {"size": {"height": 56, "width": 56}, "crop_to_patches": True, "max_patches": 6}
    normal = {"image_mean": IMAGENET["mean"], "image_std": IMAGENET["std"]}
    published = GotOcr2ImageProcessorPil(**settings, **normal)(pixels, return_tensors="np")["pixel_values"]
    framing = Framing(fit="stretch", resample="bicubic", grid="closest", **IMAGENET)
    grid = framing.tile_grid(shape[1], shape[0], 6, 56)
    ours = framing.tiles(pixels, 56, *grid) if grid != (1, 1) else framing.picture(pixels, 56)[None]
    np.testing.assert_allclose(np.roll(ours, -1, 0), published, rtol=0, atol=1e-5)


@pytest.mark.parametrize("shape", [(90, 140), (300, 301), (33, 33), (17, 500)], ids=str)
@pytest.mark.parametrize("settings", [{}, IMAGENET], ids=["perception_lm", "umt"])
def test_pictures_of_torchvision_s_resize_differ_by_one_grey_level_at_most(shape, settings):
    pixels = picture(*shape)
    framing = Framing(fit="stretch", resample="bicubic", **settings)
    mean, std = (np.array(values)[:, None, None] for values in (framing.mean, framing.std))
    # What that library calls for pictures of whole numbers, where it is installed
    resized = torch.nn.functional.interpolate(
        torch.from_numpy(pixels).permute(2, 0, 1)[None], (56, 56), mode="bicubic", antialias=True, align_corners=False
    )
    published = (resized[0].numpy() / 255 - mean) / std
    apart = np.abs(framing.picture(pixels, 56) - published) * std * 255
    assert apart.max() < 1 + 1e-3 and apart.mean() < 0.02

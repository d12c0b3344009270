"""Each visual token is told of the thing that it lies on, as if that were a region."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import tiny_model
from regard.backends.local import LocalBackend
from regard.core.errors import ConfigError, NotFound
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.figure import figure
from regard.models.things import place_of, pooled, squares
from regard.models.with_heads import with_heads
from regard.prompts.sample import Sample
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

HEAD = {"name": "light_mask", "width": 8, "map_width": 32, "doublings": 0}


def made(**settings):
    torch.manual_seed(0)
    return with_heads(*tiny_model.model(**settings), [HEAD], "light_mask")


def picture(height=24, width=32, seed=0):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def prepared(processor, media):
    return processor.pixels(media, [0]), processor.regions(media, [], [0])


@pytest.mark.parametrize("size", [(24, 32), (32, 24), (32, 32)], ids=["wide", "high", "square"])
def test_a_mask_has_the_place_and_the_outline_that_the_processor_gives_a_region(size):
    _, processor = made()
    media = picture(*size)
    mask_HW = np.zeros(size, bool)
    mask_HW[5:20, 8:14] = True
    mask_HW[14:20, 14:20] = True
    regions = processor.regions(media, [BoundRegion.from_masks({0: mask_HW})], [0])
    place_M6, outline_MKK = place_of((regions.masks_MHW > 0.5).float(), regions.picture, torch.zeros(1))
    torch.testing.assert_close(place_M6, regions.place_M6, atol=0.02, rtol=0)
    assert (outline_MKK - regions.outline_MKK).abs().mean() < 0.05


def test_an_empty_mask_lies_nowhere():
    place_M6, outline_MKK = place_of(torch.zeros(2, 6, 6), (0.0, 0.0, 1.0, 1.0), torch.tensor([0.0, 1.0]))
    assert not place_M6.any() and not outline_MKK.any()


def test_features_are_averaged_where_a_mask_is():
    map_ThwC = torch.arange(16.0).view(1, 4, 4, 1)
    logits_THWhw = torch.full((1, 1, 2, 4, 4), -30.0)
    logits_THWhw[0, 0, 0, 0, :2] = 30.0
    logits_THWhw[0, 0, 1, 3, 3] = 30.0
    assert pooled(map_ThwC, logits_THWhw).flatten().tolist() == pytest.approx([0.5, 15.0], abs=1e-3)


def test_the_square_of_a_token_is_its_own():
    masks_THWHW = squares(2, 3, 4, torch.device("cpu"))
    assert masks_THWHW.shape == (2, 3, 4, 3, 4) and masks_THWHW[1, 2, 1].nonzero().tolist() == [[2, 1]]


class Draws:
    """A head that draws the same for every visual token."""

    def __init__(self, logits_Thw):
        self.logits_Thw = logits_Thw

    def cells(self, map_ThwC, place):
        return self.logits_Thw[:, None]

    def question(self, asked_THWD):
        return torch.ones(*asked_THWD.shape[:-1], 1)

    def compare(self, cells_1Chw, asked_HWC):
        return cells_1Chw[:, 0].expand(*asked_HWC.shape[:2], *cells_1Chw[:, 0].shape)


@torch.no_grad()
def test_a_visual_token_is_told_what_a_region_there_would_be():
    model, processor = made()
    mask_HW = np.zeros((32, 32), bool)
    mask_HW[8:24, 8:16] = True  # whole cells of the map
    media = picture(32, 32)
    region = BoundRegion.from_masks({0: mask_HW})
    pixels, regions = processor.pixels(media, [0]), processor.regions(media, [region], [0])
    maps = model.look([pixels], [regions])[0]
    [[region_1D]] = model.in_text([maps], [regions])
    height, width = maps.features_THWC.shape[1:3]
    covered_1hw = torch.nn.functional.adaptive_avg_pool2d(regions.masks_MHW, (height, width))
    parts = Draws(torch.where(covered_1hw > 0.5, 30.0, -30.0)), model.encoders, maps.project
    told_THWD, _ = model.things(torch.zeros_like(maps.visual_THWD), maps.features_THWC, regions, *parts)
    torch.testing.assert_close(told_THWD, region_1D.expand_as(told_THWD), atol=0.02, rtol=0.02)


@torch.no_grad()
def test_samples_side_by_side_are_told_as_each_alone():
    model, processor = made()
    batch = [prepared(processor, picture(*size, seed)) for seed, size in enumerate([(24, 32), (32, 32), (40, 20)])]
    together = model.look(*zip(*batch, strict=True))
    for row, (pixels, regions) in zip(together, batch, strict=True):
        alone = model.look([pixels], [regions])[0]
        torch.testing.assert_close(row.visual_THWD, alone.visual_THWD)
        assert row.things_THWhw.shape == (*row.visual_THWD.shape[:3], *row.features_THWC.shape[1:3])


def test_what_is_said_of_things_reaches_the_head_that_draws_them():
    model, processor = made()
    pixels, regions = prepared(processor, picture())
    model.look([pixels], [regions])[0].visual_THWD.square().sum().backward()
    head = model.heads.members["light_mask"]
    weights = (model.things.told.weight, head.question[0].weight, head.project[1].weight)
    assert all(weight.grad.abs().sum() > 0 for weight in weights)


@torch.no_grad()
def test_a_folder_that_was_saved_says_the_same(tmp_path):
    model, processor = made()
    model.things.told.weight.normal_()
    model.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again = LocalBackend.open(tmp_path).model
    pixels, regions = prepared(processor, picture())
    found, expected = (one.look([pixels], [regions])[0].visual_THWD for one in (again, model))
    torch.testing.assert_close(found, expected)


@torch.no_grad()
def test_a_clip_tells_each_frame_with_its_time():
    model, processor = made()
    frames = np.random.default_rng(0).integers(0, 255, (1, 24, 32, 3), dtype=np.uint8).repeat(4, 0)
    clip = Clip.from_frames(frames, times=[0.0, 1.0, 2.0, 4.0])
    pixels, regions = processor.pixels(clip, [0, 1, 2, 3]), processor.regions(clip, [], [0, 1, 2, 3])
    assert regions.times == (0.0, 0.25, 0.5, 1.0)
    told_THWD = model.look([pixels], [regions])[0].visual_THWD
    plain_THWD = model.look([pixels], [replace(regions, times=())])[0].visual_THWD
    torch.testing.assert_close(told_THWD[0], plain_THWD[0])
    assert all(not torch.allclose(told_THWD[frame], plain_THWD[frame]) for frame in (1, 2, 3))


@torch.no_grad()
def test_frames_that_are_there_for_regions_alone_change_nothing():
    model, processor = made(encoders=["object_tokens"], region_frames=3)
    pixels = np.random.default_rng(0).integers(0, 255, (20, 24, 32, 3), dtype=np.uint8)
    clip, region = Clip.from_frames(pixels, fps=4), Region.track({frame: Region.box(5, 5, 20, 20) for frame in (3, 8)})
    samples = [Sample.build(clip, "What is <region1>?", [region]), Sample.build(clip, "What is this?", [])]
    told, alone = (
        model.look([one.pixels], [one.regions])[0] for one in (processor.pack([sample]) for sample in samples)
    )
    assert len(told.features_THWC) == len(told.visual_THWD) + 2
    torch.testing.assert_close(told.visual_THWD, alone.visual_THWD)
    torch.testing.assert_close(told.things_THWhw, alone.things_THWhw)


@torch.no_grad()
def test_half_precision_tells_the_same():
    model, processor = made()
    pixels, regions = prepared(processor, picture())

    def told() -> torch.Tensor:
        maps = model.look([pixels], [regions])[0]
        things, model.things = model.things, None
        plain = model.look([pixels], [regions])[0]
        model.things = things
        assert maps.visual_THWD.dtype == plain.visual_THWD.dtype == next(model.parameters()).dtype
        return (maps.visual_THWD - plain.visual_THWD).float()

    whole_THWD = told()
    model.bfloat16()
    assert torch.cosine_similarity(told(), whole_THWD, dim=-1).min() > 0.98


def test_the_figure_names_it():
    model, _ = made()
    [part] = [part for part in figure(model.config).parts if part.place == "things"]
    assert part.name == "light_mask" and part.weights == 32 * 32


@pytest.mark.parametrize(
    ("head", "settings", "missing"),
    [
        (HEAD | {"doublings": 1}, {}, "doublings=0"),
        (HEAD | {"map_width": 16}, {}, "map_width=32"),
        ({"name": "light_mask", "width": 8}, {}, "map_width=32"),
        (HEAD, {"place": False}, "place=True"),
        (HEAD, {"tiles": 4, "pixels": {"fit": "stretch"}}, "tiles=1"),
        (HEAD, {"connector": {"name": "stc"}}, "frames apart"),
        (HEAD, {"encoders": ["local_crop"]}, "no crops"),
    ],
)
def test_what_cannot_mark_things_is_refused(head, settings, missing):
    with pytest.raises(ConfigError, match=missing):
        with_heads(*tiny_model.model(**settings), [head], "light_mask")


def test_a_head_that_is_not_there_is_named():
    with pytest.raises(NotFound, match="light_mask"):
        with_heads(*tiny_model.model(), [], "light_mask")

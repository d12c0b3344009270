"""Masks that end where the colours of the picture change."""

import cv2
import numpy as np
import pytest
import torch

from regard.core.errors import ConfigError
from regard.media.clip import Clip
from regard.models.heads._base import Call
from regard.models.heads._edges import SURE, to_edges
from regard.models.heads._mask_points import WHOLE
from regard.models.heads._mask_result import inside
from regard.models.heads.light_mask import LightMask, LightOutputs
from regard.models.heads.light_moment import LightMoment
from regard.prompts.sample import USER, Sample, Turn
from regard.regions import rle

SIZE = 96


def disc(x: float, y: float, radius: float, size: int = SIZE) -> np.ndarray:
    ys, xs = np.mgrid[:size, :size]
    return (xs - x) ** 2 + (ys - y) ** 2 < radius**2


def picture(mask: np.ndarray, striped: bool = False) -> np.ndarray:
    """Return a thing on a blue ground, both with some grain."""
    grain = np.random.default_rng(0).normal(0, 6, (*mask.shape, 3))
    thing = np.where((np.arange(mask.shape[1]) // 4 % 2 == 0)[None, :, None], (200, 40, 40), (240, 220, 60))
    shown = np.where(mask[..., None], thing if striped else np.array((200, 40, 40)), np.array((60, 90, 160)))
    return np.clip(shown + grain, 0, 255).astype(np.uint8)


def coarse(mask: np.ndarray, cells: int = 12, scale: float = 8.0) -> np.ndarray:
    """Return logits as a head with few cells would have them."""
    share = cv2.resize(mask.astype(np.float32), (cells, cells), interpolation=cv2.INTER_AREA)
    return cv2.resize(scale * (share - 0.5), mask.shape[::-1], interpolation=cv2.INTER_LINEAR)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return np.count_nonzero(one & other) / np.count_nonzero(one | other)


@pytest.mark.parametrize("striped", [False, True])
@pytest.mark.parametrize(("radius", "cells"), [(9, 12), (14, 8), (22, 8)])
def test_a_coarse_mask_ends_at_the_border_of_the_thing(radius, cells, striped):
    thing = disc(40.5, 52.5, radius)
    logits = coarse(thing, cells)
    found = to_edges(logits, picture(thing, striped))
    assert found.dtype == bool and overlap(found, thing) > max(0.9, overlap(logits > 0, thing) + 0.08)
    assert found.tolist() == to_edges(logits, picture(thing, striped)).tolist(), "the same again"


def test_what_the_head_is_sure_of_and_what_is_far_from_the_border_stay_whatever_the_colours_say():
    logits = coarse(disc(48, 48, 24), scale=12.0)
    elsewhere = picture(disc(60, 48, 24))
    found = to_edges(logits, elsewhere)
    assert found[logits > SURE].all() and not found[logits < -SURE].any()
    found = to_edges(logits / 100, elsewhere)  # nothing is sure
    assert found[disc(48, 48, 16)].all() and not found[~disc(48, 48, 32)].any()


def test_another_thing_than_the_one_that_was_read_is_not_taken():
    logits = np.full((SIZE, SIZE), -1.0, np.float32)  # nothing is sure
    logits[18:22, 10:80] = 1.0
    assert to_edges(logits, picture(disc(20, 20, 5))).tolist() == (logits > 0).tolist()


def test_what_is_sure_stays_at_the_size_of_a_large_picture():
    logits = np.full((1000, 1000), -1.0, np.float32)
    logits[400:600, 100:900] = 1.0
    logits[300:400, 500:506] = 9.0  # narrower than a pixel of what is worked at
    found = to_edges(logits, picture(logits > 0))
    assert found[logits > SURE].all() and found[400:600, 100:900].mean() > 0.95


@pytest.mark.parametrize("shape", [(1, 60), (40, 2), (3, 5000), (2, 9)])
def test_thin_media_have_masks_too(shape):
    logits = np.full(shape, -1.0, np.float32)
    logits[:, : shape[1] // 2] = 1.0
    found = to_edges(logits, picture(logits > 0))
    assert found.shape == shape and found.dtype == bool


def test_a_tiny_mask_stays_as_it_was_read():
    logits = np.full((30, 30), -1.0, np.float32)
    logits[10, 10:17] = 1.0
    assert to_edges(logits, picture(disc(20, 10, 8, 30))).tolist() == (logits > 0).tolist()


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (40, 2)])
@pytest.mark.parametrize("level", [-9.0, -1.0, 1.0, 9.0])
def test_a_mask_without_edges_stays_as_it_was_read(shape, level):
    logits = np.full(shape, level, np.float32)
    assert to_edges(logits, np.zeros((*shape, 3), np.uint8)).tolist() == (logits > 0).tolist()


def test_a_large_picture_and_a_thing_cut_off_by_its_border():
    thing = disc(20, 400, 150, size=1000)
    found = to_edges(coarse(thing, cells=32), picture(thing))
    assert overlap(found, thing) > 0.97


def test_inside_takes_the_picture_and_scores_what_is_found():
    thing = disc(40.5, 52.5, 20)
    cells = torch.from_numpy(coarse(thing)[4::8, 4::8].copy())
    read, _ = inside(cells, WHOLE, (SIZE, SIZE))
    found, score = inside(cells, WHOLE, (SIZE, SIZE), 0.5, picture(thing))
    assert found["counts"] != read["counts"] and 0.5 < score < 1
    cells[1, 10] = 1.0
    assert inside(cells, WHOLE, (SIZE, SIZE), 0.5, picture(thing))[0] == found, "a speck changes nothing"


def test_a_head_with_edges_reads_each_frame_of_the_media_for_its_own_mask():
    things = [disc(30.5, 30.5, 14), disc(60.5, 60.5, 14)]
    clip = Clip.from_frames(np.stack([picture(thing) for thing in things]), fps=2)
    head = LightMask(8, map_width=4, doublings=0, edges=True)
    sample = Sample(clip, (), (Turn(USER, "Where?"),))
    call = Call(
        sample, (0, 1), torch.zeros(8), torch.zeros(0, 8), torch.zeros(2, 8), features_THWC=torch.zeros(2, 12, 12, 4)
    )
    logits = torch.stack([torch.from_numpy(coarse(thing)[4::8, 4::8].copy()) for thing in things])
    outputs = LightOutputs(head.prepare([call]), (logits,))
    for mask, thing in zip(head.decode(outputs)[0].masks, things, strict=True):
        assert overlap(rle.decode(mask.rle), thing) > 0.96
    head.edges = False
    for mask, thing in zip(head.decode(outputs)[0].masks, things, strict=True):
        assert overlap(rle.decode(mask.rle), thing) < 0.96


def test_the_head_of_moments_returns_no_masks_and_so_has_no_edges():
    with pytest.raises(ConfigError, match="give edges=True to light_mask"):
        LightMoment(8, map_width=4, doublings=0, edges=True)

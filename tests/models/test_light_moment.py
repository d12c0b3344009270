"""Moments from a thing's way: where it is, how far it goes, and what a head learns from that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from regard.core.errors import VideoError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.heads._base import Call
from regard.models.heads._mask_points import WHOLE
from regard.models.heads.light_mask import LightMask
from regard.models.heads.light_moment import STEP, LightMoment, in_picture, way_of
from regard.prompts.sample import Sample
from regard.regions import rle

WIDTH, CELLS, FRAMES = 16, 8, 8


def head_of() -> LightMoment:
    torch.manual_seed(0)
    return LightMoment(WIDTH, width=16, doublings=0, points=64)


def blob(columns: list[int]) -> Tensor:
    """Return the mask (T, h, w) of a square of two cells a side that stands at a column of each frame."""
    share_Thw = torch.zeros(len(columns), CELLS, CELLS)
    for frame, column in enumerate(columns):
        share_Thw[frame, 3:5, column : column + 2] = 1
    return share_Thw


def passing(seed: int) -> Call:
    """A thing that stands, moves through the picture for some frames, and stands again; beside it another that does
    not move.
    """
    random = np.random.default_rng(seed)
    start, steps = int(random.integers(0, 5)), int(random.integers(2, 4))
    way = np.clip(np.arange(FRAMES) - start, 0, steps)
    thing_Thw = blob([int(2 * step) for step in way])
    map_THWM = torch.randn(FRAMES, CELLS, CELLS, WIDTH, generator=torch.Generator().manual_seed(seed)) * 0.1
    map_THWM[:, 6:8, 4:6, 1] += 4
    map_THWM[thing_Thw > 0, 0] += 4
    clip = Clip.from_frames(np.full((FRAMES, 64, 64, 3), seed % 256, np.uint8), fps=1)
    pixels = thing_Thw.numpy().repeat(8, axis=1).repeat(8, axis=2) > 0
    facts = {"moments": [(start, start + steps)], "masks": {at: rle.encode(mask) for at, mask in enumerate(pixels)}}
    return Call(
        sample=replace(Sample.build(clip, "When does the red thing move?"), facts=facts),
        frames=range(FRAMES),
        slot_D=torch.ones(WIDTH),
        words_LD=torch.zeros(0, WIDTH),
        frames_TD=torch.zeros(FRAMES, WIDTH),
        visual_THWD=map_THWM,
    )


def test_the_way_of_a_thing_is_read_from_its_masks() -> None:
    share_Thw = blob([0, 0, 2, 4, 4])
    share_Thw[4] = 0
    way_TS = way_of(share_Thw, share_Thw / share_Thw.sum((1, 2), keepdim=True).clamp(min=1e-3), WHOLE)
    x, _, before, _, after, _, much, there = way_TS.unbind(1)
    torch.testing.assert_close(x[:4], torch.tensor([-0.75, -0.75, -0.25, 0.25]))
    step = 2 / CELLS * STEP
    torch.testing.assert_close(before, torch.tensor([0, 0, step, step, 0]))
    torch.testing.assert_close(after, torch.tensor([0, step, step, 0, 0]), msg="what is gone has gone nowhere")
    torch.testing.assert_close(much[:4], torch.full((4,), 0.25))
    assert there.tolist() == [1, 1, 1, 1, 0]


def test_the_padding_around_a_picture_is_no_part_of_it() -> None:
    place = (0.0, 0.25, 1.0, 0.75)  # a wide picture: rows 2 to 5 of 8
    inside_hw = in_picture(CELLS, CELLS, place, torch.device("cpu"))
    assert inside_hw.sum(1).tolist() == [0, 0, 8, 8, 8, 8, 0, 0]
    share_Thw = blob([3]) * inside_hw
    x, y, *_, much, _ = way_of(share_Thw, share_Thw / share_Thw.sum(), place)[0]
    torch.testing.assert_close(torch.stack([x, y]), torch.zeros(2))
    torch.testing.assert_close(much**2, torch.tensor(4 / 32), msg="of the picture's cells, not the square's")


def test_it_learns_when_a_thing_moves() -> None:
    head = head_of()
    optimizer = torch.optim.Adam(head.parameters(), lr=5e-3)
    for step in range(90):
        calls = [passing(100 + 6 * step + number) for number in range(6)]
        terms = head.loss(head(head.prepare(calls)), [call.sample.facts for call in calls])
        optimizer.zero_grad()
        sum(terms.values()).backward()
        optimizer.step()
    head.eval()
    calls = [passing(number) for number in range(40)]
    found = head.decode(head(head.prepare(calls)))
    hits = 0
    for call, moments in zip(calls, found, strict=True):
        (start, end), best = call.sample.facts["moments"][0], moments.spans[0]
        common = max(0.0, min(end, best.end) - max(start, best.start))
        hits += common / (end - start + best.end - best.start - common) >= 0.5
        assert len(moments.saliency) == FRAMES
    assert hits >= 32


def test_what_light_mask_learned_is_its_beginning() -> None:
    head, masks = head_of(), LightMask(WIDTH, width=16, doublings=0)
    loaded = head.load_state_dict(masks.state_dict(), strict=False)
    assert not loaded.unexpected_keys
    assert {name.split(".")[0] for name in loaded.missing_keys} == {"seen", "way", "when", "norm", "dense"}


def test_masks_are_taught_where_they_are_known() -> None:
    head, call = head_of(), passing(0)
    outputs = head(head.prepare([call]))
    known = call.sample.facts
    assert set(head.loss(outputs, [known])) == {"span", "overlap", "label", "cross_entropy", "dice"}
    assert set(head.loss(outputs, [{"moments": known["moments"]}])) == {"span", "overlap", "label"}
    two = head(head.prepare([call, passing(1)]))
    mixed = head.loss(two, [known, {"moments": [(0, 2)]}])
    assert {"cross_entropy", "dice"} < set(mixed), "one call without masks leaves those of the other"


def test_a_picture_has_no_moments() -> None:
    picture = Image(np.zeros((8, 8, 3), np.uint8))
    call = replace(passing(0), sample=Sample.build(picture, "When?"))
    with pytest.raises(VideoError, match="this is a picture"):
        head_of().prepare([call])

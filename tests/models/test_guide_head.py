"""The temporal region guide: labels from what regions cover, maps of the regions, and that it learns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regard.core.errors import ConfigError, DataError, InputError, TooManyRegions
from regard.media.clip import Clip
from regard.models.encoders._base import RegionInputs
from regard.models.heads._base import Call
from regard.models.heads.guide import Guide, soft_labels
from regard.prompts.sample import Sample

WIDTH = 6
NOTHING = torch.zeros(0, WIDTH)


def head_of(marks: int = 4, **settings: Any) -> Guide:
    torch.manual_seed(0)
    return Guide(WIDTH, marks, **settings)


def regions_of(rows: list[tuple[int, int, Any]], count: int, marks: list[int] | None = None) -> RegionInputs:
    """Regions from rows of (region, frame, mask)."""
    masks = torch.stack([torch.as_tensor(mask).float() for _, _, mask in rows]) if rows else torch.zeros(0, 4, 4)
    region_M = torch.tensor([region for region, _, _ in rows], dtype=torch.long)
    frame_M = torch.tensor([frame for _, frame, _ in rows], dtype=torch.long)
    unread = torch.zeros(len(rows), 4), torch.zeros(len(rows), 6)
    found = RegionInputs(masks, region_M, frame_M, *unread, count=count)
    return found if marks is None else found.with_assigned("token_mark", torch.tensor(marks))


def call_of(visual_THWD: Tensor, regions: RegionInputs, first: int = 0) -> Call:
    frames = len(visual_THWD)
    clip = Clip.from_frames(np.zeros((first + frames, 2, 2, 3), np.uint8), fps=1)
    numbers = range(first, first + frames)
    return Call(Sample.build(clip, "What moves?"), numbers, None, NOTHING, NOTHING, visual_THWD, regions)


def cost(head: Guide, call: Call, tracked: Any) -> Tensor:
    return head.loss(head(head.prepare([call])), [{"tracked": tracked}])["guide"]


# -- labels ----------------------------------------------------------------------------------------------------------


def test_a_label_is_the_share_of_the_token_and_the_rest_is_background() -> None:
    left, corner = torch.zeros(4, 4), torch.zeros(4, 4)
    left[:, :2], corner[0, 2] = 1, 1
    labels = soft_labels(regions_of([(0, 0, left), (1, 1, corner)], 2, [3, 1]), (2, 2, 2, 5))
    assert labels[0].flatten(0, 1).tolist() == [[0, 0, 0, 1, 0], [0, 0, 0, 0, 1]] * 2
    assert labels[1, 0, 1].tolist() == [0, 0.25, 0, 0, 0.75]
    assert labels[1, 1].tolist() == [[0, 0, 0, 0, 1]] * 2


def test_regions_that_overlap_share_the_pixel() -> None:
    whole = torch.ones(2, 2)
    labels = soft_labels(regions_of([(0, 0, whole), (1, 0, whole)], 2), (1, 1, 1, 5))
    assert labels.flatten().tolist() == [0.5, 0.5, 0, 0, 0]


@pytest.mark.parametrize("regions", [0, 1, 7, 100])
def test_labels_are_distributions_however_many_regions_there_are(regions: int) -> None:
    random = torch.Generator().manual_seed(regions)
    rows = [(region, frame, torch.rand(5, 7, generator=random) > 0.6) for region in range(regions) for frame in (0, 2)]
    labels = soft_labels(regions_of(rows, regions), (3, 2, 3, 101))
    assert (labels >= 0).all()
    torch.testing.assert_close(labels.sum(-1), torch.ones(3, 2, 3))
    assert (labels[1, ..., -1] == 1).all()


# -- loss and maps ---------------------------------------------------------------------------------------------------


def moving(random: torch.Generator, frames: int = 3, side: int = 4) -> Call:
    """Two regions with a mark each, which move; the states are noise and the vector of what each token shows."""
    looks = torch.eye(WIDTH)[:3] * 2
    rows, shown = [], torch.zeros(frames, side, side, dtype=torch.long)
    for frame in range(frames):
        cells = torch.randperm(side * side, generator=random)
        for region, cell in enumerate(cells[:2].tolist()):
            shown[frame].view(-1)[cell] = region + 1
            rows.append((region, frame, shown[frame] == region + 1))
    rows = sorted(rows, key=lambda row: row[:2])
    noise = torch.randn(frames, side, side, WIDTH, generator=random) * 0.3
    return call_of(looks[shown] + noise, regions_of(rows, 2, [2, 0]))


def test_moving_regions_are_followed_after_forty_steps() -> None:
    head, random = head_of(), torch.Generator().manual_seed(1)
    call, optimizer = moving(random), torch.optim.AdamW(head.parameters(), 0.1)
    for _ in range(40):
        optimizer.zero_grad()
        cost(head, moving(random), range(3)).backward()
        optimizer.step()
    assert cost(head, call, range(3)) < 0.05 * 0.2
    [found] = head.decode(head(head.prepare([call])))
    labels = soft_labels(call.regions, (3, 4, 4, 5))[..., [2, 0, 4]]
    assert found.maps.shape == (3, 4, 4, 3) and found.maps.dtype == np.float32
    assert (found.maps.argmax(-1) == labels.argmax(-1).numpy()).all()


def test_alpha_weighs_the_mean_over_tokens() -> None:
    head = head_of(marks=4)
    torch.nn.init.zeros_(head.classify.weight)
    torch.nn.init.zeros_(head.classify.bias)
    call = moving(torch.Generator().manual_seed(2))
    assert cost(head, call, range(3)).item() == pytest.approx(0.05 * np.log(5))
    assert cost(head_of(weight=0.0), call, range(3)).item() == 0


def test_frames_that_are_not_tracked_teach_nothing() -> None:
    visual = torch.randn(3, 2, 2, WIDTH, requires_grad=True)
    call = call_of(visual, regions_of([(0, 0, torch.ones(2, 2))], 1), first=4)
    cost(head_of(), call, [4]).backward()
    assert visual.grad[0].abs().sum() > 0 and visual.grad[1:].abs().sum() == 0
    assert cost(head_of(), call, []).item() == 0 == cost(head_of(), call, [0, 99]).item()


def test_without_regions_all_is_background() -> None:
    head, call = head_of(), call_of(torch.randn(2, 2, 3, WIDTH), regions_of([], 0))
    [found] = head.decode(head(head.prepare([call])))
    assert found.maps.shape == (2, 2, 3, 1)
    assert cost(head, call, range(2)).item() == pytest.approx(0.05 * -np.log(found.maps).mean(), rel=1e-5)


def test_one_pixel_and_one_token() -> None:
    call = call_of(torch.randn(1, 1, 1, WIDTH), regions_of([(0, 0, [[1]])], 1))
    head = head_of(marks=1)
    [found] = head.decode(head(head.prepare([call])))
    assert found.maps.sum() == pytest.approx(1)
    assert torch.isfinite(cost(head, call, [0]))


def test_the_maps_are_in_the_order_of_the_regions() -> None:
    visual, rows = torch.randn(1, 2, 2, WIDTH), [(0, 0, torch.ones(2, 2)), (1, 0, torch.zeros(2, 2))]
    head = head_of()
    one, other = (head.decode(head([call_of(visual, regions_of(rows, 2, marks))]))[0] for marks in ([3, 1], [1, 3]))
    assert np.array_equal(one.maps[..., [1, 0, 2]], other.maps)
    assert (one.maps.sum(-1) < 1).all()


# -- what is refused -------------------------------------------------------------------------------------------------


def test_a_call_without_what_the_guide_reads_is_refused() -> None:
    call = moving(torch.Generator().manual_seed(3))
    for missing in ({"visual_THWD": None}, {"regions": None}):
        with pytest.raises(InputError, match="visual_THWD"):
            head_of().prepare([replace(call, **missing)])
    with pytest.raises(InputError, match="3 maps came for 2 frames"):
        head_of().prepare([replace(call, frames=(0, 1))])
    with pytest.raises(InputError, match="up to frame 2"):
        head_of().prepare([replace(call, frames=(0, 1), visual_THWD=call.visual_THWD[:2])])


def test_more_marks_than_the_guide_knows_are_refused() -> None:
    with pytest.raises(TooManyRegions, match="marks=3"):
        head_of(marks=2).prepare([moving(torch.Generator().manual_seed(3))])


@pytest.mark.parametrize("tracked", [None, "all", 3, True])
def test_tracked_is_a_list_of_frames(tracked: Any) -> None:
    with pytest.raises(DataError, match=r"facts\['tracked'\]"):
        cost(head_of(), moving(torch.Generator().manual_seed(3)), tracked)


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="guide marks"):
        head_of(marks=0)
    with pytest.raises(ConfigError, match="guide weight"):
        head_of(weight=-1.0)

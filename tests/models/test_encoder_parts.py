"""What each region encoder promises beyond what all of them do: equality with the plain way of computing it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from regard.core.errors import TooManyRegions
from regard.models.encoders._base import Dims, FeatureMaps, RegionInputs, cover
from regard.models.encoders._merge import merge_tokens
from regard.models.encoders._pool import mean_by_region, pool_rows, spread
from regard.models.encoders._roi_align import roi_align
from regard.models.encoders.mask_pool import MaskPool
from regard.models.encoders.object_tokens import ObjectTokens
from regard.models.encoders.roi_replay import RoiReplay, union
from regard.models.encoders.token_mark import TokenMark

DIMS = Dims(patch=8, vision=12, text=16, stride=8)


def regions_of(masks: Tensor, region: list[int], frame: list[int], boxes: Tensor | None = None) -> RegionInputs:
    rows = len(region)
    boxes = torch.zeros(rows, 4) if boxes is None else boxes
    count = max(region, default=-1) + 1
    return RegionInputs(
        masks, torch.tensor(region).long(), torch.tensor(frame).long(), boxes, torch.zeros(rows, 6), count
    )


def maps_of(features: Tensor, visual: Tensor | None = None) -> FeatureMaps:
    return FeatureMaps(features, features if visual is None else visual, nn.Identity())


class Largest(TorchDispatchMode):
    """Remembers the largest number of elements of any tensor that is made."""

    elements = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for value in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(value, Tensor):
                self.elements = max(self.elements, value.numel())
        return result


# pooling ------------------------------------------------------------------------------------------------------------


def test_rows_are_pooled_from_their_own_frames() -> None:
    torch.manual_seed(0)
    features, weights, frame = torch.randn(5, 4, 6, 3), torch.rand(7, 4, 6), torch.tensor([0, 3, 3, 1, 0, 3, 1])
    plain = [(features[f] * w[..., None]).sum((0, 1)) / w.sum() for f, w in zip(frame, weights, strict=True)]
    torch.testing.assert_close(pool_rows(features, weights, frame), torch.stack(plain))


def test_pooling_copies_no_map_for_each_row() -> None:
    features, weights = torch.randn(2, 16, 16, 32), torch.rand(40, 16, 16)
    with Largest() as seen:
        pool_rows(features, weights, torch.arange(40) % 2)
    assert seen.elements <= max(features.numel(), weights.numel())


def test_pooling_stays_in_float32_under_autocast() -> None:
    features = torch.randn(1, 64, 64, 4)
    weights = torch.rand(2, 64, 64)
    plain = pool_rows(features, weights, torch.zeros(2).long())
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(pool_rows(features, weights, torch.zeros(2).long()), plain, rtol=0, atol=0)


@given(counts=st.lists(st.integers(0, 20), min_size=1, max_size=5), most=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_kept_frames_are_spread_evenly(counts: list[int], most: int) -> None:
    region = [number for number, count in enumerate(counts) for _ in range(count)]
    inputs = regions_of(torch.zeros(len(region), 1, 1), region, list(range(len(region))))
    expected, start = [], 0
    for count in counts[: inputs.count]:
        kept = min(count, most)
        expected += [start + math.floor((i + 0.5) * count / kept) for i in range(kept)]
        start += count
    assert spread(inputs, most).tolist() == expected


def test_mean_over_a_region() -> None:
    rows = torch.tensor([[1.0], [3.0], [5.0]])
    assert mean_by_region(rows, torch.tensor([0, 0, 2]), 3).tolist() == [[2.0], [0.0], [5.0]]


@pytest.mark.parametrize("encoder", [MaskPool, ObjectTokens])
def test_a_region_smaller_than_a_cell_is_read_from_its_cell(encoder: type[MaskPool] | type[ObjectTokens]) -> None:
    torch.manual_seed(0)
    features = torch.randn(1, 4, 4, 12)
    point, cell = torch.zeros(2, 1, 256, 256).unbind()
    point[0, 70, 200], cell[0, 64:128, 192:256] = 1, 1
    model = encoder(DIMS)
    small, whole = (model.in_text(maps_of(features), regions_of(mask, [0], [0])) for mask in (point, cell))
    torch.testing.assert_close(small[0], whole[0])


def test_mask_pool_by_default_projects_the_weighted_mean_as_the_image_is_projected() -> None:
    torch.manual_seed(0)
    features, masks, shared = torch.randn(2, 4, 4, 12), torch.rand(3, 32, 32), nn.Linear(12, 16)
    regions = regions_of(masks, [0, 0, 1], [0, 1, 1])
    encoder = MaskPool(DIMS)
    tokens = encoder.in_text(FeatureMaps(features, features, shared), regions)
    weights = cover(masks, 4, 4)
    plain = (features[regions.frame_M] * weights[..., None]).sum((1, 2)) / weights.sum((1, 2))[:, None]
    torch.testing.assert_close(torch.cat(tokens), shared(plain))
    assert [len(own) for own in tokens] == [2, 1]
    assert list(encoder.parameters()) == []


def test_refinement_makes_the_map_four_times_finer_and_gives_it_back_pooled() -> None:
    coarse, fine = MaskPool(DIMS, refine=True).at_features(torch.randn(2, 5, 3, 12))
    assert fine.shape == (2, 20, 12, 12)
    torch.testing.assert_close(coarse, fine.unflatten(1, (5, 4)).unflatten(3, (3, 4)).mean((2, 4)))


def test_bilinear_weights_fall_back_to_the_covered_share_where_they_miss_the_region() -> None:
    torch.manual_seed(0)
    features, masks = torch.randn(1, 4, 4, 12), torch.zeros(1, 256, 256)
    masks[0, 2, 2] = 1
    tokens = MaskPool(DIMS, weights="bilinear").in_text(maps_of(features), regions_of(masks, [0], [0]))
    torch.testing.assert_close(tokens[0][0], features[0, 0, 0])


# token mark ---------------------------------------------------------------------------------------------------------


def naive_marks(encoder: TokenMark, regions: RegionInputs, frames: int, cells: int) -> Tensor:
    """Equation 1 pixel by pixel, pooled, then projected: the residual on the visual tokens."""
    marks = encoder.marks[regions.assigned["token_mark"]]
    residual = []
    for frame in range(frames):
        rows = regions.frame_M == frame
        masks, own = regions.masks_MHW[rows], marks[regions.region_M[rows]]
        canvas = torch.einsum("rhw,rc->chw", masks, own) / (1e-7 + masks.sum(0))
        pooled = nn.functional.adaptive_avg_pool2d(canvas, (cells, cells))
        residual.append(encoder.project(pooled.permute(1, 2, 0)))
    return torch.stack(residual)


def overlapping() -> RegionInputs:
    masks = (torch.rand(5, 50, 50, generator=torch.Generator().manual_seed(3)) > 0.4).float()
    return regions_of(masks, [0, 0, 1, 2, 2], [0, 2, 0, 0, 2])


def test_marks_equal_the_plain_way_of_equation_1() -> None:
    torch.manual_seed(0)
    encoder = TokenMark(DIMS, marks=6, mark_width=10, frames="all")
    regions, visual = encoder.assign(overlapping()), torch.randn(3, 8, 8, 16)
    torch.testing.assert_close(
        encoder.at_tokens(visual, regions), visual + naive_marks(encoder, regions, 3, 8), rtol=1e-4, atol=1e-5
    )


def test_no_map_of_marks_at_the_resolution_of_the_masks_is_built() -> None:
    encoder = TokenMark(DIMS, marks=6, mark_width=256)
    masks = torch.rand(3, 336, 336).round()
    regions = encoder.assign(regions_of(masks, [0, 1, 2], [0, 0, 0]))
    with Largest() as seen:
        encoder.at_tokens(torch.randn(1, 24, 24, 16), regions)
    assert seen.elements <= masks.numel() < 256 * 336 * 336 / 50


def test_a_mark_is_painted_on_the_first_frame_only_unless_asked() -> None:
    torch.manual_seed(0)
    visual = torch.zeros(3, 4, 4, 16)
    painted = {}
    for frames in ("first", "all"):
        encoder = TokenMark(DIMS, frames=frames)
        painted[frames] = encoder.at_tokens(visual, encoder.assign(overlapping())).abs().sum((1, 2, 3)) > 0
    assert painted["first"].tolist() == [True, False, False]
    assert painted["all"].tolist() == [True, False, True]


def test_cells_without_a_region_keep_their_visual_tokens_exactly() -> None:
    encoder = TokenMark(DIMS)
    masks = torch.zeros(1, 32, 32)
    masks[0, :8, :8] = 1
    visual = torch.randn(2, 4, 4, 16)
    marked = encoder.at_tokens(visual, encoder.assign(regions_of(masks, [0], [1])))
    same = (marked == visual).all(-1)
    assert not same[1, 0, 0]
    assert same.sum() == same.numel() - 1


def test_the_mark_in_the_text_is_the_mark_on_a_fully_covered_cell() -> None:
    encoder = TokenMark(DIMS)
    visual = torch.zeros(1, 2, 2, 16)
    regions = encoder.assign(regions_of(torch.ones(1, 8, 8), [0], [0]))
    text = encoder.in_text(maps_of(visual), regions)
    torch.testing.assert_close(encoder.at_tokens(visual, regions)[0, 1, 1], text[0][0])


def test_marks_are_drawn_without_replacement_in_training_and_fixed_otherwise() -> None:
    encoder = TokenMark(DIMS, marks=5)
    regions = regions_of(torch.ones(5, 4, 4), [0, 1, 2, 3, 4], [0] * 5)
    torch.manual_seed(11)
    drawn = [encoder.train().assign(regions).assigned["token_mark"].tolist() for _ in range(20)]
    torch.manual_seed(11)
    again = [encoder.train().assign(regions).assigned["token_mark"].tolist() for _ in range(20)]
    assert drawn == again
    assert len({tuple(marks) for marks in drawn}) > 5
    assert all(sorted(marks) == [0, 1, 2, 3, 4] for marks in drawn)
    assert encoder.eval().assign(regions).assigned["token_mark"].tolist() == [0, 1, 2, 3, 4]


def test_more_regions_than_marks_are_refused_naming_the_limit() -> None:
    regions = regions_of(torch.ones(4, 2, 2), [0, 1, 2, 3], [0] * 4)
    with pytest.raises(TooManyRegions, match="4 regions .* at most 3"):
        TokenMark(DIMS, marks=3).assign(regions)


# merging ------------------------------------------------------------------------------------------------------------


def naive_merge(tokens: Tensor, most: int) -> Tensor:
    """Join the pairs one by one, most similar first."""
    runs = [[index] for index in range(len(tokens))]
    similarity = nn.functional.cosine_similarity(tokens[:-1], tokens[1:], dim=-1).tolist()
    for left in sorted(range(len(similarity)), key=lambda index: -similarity[index])[: len(tokens) - most]:
        first = next(run for run in runs if left in run)
        second = next(run for run in runs if left + 1 in run)
        first += second
        runs.remove(second)
    return torch.stack([tokens[run].mean(0) for run in runs])


@given(count=st.integers(2, 20), most=st.integers(1, 6), seed=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_merging_equals_joining_pairs_one_by_one(count: int, most: int, seed: int) -> None:
    tokens = torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))
    merged = merge_tokens(tokens, most)
    assert len(merged) == min(count, most)
    torch.testing.assert_close(merged, naive_merge(tokens, most) if count > most else tokens)


@pytest.mark.parametrize(("ties", "left"), [("exact", 4), ("as_released", 1)])
def test_a_region_that_stands_still(ties: str, left: int) -> None:
    still = torch.randn(1, 12).repeat(9, 1)
    merged = merge_tokens(still, 4, ties)
    torch.testing.assert_close(merged, still[:left])


def test_merging_in_bf16_decides_in_float32() -> None:
    tokens = torch.randn(10, 12).bfloat16()
    torch.testing.assert_close(merge_tokens(tokens, 4), merge_tokens(tokens.float(), 4))


def test_vanished_masks_are_the_zero_vector_as_released_and_a_cell_otherwise() -> None:
    features, masks = torch.randn(1, 4, 4, 12), torch.zeros(1, 256, 256)
    masks[0, 2, 2] = 1
    regions = regions_of(masks, [0], [0])
    released = ObjectTokens(DIMS, masks="as_released")
    zero = released.feat_linear(torch.zeros(1, 12))
    torch.testing.assert_close(released.in_text(maps_of(features), regions)[0], zero)
    mended = ObjectTokens(DIMS)
    torch.testing.assert_close(mended.in_text(maps_of(features), regions)[0], mended.feat_linear(features[0, 0, :1]))


# replay -------------------------------------------------------------------------------------------------------------


def plain_bilinear(features: Tensor, y: float, x: float) -> Tensor:
    height, width = features.shape[:2]
    if not (-1 <= y <= height and -1 <= x <= width):
        return torch.zeros(features.shape[2])
    y, x = min(max(y, 0.0), height - 1), min(max(x, 0.0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    upper = features[top, left] * (1 - (x - left)) + features[top, right] * (x - left)
    lower = features[bottom, left] * (1 - (x - left)) + features[bottom, right] * (x - left)
    return upper * (1 - (y - top)) + lower * (y - top)


def plain_roi_align(features: Tensor, box: list[float], size: int) -> Tensor:
    x1, y1, x2, y2 = (value - 0.5 for value in box)
    out = torch.zeros(size, size, features.shape[2])
    for row in range(size):
        for column in range(size):
            ys = [y1 + (row + part) * (y2 - y1) / size for part in (0.25, 0.75)]
            xs = [x1 + (column + part) * (x2 - x1) / size for part in (0.25, 0.75)]
            out[row, column] = torch.stack([plain_bilinear(features, y, x) for y in ys for x in xs]).mean(0)
    return out


@pytest.mark.parametrize("frames", [1, 2])
def test_roi_align_equals_sampling_point_by_point(frames: int) -> None:
    torch.manual_seed(0)
    features = torch.randn(frames, 6, 9, 4)
    boxes = [[0, 0, 9, 6], [1.3, 2.1, 4.7, 3.3], [8.5, 5.5, 9, 6], [2, 3, 2, 3], [-4, -3, 12, 9], [7, 1, 3, 2]]
    frame = torch.arange(len(boxes)) % frames
    ours = roi_align(features, torch.tensor(boxes), frame, size=5)
    plain = [plain_roi_align(features[f], box, 5) for f, box in zip(frame, boxes, strict=True)]
    torch.testing.assert_close(ours, torch.stack(plain), rtol=1e-5, atol=1e-5)


def test_replay_of_the_whole_picture_at_its_own_size_is_the_picture() -> None:
    ramp = torch.stack(torch.meshgrid(torch.arange(4.0), torch.arange(4.0), indexing="ij"), -1)[None]
    regions = regions_of(torch.ones(1, 8, 8), [0], [0], torch.tensor([[0.0, 0.0, 1.0, 1.0]]))
    tokens = RoiReplay(DIMS, grid=4).in_text(maps_of(ramp), regions)[0].view(4, 4, 2)
    torch.testing.assert_close(tokens[1:3, 1:3], ramp[0, 1:3, 1:3])


def test_mask_embedding_starts_as_nothing() -> None:
    patches = torch.randn(2, 4, 4, 8)
    encoder = RoiReplay(DIMS)
    assert torch.equal(encoder.at_patches(patches, regions_of(torch.ones(1, 32, 32), [0], [1])), patches)


def test_mask_embedding_is_the_convolution_of_three_equal_channels_of_the_union() -> None:
    torch.manual_seed(0)
    encoder = RoiReplay(DIMS)
    nn.init.normal_(encoder.mask_patch_embedding.weight)
    masks = (torch.rand(3, 32, 32) > 0.5).float()
    patches = torch.randn(2, 4, 4, 8)
    ours = encoder.at_patches(patches, regions_of(masks, [0, 1, 2], [0, 0, 1]))
    either = torch.stack([masks[:2].amax(0), masks[2]])[:, None].expand(-1, 3, -1, -1)
    plain = patches + encoder.mask_patch_embedding(either).permute(0, 2, 3, 1)
    torch.testing.assert_close(ours, plain, rtol=1e-5, atol=1e-4)


def test_union_of_masks_at_another_resolution_keeps_their_share() -> None:
    masks = torch.tensor([[[0.25, 0.0], [1.0, 0.0]], [[0.0, 0.0], [1.0, 0.5]]])
    whole = union(masks, torch.tensor([0, 0]), 1, 8, 8)
    assert whole.shape == (1, 1, 8, 8)
    assert whole[0, 0, ::7, ::7].tolist() == [[0.25, 0.0], [1.0, 0.5]]

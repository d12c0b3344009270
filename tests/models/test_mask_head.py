"""The mask heads: SAM 2 asked by an embedding, and masks read from the model's own map."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import Sam2Model, Sam2VideoConfig, Sam2VideoModel

from regard.core.errors import ConfigError, DataError, RegionError, VideoError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.heads import _sam
from regard.models.heads._base import Call
from regard.models.heads._mask_points import WHOLE, at, doubtful, grid
from regard.models.heads._mask_result import Masks, without_specks
from regard.models.heads.light_mask import LightMask, LightOutputs
from regard.models.heads.mask import Mask
from regard.prompts.sample import Sample
from regard.regions import rle
from tiny_sam import SAM, SIDE

WIDTH = 16


def head_of(**settings: Any) -> Mask:
    torch.manual_seed(0)
    return Mask(WIDTH, **{"sam": SAM, "points": 256} | settings)


def light_of(**settings: Any) -> LightMask:
    torch.manual_seed(0)
    return LightMask(WIDTH, **{"width": 16, "points": 256} | settings)


def box_mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> dict[str, Any]:
    """Return the RLE of a box (x1, y1, x2, y2) of media of `size` (width, height)."""
    mask = np.zeros(size[::-1], dtype=bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return rle.encode(mask)


def call_of(
    media: Image | Clip, masks: dict[int, Any] | None = None, seed: int = 0, cells: tuple[int, int] = (4, 4)
) -> Call:
    random = torch.Generator().manual_seed(seed)
    frames = range(media.frame_count)
    return Call(
        sample=replace(Sample.build(media, "Where is the ball?"), facts={} if masks is None else {"masks": masks}),
        frames=frames,
        slot_D=torch.randn(WIDTH, generator=random),
        words_LD=torch.zeros(0, WIDTH),
        frames_TD=torch.zeros(len(frames), WIDTH),
        visual_THWD=torch.randn(len(frames), *cells, WIDTH, generator=random),
    )


def noise(width: int, height: int, seed: int = 0) -> Image:
    return Image(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def total(head: Mask | LightMask, calls: list[Call]) -> Tensor:
    return sum(head.loss(head(head.prepare(calls)), [call.sample.facts for call in calls]).values())


def found_by(head: Mask | LightMask, calls: list[Call]) -> list[Masks]:
    head.eval()
    return head.decode(head(head.prepare(calls)))


def overlap(found: dict[str, Any], true: dict[str, Any]) -> float:
    first, second = rle.decode(found), rle.decode(true)
    return (first & second).sum() / max((first | second).sum(), 1)


def assert_same(together: list[Masks], alone: list[Masks]) -> None:
    """Rounding may turn a pixel whose logit is nearly 0."""
    for one, other in zip(together, alone, strict=True):
        for mask, twin in zip(one.masks, other.masks, strict=True):
            assert mask.frame == twin.frame and mask.score == pytest.approx(twin.score, abs=1e-5)
            assert (rle.decode(mask.rle) != rle.decode(twin.rle)).mean() < 0.01


# -- SAM 2 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trained", [False, True])
def test_the_embedding_of_a_box_is_answered_as_the_box_to_the_bit(trained: bool) -> None:
    head = head_of(train_decoder=trained).eval()
    calls = [call_of(noise(50, 40, seed), seed=seed) for seed in range(3)]
    boxes = torch.tensor([[4.0, 5, 40, 30], [0, 0, 64, 64], [20, 20, 21, 60]])
    with torch.no_grad():
        inputs = head.prepare(calls)
        outputs = head.ask(inputs, _sam.box_prompt(head.sam, boxes))
        told = head.sam(pixel_values=inputs.pixels_I3SS, input_boxes=boxes[:, None], multimask_output=False)
    assert torch.equal(outputs.logits_Bhw, told.pred_masks[:, 0, 0])
    assert torch.equal(outputs.score_B, told.iou_scores[:, 0, 0])
    assert told.pred_masks.std() > 0.1


def test_calls_about_one_picture_share_it_and_are_answered_as_alone() -> None:
    head, photo = head_of().eval(), noise(50, 40)
    calls = [call_of(photo, seed=1), call_of(noise(30, 60, 5), seed=2), call_of(photo, seed=3)]
    inputs = head.prepare(calls)
    assert len(inputs.pixels_I3SS) == 2 and inputs.picture_B.tolist() == [0, 1, 0]
    assert_same(found_by(head, calls), [found_by(head, [call])[0] for call in calls])


def test_pixels_are_read_as_sam_reads_them() -> None:
    grey = Image(np.full((30, 50, 3), 128, dtype=np.uint8))
    pixels = head_of().prepare([call_of(grey)]).pixels_I3SS
    expected = (128 / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    torch.testing.assert_close(pixels, expected[None, :, None, None].expand(1, 3, SIDE, SIDE))


@pytest.mark.parametrize("learn_from", ["mask", "box"])
def test_gradient_reaches_adapter_and_slot_through_a_frozen_sam(learn_from: str) -> None:
    head = head_of(learn_from=learn_from).train()
    call = call_of(noise(40, 40), {0: box_mask((40, 40), (5, 5, 30, 25))})
    call = replace(call, slot_D=call.slot_D.clone().requires_grad_())
    total(head, [call]).backward()
    assert call.slot_D.grad.abs().max() > 1e-6
    assert all(value.grad.abs().max() > 1e-6 for value in head.track_embed.parameters())
    assert all(value.grad is None for value in head.sam.parameters())


def test_the_released_loss_is_nothing_where_the_prompt_is_the_box() -> None:
    head = head_of(learn_from="box")
    calls = [call_of(noise(50, 40), {0: box_mask((50, 40), (5, 10, 30, 36))})]
    box = torch.tensor([[5 / 50, 10 / 40, 30 / 50, 36 / 40]]) * SIDE
    outputs = head.ask(head.prepare(calls), _sam.box_prompt(head.sam, box))
    assert head.loss(outputs, [calls[0].sample.facts])["prompt"] < 1e-6
    assert total(head, calls) > 0.1


def test_the_released_loss_is_learned_with_all_of_sam_frozen() -> None:
    head = head_of(learn_from="box").train()
    boxes = [(5, 5, 20, 20), (20, 10, 38, 35), (2, 25, 30, 39)]
    calls = [call_of(noise(40, 40), {0: box_mask((40, 40), box)}, seed) for seed, box in enumerate(boxes)]
    facts, prompts = [call.sample.facts for call in calls], head.prepare(calls)
    first = total(head, calls).item()
    optimiser = torch.optim.Adam(head.track_embed.parameters(), lr=1e-2)
    for _ in range(30):
        loss = head.loss(head(prompts), facts)["prompt"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert total(head, calls).item() < 0.2 * first


def two_boxes() -> list[Call]:
    """Two calls about one picture of two patches, told apart by the slot alone."""
    pixels = np.full((40, 40, 3), 30, dtype=np.uint8)
    boxes = [(4, 4, 20, 36), (24, 8, 38, 30)]
    for (x1, y1, x2, y2), colour in zip(boxes, [(220, 60, 40), (40, 90, 230)], strict=True):
        pixels[y1:y2, x1:x2] = colour
    photo = Image(pixels)
    return [call_of(photo, {0: box_mask((40, 40), box)}, seed) for seed, box in enumerate(boxes)]


def test_the_adapter_and_the_decoder_learn_masks() -> None:
    head, calls = head_of(train_decoder=True).train(), two_boxes()
    facts, inputs = [call.sample.facts for call in calls], head.prepare(calls)
    optimiser = torch.optim.Adam([value for value in head.parameters() if value.requires_grad], lr=3e-3)
    for _ in range(50):
        loss = sum(head.loss(head(inputs), facts).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for masks, call in zip(found_by(head, calls), calls, strict=True):
        assert overlap(masks.masks[0].rle, call.sample.facts["masks"][0]) > 0.75


def test_a_clip_is_drawn_on_at_the_first_frame_looked_at() -> None:
    clip = Clip.from_frames(np.random.default_rng(0).integers(0, 256, (5, 30, 40, 3), dtype=np.uint8), fps=1)
    call = replace(call_of(clip, {2: box_mask((40, 30), (1, 1, 9, 9))}), frames=[2, 4])
    head = head_of()
    [masks] = found_by(head, [call])
    assert [mask.frame for mask in masks.masks] == [2]
    assert masks.masks[0].rle["size"] == [30, 40]
    assert total(head, [call]).isfinite()
    with pytest.raises(DataError, match="nothing of frame 4, .* it has frames 2"):
        total(head, [replace(call, frames=[4])])


def test_the_sizes_by_default_are_those_of_the_large_sam_2() -> None:
    with torch.device("meta"):
        head = Mask(4096)
        whole = Sam2VideoModel(Sam2VideoConfig(**_sam._own(_sam.HIERA_LARGE)))
    assert sum(value.numel() for value in whole.parameters()) / 1e6 == pytest.approx(224.4, abs=0.05)  # as published
    assert head.sam.state_dict().keys() <= whole.state_dict().keys()
    assert head.track_embed.layers[1].weight.shape == (768, 4096)


def test_the_adapter_has_two_layers_as_released_and_one_as_in_the_paper() -> None:
    released, paper = head_of().track_embed, head_of(adapter="as_paper").track_embed
    assert [*released.state_dict()] == [f"layers.{layer}.{part}" for layer in (0, 1) for part in ("weight", "bias")]
    assert {name: value.shape for name, value in paper.state_dict().items()} == {
        "layers.0.weight": (3 * 32, WIDTH),
        "layers.0.bias": (3 * 32,),
    }
    slots_BD = torch.randn(5, WIDTH, generator=torch.Generator().manual_seed(0))

    def turned(adapter: torch.nn.Module) -> Tensor:
        """Zero where a state and its opposite are as far from the prompt of none as each other, as in one layer."""
        return adapter(slots_BD) + adapter(-slots_BD) - 2 * adapter(0 * slots_BD)

    assert turned(paper).abs().max() < 1e-5 < 1e-2 < turned(released).abs().max()
    assert paper(slots_BD).shape == released(slots_BD).shape == (5, 3, 32)


def test_sizes_that_do_not_fit_each_other_are_refused() -> None:
    with pytest.raises(ConfigError, match="backbone_feature_sizes is .*32, 32.* came"):
        head_of(sam=SAM | {"prompt_encoder_config": {"hidden_size": 32, "image_size": 128}})
    with pytest.raises(ConfigError, match="nothing teaches"):
        head_of(learn_from="box", train_decoder=True)
    with pytest.raises(ConfigError, match="'box'"):
        head_of(learn_from="boxes")
    with pytest.raises(ConfigError, match="mask adapter is 'as_papre'.*'as_paper'"):
        head_of(adapter="as_papre")


def test_weights_of_sam_load_by_name(tmp_path: Any) -> None:
    first = head_of()
    first.sam.save_pretrained(tmp_path)
    torch.manual_seed(1)
    second = Mask(WIDTH, sam=SAM)
    second.sam.load_state_dict(Sam2Model.from_pretrained(tmp_path).state_dict())
    for one, other in zip(first.sam.parameters(), second.sam.parameters(), strict=True):
        assert torch.equal(one, other)


# -- both ------------------------------------------------------------------------------------------------------------

every_head = pytest.mark.parametrize("make", [head_of, lambda: head_of(learn_from="box"), light_of])


@every_head
def test_an_empty_mask_is_a_truth_too(make: Any) -> None:
    head = make().train()
    loss = total(head, [call_of(noise(20, 10), {0: box_mask((20, 10), (0, 0, 0, 0))})])
    loss.backward()
    assert loss.isfinite()


@every_head
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1)])
def test_a_picture_of_one_pixel(make: Any, size: tuple[int, int]) -> None:
    head, call = make(), call_of(noise(*size), {0: box_mask(size, (0, 0, *size))})
    assert total(head.train(), [call]).isfinite()
    [masks] = found_by(head, [call])
    assert masks.masks[0].rle["size"] == [size[1], size[0]]
    assert 0 <= masks.masks[0].score <= 1


@every_head
def test_a_mask_of_another_size_and_a_call_without_frames_are_refused(make: Any) -> None:
    head = make()
    with pytest.raises(RegionError, match="10 x 20"):
        total(head, [call_of(noise(20, 10), {0: box_mask((10, 20), (0, 0, 5, 5))})])
    with pytest.raises(VideoError, match="none was looked at"):
        head.prepare([replace(call_of(noise(20, 10)), frames=[])])
    with pytest.raises(DataError, match="facts"):
        total(head, [call_of(noise(20, 10))])


@every_head
def test_text_keys_of_frames_are_read(make: Any) -> None:
    head, mask = make().eval(), box_mask((20, 10), (2, 2, 9, 9))
    losses = [total(head, [call_of(noise(20, 10), {key: mask})]) for key in (0, "0")]
    assert torch.equal(*losses)


# -- the head without SAM 2 ------------------------------------------------------------------------------------------


def test_the_light_head_learns_which_cells_are_meant() -> None:
    """Two things in one map; the slot says which; on the second frame they have changed places."""
    random = torch.Generator().manual_seed(0)
    things = torch.randn(2, WIDTH, generator=random)
    boxes = [(0, 0, 16, 16), (16, 16, 32, 32)]
    clip = Clip.from_frames(np.zeros((2, 32, 32, 3), dtype=np.uint8), fps=1)
    visual = 0.3 * torch.randn(2, 8, 8, WIDTH, generator=random)
    for frame, thing in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        x1, y1, x2, y2 = (edge // 4 for edge in boxes[(thing + frame) % 2])
        visual[frame, y1:y2, x1:x2] += things[thing]
    calls = []
    for thing in range(2):
        masks = {frame: box_mask((32, 32), boxes[(thing + frame) % 2]) for frame in range(2)}
        calls.append(replace(call_of(clip, masks, seed=thing), visual_THWD=visual))
    head = light_of().train()
    facts, inputs = [call.sample.facts for call in calls], head.prepare(calls)
    optimiser = torch.optim.Adam(head.parameters(), lr=5e-3)
    for _ in range(50):
        loss = sum(head.loss(head(inputs), facts).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    for masks, call in zip(found_by(head, calls), calls, strict=True):
        assert [mask.frame for mask in masks.masks] == [0, 1]
        assert min(overlap(mask.rle, call.sample.facts["masks"][mask.frame]) for mask in masks.masks) > 0.9


def test_calls_of_different_shape_stand_in_one_batch() -> None:
    clip = Clip.from_frames(np.zeros((4, 20, 30, 3), dtype=np.uint8), fps=1)
    calls = [call_of(clip, seed=1, cells=(3, 5)), call_of(noise(17, 9), seed=2, cells=(4, 4))]
    head = light_of()
    assert_same(found_by(head, calls), [found_by(head, [call])[0] for call in calls])


def test_frames_that_a_model_merges_have_the_mask_of_their_step() -> None:
    clip = Clip.from_frames(np.zeros((4, 16, 16, 3), dtype=np.uint8), fps=1)
    call = call_of(clip)
    call = replace(call, visual_THWD=call.visual_THWD[:2])
    [masks] = found_by(light_of(), [call])
    assert [mask.frame for mask in masks.masks] == [0, 1, 2, 3]
    assert masks.masks[0].rle == masks.masks[1].rle and masks.masks[2].rle == masks.masks[3].rle


@pytest.mark.parametrize("fit", ["letterbox", "pad", "stretch"])
def test_a_mask_lies_where_the_picture_lay_in_the_square(fit: str) -> None:
    """A map that knows the answer at every cell of the square gives it back at the picture's own pixels."""
    size, box = (80, 40), (20, 10, 60, 30)
    head = light_of(fit=fit)
    call = call_of(noise(*size), {0: box_mask(size, box)})
    inputs = head.prepare([call])
    share = torch.from_numpy(head.framing.mask(rle.decode(call.sample.facts["masks"][0]), 80))
    outputs = head(inputs)
    outputs = replace(outputs, logits=((share[None] - 0.5) * 40,))
    assert overlap(head.decode(outputs)[0].masks[0].rle, call.sample.facts["masks"][0]) > 0.99
    assert sum(head.eval().loss(outputs, [call.sample.facts]).values()) < 0.4
    assert sum(head.train().loss(outputs, [call.sample.facts]).values()) < 0.8


def test_a_model_without_a_map_is_told_what_to_do() -> None:
    call = call_of(noise(20, 10))
    with pytest.raises(DataError, match="None came.*take the head `mask`"):
        light_of().prepare([replace(call, visual_THWD=None)])
    with pytest.raises(DataError, match="map_width"):
        light_of(map_width=8).prepare([call])


# -- points ----------------------------------------------------------------------------------------------------------


def test_points_read_a_map_as_it_would_be_resized() -> None:
    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    read = at(logits, WHOLE, grid(12, 20, logits.device)).view(12, 20)
    resized = torch.nn.functional.interpolate(logits[None, None], (12, 20), mode="bilinear", align_corners=False)
    torch.testing.assert_close(read, resized[0, 0])
    torch.testing.assert_close(at(logits, WHOLE, grid(5, 7, logits.device)).view(5, 7), logits)


def test_three_quarters_of_the_points_are_where_the_map_is_in_doubt() -> None:
    torch.manual_seed(0)
    slope = (torch.arange(32.0) - 15.5).expand(32, 32)
    near = (doubtful(slope, WHOLE, 400)[:, 0] - 0.5).abs() < 0.15
    assert len(near) == 400 and 0.75 < near.float().mean() < 0.9


def test_specks_are_left_out_and_large_pieces_stay() -> None:
    mask = np.zeros((20, 30), dtype=bool)
    mask[2:8, 2:12], mask[12:18, 3:10], mask[0, 29] = True, True, True  # 60, 42 and 1 pixels
    assert without_specks(mask, 0.0).sum() == 103 and without_specks(mask, 0.5).sum() == 102
    assert without_specks(mask, 0.8).sum() == 60 and not without_specks(mask & False, 0.5).any()
    corners = np.eye(4, dtype=bool)
    assert np.array_equal(without_specks(corners, 1.0), corners)


def test_a_stray_cell_is_no_part_of_what_the_light_head_finds() -> None:
    call = call_of(noise(64, 64))
    logits = torch.full((1, 16, 16), -5.0)
    logits[0, 2:8, 2:8], logits[0, 15, 15] = 5.0, 5.0
    boxes = []
    for least_piece in (0.0, 0.5):
        head = light_of(least_piece=least_piece)
        found = head.decode(LightOutputs(head.prepare([call]), (logits,)))[0].masks[0]
        boxes.append(rle.box(found.rle))
        assert 0.9 < found.score <= 1
    assert boxes[0][2] == 64 and boxes[1][2] < 40
    with pytest.raises(ConfigError, match="least_piece is -1"):
        light_of(least_piece=-1)

"""Masks through a clip: SAM 2's memory asked by an embedding is the library's own, and keeps no more than it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import Sam2Model, Sam2VideoInferenceSession, Sam2VideoModel

from regard.core.errors import ConfigError
from regard.media.clip import Clip
from regard.models.heads import _sam, _sam_video
from regard.models.heads._base import Call
from regard.models.heads._mask_result import Masks
from regard.models.heads._sam_video import Seen, carry
from regard.models.heads.mask import Mask
from regard.prompts.sample import Sample
from regard.regions import rle
from regard.regions.geometry import mask_iou
from regard.regions.region import Region
from tiny_sam import MEMORY, SAM, SIDE

WIDTH = 16
SHORT = MEMORY | {"num_maskmem": 3, "max_object_pointers_in_encoder": 5}
BOXES = torch.tensor([[4.0, 5, 40, 30], [20, 20, 60, 50]])


def filled(sam: torch.nn.Module) -> Any:
    """Give weights that begin at 0 a size, so that every part of the memory has a say; and things are mostly there."""
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for value in sam.parameters():
            if not value.any():
                value.copy_(0.2 * torch.randn(value.shape, generator=random))
        sam.mask_decoder.pred_obj_score_head.proj_out.weight.mul_(0.02)
        sam.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(0.5)
    return sam.eval()


def head_of(**settings: Any) -> Mask:
    torch.manual_seed(0)
    head = Mask(WIDTH, **{"sam": SHORT, "points": 64} | settings)
    filled(head.sam)
    return head.eval()


def clip(frames: int, seed: int = 0) -> Clip:
    pixels = np.random.default_rng(seed).integers(0, 256, (frames, 30, 40, 3), dtype=np.uint8)
    return Clip.from_frames(pixels, fps=4)


def call_of(media: Clip, frames: list[int], seed: int = 0, regions: Any = (), **facts: Any) -> Call:
    random = torch.Generator().manual_seed(seed)
    sample = Sample.build(media, "Follow <region1>." if regions else "Where is it?", regions)
    return Call(
        sample=replace(sample, facts=facts),
        frames=frames,
        slot_D=torch.randn(WIDTH, generator=random),
        words_LD=torch.zeros(0, WIDTH),
        frames_TD=torch.zeros(len(frames), WIDTH),
    )


def found_by(head: Mask, calls: list[Call]) -> list[Masks]:
    with torch.no_grad():
        return head.decode(head(head.prepare(calls)))


def library(sam: Any, video_T3SS: Tensor, boxes: Tensor, start: int, back: bool) -> dict[int, Tensor]:
    """What transformers' own loop says of boxes; it forgets nothing."""
    plain = Sam2VideoModel(sam.config).eval()
    plain.load_state_dict(sam.state_dict())
    session = Sam2VideoInferenceSession(video=video_T3SS, dtype=torch.float32)
    for number, box_4 in enumerate(boxes):
        corners = {"point_coords": box_4.view(1, 1, 2, 2), "point_labels": torch.tensor([[[2, 3]]], dtype=torch.int32)}
        session.add_point_inputs(session.obj_id_to_idx(number), start, corners)
        session.obj_with_new_inputs.append(number)
    plain(session, frame_idx=start)
    found = plain.propagate_in_video_iterator(session, start_frame_idx=start, reverse=back)
    return {one.frame_idx: one.pred_masks[:, 0] for one in found}


def carried(sam: Any, video_T3SS: Tensor, prompts: Any, start: int) -> dict[int, Seen]:
    steps = carry(sam, lambda frame: video_T3SS[frame], len(video_T3SS), start, list(prompts))
    return {seen.frame: seen for seen in steps}


@pytest.fixture(scope="module")
def sam() -> Any:
    torch.manual_seed(0)
    return filled(_sam.build(SHORT, train_decoder=False))


@pytest.fixture(scope="module")
def video() -> Tensor:
    return torch.randn(9, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("start", [0, 5, 8])
def test_the_embedding_of_a_box_is_followed_as_the_box_to_the_bit(sam: Any, video: Tensor, start: int) -> None:
    ours = carried(sam, video, _sam.box_prompt(sam, BOXES[:1]), start)
    assert list(ours) == [*range(start, 9), *range(start - 1, -1, -1)]
    for back in (False, True):
        for frame, logits_1hw in library(sam, video, BOXES[:1], start, back).items():
            assert torch.equal(ours[frame].logits_Bhw, logits_1hw), frame
    assert len({float(seen.logits_Bhw.std()) for seen in ours.values()}) == 9


def test_two_things_are_followed_together_as_each_alone(sam: Any, video: Tensor) -> None:
    """Memories are rounded to bfloat16, which makes more of what batches of another size round otherwise."""
    prompts, video = torch.cat([_sam.box_prompt(sam, box[None]) for box in BOXES]), video[:5]
    together = carried(sam, video, prompts, 1)
    for number in range(2):
        for frame, seen in carried(sam, video, prompts[number : number + 1], 1).items():
            torch.testing.assert_close(together[frame].logits_Bhw[number], seen.logits_Bhw[0], atol=2e-4, rtol=2e-4)
            torch.testing.assert_close(together[frame].there_B[number], seen.there_B[0], atol=2e-4, rtol=2e-4)
    for frame, logits_2hw in library(sam, video, BOXES, 1, back=False).items():
        assert torch.equal(together[frame].logits_Bhw, logits_2hw)


def test_what_is_kept_of_a_long_clip_does_not_grow_with_it(sam: Any, video: Tensor, monkeypatch: Any) -> None:
    sessions, kept, read = [], [], []

    class Watched(_sam_video.Session):
        def forget(self, frame: int) -> None:
            super().forget(frame)
            sessions.append(self)
            followed = [found["non_cond_frame_outputs"] for found in self.output_dict_per_obj.values()]
            maps = [sum("maskmem_features" in one for one in own.values()) for own in followed]
            masks = [name for own in followed for one in own.values() for name in one if name in _sam_video.MASKS]
            kept.append((max(map(len, followed)), max(maps), len(masks), len(self.cache._vision_features)))

    monkeypatch.setattr(_sam_video, "Session", Watched)
    prompts = list(_sam.box_prompt(sam, BOXES))
    for _ in carry(sam, lambda frame: (read.append(frame), video[frame % 9])[1], 20, 12, prompts):
        pass
    assert sorted(read) == list(range(20))
    assert all(one is sessions[0] for one in sessions) and sessions[0].processed_frames is None
    frames, maps, masks, features = (max(values) for values in zip(*kept, strict=True))
    assert (frames, maps, masks, features) == (4, 2, 0, 1)
    assert not any(sessions[0].frames_tracked_per_obj.values())


def test_what_is_kept_of_sixteen_things_stays_as_much_as_it_is_after_a_few_frames(
    sam: Any, video: Tensor, monkeypatch: Any
) -> None:
    kept: list[tuple[int, int]] = []

    class Watched(_sam_video.Session):
        def forget(self, frame: int) -> None:
            super().forget(frame)
            found = {id(one): one.nbytes for one in tensors_in([vars(self), vars(self.cache)])}
            kept.append((len(found), sum(found.values())))

    monkeypatch.setattr(_sam_video, "Session", Watched)
    prompts = list(_sam.box_prompt(sam, BOXES[:1]).expand(16, -1, -1))
    for _ in carry(sam, lambda frame: video[frame], 9, 0, prompts):
        pass
    first, *_, sixth, seventh, eighth, ninth = kept
    assert first[0] > 16 and first < sixth == seventh == eighth == ninth


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Every tensor in dicts and lists, however deep."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from tensors_in(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from tensors_in(one)


def test_a_thing_that_leaves_is_absent_and_may_return(monkeypatch: Any) -> None:
    head, media = head_of(), clip(6)
    step = iter([5.0, 5.0, -5.0, -5.0, 5.0, 5.0])  # SAM 2's own score of whether the thing is there
    monkeypatch.setattr(head, "ask", lambda inputs, prompt: _outputs(head, inputs, prompt))
    hook = head.sam.mask_decoder.pred_obj_score_head.register_forward_hook(
        lambda module, inputs, score: torch.full_like(score, next(step))
    )
    [masks] = found_by(head, [call_of(media, [0, 5])])
    hook.remove()
    assert [mask.frame for mask in masks.masks] == list(range(6))
    assert [rle.area(mask.rle) > 0 for mask in masks.masks] == [True, True, False, False, True, True]
    assert [mask.score > 0.5 for mask in masks.masks] == [True, True, False, False, True, True]


@pytest.mark.parametrize("there", [-5.0, 5.0], ids=["said to be gone", "said to be there"])
def test_after_a_cut_the_last_mask_is_not_repeated(there: float) -> None:
    """SAM 2 alone says whether the thing is in the new scene; if it says so, its mask is made from the new pixels."""
    head, scores = head_of(), iter([5.0, 5.0, 5.0, 5.0, there, there, there])
    first, second = (np.random.default_rng(seed).integers(0, 256, (1, 30, 40, 3), np.uint8) for seed in (0, 1))
    cut = Clip.from_frames(np.concatenate([first.repeat(3, axis=0), second.repeat(3, axis=0)]), fps=4)
    hook = head.sam.mask_decoder.pred_obj_score_head.register_forward_hook(
        lambda module, inputs, score: torch.full_like(score, next(scores))
    )
    [masks] = found_by(head, [call_of(cut, [0])])
    hook.remove()
    found = np.stack([rle.decode(mask.rle) for mask in masks.masks])
    overlaps = mask_iou(found, found[2:3])[:, 0]
    assert overlaps[1] > 0.8 > 0.3 > overlaps[3:].max()
    assert found[3:].any((1, 2)).tolist() == [there > 0] * 3
    assert [mask.score > 0.5 for mask in masks.masks] == [True, True, True] + [there > 0] * 3


def _outputs(head: Mask, inputs: Any, prompt_BPC: Tensor) -> Any:
    from regard.models.heads.mask import MaskOutputs

    return MaskOutputs(inputs, prompt_BPC, torch.zeros(len(prompt_BPC), 4, 4), torch.zeros(len(prompt_BPC)))


def test_all_frames_of_a_clip_are_answered_from_the_first_that_was_looked_at() -> None:
    head, media, other = head_of(), clip(5), clip(2, seed=1)
    calls = [call_of(media, [2, 4], 1), call_of(other, [0, 1], 2), call_of(media, [2, 4], 3), call_of(media, [4], 4)]
    together = found_by(head, calls)
    assert [[mask.frame for mask in one.masks] for one in together] == [[*range(n)] for n in (5, 2, 5, 5)]
    for call, masks in zip(calls, together, strict=True):
        [alone] = found_by(head, [call])
        for mask, twin in zip(masks.masks, alone.masks, strict=True):
            assert mask.score == pytest.approx(twin.score, abs=1e-4) and mask.rle["size"] == [30, 40]
            assert (rle.decode(mask.rle) != rle.decode(twin.rle)).mean() < 0.01
    with torch.no_grad():
        outputs = head(head.prepare(calls[:1]))
    sam, still = head.sam, outputs.logits_Bhw
    first = next(carry(sam, lambda frame: _sam.pixels(sam, media, frame), 5, 2, list(outputs.prompt_BPC)))
    assert torch.equal(first.logits_Bhw, still)


def test_a_clip_of_one_frame_is_answered() -> None:
    [masks] = found_by(head_of(), [call_of(clip(1), [0])])
    assert [mask.frame for mask in masks.masks] == [0]


def test_answering_changes_no_mode_and_training_stays_on_the_frame() -> None:
    head, media = head_of().train(), clip(4)
    mask = rle.encode(np.pad(np.ones((10, 10), bool), ((5, 15), (5, 25))))
    call = call_of(media, [1, 3], masks={1: mask})
    outputs = head(head.prepare([call]))
    assert sum(head.loss(outputs, [call.sample.facts]).values()).isfinite()
    assert len(head.decode(outputs)[0].masks) == 4
    assert head.sam.training and head.sam.mask_decoder.training


def test_of_a_trained_decoder_the_memory_stays_as_it_is() -> None:
    head, media = head_of(train_decoder=True).train(), clip(2)
    call = call_of(media, [0], masks={0: rle.encode(np.eye(30, 40))})
    sum(head.loss(head(head.prepare([call])), [call.sample.facts]).values()).backward()
    taught = {name for name, value in head.named_parameters() if value.grad is not None and value.grad.any()}
    assert not any(name.startswith(head.unused) for name in taught)
    assert {name for name, _ in head.named_parameters() if not name.startswith(head.unused)} - taught == set()


def test_a_clip_is_followed_only_where_the_setting_and_the_memory_say_so() -> None:
    for still in (head_of(propagate=False), head_of(sam=SAM)):
        assert not still.propagate
        [masks] = found_by(still, [call_of(clip(4), [1, 3])])
        assert [mask.frame for mask in masks.masks] == [1]
        with pytest.raises(ConfigError, match="cannot follow"):
            still.prepare([call_of(clip(4), [1, 3], regions=[Region.box(4, 4, 20, 20)], followed=0)])
    with pytest.raises(ConfigError, match="model_type='sam2', which has none.*'sam2_video'"):
        head_of(sam=SAM, propagate=True)
    with pytest.raises(ConfigError, match="'sam2_video', 'sam2'"):
        head_of(sam=SAM | {"model_type": "sam"})


def test_sizes_that_leave_no_room_for_the_memory_are_refused() -> None:
    with pytest.raises(ConfigError, match="at least 128.*fpn_hidden_size=32 came"):
        head_of(sam=SAM | {"model_type": "sam2_video"})
    with pytest.raises(ConfigError, match="image_size is 64"):
        head_of(sam=MEMORY | {"image_size": 128})


# -- a region that is followed -----------------------------------------------------------------------------------------


def test_a_region_is_what_sam_is_asked_by_where_it_is_to_be_followed() -> None:
    media, box = clip(3), Region.box(5, 6, 30, 24, frame=1)
    shape = Region.mask(np.pad(np.eye(12, dtype=bool), ((8, 10), (10, 18))), frame=1)
    released, ours, state = (head_of(follow=follow) for follow in ("box", "region", "slot"))

    def answer(head: Mask, region: Region, seed: int = 0) -> list[tuple[float, Any]]:
        [masks] = found_by(head, [call_of(media, [0, 1], seed, [region], followed=0)])
        return [(mask.score, mask.rle) for mask in masks.masks]

    corners = torch.tensor([[5.0, 6, 30, 24]]) * SIDE / torch.tensor([40.0, 30, 40, 30])
    frames = torch.stack([_sam.pixels(released.sam, media, frame) for frame in range(3)])
    own = carried(released.sam, frames, _sam.box_prompt(released.sam, corners), 1)
    scores = [score for score, _ in answer(released, box)]
    assert scores == pytest.approx([float(own[frame].there_B) for frame in range(3)], abs=1e-6)
    assert answer(ours, box) == answer(released, box, seed=1)  # the state has no say
    assert answer(ours, shape) != answer(released, shape)
    assert answer(ours, shape)[1][0] > 0.99  # SAM 2 takes a mask as what is there
    assert answer(state, shape) == answer(state, box) != answer(state, box, seed=1)


# -- weights -----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_of_either_kind_loads_into_either_head(tmp_path: Any) -> None:
    whole = head_of()
    whole.sam.save_pretrained(tmp_path)
    second = Mask(WIDTH, sam=SHORT)
    second.sam.load_state_dict(Sam2VideoModel.from_pretrained(tmp_path).state_dict())
    assert all(torch.equal(*pair) for pair in zip(whole.sam.parameters(), second.sam.parameters(), strict=True))
    pictures = Mask(WIDTH, sam=MEMORY | {"model_type": "sam2"})
    pictures.sam.load_state_dict(Sam2Model.from_pretrained(tmp_path).state_dict())
    pictures.track_embed.load_state_dict(whole.track_embed.state_dict())
    call = call_of(clip(2), [0])
    both = [head(head.prepare([call])) for head in (whole, pictures.eval())]
    assert torch.equal(both[0].logits_Bhw, both[1].logits_Bhw)

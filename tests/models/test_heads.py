"""Every task head: the folder is walked, each file is built small and called from the states of a made-up model."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from regard.core import rooms
from regard.core.errors import DataError
from regard.media.clip import Clip
from regard.models.encoders._base import RegionInputs
from regard.models.heads._base import Call, TaskHead
from regard.prompts.sample import Sample
from regard.regions import rle
from tiny_sam import SAM

ROOM = "regard.models.heads"
WIDTH = 16
SMALL = {"width": 16, "heads": 4, "dummy_heads": 4, "hidden": 24, "dummies": 3, "queries": 4}
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "box": [{"hidden": 24}, {"hidden": 24, "output": "as_released"}, {"hidden": 24, "loss": "as_paper"}],
    "guide": [{"marks": 5}],
    "light_mask": [{"width": 8}],
    "light_moment": [{"width": 8}],
    "mask": [
        {"sam": SAM} | more for more in ({}, {"learn_from": "box"}, {"train_decoder": True}, {"adapter": "as_paper"})
    ],
    "moment": [
        SMALL,
        SMALL | {"decoder": "dense"},
        SMALL | {"features": 5, "text_positions": True, "chosen": 3},
        SMALL | {"decoder_layers": 1, "layers": 1, "cross_layers": 1, "projections": 1},
    ],
}
CASES = [(name, settings) for name in rooms.names(ROOM) for settings in SETTINGS.get(name, [{}])]
every_head = pytest.mark.parametrize(("name", "settings"), CASES)


def head_of(name: str, settings: dict[str, Any]) -> TaskHead:
    torch.manual_seed(0)
    return rooms.load(ROOM, name, TaskHead)(WIDTH, **settings)


def call_of(seed: int, frames: int, words: int) -> Call:
    """A call about a clip of `frames` frames, one a second, with all the truth there is about it."""
    random = torch.Generator().manual_seed(seed)
    clip = Clip.from_frames(np.full((frames, 8, 8, 3), seed, dtype=np.uint8), fps=1)
    start = frames // 3
    facts = {"moments": [(start, start + 2.0)], "features": torch.randn(frames, 5, generator=random)}
    facts |= {"box": (1, 2, 4 + seed, 7), "tracked": range(frames)}
    facts["masks"] = {frame: rle.encode(np.eye(8) + np.eye(8, k=seed)) for frame in range(frames)}
    return Call(
        sample=replace(Sample.build(clip, "When does the ball roll?"), facts=facts),
        frames=range(frames),
        slot_D=torch.randn(WIDTH, generator=random),
        words_LD=torch.randn(words, WIDTH, generator=random),
        frames_TD=torch.randn(frames, WIDTH, generator=random),
        visual_THWD=torch.randn(frames, 2, 3, WIDTH, generator=random),
        regions=two_regions(frames, random),
    )


def two_regions(frames: int, random: torch.Generator) -> RegionInputs:
    """Two regions that overlap, one on every frame, one on the first alone."""
    masks = (torch.rand(frames + 1, 4, 6, generator=random) > 0.5).float()
    region_M = torch.tensor([0] * frames + [1])
    frame_M = torch.tensor([*range(frames), 0])
    return RegionInputs(masks, region_M, frame_M, torch.zeros(frames + 1, 4), torch.zeros(frames + 1, 6), count=2)


CALLS = [call_of(1, 6, 4), call_of(2, 9, 2), call_of(3, 4, 7)]
FACTS = [call.sample.facts for call in CALLS]


def as_type(call: Call, dtype: torch.dtype) -> Call:
    states = ("slot_D", "words_LD", "frames_TD", "visual_THWD")
    return replace(call, **{name: getattr(call, name).to(dtype) for name in states})


def total(head: TaskHead, calls: list[Call] = CALLS) -> Tensor:
    return sum(head.loss(head(head.prepare(calls)), [call.sample.facts for call in calls]).values())


def floats(found: Any) -> Iterator[float]:
    """Every number in a result, in order."""
    if is_dataclass(found):
        found = [getattr(found, field.name) for field in fields(found)]
    if isinstance(found, (float, int)):
        yield float(found)
    elif isinstance(found, (Tensor, np.ndarray)):
        yield from torch.as_tensor(found).flatten().tolist()
    elif isinstance(found, (list, tuple)):
        for part in found:
            yield from floats(part)


def test_tokens_are_special_and_no_head_takes_those_of_another() -> None:
    heads = [rooms.load(ROOM, name, TaskHead) for name in rooms.names(ROOM)]
    assert all((head.trigger is None) == (head.slot is None) for head in heads)
    tokens = [token for head in heads if head.trigger for token in (head.trigger, head.slot)]
    assert len(set(tokens)) == len(tokens)
    assert all(token.startswith("<") and token.endswith(">") for token in tokens)


@every_head
def test_gradient_reaches_every_parameter_but_those_declared_unused(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings).eval()
    total(head).backward()
    reached = {
        parameter: 0.0 if value.grad is None else float(value.grad.abs().max())
        for parameter, value in head.named_parameters()
    }
    least = 1e-6 * max(reached.values())
    unused = {parameter for parameter in reached if parameter.startswith(head.unused)}
    assert {parameter for parameter, size in reached.items() if size == 0} <= unused
    assert {parameter for parameter in unused if reached[parameter] > least} == set()
    assert all(any(parameter.startswith(prefix) for parameter in reached) for prefix in head.unused)


@every_head
def test_gradient_reaches_the_slot_of_every_call_or_its_visual_tokens(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings)
    read = "slot_D" if head.slot else "visual_THWD"
    calls = [replace(call, **{read: getattr(call, read).clone().requires_grad_()}) for call in CALLS]
    total(head, calls).backward()
    assert all(getattr(call, read).grad.abs().sum() > 0 for call in calls)


@every_head
def test_batched_equals_single(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings).eval()
    together = head.decode(head(head.prepare(CALLS)))
    assert len(together) == len(CALLS)
    for call, found in zip(CALLS, together, strict=True):
        [alone] = head.decode(head(head.prepare([call])))
        assert list(floats(found)) == pytest.approx(list(floats(alone)), abs=1e-4)


@every_head
def test_a_result_is_frozen_and_finite(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings).eval()
    for found in head.decode(head(head.prepare(CALLS))):
        assert is_dataclass(found) and type(found).__dataclass_params__.frozen
        assert all(np.isfinite(number) for number in floats(found))


@every_head
def test_bf16_is_close_to_float32(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings).eval()
    coarse = copy.deepcopy(head).bfloat16()
    exact = head.loss(head(head.prepare(CALLS)), FACTS)
    outputs = coarse(coarse.prepare([as_type(call, torch.bfloat16) for call in CALLS]))
    for term, value in coarse.loss(outputs, FACTS).items():
        torch.testing.assert_close(value.float(), exact[term], rtol=0.1, atol=0.02, msg=term)
    assert all(np.isfinite(number) for found in coarse.decode(outputs) for number in floats(found))


@every_head
def test_autocast_trains(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings).train()
    with torch.autocast("cpu", torch.bfloat16):
        loss = total(head)
    loss.backward()
    assert all(torch.isfinite(value.grad).all() for value in head.parameters() if value.grad is not None)


@every_head
def test_same_seed_same_bytes(name: str, settings: dict[str, Any]) -> None:
    losses = []
    for _ in range(2):
        head = head_of(name, settings).train()
        losses.append(total(head))
    assert torch.equal(*losses)


@every_head
def test_weights_survive_saving(name: str, settings: dict[str, Any]) -> None:
    first, second = head_of(name, settings).eval(), head_of(name, settings).eval()
    for value in first.parameters():
        nn.init.normal_(value, std=0.3)
    second.load_state_dict(first.state_dict())
    assert torch.equal(total(first), total(second))


@every_head
def test_a_sample_without_the_truth_is_refused(name: str, settings: dict[str, Any]) -> None:
    head = head_of(name, settings).eval()
    with pytest.raises(DataError, match="facts"):
        head.loss(head(head.prepare(CALLS)), [{} for _ in CALLS])


def test_every_head_has_a_first_line_that_says_what_it_is() -> None:
    for name in rooms.names(ROOM):
        assert len(rooms.summary(ROOM, name)) > 20, name

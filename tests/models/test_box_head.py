"""The box head: what comes out, what is right, what is lost, that it learns, and that its box can be asked about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from regard.core.errors import ConfigError, DataError, RegionError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.heads._base import Call
from regard.models.heads.box import Box, BoxInputs, BoxOutputs, Located, bounded, distance_and_overlap
from regard.prompts.sample import Media, Sample

WIDTH = 6
NOTHING = torch.zeros(0, WIDTH)


def head_of(**settings: Any) -> Box:
    torch.manual_seed(0)
    return Box(WIDTH, **{"hidden": 32} | settings)


def picture(width: int, height: int) -> Image:
    return Image.from_array(np.zeros((height, width, 3), np.uint8))


def call_of(media: Media, slot_D: Tensor, frames: tuple[int, ...] = (0,)) -> Call:
    return Call(Sample.build(media, "Where is it?"), frames, slot_D, NOTHING, NOTHING)


def said(*boxes: tuple[float, ...], size: tuple[int, int] = (20, 10)) -> BoxOutputs:
    """Outputs of the released kind for pictures of one size."""
    inputs = BoxInputs(torch.zeros(len(boxes), WIDTH), torch.tensor([size] * len(boxes)).float(), (0,) * len(boxes))
    return BoxOutputs(inputs, torch.tensor(boxes))


def test_names_and_shapes_are_those_of_the_release() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in Box(4096).state_dict().items()}
    assert shapes == {
        "loc_decoder.0.weight": (2048, 4096),
        "loc_decoder.0.bias": (2048,),
        "loc_decoder.2.weight": (4, 2048),
        "loc_decoder.2.bias": (4,),
    }


@pytest.mark.parametrize(
    ("output", "loss"), [("bounded", "l1_giou"), ("as_released", "l1_giou"), ("bounded", "as_paper")]
)
def test_boxes_are_learned_that_the_state_says(output: str, loss: str) -> None:
    head, random = head_of(output=output, loss=loss), torch.Generator().manual_seed(1)
    media = picture(40, 20)
    optimizer = torch.optim.AdamW(head.parameters(), 1e-2)

    def batch(count: int) -> tuple[list[Call], list[dict[str, Any]]]:
        slots = torch.rand(count, WIDTH, generator=random)
        corners = torch.cat([slots[:, :2] * 0.5, slots[:, :2] * 0.5 + 0.1 + slots[:, 2:4] * 0.4], dim=1)
        boxes = (corners * torch.tensor([40, 20, 40, 20])).tolist()
        return [call_of(media, slot) for slot in slots], [{"box": box} for box in boxes]

    calls, facts = batch(64)
    before = sum(head.loss(head(head.prepare(calls)), facts).values()).item()
    for _ in range(80):
        optimizer.zero_grad()
        seen, known = batch(32)
        sum(head.loss(head(head.prepare(seen)), known).values()).backward()
        optimizer.step()
    assert sum(head.loss(head(head.prepare(calls)), facts).values()).item() < 0.3 * before


def test_a_bounded_box_lies_inside_and_has_an_area_whatever_is_said() -> None:
    extremes = torch.tensor([-1e4, -20.0, -1.0, 0.0, 1.0, 20.0, 1e4])
    boxes_B4 = bounded(torch.cartesian_prod(*[extremes] * 4))
    assert (boxes_B4 >= 0).all() and (boxes_B4 <= 1 + 1e-6).all()
    assert (boxes_B4[:, 2:] > boxes_B4[:, :2]).all()


def test_what_is_said_last_is_the_size_and_before_it_the_place() -> None:
    [box] = bounded(torch.tensor([[0.0, 20.0, 0.0, 0.0]])).tolist()
    assert box == pytest.approx((0.25, 0.5, 0.75, 1.0), abs=1e-4)


@pytest.mark.parametrize("slot", [-1e4, 0.0, 1e4])
@pytest.mark.parametrize("size", [(1, 1), (1, 500), (4000, 3)])
def test_what_was_located_can_be_asked_about(slot: float, size: tuple[int, int]) -> None:
    head, media = head_of(), picture(*size)
    [found] = head.decode(head(head.prepare([call_of(media, torch.full((WIDTH,), slot))])))
    again = Sample.build(media, "What is <region1>?", [found.region("found")])
    assert found.has_area and again.regions[0].area() > 0 and again.regions[0].name == "found"


def test_a_picture_of_one_pixel_has_a_loss() -> None:
    head = head_of()
    outputs = head(head.prepare([call_of(picture(1, 1), torch.ones(WIDTH))]))
    assert all(torch.isfinite(term) for term in head.loss(outputs, [{"box": (0, 0, 1, 1)}]).values())


def test_of_a_clip_it_is_the_box_on_the_first_frame_that_was_looked_at() -> None:
    clip = Clip.from_frames(np.zeros((5, 8, 8, 3), np.uint8), fps=1)
    head = head_of()
    [found] = head.decode(head(head.prepare([call_of(clip, torch.ones(WIDTH), frames=(2, 4))])))
    assert found.frame == 2
    assert Sample.build(clip, "<region1>", [found.region()]).regions[0].frames == [2]


def test_released_boxes_are_cut_to_the_picture_and_may_have_no_area() -> None:
    head = head_of(output="as_released")
    inside, over, wrong, beside = head.decode(
        said((0.1, 0.2, 0.5, 0.4), (-1.0, 0.5, 2.0, 1.5), (0.5, 0.5, 0.2, 0.8), (1.5, 0.0, 2.0, 1.0))
    )
    assert inside.box == pytest.approx((2, 2, 10, 4)) and over.box == (0, 5, 20, 10)
    assert [found.has_area for found in (inside, over, wrong, beside)] == [True, True, False, False]
    for found in (wrong, beside):
        with pytest.raises(RegionError, match="box"):
            found.region()


def test_the_released_loss_in_numbers() -> None:
    boxes = torch.tensor([[0.0, 0.0, 0.5, 1.0], [0.0, 0.0, 0.25, 0.25], [0.8, 0.0, 0.2, 1.0]])
    truth = torch.tensor([[0.0, 0.0, 1.0, 1.0], [0.75, 0.0, 1.0, 0.25], [0.2, 0.0, 0.8, 1.0]])
    terms = distance_and_overlap(boxes, truth)
    assert terms["distance"].item() == pytest.approx(2 * (0.5 + 1.5 + 1.2) / 12)
    assert terms["overlap"].item() == pytest.approx((0.5 + 1.5) / 2 / 5)


def test_boxes_that_are_all_the_wrong_way_round_cost_the_most_and_still_learn() -> None:
    boxes = torch.tensor([[0.8, 0.8, 0.2, 0.2]], requires_grad=True)
    terms = distance_and_overlap(boxes, torch.tensor([[0.2, 0.2, 0.8, 0.8]]))
    assert terms["overlap"].item() == pytest.approx(0.4)
    sum(terms.values()).backward()
    assert (boxes.grad.abs() > 0).all()


@pytest.mark.parametrize("box", [(5, 5, 5, 5), (0, 3, 20, 3), (0, 0, 0, 0)])
def test_a_true_box_without_area_gives_finite_losses_and_gradients(box: tuple[int, ...]) -> None:
    head = head_of()
    head.loss(head(head.prepare([call_of(picture(20, 10), torch.ones(WIDTH))])), [{"box": box}])["overlap"].backward()
    assert all(torch.isfinite(value.grad).all() for value in head.parameters())


def test_the_truth_is_cut_to_the_picture() -> None:
    outputs = said((0.0, 0.0, 1.0, 1.0))
    terms = head_of(output="as_released").loss(outputs, [{"box": (-5, -5, 50, 50)}])
    assert sum(terms.values()).item() == pytest.approx(0)


@pytest.mark.parametrize(
    "box",
    [None, "left", (1, 2, 3), [(1, 2, 3, 4)], (3, 0, 1, 5), (0, 0, float("nan"), 1), (30, 0, 40, 5), (-9, 0, -1, 5)],
)
def test_a_truth_that_is_no_box_in_the_picture_is_refused(box: Any) -> None:
    with pytest.raises(DataError, match=r"facts\['box'\]"):
        head_of().loss(said((0.0, 0.0, 1.0, 1.0)), [{"box": box}])


@pytest.mark.parametrize("settings", [{"output": "sigmoid"}, {"loss": "mse"}, {"hidden": 0}])
def test_a_wrong_setting_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="box"):
        head_of(**settings)


def test_a_found_box_knows_whether_it_holds_something() -> None:
    assert Located((0.0, 0.0, 0.5, 0.5)).has_area
    assert not Located((1.0, 0.0, 1.0, 5.0)).has_area

"""The one IoU: against plain counting, in NumPy and in torch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regard.regions import geometry

torch = pytest.importorskip("torch")

CORNERS = st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(0, 11), st.integers(0, 11)).map(
    lambda four: (min(four[0], four[2]), min(four[1], four[3]), max(four[0], four[2]), max(four[1], four[3]))
)
BOXES = st.lists(CORNERS, min_size=1, max_size=4)


def drawn(box):
    mask = np.zeros((12, 12), dtype=bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


@given(BOXES, BOXES)
def test_boxes_are_counted_like_their_pixels(first, second):
    counted = [[_ratio((drawn(a) & drawn(b)).sum(), (drawn(a) | drawn(b)).sum()) for b in second] for a in first]
    assert np.allclose(geometry.box_iou(first, second), counted)
    assert np.allclose(geometry.mask_iou([drawn(a) for a in first], [drawn(b) for b in second]), counted)
    for function in (geometry.box_iou, geometry.generalized_box_iou):
        ours = function(np.array(first), np.array(second))
        assert np.allclose(function(torch.tensor(first), torch.tensor(second)).numpy(), ours, atol=1e-6)


def _ratio(part, whole):
    return part / whole if whole else 0.0


@given(BOXES)
def test_masks_have_the_boxes_areas_and_centres_they_were_drawn_with(boxes):
    masks = np.stack([drawn(box) for box in boxes])
    for kind in (np.asarray, torch.tensor):
        held = kind(masks)
        assert np.asarray(geometry.mask_area(held)).tolist() == masks.sum((1, 2)).tolist()
        assert np.allclose(geometry.box_area(kind(np.array(boxes))), masks.sum((1, 2)))
        for box, mask, found, centre in zip(
            boxes, masks, geometry.mask_boxes(held), geometry.mask_centroids(held), strict=True
        ):
            x1, y1, x2, y2 = box
            assert found.tolist() == (list(box) if mask.any() else [0, 0, 0, 0])
            assert np.allclose(centre, ((x1 + x2) / 2, (y1 + y2) / 2) if mask.any() else (0, 0))


def test_generalised_iou_of_boxes_apart():
    assert geometry.generalized_box_iou([(0, 0, 1, 1)], [(3, 0, 4, 1)])[0, 0] == pytest.approx(-0.5)
    assert geometry.generalized_box_iou([(0, 0, 2, 2)], [(0, 0, 2, 2)])[0, 0] == 1


def test_spans():
    found = geometry.span_iou([(0, 4), (5, 5)], [(2, 6), (4, 8), (5, 5)])
    assert np.allclose(found, [[2 / 6, 0, 0], [0, 0, 0]])
    assert np.allclose(geometry.span_iou(torch.tensor([(0.0, 4.0)]), torch.tensor([(2.0, 6.0)])), [[1 / 3]])


def test_generalised_iou_of_spans_is_that_of_boxes_of_one_height():
    first, second = [(0.0, 4.0), (5.0, 6.0), (3.0, 3.0)], [(2.0, 6.0), (8.0, 9.0)]
    boxes = [[(start, 0.0, end, 1.0) for start, end in spans] for spans in (first, second)]
    found = geometry.generalized_span_iou(first, second)
    assert np.allclose(found, geometry.generalized_box_iou(*boxes))
    assert found[0, 0] == pytest.approx(1 / 3) and found[0, 1] == pytest.approx(-4 / 9)
    assert np.allclose(geometry.generalized_span_iou(torch.tensor(first), torch.tensor(second)), found)


def test_nothing_and_nothing_is_as_asked():
    empty = np.zeros((1, 4, 4))
    assert geometry.mask_iou(empty, empty)[0, 0] == 0
    assert geometry.mask_iou(empty, empty, empty=1.0)[0, 0] == 1
    assert geometry.box_iou([(3, 3, 1, 1)], [(0, 0, 2, 2)])[0, 0] == 0


def test_small_whole_numbers_do_not_wrap_round():
    first, second = np.array([[10, 10, 20, 20]], dtype=np.uint8), np.array([[200, 200, 250, 250]], dtype=np.uint8)
    assert geometry.box_iou(first, second)[0, 0] == 0
    assert geometry.box_area(second)[0] == 2500
    masks = np.ones((1, 40, 40), dtype=np.uint8)
    assert geometry.mask_iou(masks, masks)[0, 0] == 1 and geometry.mask_area(masks)[0] == 1600


def test_gradients_flow_through_the_boxes():
    box = torch.tensor([[0.0, 0.0, 2.0, 2.0]], requires_grad=True)
    geometry.generalized_box_iou(box, torch.tensor([[1.0, 1.0, 3.0, 3.0]])).sum().backward()
    assert torch.isfinite(box.grad).all() and (box.grad != 0).any()

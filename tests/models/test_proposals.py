"""The marks of a model's own visual tokens become places: each thing once, the surest first."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import tiny_model
from regard.backends.local import LocalBackend
from regard.media.image import Image
from regard.models.heads.light_mask import LightMask
from regard.models.proposals import proposals
from regard.regions import rle
from regard.verbs import load

SQUARE = Image.from_array(np.zeros((64, 64, 3), np.uint8))


@pytest.fixture
def head():
    return LightMask(16, map_width=8, width=8, fit="letterbox")


def drawn(*marks, cells=16):
    """Logits (1, n, cells, cells) of squares (x1, y1, x2, y2), each with its own logit inside."""
    logits = torch.full((1, len(marks), cells, cells), -4.0)
    for number, ((x1, y1, x2, y2), inside) in enumerate(marks):
        logits[0, number, y1:y2, x1:x2] = inside
    return logits


def boxes(found):
    return [rle.box(one.masks[0].rle) for one in found]


def test_each_thing_is_marked_once_and_the_surest_first(head):
    logits = drawn(((0, 0, 4, 4), 1.0), ((8, 8, 12, 12), 3.0), ((0, 0, 4, 5), 2.0), ((2, 0, 7, 4), 1.5))
    found = proposals(head, logits, SQUARE)
    assert len(found) == 3
    for box, cells in zip(boxes(found), [(8, 8, 12, 12), (0, 0, 4, 5), (2, 0, 7, 4)], strict=True):
        assert np.allclose(box, 4 * np.array(cells), atol=2)


def test_what_is_hardly_sure_empty_or_beside_the_picture_is_no_mark(head):
    assert proposals(head, drawn(((0, 0, 4, 4), 0.2), ((0, 0, 0, 0), 5.0)), SQUARE) == []
    wide = Image.from_array(np.zeros((32, 64, 3), np.uint8))
    found = proposals(head, drawn(((0, 0, 16, 3), 4.0), ((4, 6, 8, 10), 3.0)), wide)
    assert len(found) == 1 and boxes(found)[0][1] > 0


def test_a_mark_is_as_sure_as_six_tenths_and_half_an_overlap_is_one_thing(head):
    for sure, count in ((0.58, 0), (0.62, 1)):
        logit = float(np.log(sure / (1 - sure)))
        assert len(proposals(head, drawn(((0, 0, 4, 4), logit)), SQUARE)) == count
    for shared, count in ((4, 1), (2, 2)):  # of 6 columns: an overlap of 4/8, of 2/10
        logits = drawn(((0, 0, 6, 4), 3.0), ((6 - shared, 0, 12 - shared, 4), 2.0))
        assert len(proposals(head, logits, SQUARE)) == count


def test_there_are_not_more_marks_than_can_be_looked_at(head):
    logits = drawn(*(((x, y, x + 2, y + 2), 2.0 + 0.01 * x) for x in range(0, 16, 2) for y in range(0, 16, 2)))
    assert len(proposals(head, logits, SQUARE)) == 16


def test_the_model_inside_marks_the_things_of_a_picture():
    pixels = np.full((160, 200, 3), 210, np.uint8)
    places = [(20, 20, 70, 70), (110, 90, 180, 140)]
    for (x1, y1, x2, y2), colour in zip(places, [(220, 30, 30), (30, 60, 220)], strict=True):
        pixels[y1:y2, x1:x2] = colour
    model = load()
    picture = Image.from_array(pixels)
    found = model.backend.things(picture)
    assert {one.head for one in found} == {"light_mask"}
    marked = [rle.box(one.result["masks"][0]["rle"]) for one in found]
    scores = [one.score for one in found]
    assert scores == [one.result["masks"][0]["score"] for one in found] and min(scores) > 0.5
    assert model.backend.things(picture) is found
    for place in places:
        assert any(np.allclose(box, place, atol=6) for box in marked)
    assert model.backend.looks_again


def test_a_model_that_marks_nothing_says_so():
    backend = LocalBackend(*tiny_model.model(), "tiny")
    assert not backend.looks_again and backend.things(SQUARE) == []

"""Labels lie inside the picture, never on one another, and next to what they speak of."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.draw.layout import distance, place

PICTURE = (400, 300)
BOX = st.tuples(st.integers(0, 380), st.integers(0, 280), st.integers(4, 200), st.integers(4, 200)).map(
    lambda box: (box[0], box[1], min(box[0] + box[2], 400), min(box[1] + box[3], 300))
)
SIZE = st.tuples(st.integers(8, 150), st.integers(8, 60))


def _covered(boxes):
    covered = np.zeros((300, 400), bool)
    for x1, y1, x2, y2 in boxes:
        covered[y1:y2, x1:x2] = True
    return covered


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(BOX, SIZE), min_size=1, max_size=12))
def test_labels_never_overlap_nor_leave_the_picture(pairs):
    boxes, sizes = zip(*pairs, strict=True)
    found = place(boxes, sizes, PICTURE, _covered(boxes))
    assert len(found) == len(boxes)
    rects = [rect for rect in found if rect is not None]
    for rect, size in zip(found, sizes, strict=True):
        if rect is not None:
            assert (rect[2] - rect[0], rect[3] - rect[1]) == size
            assert rect[0] >= 0 and rect[1] >= 0 and rect[2] <= 400 and rect[3] <= 300
    for one, other in itertools.combinations(rects, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_a_lone_label_touches_its_region_and_leaves_it_visible():
    box = (100, 100, 200, 180)
    [rect] = place([box], [(80, 20)], PICTURE, _covered([box]), gap=4)
    assert 0 < distance(rect, box) <= 4


def test_a_label_that_cannot_fit_is_not_placed():
    assert place([(0, 0, 10, 10)], [(500, 20)], PICTURE, _covered([])) == [None]


def test_where_it_was_before_wins_over_small_gains():
    box = (100, 100, 200, 180)
    before = (100, 184, 180, 204)
    assert place([box], [(80, 20)], PICTURE, _covered([box]), previous=[before]) == [before]

"""Position and size words: their thresholds, their margins, and the mask they are read from."""

import numpy as np
import pytest

from regard.core.errors import EmptyRegion, RegionError
from regard.regions import words


def test_the_nine_fields_have_nine_words():
    centres = [1 / 6, 1 / 2, 5 / 6]
    assert [words.position_word(x, y) for y in centres for x in centres] == list(words.POSITIONS)


@pytest.mark.parametrize(
    ("x", "word"), [(0.0, "left"), (0.333, "left"), (1 / 3, "centre"), (0.667, "right"), (1, "right")]
)
def test_a_line_belongs_to_the_field_after_it(x, word):
    assert words.position_word(x, 0.5) == word


@pytest.mark.parametrize(
    ("x", "y", "clear"), [(0.5, 0.5, True), (0.30, 0.5, False), (0.29, 0.5, True), (0.5, 0.70, False)]
)
def test_near_a_line_is_not_clear(x, y, clear):
    assert words.position_is_clear(x, y) is clear


@pytest.mark.parametrize(
    ("share", "word", "clear"),
    [
        (0.001, "small", True),
        (0.0254, "small", True),
        (0.028, "small", False),
        (0.03, "medium", False),
        (0.0346, "medium", True),
        (0.11, "medium", False),
        (0.12, "large", False),
        (0.139, "large", True),
        (1.0, "large", True),
    ],
)
def test_size(share, word, clear):
    assert words.size_word(share) == word
    assert words.size_is_clear(share) is clear


def test_a_mask_gives_its_centre_and_its_share():
    mask = np.zeros((10, 20), dtype=bool)
    mask[:5, :5] = True
    assert words.centre_and_share(mask) == pytest.approx((0.125, 0.25, 0.125))
    assert words.centre_and_share(np.ones((3, 7), dtype=bool)) == pytest.approx((0.5, 0.5, 1.0))


def test_what_is_no_position_and_no_size_is_refused():
    with pytest.raises(RegionError, match="between 0 and 1"):
        words.position_word(3.0, 0.5)
    with pytest.raises(RegionError, match="share"):
        words.size_word(0)
    with pytest.raises(EmptyRegion, match="20 x 10"):
        words.centre_and_share(np.zeros((10, 20), dtype=bool))

"""Reading one word of a closed set out of free answers."""

import pytest

from regard.bench.metrics.answers import one_of
from regard.media.colours import NAMES
from regard.regions.words import POSITIONS, SIZES


@pytest.mark.parametrize(
    ("text", "choices", "word"),
    [
        ("red", NAMES, "red"),
        ("It is Grey.", NAMES, "gray"),
        ("The colour of <region1> is dark blue.", NAMES, "blue"),
        ("red and white", NAMES, None),
        ("infrared", NAMES, None),
        ("", NAMES, None),
        ("at the top left of the picture", POSITIONS, "top left"),
        ("left", POSITIONS, "left"),
        ("in the left top corner", POSITIONS, "top left"),
        ("the upper-left corner", POSITIONS, "top left"),
        ("in the middle", POSITIONS, "centre"),
        ("left or right", POSITIONS, None),
        ("big", SIZES, "large"),
        ("I do not know", SIZES, None),
    ],
)
def test_one_of(text, choices, word):
    assert one_of(text, choices) == word

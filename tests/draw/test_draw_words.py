"""Text and colours that can be read."""

import itertools

import numpy as np
import pytest

from regard.draw import palette, text
from regard.draw.style import Style, enlargement


def test_wrapped_lines_keep_to_the_width_and_lose_no_word():
    said = "a small red circle to the left of a large Donaudampfschifffahrtsgesellschaft with stripes"
    lines = text.wrap(said, 16, 120)
    assert all(text.width(line, 16) <= 120 for line in lines)
    assert "".join(lines).replace(" ", "") == said.replace(" ", "")


def test_a_limit_on_lines_is_marked():
    lines = text.wrap("one two three four five six seven eight nine ten", 16, 90, most_lines=2)
    assert len(lines) == 2 and lines[-1].endswith("…") and text.width(lines[-1], 16) <= 90


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("café", "cafe"),
        ("a – b", "a - b"),
        ("猫", "?"),
        ("two\n lines", "two lines"),
        ("\x1b[31mred", "[31mred"),
        ("", ""),
    ],
)
def test_only_what_the_font_has_is_written(given, drawn):
    assert text.drawable(given) == drawn


def test_every_colour_carries_readable_ink():
    for index in range(60):
        ground = palette.colour(index)
        light, dark = sorted((palette.luminance(ground), palette.luminance(palette.ink(ground))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (index, ground)


def test_the_first_colours_differ_clearly():
    colours = np.array([palette.colour(index) for index in range(10)], float)
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(colours, 2)) > 60
    assert len({palette.colour(index) for index in range(200)}) == 200


def test_words_grow_with_the_picture():
    assert enlargement(300, 300) == 3 and enlargement(640, 480) == 1 and enlargement(4000, 3000) == 1
    assert Style.fit(900, 900).text >= 13
    assert Style.fit(3000, 3000).text >= 3 * Style.fit(900, 900).text

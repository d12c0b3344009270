"""The colour rule: safe anchors, well-known colours, shares, clear cases, bad input, speed."""

import time

import numpy as np
import pytest

from regard.core.errors import EmptyRegion, ImageError
from regard.media import colours


def pixels(*colours_and_counts):
    return np.concatenate(
        [np.tile(np.array(colour, dtype=np.uint8), (count, 1)) for colour, count in colours_and_counts]
    )


@pytest.mark.parametrize("name", colours.NAMES)
def test_every_prototype_is_safely_inside_its_word(name):
    generator = np.random.default_rng(0)
    for anchor in colours.PROTOTYPES[name]:
        near = np.clip(np.array(anchor) + generator.integers(-6, 7, (500, 3)), 0, 255).astype(np.uint8)
        assert colours.name_colour(near) == (name, 1.0), anchor


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((220, 20, 60), "red"),  # crimson
        ((139, 0, 0), "red"),  # dark red
        ((255, 165, 0), "orange"),
        ((255, 215, 0), "yellow"),  # gold
        ((128, 128, 0), "green"),  # olive
        ((0, 0, 128), "blue"),  # navy, not black
        ((135, 206, 235), "blue"),  # sky
        ((75, 0, 130), "purple"),  # indigo
        ((255, 182, 193), "pink"),  # light pink
        ((139, 69, 19), "brown"),  # dark orange is brown
        ((210, 180, 140), "brown"),  # tan
        ((255, 250, 240), "white"),  # warm white
        ((200, 150, 120), "brown"),  # skin in the shade
        ((40, 40, 42), "black"),
        ((112, 128, 144), "gray"),  # slate
    ],
)
def test_well_known_colours(rgb, name):
    assert colours.name_colour(pixels((rgb, 1)))[0] == name


def test_a_region_is_called_what_most_of_it_is():
    flag = pixels(((225, 25, 30), 60), ((250, 250, 250), 40))
    assert colours.name_colour(flag) == ("red", pytest.approx(0.6))
    assert colours.colour_is_clear(flag)
    assert colours.colour_shares(flag)["white"] == pytest.approx(0.4)
    assert sum(colours.colour_shares(flag).values()) == pytest.approx(1)


def test_what_is_not_clear():
    red, white, blue = (225, 25, 30), (250, 250, 250), (25, 60, 220)
    assert not colours.colour_is_clear(pixels((red, 45), (white, 30), (blue, 25)))  # less than half
    assert not colours.colour_is_clear(pixels((red, 55), (white, 45)))  # the next word is too near


@pytest.mark.parametrize(
    "rgb",
    [
        (225, 200, 170),  # beige
        (230, 190, 165),  # skin
        (64, 190, 190),  # turquoise
        (75, 60, 160),  # indigo
        (192, 192, 192),  # between gray and white
        (50, 50, 50),  # between gray and black
        (225, 75, 35),  # between red and orange
    ],
)
def test_what_lies_between_two_words_is_not_clear(rgb):
    assert not colours.colour_is_clear(pixels((rgb, 10)))


@pytest.mark.parametrize("name", colours.NAMES)
def test_every_prototype_is_clear(name):
    assert all(colours.colour_is_clear(pixels((anchor, 5))) for anchor in colours.PROTOTYPES[name])


def test_shape_is_kept_and_wrong_input_is_refused():
    assert colours.colour_indices(np.zeros((4, 5, 3), dtype=np.uint8)).shape == (4, 5)
    with pytest.raises(EmptyRegion, match="at least one"):
        colours.name_colour(np.zeros((0, 3), dtype=np.uint8))
    with pytest.raises(ImageError, match="uint8"):
        colours.name_colour(np.zeros((7, 3)))
    with pytest.raises(ImageError, match="uint8"):
        colours.name_colour(np.zeros((7, 4), dtype=np.uint8))


def test_it_is_fast():
    many = np.random.default_rng(0).integers(0, 256, (100_000, 3), dtype=np.uint8)
    colours.name_colour(many)
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        colours.name_colour(many)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.05  # about 2 ms on an idle core; room is left for a busy one

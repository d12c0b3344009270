"""Pieces of photographs that a colour word means: read from the pixels, asked for by locate and segment."""

import re

import numpy as np
import pytest

from regard.data.world import pieces
from regard.data.world.draw import draw_scene
from regard.data.world.facts import Truth
from regard.data.world.questions import questions
from regard.data.world.scene import Scene
from regard.media.colours import NAMES, PROTOTYPES, colour_indices, name_colour
from regard.regions import rle
from regard.regions.words import centre_and_share
from small_scenes import SIZE, disc, thing


def painted(*discs: tuple[str, float, float, int], ground: str = "gray") -> Scene:
    """A photograph, as far as anyone can tell, of discs on a ground; one piece of it is marked."""
    frame = np.empty((1, SIZE, SIZE, 3), np.uint8)
    frame[:] = PROTOTYPES[ground][0]
    for colour, x, y, radius in discs:
        frame[0][disc(x, y, radius)] = PROTOTYPES[colour][0]
    marked = thing(0, "", "patch", [disc(0.5, 0.5, 5)], pattern="", material="")
    return Scene(7, frame, 0.0, (marked,), (), None, "photograph")


def asked(scene: Scene, absent: float, seed: int = 0, count: int = 30) -> list:
    rng = np.random.default_rng(seed)
    return questions(scene, rng, absent=absent, per_scene=count, skills=["locate", "segment"])


def test_pieces_are_read_from_the_pixels_the_largest_first():
    scene = painted(("red", 0.2, 0.2, 10), ("blue", 0.8, 0.2, 8), ("blue", 0.5, 0.8, 14))
    found = {colour: one.masks for colour, one in pieces.pieces_of(scene).items()}
    assert "gray" not in found, "the ground is no thing: it is larger than any"
    assert all(found[colour] == () for colour in ("green", "yellow", "white"))
    assert {colour: len(masks) for colour, masks in found.items() if masks} == {"red": 1, "blue": 2}
    assert found["blue"][0].sum() > found["blue"][1].sum()
    overlap = found["red"][0] & disc(0.2, 0.2, 10)
    assert overlap.sum() / (found["red"][0] | disc(0.2, 0.2, 10)).sum() > 0.9


@pytest.mark.parametrize(
    "discs",
    [
        [("red", 0.5, 0.5, 3)],
        [("red", x, y, 7) for x in (0.2, 0.8) for y in (0.2, 0.8)],
        [("red", 0.3, 0.3, 12), *(("red", 0.1 + x / 10, 0.8, 3) for x in range(8))],
    ],
    ids=["too little", "too many", "mostly in crumbs"],
)
def test_a_colour_that_is_not_clear_is_neither_found_nor_absent(discs):
    scene = painted(*discs)
    assert "red" not in pieces.pieces_of(scene)
    assert not any(re.search(r"\bred\b", question.text) for absent in (0.0, 1.0) for question in asked(scene, absent))


def test_one_of_several_alike_is_told_apart_by_its_place_or_size():
    scene = painted(("red", 0.15, 0.2, 9), ("red", 0.75, 0.8, 17))
    phrases = {question.facts["expression"]: question for question in asked(scene, 0.0, count=60)}
    one = {words: question for words, question in phrases.items() if not words.startswith("every")}
    assert any("largest" in words for words in one)
    assert any("leftmost" in words for words in one)
    assert all(re.search("largest|most|at the", words) for words in one), "a plain 'the red region' would be either"
    for words, question in one.items():
        x, _, share = centre_and_share(rle.decode(question.calls[0].truth["masks"][0]))
        assert (x < 0.4 and share < 0.05) == bool(re.search("leftmost|top left", words))
    every = [question for words, question in phrases.items() if words.startswith("every")]
    assert every and all(len(question.calls) == 2 for question in every)


def test_a_place_that_may_be_said_of_another_piece_too_is_no_clue():
    scene = painted(("red", 0.15, 0.5, 9), ("red", 0.15, 0.15, 9))
    said = {question.facts["expression"] for question in asked(scene, 0.0, count=60)}
    assert any("at the top left" in words for words in said)
    assert not any("on the left" in words for words in said), "both are on the left"


def test_stray_pixels_count_for_places():
    clean, strayed = painted(("red", 0.2, 0.5, 15)), painted(("red", 0.2, 0.5, 15), ("red", 0.9, 0.5, 4))
    for scene, absent in ((clean, True), (strayed, False)):
        said = {question.facts["expression"] for question in asked(scene, 1.0, count=60)}
        assert any(re.search("red .* on the right", words) for words in said) == absent
    assert not any("left" in question.facts["expression"] for question in asked(strayed, 0.0, count=60))


def test_fine_grain_is_not_called_by_the_mean_of_its_colours():
    scene = painted(("black", 0.3, 0.3, 22))
    rows, columns = np.mgrid[:SIZE, :SIZE]
    scene.frames[0][disc(0.3, 0.3, 22) & ((rows + columns) % 3 == 0)] = PROTOTYPES["red"][0]
    found = pieces.pieces_of(scene)
    assert not found.get("brown") or not found["brown"].masks


def test_what_is_said_of_photographs_is_true_of_their_pixels():
    found, absent = 0, 0
    for seed in range(60):
        scene = draw_scene(seed, "image")
        if not pieces.is_photograph(Truth(scene)):
            continue
        picture = scene.frames[0]
        shares = np.bincount(colour_indices(picture).ravel(), minlength=len(NAMES)) / picture[..., 0].size
        for question in asked(scene, 0.5, seed, count=6):
            colour = next(word for word in NAMES if re.search(rf"\b{word}\b", question.facts["expression"]))
            for call in question.calls:
                assert name_colour(picture[rle.decode(call.truth["masks"][0])])[0] == colour
                found += 1
            if not question.calls and not re.search("left|right|top|bottom|centre", question.facts["expression"]):
                assert shares[NAMES.index(colour)] < pieces.NOWHERE
                absent += 1
    assert found > 20 and absent > 20


def test_a_colour_is_absent_where_none_of_it_is():
    scene = painted(("red", 0.2, 0.25, 12))
    phrases = {question.facts["expression"] for question in asked(scene, 1.0, count=60)}
    places = {re.search(r"(?:at|on|in) the (.*)", words)[1] for words in phrases if re.search(r"\bred\b", words)}
    assert places and places <= {"right", "bottom"}
    assert len([words for words in phrases if not re.search(r"\bred\b", words)]) > 10

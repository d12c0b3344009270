"""Questions as people type them in haste: what is asked stays, and held-out wordings are never touched."""

from __future__ import annotations

import re

import numpy as np
import pytest

from regard.data.world import wording
from regard.data.world.draw import draw_scene
from regard.data.world.hasty import SLIPPED_IN, SMALL, hasty
from regard.data.world.questions import questions

KEPT = [
    "Is <region1> left of <region2>, or not?",
    "Which of <region1>, <region2> and <region3> is the large red circle at the top left?",
    'True or not: "the item is in a box" fits <region1>.',
    "What does <region1> do after it moves to the right?",
]


def spoken(text):
    return re.findall(r"<region\d+>|\w+", text.lower())


@pytest.mark.parametrize("text", KEPT)
def test_only_small_words_are_left_out_and_only_idle_ones_slipped_in(text):
    rng = np.random.default_rng(0)
    written = {hasty(text, rng) for _ in range(200)}
    assert len(written) > 50
    for one in written:
        telling = [word for word in spoken(text) if word not in SMALL.split()]
        left = iter([word for word in spoken(one) if word not in (*SMALL.split(), *SLIPPED_IN.split())])
        assert [word for word in telling if word not in SLIPPED_IN.split()] == list(left)


def test_what_is_quoted_is_left_as_it_is():
    rng = np.random.default_rng(1)
    assert all('"the item is in a box"' in hasty(KEPT[2], rng) for _ in range(100))


def test_what_the_question_is_about_is_left_as_it_is():
    rng = np.random.default_rng(3)
    text = "Which of <region1> and <region2> is the one to the left? the one to the left, I say."
    assert all(hasty(text, rng, ["the one to the left"]).count("the one to the left") == 2 for _ in range(100))


def test_lines_of_options_keep_their_lines():
    rng = np.random.default_rng(2)
    text = "Is <region1> red?\n(A) yes\n(B) no\nAnswer with a letter."
    assert all(hasty(text, rng).count("\n") >= 3 for _ in range(50))


def test_held_out_and_plain_questions_are_never_written_in_haste(monkeypatch):
    def written(haste, **how):
        monkeypatch.setattr(wording, "HASTE", haste)
        scene = draw_scene(3, "clip")
        return [one.text for one in questions(scene, np.random.default_rng(4), per_scene=12, **how)]

    assert written(0.0, held_out=True) == written(1.0, held_out=True)
    assert written(0.0, plainly=True) == written(1.0, plainly=True)
    assert written(0.0) != written(1.0)

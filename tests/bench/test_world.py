"""The world benchmark: held-out items, its scores, and what guessing and randomised answers come to."""

import numpy as np
import pytest
from fakes import Scripted

from regard.bench._base import Settings, load
from regard.bench._run import run
from regard.bench.world import FIRST_SEED, REFUSALS, World
from regard.core.errors import NotFound
from regard.data.world.questions import CLIP_SKILLS, SKILLS

SMALL = Settings(items=6)


@pytest.fixture(scope="module")
def items():
    return list(load("world").items(SMALL))


class Drawn(World):
    """The benchmark with items that were drawn before."""

    name = "world"

    def __init__(self, items):
        self.drawn = items

    def items(self, settings):
        yield from self.drawn


def report(items, answer, tmp_path):
    return run(Drawn(items), Scripted(items, answer), SMALL, tmp_path)


def test_every_skill_has_its_items(items):
    counts = {skill: sum(item.figure == skill for item in items) for skill in SKILLS}
    assert counts == dict.fromkeys(SKILLS, 6)
    assert len({item.key for item in items}) == len(items)
    assert all(int(item.cluster) >= FIRST_SEED for item in items)
    assert all(item.sample.media.is_clip for item in items if item.figure in CLIP_SKILLS)


def test_items_do_not_depend_on_which_skills_are_asked_for(items):
    alone = list(load("world").items(Settings(items=6, skills=("relation", "path"))))
    both = [item for item in items if item.figure in ("relation", "path")]
    assert sorted((item.key, item.question) for item in alone) == sorted((item.key, item.question) for item in both)


def test_perfect_answers(items, tmp_path):
    found = report(items, lambda item: item.answer, tmp_path)
    assert {figure.name: figure.value for figure in found.figures if figure.value != 1.0} == {REFUSALS: 0.0}
    assert found.coverage == 1.0


def test_sentences_are_read(items, tmp_path):
    closed = ("colour", "shape", "size", "yes_no")
    found = report(items, lambda item: f"Well, it is {item.answer}!", tmp_path)
    assert [found.figure(skill).value for skill in closed] == [1.0] * 4


@pytest.mark.parametrize("said", ["{}", "({})", "The answer is {}.", "{}. {option}"])
def test_letters_are_read_alike_whichever_they_are(tmp_path, said):
    def text(item):
        return said.format(item.answer, option=item.truth["options"][item.answer])

    asked = list(load("world").items(Settings(items=30, skills=("letters",))))
    assert {"A", "B"} <= {item.answer for item in asked}
    found = run(Drawn(asked), Scripted(asked, text), Settings(), tmp_path)
    assert found.figure("letters").value == 1.0


def test_empty_answers_are_unreadable(items, tmp_path):
    found = report(items, lambda item: "", tmp_path)
    assert found.coverage == 0.0
    assert found.states["unreadable"] == len(items)
    assert found.figure("describe_detailed, stated attributes true").value is None
    assert found.figure("describe_detailed, attributes stated").value == 0.0


def test_not_knowing(items, tmp_path):
    found = report(items, lambda item: "I do not know", tmp_path)
    assert found.figure("unknown_noun").value == 1.0
    assert found.figure(REFUSALS).value == 1.0
    assert found.figure("colour").value == 0.0
    assert found.figure("colour").unreadable == 0


def test_half_a_description_is_half_stated(items, tmp_path):
    found = report(items, lambda item: item.answer.partition(".")[0], tmp_path)
    assert found.figure("describe_detailed, stated attributes true").value == 1.0
    assert 0.4 < found.figure("describe_detailed, attributes stated").value < 1.0


def test_shuffled_answers_score_near_chance(tmp_path):
    settings = Settings(items=40, skills=("colour", "shape", "size", "position", "yes_no"))
    items = list(load("world").items(settings))
    rng = np.random.default_rng(0)
    answers = {item.key: item.answer for item in items}
    for skill in settings.skills:
        keys = [item.key for item in items if item.figure == skill]
        answers |= dict(zip(keys, rng.permutation([answers[key] for key in keys]), strict=True))
    found = run(Drawn(items), Scripted(items, lambda item: answers[item.key]), settings, tmp_path)
    for skill in settings.skills:
        figure = found.figure(skill)
        assert figure.value == pytest.approx(figure.chance, abs=0.2)


def test_unknown_skill():
    with pytest.raises(NotFound, match="colour"):
        next(load("world").items(Settings(skills=("colours",))))

"""classify: the likeliest of the given labels, with scores that sum to 1; or free words."""

import math

import pytest
from scripted_backend import colour_word, last_question

from regard.core.errors import PromptError, RegionError
from regard.regions.region import Region
from regard.verbs import Model

LEFT, RIGHT = Region.box(5, 5, 50, 100), Region.box(120, 5, 150, 100)
LABELS = ["red", "green", "blue"]


def _knows(sample, text):
    return 0.0 if text == colour_word(sample) else -2.0


def test_the_likeliest_label_wins_and_scores_sum_to_one(scripted, photo):
    backend = scripted(weigh=_knows)
    answers = Model(backend).classify(photo, [RIGHT, LEFT], LABELS)
    assert [answer.label for answer in answers] == ["blue", "red"]
    assert [answer.text for answer in answers] == ["blue", "red"]
    for answer in answers:
        assert list(answer.scores) == LABELS
        assert math.isclose(sum(answer.scores.values()), 1.0, abs_tol=1e-9)
        assert math.isclose(max(answer.scores.values()), 1 / (1 + 2 * math.exp(-2)))
    assert [answer.region for answer in answers] == [0, 1]


def test_each_region_is_asked_about_by_itself_however_many(scripted, photo):
    backend = scripted(weigh=_knows)
    answers = Model(backend).classify(photo, [LEFT, RIGHT] * 5, LABELS)
    assert [answer.label for answer in answers] == ["red", "blue"] * 5
    assert all(len(samples[0].regions) == 1 for _, samples, _ in backend.calls)


def test_the_question_names_the_labels(scripted, photo):
    backend = scripted()
    Model(backend).classify(photo, LEFT, [" red ", "green"])
    assert last_question(backend.calls[0][1][0]) == "What is <region1>? Choose one: red, green."
    assert backend.calls[0][2] == ["red", "green"]


def test_without_labels_the_model_says_it_in_its_own_words(scripted, photo):
    [answer] = Model(scripted(colour_word)).classify(photo, LEFT)
    assert answer.label == answer.text == "red" and not answer.scores and answer.readable


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "1 to 1000 labels, got 0"),
        ([str(number) for number in range(100_000)], "1 to 1000 labels, got 100000"),
        (["red", "Red "], "labels 1 and 2 are the same"),
        (["red", ""], "label 2 is ''"),
        (["red", 3], "label 2 is 3"),
        ("red,green", r"list of words, for example \['red', 'green'\]"),
        (["x" * 201], "at most 200"),
        (["red", "<region1>"], "cannot name a region"),
    ],
)
def test_labels_that_cannot_be_told_apart_are_refused(model, photo, labels, message):
    with pytest.raises(PromptError, match=message):
        model.classify(photo, LEFT, labels)


def test_no_region_is_refused_with_the_way_to_ask_about_the_whole(model, photo):
    with pytest.raises(RegionError, match=r"at least 1, got 0.*Region\.box\(0, 0, 160, 120\)"):
        model.classify(photo, [], LABELS)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_likelihoods_that_are_no_numbers_are_unreadable_not_a_score(scripted, photo, bad):
    [answer] = Model(scripted(weigh=lambda sample, text: bad)).classify(photo, LEFT, LABELS)
    assert not answer.readable and answer.label is None and not answer.scores


def test_one_impossible_label_is_fine(scripted, photo):
    weigh = lambda sample, text: -math.inf if text == "red" else 0.0  # noqa: E731
    [answer] = Model(scripted(weigh=weigh)).classify(photo, LEFT, LABELS)
    assert answer.scores == {"red": 0.0, "green": 0.5, "blue": 0.5} and answer.label == "green"


@pytest.mark.parametrize(
    ("written", "label"), [("blue", "blue"), ("Blue.", "blue"), ("bluish", None), ("red or blue", None), ("", None)]
)
def test_a_backend_without_likelihoods_is_read_strictly(scripted, photo, written, label):
    backend = scripted(lambda sample: written)
    backend.can_score = False
    [answer] = Model(backend).classify(photo, LEFT, LABELS)
    assert answer.label == label and answer.readable is (label is not None) and not answer.scores

"""match: the number of a region or none, with scores; never a guess at what cannot be read."""

import math

import pytest
from scripted_backend import colour_word, last_question

from regard.core.errors import PromptError, RegionError, TooManyRegions
from regard.regions.region import Region
from regard.verbs import Model

LEFT, MIDDLE, RIGHT = Region.box(5, 5, 50, 100), Region.box(65, 5, 100, 100), Region.box(120, 5, 150, 100)


def _seeks(sample, text):
    wanted = next((word for word in ("red", "green", "blue") if word in last_question(sample)), "")
    fitting = [str(number + 1) for number in range(len(sample.regions)) if colour_word(sample, number) == wanted]
    return 0.0 if text in (fitting or ["none"]) else -3.0


def test_the_region_meant_is_found_and_scores_sum_to_one(scripted, photo):
    model = Model(scripted(weigh=_seeks))
    answer = model.match(photo, "the blue one", [LEFT, RIGHT, MIDDLE])
    assert answer.index == 1 and answer.text == "2"
    assert list(answer.scores) == ["1", "2", "3", "none"]
    assert math.isclose(sum(answer.scores.values()), 1.0, abs_tol=1e-9)


def test_none_is_an_answer_unless_it_is_not_allowed(scripted, photo):
    model = Model(scripted(weigh=_seeks))
    none = model.match(photo, "the purple one", [LEFT, RIGHT])
    assert none.index is None and none.text == "none" and none.readable
    forced = model.match(photo, "the purple one", [LEFT, RIGHT], allow_none=False)
    assert forced.index == 0 and list(forced.scores) == ["1", "2"]


def test_the_question_names_every_candidate_once(scripted, photo):
    backend = scripted()
    Model(backend).match(photo, " the red one? ", [LEFT, RIGHT])
    [(_, [sample], _)] = backend.calls
    assert last_question(sample).startswith("Which region is the red one? 1: <region1>, 2: <region2>.")


def test_the_expression_may_name_a_candidate_but_no_other(model, photo):
    assert model.match(photo, "the thing beside <region1>", [LEFT, RIGHT]).readable
    with pytest.raises(PromptError, match="<region3>"):
        model.match(photo, "the thing beside <region3>", [LEFT, RIGHT])


def test_limits_and_empty_input_are_refused(model, photo):
    with pytest.raises(TooManyRegions, match="5 were given, scripted takes at most 4"):
        model.match(photo, "the red one", [LEFT] * 5)
    with pytest.raises(RegionError, match="at least 1"):
        model.match(photo, "the red one", [])
    for empty in ("", " ? ", None):
        with pytest.raises(PromptError, match="looks for an expression"):
            model.match(photo, empty, [LEFT])


@pytest.mark.parametrize(
    ("written", "index", "readable"),
    [("2", 1, True), ("none.", None, True), ("3", None, False), ("0", None, False), ("1.5", None, False)]
    + [
        ("region 1", None, False),
        ("1 or 2", None, False),
        ("[1, 2]", None, False),
        ("nan", None, False),
        ("", None, False),
    ],
)
def test_a_backend_without_likelihoods_is_read_strictly(scripted, photo, written, index, readable):
    backend = scripted(lambda sample: written)
    backend.can_score = False
    answer = Model(backend).match(photo, "the red one", [LEFT, RIGHT])
    assert (answer.index, answer.readable) == (index, readable)


def test_none_is_unreadable_where_it_is_not_allowed(scripted, photo):
    backend = scripted(lambda sample: "none")
    backend.can_score = False
    assert not Model(backend).match(photo, "the red one", [LEFT, RIGHT], allow_none=False).readable

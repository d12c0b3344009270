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


def _torn(sample, text):
    """Takes the first of several for what is meant; by itself it knows each."""
    if len(sample.regions) == 1:
        return _seeks(sample, text)
    return {"1": 0.0, "none": -2.0}.get(text, -1.0)


def test_a_model_that_looks_again_asks_about_each_region_by_itself(scripted, photo):
    backend = scripted(weigh=_torn)
    once = Model(backend).match(photo, "the blue one", [LEFT, RIGHT])
    backend.looks_again = True
    twice = Model(backend).match(photo, "the blue one", [LEFT, RIGHT])
    assert (once.index, twice.index) == (0, 1)
    together = {"1": 1.0, "2": math.exp(-1), "none": math.exp(-2)}
    weights = {"1": together["1"] * math.exp(-3), "2": together["2"] * math.exp(3), "none": together["none"]}
    for name, weight in weights.items():
        assert math.isclose(twice.scores[name], weight / sum(weights.values()), rel_tol=1e-6)
    asked = [last_question(call[1][0]) for call in backend.calls[1:]]
    alone = "Which region is the blue one? 1: <region1>. Answer with its number, or none."
    assert len(asked) == 3 and asked[1:] == [alone] * 2
    assert Model(backend).match(photo, "the purple one", [LEFT, RIGHT]).index is None
    assert Model(backend).match(photo, "the purple one", [LEFT, RIGHT], allow_none=False).index == 0


@pytest.mark.parametrize("why", ["switched off", "one region", "a region is named", "no likelihoods"])
def test_each_region_is_not_asked_about_by_itself_where(why, scripted, photo):
    backend = scripted(weigh=_torn, write=lambda sample: "1")
    backend.looks_again, expression, regions = True, "the blue one", [LEFT, RIGHT]
    how = {"check": False} if why == "switched off" else {}
    if why == "one region":
        regions = [RIGHT]
    if why == "a region is named":
        expression = "the one beside <region1>"
    if why == "no likelihoods":
        backend.can_score = False
    assert Model(backend).match(photo, expression, regions, **how).index == 0
    assert len(backend.calls) == 1


def test_likelihoods_that_are_no_numbers_leave_the_first_answer(scripted, photo):
    backend = scripted(weigh=lambda sample, text: float("nan") if len(sample.regions) == 1 else _torn(sample, text))
    backend.looks_again = True
    answer = Model(backend).match(photo, "the blue one", [LEFT, RIGHT])
    assert answer.readable and answer.index == 0

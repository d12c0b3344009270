"""Reading choices: what strict rules take and refuse, and the published rules with their faults."""

import pytest

from regard.bench.metrics import choices
from regard.core.errors import NotFound

OPTIONS = {"A": "a cup", "B": "a cup on a table", "C": "nothing", "D": "two"}


@pytest.mark.parametrize(
    "text, letter",
    [
        ("B", "B"),
        (" b.\n", "B"),
        ("(C)", "C"),
        ("**D**", "D"),
        ("B. a cup on a table", "B"),
        ("(A) a cup", "A"),
        ("A: a cup", "A"),
        ("The answer is B.", "B"),
        ("The correct answer is (D), since two are there.", "D"),
        ("Not (A), not (C). Answer: D", "D"),
        ("Option C", "C"),
        ("a cup on a table", "B"),
        ("It is nothing.", "C"),
    ],
)
def test_strict_letters(text, letter):
    assert choices.strict_letter(text, OPTIONS) == letter


@pytest.mark.parametrize(
    "text",
    ["", "(", ")", ".", "A man is walking", "(A) or (B)", "E", "(E)", "I do not know", "C. a cup", "nothing, or two"],
)
def test_strict_refuses_what_it_cannot_read(text):
    assert choices.strict_letter(text, OPTIONS) is None


def test_strict_with_options_that_say_the_same():
    assert choices.strict_letter("yes", {"A": "yes", "B": "Yes."}) is None


@pytest.mark.parametrize("text", ["", "(", ")", "a", "A", "(a", "(A)", "(A) a cup", "a. b"])
def test_the_published_rule_of_mvbench_takes_these_for_a(text):
    assert choices.mvbench_right(text, "A")


def test_the_published_rule_of_mvbench_misses_these():
    for text in ("The answer is (A)", "(B)", "Option A", "**A**"):
        assert not choices.mvbench_right(text, "A")
    assert choices.mvbench_right("(", "B")


@pytest.mark.parametrize(
    "text, letter",
    [("(B)", "B"), ("Not (A) but (B)", "A"), ("B) a cup", "B"), ("b.", "B"), ("..c", "C"), ("cup", "C"), ("", None)],
)
def test_the_published_rule_of_videorefer(text, letter):
    assert choices.videorefer_letter(text) == letter


def test_the_published_rule_of_gar():
    assert choices.exact_letter("c") == "C"
    assert choices.exact_letter("C.") == "C."


@pytest.mark.parametrize(
    "text, strict, official, lmms_eval",
    [
        ("Yes", "yes", "yes", "yes"),
        ("no\n", "no", "yes", "no"),
        ("No, there is not.", "no", "no", None),
        ("Yes, there is no doubt", "yes", "no", None),
        ("There is no dog.", "no", "no", None),
        ("NO", "no", "yes", "no"),
        ("There is a dog. No cat.", "no", "yes", None),
        ("There is a dog.", None, "yes", None),
        ("maybe yes, maybe no", None, "no", None),
        ("", None, "yes", None),
    ],
)
def test_yes_and_no(text, strict, official, lmms_eval):
    found = [choices.yes_or_no(text, rule) for rule in choices.YES_NO_RULES]
    assert found == [strict, official, lmms_eval]


def test_yes_and_no_by_an_unknown_rule():
    with pytest.raises(NotFound, match="official"):
        choices.yes_or_no("yes", "oficial")


def test_figures_of_yes_and_no_by_hand():
    found = choices.yes_no_figures(["yes", "yes", "no", None], ["yes", "no", "no", "yes"])
    assert found == choices.YesNoFigures(accuracy=0.5, precision=0.5, recall=0.5, f1=0.5, yes_share=0.5)
    assert choices.yes_no_figures([], []).f1 == 0.0
    assert choices.yes_no_figures(["yes"] * 2, ["yes", "no"]).f1 == pytest.approx(2 / 3)

"""ask: any question, any regions, several turns; what users type can never become a region."""

import pytest
from scripted_backend import colour_word, last_question

from regard.core.errors import PromptError, TooManyRegions
from regard.prompts.sample import Turn
from regard.regions.region import Region
from regard.verbs import Model

LEFT, RIGHT = Region.box(5, 5, 50, 100), Region.box(120, 5, 150, 100)


def test_placeholders_mean_the_regions_in_their_order(scripted, photo):
    model = Model(scripted(lambda sample: " and ".join(colour_word(sample, number) for number in (0, 1))))
    assert model.ask(photo, "What are <region1> and <region2>?", [LEFT, RIGHT]).text == "red and blue"
    assert model.ask(photo, "What are <region1> and <region2>?", [RIGHT, LEFT]).text == "blue and red"


def test_without_regions_the_question_is_about_the_whole(model, photo):
    answer = model.ask(photo, "How many things are there?")
    assert answer.text == "a thing" and answer.region is None


def test_an_answer_about_one_region_says_which(model, photo):
    assert model.ask(photo, "What is <region2>?", [LEFT, RIGHT]).region == 1
    assert model.ask(photo, "What is <region1> beside <region2>?", [LEFT, RIGHT]).region is None


def test_a_conversation_goes_on(scripted, photo):
    model = Model(scripted(lambda sample: f"turn {len(sample.turns)}"))
    first = model.ask(photo, "What is <region1>?", [LEFT])
    second = model.ask(photo, "And its shape?", [LEFT], turns=first.turns)
    assert second.text == "turn 3"
    assert [turn.text for turn in second.turns] == ["What is <region1>?", "turn 1", "And its shape?", "turn 3"]
    same = model.ask(photo, [*first.turns, Turn("user", "And its shape?")], [LEFT])
    assert same.text == second.text and same.turns == second.turns


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([Turn("assistant", "Hello")], "the user begins"),
        ([Turn("user", "a"), Turn("user", "b")], "take turns"),
        ([Turn("user", "a"), Turn("assistant", "b")], "last turn must be a question"),
        ([], "last turn must be a question"),
        (["What?"], "list of Turn"),
        ("  ", "question is empty"),
    ],
)
def test_turns_out_of_order_are_refused(model, photo, turns, message):
    with pytest.raises(PromptError, match=message):
        model.ask(photo, turns, [LEFT])


def test_a_region_that_is_not_there_or_never_mentioned(model, photo):
    with pytest.raises(PromptError, match="<region2>.*1 region was given"):
        model.ask(photo, "What is <region2>?", [LEFT])
    with pytest.raises(PromptError, match="no region was given"):
        model.ask(photo, "What is <region1>?")
    assert any("<region2>" in note for note in model.ask(photo, "What is <region1>?", [LEFT, RIGHT]).notes)


@pytest.mark.parametrize(
    "typed",
    ["<region>", "<image>", "<mask>", "<|im_start|>", "<|image_pad|>", "<Prompt3>", "[SEG]", "<0x0A>", "<region01>"],
)
def test_what_looks_like_a_special_token_stays_text_and_moves_no_region(scripted, photo, typed):
    backend = scripted(last_question)
    question = f"Is {typed} a tag? What is <region1>?"
    answer = Model(backend).ask(photo, question, [LEFT])
    assert answer.text == question
    [(_, [sample], _)] = backend.calls
    assert [region.box() for region in sample.regions] == [(5, 5, 50, 100)]


def test_too_long_a_text_and_too_many_regions_are_refused_with_the_limit(model, photo):
    with pytest.raises(PromptError, match="at most 1000000"):
        model.ask(photo, "a" * 1_000_001)
    with pytest.raises(TooManyRegions, match="5 regions in one question; scripted takes at most 4"):
        model.ask(photo, "What is <region1>?", [LEFT] * 5)


def test_a_stream_is_the_answer(scripted, photo):
    model = Model(scripted(lambda sample: "a red thing at the left"))
    stream = model.ask(photo, "What is <region1>?", [LEFT], stream=True)
    assert "".join(stream) == model.ask(photo, "What is <region1>?", [LEFT]).text
    assert stream.answer.turns[-1].text == "a red thing at the left"

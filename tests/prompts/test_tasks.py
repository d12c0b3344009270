import pytest
from transformers import PreTrainedTokenizerFast

from regard.core import rooms
from regard.core.errors import PromptError
from regard.prompts import tasks
from regard.prompts.render import render, show
from regard.prompts.sample import USER, Turn
from regard.prompts.templates.plain import Plain

SHIPPED = {
    tasks.describe(): (
        "<visual><|user|>Describe 1<region1> briefly.<|end|><|assistant|>",
        (4, 4, 2, 372, 226, 22, 5, 465, 19, 1, 3),
    ),
    tasks.describe(1, "detailed"): (
        "<visual><|user|>Describe 1<region1> in detail.<|end|><|assistant|>",
        (4, 4, 2, 372, 226, 22, 5, 300, 418, 19, 1, 3),
    ),
    tasks.classify(): (
        "<visual><|user|>What is 1<region1>? Answer with a short phrase.<|end|><|assistant|>",
        (4, 4, 2, 326, 273, 226, 22, 5, 36, 363, 375, 271, 629, 652, 19, 1, 3),
    ),
    tasks.classify(["red", "blue"]): (
        "<visual><|user|>What is 1<region1>? Choose one: red, blue.<|end|><|assistant|>",
        (4, 4, 2, 326, 273, 226, 22, 5, 36, 560, 379, 31, 445, 17, 421, 19, 1, 3),
    ),
    tasks.choose("the red cup", 2): (
        "<visual><|user|>Which region is the red cup? 1: 1<region1>, 2: 2<region2>. Answer with its number, or none."
        "<|end|><|assistant|>",
        (4, 4, 2, 330, 293, 273, 272, 445, 1935, 36, 388, 31, 226, 22, 5, 17, 386, 31, 226, 23, 5)
        + (19, 363, 375, 395, 378, 17, 298, 393, 19, 1, 3),
    ),
}


@pytest.fixture(scope="module")
def shipped():
    return PreTrainedTokenizerFast.from_pretrained(rooms.folder("regard.assets.embedded"))


@pytest.mark.parametrize("asked", SHIPPED)
def test_golden_prompts_of_the_model_inside_as_text_and_as_ids(shipped, asked):
    pieces = [*Plain().media(), *Plain().conversation([Turn(USER, asked)])]
    text, ids = SHIPPED[asked]
    assert show(pieces) == text
    assert render(pieces, shipped, Plain(), visual_tokens=2).ids == ids


def test_golden_task_prompts():
    assert tasks.describe(2) == "Describe <region2> briefly."
    assert tasks.describe(1, "detailed") == "Describe <region1> in detail."
    assert tasks.classify(["red ring", "blue cross"]) == "What is <region1>? Choose one: red ring, blue cross."
    assert tasks.classify() == "What is <region1>? Answer with a short phrase."
    assert tasks.choose("the red ring", 2) == (
        "Which region is the red ring? 1: <region1>, 2: <region2>. Answer with its number, or none."
    )


def test_options_get_letters_and_more_than_there_are_letters_are_refused():
    assert tasks.letters("Which?", tasks.lettered(["red", "blue"])) == (
        "Which?\n(A) red\n(B) blue\nAnswer with the letter of the right option alone."
    )
    with pytest.raises(PromptError, match="27 options, there are letters for 26"):
        tasks.lettered(["x"] * 27)


def test_what_is_put_into_a_request_has_no_stop_of_its_own():
    for words in ("the cup", "the cup.", " the cup? .", "the cup?"):
        assert tasks.locate(words) == "Find the cup. Answer with a box for each, or none."
        assert tasks.segment(words).startswith("Find the cup. Answer with a mask")
        assert tasks.moments(words).startswith("When does this happen: the cup? Answer")


def test_a_choice_is_read_exactly_or_not_at_all():
    assert tasks.read_choice(" 2.", 3) == 1
    assert tasks.read_choice("None", 3) is None
    for text in ("4", "0", "1 or 2", "1.5", "\u0662", "", "the first", "-1", "nan"):
        with pytest.raises(PromptError, match="expected a number from 1 to 3"):
            tasks.read_choice(text, 3)


def test_an_unknown_detail_is_refused():
    with pytest.raises(PromptError, match="'brief' or 'detailed'"):
        tasks.describe(1, "long")

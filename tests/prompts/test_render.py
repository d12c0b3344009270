"""Prompts: what a person types stays what it is, and rendering can be read back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regard.core.errors import PromptError
from regard.prompts.render import IGNORED, encode_words, parse, render, show
from regard.prompts.sample import ASSISTANT, USER, Turn, check_placeholders, mentions
from regard.prompts.templates.plain import Plain
from regard.train import tokenizer

TEMPLATE = Plain()
WORDS = ["What colour is <region1>?", "red", "Describe <region2> in detail.", "a large blue ring at the top"] * 4
TOKENIZER = tokenizer.learn(WORDS, TEMPLATE, vocabulary=400)
LOOK_ALIKES = [
    "<region>",
    "<image>",
    "<mask>",
    "<|im_start|>",
    "<|image_pad|>",
    "<Prompt3>",
    "[SEG]",
    "<0x0A>",
    *Plain.specials,
]


def special_ids():
    return set(TOKENIZER.convert_tokens_to_ids(list(Plain.specials)))


def test_golden_prompt_as_text():
    turns = [Turn(USER, "Is <region2> left of <region1>?"), Turn(ASSISTANT, "yes"), Turn(USER, "And <region1>?")]
    pieces = [*TEMPLATE.media(), *TEMPLATE.conversation(turns)]
    assert show(pieces) == (
        "<visual><|user|>Is 2<region2> left of 1<region1>?<|end|><|assistant|>yes<|end|>"
        "<|user|>And 1<region1>?<|end|><|assistant|>"
    )


def test_golden_prompt_as_ids():
    pieces = [*TEMPLATE.media(), *TEMPLATE.conversation([Turn(USER, "<region2>?"), Turn(ASSISTANT, "a")])]
    made = render(pieces, TOKENIZER, TEMPLATE, visual_tokens=3, region_tokens=lambda region: region + 1)
    two, mark, letter = (encode_words(TOKENIZER, text)[0] for text in "2?a")
    assert made.ids == (4, 4, 4, 2, two, 5, 5, mark, 1, 3, letter, 1)
    assert made.labels == (IGNORED,) * 10 + (letter, 1)
    assert made.regions == (1,)


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_text_that_looks_like_a_special_token_is_plain_text(text):
    ids = encode_words(TOKENIZER, f"say {text} now")
    assert not special_ids() & set(ids)
    assert TOKENIZER.decode(ids) == f"say {text} now"


@pytest.mark.parametrize("text", ["<region0>", "<region01>", "<Region1>", "<region1", "< region1>"])
def test_what_is_not_exactly_a_placeholder_is_plain_text(text):
    assert mentions(text) == []
    check_placeholders(text, 0)


def test_a_placeholder_without_its_region_is_refused_with_the_count():
    with pytest.raises(PromptError, match="<region3>, but 2 regions were given"):
        check_placeholders("compare <region1> with <region3>", 2)


def test_an_assistant_cannot_mention_a_region_slot():
    made = render(TEMPLATE.turn(Turn(ASSISTANT, "<region1>")), TOKENIZER, TEMPLATE)
    assert made.regions == ()
    assert TOKENIZER.convert_tokens_to_ids(Plain.region) not in made.ids


spoken = st.lists(
    st.one_of(st.text(max_size=12), st.sampled_from(["<region1>", "<region3>", *LOOK_ALIKES])), max_size=6
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([USER, ASSISTANT]), spoken.map("".join)), max_size=4))
def test_parse_is_the_inverse_of_render(drawn):
    turns = [Turn(role, text.encode("utf-8", "ignore").decode()) for role, text in drawn]
    pieces = [*TEMPLATE.media(), *(piece for turn in turns for piece in TEMPLATE.turn(turn))]
    made = render(pieces, TOKENIZER, TEMPLATE, visual_tokens=5, region_tokens=lambda region: 2)
    assert parse(made.ids, made.regions, TOKENIZER, TEMPLATE, lambda region: 2) == turns


def test_a_longer_conversation_starts_with_the_shorter_one():
    turns = [Turn(USER, "Is <region1> red?"), Turn(ASSISTANT, "yes"), Turn(USER, "Why?")]
    short = render(TEMPLATE.conversation(turns[:1]), TOKENIZER, TEMPLATE).ids
    assert render(TEMPLATE.conversation(turns), TOKENIZER, TEMPLATE).ids[: len(short)] == short


def test_ids_that_are_no_turns_are_refused():
    with pytest.raises(PromptError, match="whole turns"):
        parse([2, 40, 41], [], TOKENIZER, TEMPLATE)

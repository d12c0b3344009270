"""Chat formats of published models: the prompt as text, the ids as the joined text gives them, and what is refused."""

import pytest

from regard.core.errors import PromptError, TooManyRegions
from regard.prompts.render import IGNORED, encode_words, parse, render, show
from regard.prompts.sample import ASSISTANT, USER, Turn
from regard.prompts.templates.gar_llama3 import SYSTEM, GarLlama3
from regard.prompts.templates.videorefer_qwen2 import VideoreferQwen2
from regard.train import tokenizer

TEXTS = [
    "There are some objects I am curious about: ;\n: Describe this masked region in detail.",
    "user\nassistant\n",
] * 4


def learned(template):
    return tokenizer.learn(TEXTS, template, vocabulary=400)


def shown(template, *turns):
    return show([*template.media(), *template.conversation(turns)])


def test_videorefer_as_text():
    told = shown(
        VideoreferQwen2(),
        Turn(USER, "What is [<region1>] doing?"),
        Turn(ASSISTANT, "It runs."),
        Turn(USER, "And [<region2>]?"),
    )
    assert told == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<visual>\n"
        "What is [<region1>] doing?<|im_end|>\n<|im_start|>assistant\nIt runs.<|im_end|>\n"
        "<|im_start|>user\nAnd [<region2>]?<|im_end|>\n<|im_start|>assistant\n"
    )


HEAD = (
    f"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{SYSTEM}<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\n<visual>"
)
TAIL = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"


def test_gar_with_one_region_as_text():
    assert shown(GarLlama3(), Turn(USER, "Describe <region1> in detail.")) == (
        f"{HEAD}There are some objects I am curious about: <Prompt1>;\n<Prompt1>: <region1>"
        f"Describe <Prompt1> in detail.{TAIL}"
    )


def test_gar_with_several_regions_as_text():
    assert shown(GarLlama3(), Turn(USER, "Is <region2> on <region1>?")) == (
        f"{HEAD}There are some objects I am curious about: <Prompt0>; <Prompt1>; \n<Prompt0>: <region2>\n"
        f"<Prompt1>: <region1>\n\nIs <Prompt0> on <Prompt1>?{TAIL}"
    )


def test_gar_without_regions_is_the_base_model():
    assert shown(GarLlama3(), Turn(USER, "What is this?")) == f"{HEAD}What is this?{TAIL}"


def test_gar_replays_each_region_once():
    turns = [Turn(USER, "Is <region1> red?"), Turn(ASSISTANT, "yes"), Turn(USER, "Is <region1> near <region2>?")]
    made = render(GarLlama3().conversation(turns), learned(GarLlama3()), GarLlama3(), region_tokens=lambda region: 4)
    assert made.regions == (0, 1)


@pytest.mark.parametrize("template", [VideoreferQwen2(), GarLlama3()], ids=lambda made: type(made).__name__)
def test_ids_are_those_of_the_text_between_special_tokens(template):
    known = learned(template)
    turns = [Turn(USER, "Describe <region1> in detail."), Turn(ASSISTANT, "a ring")]
    pieces = [*template.media(), *template.conversation(turns)]
    made = render(pieces, known, template, visual_tokens=3, region_tokens=lambda region: 2)
    ids = {token: known.convert_tokens_to_ids(token) for token in template.specials}
    text = show(pieces).replace("<visual>", template.visual * 3).replace("<region1>", template.region * 2)
    assert list(made.ids) == known(text, add_special_tokens=False)["input_ids"]
    assert [label for label in made.labels if label != IGNORED] == [*encode_words(known, "a ring"), ids[template.end]]


@pytest.mark.parametrize("template", [VideoreferQwen2(), GarLlama3()], ids=lambda made: type(made).__name__)
def test_typed_special_tokens_stay_text(template):
    known = learned(template)
    plain = render(template.conversation([Turn(USER, "x")]), known, template).ids
    typed = render(template.conversation([Turn(USER, " ".join(template.specials))]), known, template).ids
    specials = set(known.convert_tokens_to_ids(list(template.specials)))
    assert sum(token in specials for token in typed) == sum(token in specials for token in plain)


def test_gar_refuses_more_regions_than_its_weights_know():
    text = " ".join(f"<region{number}>" for number in range(1, 7))
    with pytest.raises(TooManyRegions, match="know 5"):
        list(GarLlama3().conversation([Turn(USER, text)]))


def test_a_format_that_cannot_be_read_back_says_so():
    with pytest.raises(PromptError, match="cannot be read back"):
        parse([], [], learned(GarLlama3()), GarLlama3())

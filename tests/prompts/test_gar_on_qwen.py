"""GAR's chat format on Qwen2.5-VL and InternVL3: the prompt as text, its ids, and what cannot be typed."""

import pytest

from regard.prompts.render import IGNORED, encode_words, render, show
from regard.prompts.sample import ASSISTANT, USER, Turn
from regard.prompts.templates.gar_internvl3 import GarInternVl3
from regard.prompts.templates.gar_qwen2_5_vl import GarQwen25Vl
from regard.train import tokenizer

HEADS = {
    GarQwen25Vl: "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
    "<|vision_start|><visual><|vision_end|>",
    GarInternVl3: "<|im_start|>user\n<img><visual></img>\n",
}
every = pytest.mark.parametrize("kind", HEADS, ids=lambda kind: kind.__name__)


def learned(template):
    return tokenizer.learn(["There are some objects I am curious about: user assistant"] * 4, template, vocabulary=400)


@every
def test_as_text(kind):
    turns = [Turn(USER, "Is <region2> on <region1>?"), Turn(ASSISTANT, "No."), Turn(USER, "Is <region1>?")]
    assert show([*kind().media(), *kind().conversation(turns)]) == (
        f"{HEADS[kind]}There are some objects I am curious about: <Prompt0>; <Prompt1>; \n<Prompt0>: <region2>\n"
        "<Prompt1>: <region1>\n\nIs <Prompt0> on <Prompt1>?<|im_end|>\n<|im_start|>assistant\nNo.<|im_end|>\n"
        "<|im_start|>user\nIs <Prompt1>?<|im_end|>\n<|im_start|>assistant\n"
    )


@every
def test_without_regions_it_is_the_base_model(kind):
    assert show([*kind().media(), *kind().conversation([Turn(USER, "What is this?")])]) == (
        f"{HEADS[kind]}What is this?<|im_end|>\n<|im_start|>assistant\n"
    )


@every
def test_ids_are_those_of_the_text_between_special_tokens(kind):
    template = kind()
    known = learned(template)
    turns = [Turn(USER, "Describe <region1> in detail."), Turn(ASSISTANT, "a ring")]
    pieces = [*template.media(), *template.conversation(turns)]
    made = render(pieces, known, template, visual_tokens=3, region_tokens=lambda region: 2)
    text = show(pieces).replace("<visual>", template.visual * 3).replace("<region1>", template.region * 2)
    assert list(made.ids) == known(text, add_special_tokens=False)["input_ids"]
    said = [label for label in made.labels if label != IGNORED]
    assert said == [*encode_words(known, "a ring"), known.eos_token_id]


@every
def test_typed_special_tokens_stay_text(kind):
    template = kind()
    known = learned(template)
    plain = render(template.conversation([Turn(USER, "x")]), known, template).ids
    typed = render(template.conversation([Turn(USER, " ".join(template.specials))]), known, template).ids
    specials = set(known.convert_tokens_to_ids(list(template.specials)))
    assert sum(token in specials for token in typed) == sum(token in specials for token in plain)

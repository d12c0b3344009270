"""Chat formats of published models: the prompt as text, the ids as the joined text gives them, and what is refused."""

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from regard.core.errors import PromptError, TooManyRegions
from regard.prompts.render import IGNORED, encode_words, parse, render, show
from regard.prompts.sample import ASSISTANT, USER, Turn
from regard.prompts.templates.gar_llama3 import SYSTEM, GarLlama3
from regard.prompts.templates.llama_2 import Llama2
from regard.prompts.templates.vicuna_v1 import SYSTEM as VICUNA_SYSTEM
from regard.prompts.templates.vicuna_v1 import VicunaV1
from regard.prompts.templates.videochat_tpo import TASK_TOKENS, VideochatTpo
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


SPOKEN = [
    Turn(USER, "Where is <region1>?"),
    Turn(ASSISTANT, "On the left."),
    Turn(USER, "And <region2>?"),
]


def test_vicuna_as_text():
    assert shown(VicunaV1(), *SPOKEN) == (
        f"<s>{VICUNA_SYSTEM} USER: <visual>\nWhere is <region1>? ASSISTANT:On the left.</s>"
        "USER: And <region2>? ASSISTANT:"
    )


def test_llama_2_as_text():
    assert shown(Llama2(), *SPOKEN) == (
        "<s>[INST] <visual>\nWhere is <region1>? [/INST]On the left.</s><s>[INST] And <region2>? [/INST]"
    )


def test_videochat_tpo_as_text():
    assert shown(VideochatTpo(), *SPOKEN) == (
        "<s>[INST] <Video><visual><s></Video>[/INST] [INST] Where is <region1>? [/INST]On the left.</s>"
        " [INST] And <region2>? [/INST]"
    )


def test_the_words_of_videochat_tpo_stand_behind_mistrals_in_the_published_order():
    template = VideochatTpo()
    assert TASK_TOKENS[0] == "<box_begin>" and template.region == TASK_TOKENS[6] == "<track_box>"
    assert template.specials == ("<unk>", "<s>", "</s>", *TASK_TOKENS)


def llama_tokenizer(template):
    """A small tokenizer with Llama's rules: a space before every run of text and every word, bytes for the rest."""
    tokenizer = Tokenizer(models.BPE(unk_token=template.pad, fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    bytes_ = [f"<0x{value:02X}>" for value in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=[*template.specials, *bytes_], show_progress=False, min_frequency=2
    )
    tokenizer.train_from_iterator([VICUNA_SYSTEM, "USER: ASSISTANT: [INST] [/INST] On the left. Where is"] * 4, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=template.pad, eos_token=template.end)


@pytest.mark.parametrize("template", [VicunaV1(), Llama2(), VideochatTpo()], ids=lambda made: type(made).__name__)
def test_llama_ids_are_those_of_the_published_text(template):
    known = llama_tokenizer(template)
    assert known.convert_tokens_to_ids(list(template.specials[:3])) == [0, 1, 2]
    pieces = [*template.media(), *template.conversation(SPOKEN)]
    made = render(pieces, known, template, visual_tokens=1, region_tokens=lambda region: 2)
    published = {
        VicunaV1: f"<s>{VICUNA_SYSTEM} USER: <image>\nWhere is <region><region>? ASSISTANT: On the left.</s>"
        "USER: And <region><region>? ASSISTANT:",
        Llama2: "<s>[INST] <image>\nWhere is <region><region>? [/INST] On the left.</s>"
        "<s>[INST] And <region><region>? [/INST]",
        VideochatTpo: "<s>[INST] <Video><unk><s></Video>[/INST] [INST] Where is <track_box><track_box>? [/INST] On the"
        " left.</s> [INST] And <track_box><track_box>? [/INST]",
    }[type(template)]
    assert list(made.ids) == known(published, add_special_tokens=False)["input_ids"]
    answer = [label for label in made.labels if label != IGNORED]
    assert answer == [*encode_words(known, "On the left."), known.eos_token_id]
    assert known.decode(answer, skip_special_tokens=True) == "On the left."


EVERY = pytest.mark.parametrize(
    "template",
    [VideoreferQwen2(), GarLlama3(), VicunaV1(), Llama2(), VideochatTpo()],
    ids=lambda made: type(made).__name__,
)


@EVERY
def test_ids_are_those_of_the_text_between_special_tokens(template):
    known = learned(template)
    turns = [Turn(USER, "Describe <region1> in detail."), Turn(ASSISTANT, "a ring")]
    pieces = [*template.media(), *template.conversation(turns)]
    made = render(pieces, known, template, visual_tokens=3, region_tokens=lambda region: 2)
    ids = {token: known.convert_tokens_to_ids(token) for token in template.specials}
    text = show(pieces).replace("<visual>", template.visual * 3).replace("<region1>", template.region * 2)
    assert list(made.ids) == known(text, add_special_tokens=False)["input_ids"]
    assert [label for label in made.labels if label != IGNORED] == [*encode_words(known, "a ring"), ids[template.end]]


@EVERY
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

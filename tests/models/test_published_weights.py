"""Checkpoints as their authors published them: config.json, tokenizer, shards and index, written small, read back."""

import json

import pytest
import torch
from safetensors.torch import save_file

import regard
from regard.core.errors import CheckpointError, ConfigError, NotFound
from regard.models import published
from regard.models.model import RegardModel
from regard.models.presets import _base as presets
from regard.prompts.templates.gar_llama3 import GarLlama3
from regard.prompts.templates.videochat_tpo import VideochatTpo
from regard.prompts.templates.videorefer_qwen2 import VideoreferQwen2
from regard.train import tokenizer
from small_bases import PERCEPTION_LM
from tiny_model import WORDS

TOKENIZERS = {
    "gar_1b": GarLlama3,
    "gar_8b": GarLlama3,
    "videorefer_7b": VideoreferQwen2,
    "videochat_tpo_7b": VideochatTpo,
}
TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 4096,
    "rope_theta": 10000.0,  # as configurations of that time spell it
    "torch_dtype": "float32",
}
GAR = {
    "model_type": "GAR",
    "auto_map": {"AutoModel": "modeling_gar.GARModel"},
    "prompt_numbers": 5,
    "mllm_config": PERCEPTION_LM,
}
VIDEOREFER = {**TEXT, "model_type": "videorefer_qwen2", "num_frames": 4, "mm_hidden_size": 32}
RELEASED = {
    "gar_1b": GAR,
    "gar_8b": {**GAR, "mllm_config": {**GAR["mllm_config"], "vision_use_cls_token": False}},
    "videorefer_7b": VIDEOREFER,
    "videochat_tpo_7b": {"model_type": "VideoChatE"},
}
TPO = presets.load("videochat_tpo_7b").small
# What a released configuration does not state is the full design's; these keep it small enough to test.
REST = {
    "gar_1b": {"encoders": [{"grid": 2}], "tiles": 4, "frames": 4},
    "gar_8b": {"encoders": [{"grid": 2}], "tiles": 4, "frames": 4},
    "videorefer_7b": {
        "vision": {"width": 32, "depth": 2, "heads": 2, "hidden": 48, "image": 56},
        "connector": {"depth": 1, "still_frames": 4},
        "image_size": 56,
        "clip_size": 56,
        "region_frames": 3,
    },
    "videochat_tpo_7b": {name: value for name, value in TPO.items() if name != "template" and "token_id" not in name},
}


def write(name, folder, seed=1):
    """Write a small checkpoint in the published layout and return the model whose weights it holds."""
    preset, words = presets.load(name), tokenizer.learn(WORDS, TOKENIZERS[name](), vocabulary=400)
    released = json.loads(json.dumps(RELEASED[name]))
    text = released.get("mllm_config", {}).get("text_config", released)
    text["vocab_size"] = len(words)
    words.save_pretrained(folder)
    (folder / "config.json").write_text(json.dumps(released))
    torch.manual_seed(seed)
    settings = presets.changed(presets.changed(preset.in_form("as_released"), preset.read(released)), REST[name])
    model = RegardModel(presets.RegardConfig(**settings)).eval()
    named = {preset.published_name(key): value.clone() for key, value in model.state_dict().items()}
    if text.get("tie_word_embeddings"):
        named.pop(preset.published_name("language.lm_head.weight"))
    first = sorted(named)[::2]
    files = {"model-00001-of-00002.safetensors": first, "model-00002-of-00002.safetensors": named.keys() - set(first)}
    for file, own in files.items():
        save_file({key: named[key] for key in own}, folder / file)
    placed = {key: file for file, own in files.items() for key in own}
    (folder / published.INDEX).write_text(json.dumps({"weight_map": placed}))
    return model


def photo():
    return regard.Image.from_array(torch.randint(0, 255, (90, 140, 3), dtype=torch.uint8).numpy())


@pytest.mark.parametrize("name", RELEASED)
def test_a_published_checkpoint_is_loaded_by_its_folder_and_answers(name, tmp_path):
    model = write(name, tmp_path)
    loaded = regard.load(tmp_path, **REST[name])
    own, again = model.state_dict(), loaded.model.state_dict()
    assert own.keys() == again.keys() and all(torch.equal(own[key], again[key]) for key in own)
    answers = loaded.describe(photo(), [regard.Region.box(10, 10, 60, 50), regard.Region.box(70, 20, 130, 80)])
    assert len(answers) == 2 and all(isinstance(answer.text, str) for answer in answers)
    assert loaded.backend.name == tmp_path.name


def test_the_form_says_whose_rules_hold(tmp_path):
    write("gar_1b", tmp_path)
    boxes = {
        form: published.load(tmp_path, form=form, **REST["gar_1b"])[0].encoders.members[0].box
        for form in ("as_released", "as_paper", "")
    }
    assert boxes == {"as_released": "reference", "as_paper": "fixed", "": "fixed"}
    with pytest.raises(NotFound, match="as_released"):
        published.load(tmp_path, form="as_relased")


def test_ids_of_special_tokens_are_those_of_the_tokenizer(tmp_path):
    write("videorefer_7b", tmp_path)
    model, processor = published.load(tmp_path, **REST["videorefer_7b"])
    known = processor.tokenizer.get_vocab()
    assert model.config.region_token_id == known["<region>"] and model.config.eos_token_id == known["<|im_end|>"]


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    write("gar_1b", tmp_path)
    tokenizer.learn(WORDS, VideoreferQwen2(), vocabulary=400).save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match="lacks <|begin_of_text|>".replace("|", r"\|")):
        published.load(tmp_path)


def test_a_configuration_that_says_too_little_names_what_is_missing(tmp_path):
    write("gar_1b", tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**GAR, "mllm_config": {"vision_config": {}}}))
    with pytest.raises(CheckpointError, match="does not describe Gar1B.*model_args"):
        regard.load(tmp_path)


def test_a_design_that_nobody_knows_here_is_named_with_those_that_are_known(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llava"}))
    with pytest.raises(CheckpointError, match="'llava'.*GAR.*videorefer_qwen2"):
        regard.load(tmp_path)


def test_code_that_a_checkpoint_brings_is_never_run(tmp_path):
    write("gar_1b", tmp_path)
    (tmp_path / "modeling_gar.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    regard.load(tmp_path, **REST["gar_1b"])
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("setting", "value"), [("dtype", "int8"), ("device", "tpu"), ("device", "cuda:99")])
def test_a_type_or_device_that_is_not_there_is_refused_with_those_that_are(setting, value):
    with pytest.raises(ConfigError, match=f"{setting} is '{value}'"):
        regard.load(**{setting: value})


@pytest.mark.parametrize("dtype", ["bf16", "float16", torch.float32])
def test_the_numeric_type_is_a_choice(dtype):
    model = regard.load(dtype=dtype, device="auto")
    assert model.ask(photo(), "What colour is <region1>?", [regard.Region.box(10, 10, 60, 50)]).text


def test_settings_of_published_designs_are_not_taken_for_models_of_our_own():
    with pytest.raises(ConfigError, match="form"):
        regard.load(form="as_released")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"tile": 4}, NotFound, "tiles"),
        ({"encoders": [{"grid": 2}, {"grid": 2}]}, ConfigError, "encoders has 1 parts"),
        ({"encoders": {"grid": 2}}, ConfigError, "a list with as many changes"),
        ({"vision": 32}, ConfigError, "vision has entries"),
    ],
)
def test_a_setting_that_there_is_not_is_refused(tmp_path, change, error, said):
    write("gar_1b", tmp_path)
    with pytest.raises(error, match=said):
        regard.load(tmp_path, **change)


@pytest.mark.parametrize(
    "settings",
    [
        [],
        "text",
        {"model_type": 5},
        {"model_type": "GAR", "mllm_config": "text"},
        {"model_type": "GAR", "mllm_config": {"text_config": [], "vision_config": {"model_args": []}}},
        {"model_type": "GAR", "mllm_config": {"text_config": {"hidden_size": "x"}, "vision_config": None}},
        {"model_type": "videorefer_qwen2", "hidden_size": "x"},
    ],
)
def test_a_configuration_of_another_kind_is_a_checkpoint_error(tmp_path, settings):
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(CheckpointError):
        regard.load(tmp_path)

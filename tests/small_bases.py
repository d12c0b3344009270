"""Bases small enough to build in a moment, written in the layouts in which they were published."""

from __future__ import annotations

import copy
import json
import warnings

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    InternVLConfig,
    InternVLForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
)

from regard.core import rooms
from regard.models import published
from regard.models.bases import _base as bases
from regard.models.model import RegardModel
from regard.models.presets import _base as presets
from regard.prompts.templates._base import ChatTemplate
from regard.train import tokenizer
from tiny_model import WORDS

ROWS = 420  # more than the tokenizer has words, as the published ones
TEXT = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 48,
    "max_position_embeddings": 4096,
    "vocab_size": ROWS,
    "bos_token_id": None,
    "eos_token_id": None,
}
TOWER = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "patch_size": 14,
    "image_size": 56,
}
PERCEPTION_LM = {
    "projector_pooling_ratio": 2,
    "vision_use_cls_token": True,
    "text_config": {
        "model_type": "llama",
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "intermediate_size": 48,
        "max_position_embeddings": 4096,
        "rope_theta": 10000.0,  # as configurations of that time spell it
        "torch_dtype": "float32",
        "tie_word_embeddings": True,
    },
    "vision_config": {
        "architecture": "vit_pe_core_large_patch14_336",
        "model_args": {
            "embed_dim": 32,
            "depth": 2,
            "num_heads": 2,
            "mlp_ratio": 1.5,
            "img_size": [56, 56],
            "ref_feat_shape": [4, 4],
            "init_values": 0.1,
        },
    },
}
MROPE = {"rope_type": "default", "rope_theta": 5000.0, "mrope_section": [2, 3, 3]}
DESIGNS = {
    "perception_lm": "gar_1b",
    "llava_onevision": "llava_ov_tpo_7b",
    "llava_qwen": "llava_ov_tpo_7b",
    "qwen2_5_vl": "gar_qwen2_5_vl_3b",
    "internvl": "gar_internvl3_2b",
    "internvl_chat": "gar_internvl3_2b",
}
# What keeps the design small enough to test; the base says the rest itself.
SMALL = {
    "gar_1b": {"encoders": [{"grid": 2}], "tiles": 4, "frames": 4},
    "gar_qwen2_5_vl_3b": {"encoders": [{"grid": 2}], "tiles": 1, "frames": 4, "image_size": 56, "clip_size": 56},
    "gar_internvl3_2b": {"encoders": [{"grid": 2}], "tiles": 4, "frames": 4},
    "llava_ov_tpo_7b": {"encoders": [{"hidden": 16}], "frames": 4, "image_pool": 1, "clip_pool": 1},
}


def llava():
    config = LlavaOnevisionConfig(
        text_config=TEXT | {"model_type": "qwen2"},
        vision_config=TOWER | {"model_type": "siglip_vision_model", "vision_use_head": False},
        image_token_id=7,
    )
    return LlavaOnevisionForConditionalGeneration._from_config(config)


def qwen():
    vision = {"hidden_size": 32, "depth": 2, "num_heads": 2, "intermediate_size": 48, "out_hidden_size": 32}
    vision |= {"patch_size": 14, "window_size": 28, "fullatt_block_indexes": [1]}
    config = Qwen2_5_VLConfig(text_config=TEXT | {"rope_parameters": MROPE}, vision_config=vision, image_token_id=7)
    return Qwen2_5_VLForConditionalGeneration._from_config(config)


def intern():
    config = InternVLConfig(
        text_config=TEXT | {"model_type": "qwen2"},
        vision_config=TOWER | {"attention_bias": True},
        image_token_id=7,
        tie_word_embeddings=False,
    )
    return InternVLForConditionalGeneration._from_config(config)


LIBRARY = {
    "llava_onevision": llava,
    "llava_qwen": llava,
    "qwen2_5_vl": qwen,
    "internvl": intern,
    "internvl_chat": intern,
}


def theirs(name, seed=3):
    """The library's model; every weight is random, so that none can be taken for another."""
    torch.manual_seed(seed)
    model = LIBRARY[name]().eval()
    for value in model.parameters():
        torch.nn.init.normal_(value, std=0.2)
    return model


def base_of(name):
    return rooms.load(bases.ROOM, name, bases.Base)


def words(design):
    """A tokenizer that has what the chat format needs, but not what the design adds."""
    template = rooms.load("regard.prompts.templates", presets.load(design).settings["template"], ChatTemplate)

    class Before(template):
        specials = tuple(token for token in template.specials if token not in template.added)

    return tokenizer.learn(WORDS, Before(), vocabulary=400)


def as_llava_qwen(weights, config):
    """The authors' own layout, from that of the library."""
    begins = {
        "vision_tower.": "model.vision_tower.vision_tower.vision_model.",
        "multi_modal_projector.linear_1.": "model.mm_projector.0.",
        "multi_modal_projector.linear_2.": "model.mm_projector.2.",
        "language_model.model.": "model.",
        "language_model.lm_head.": "lm_head.",
        "image_newline": "model.image_newline",
    }
    released = {**config["text_config"], "architectures": ["LlavaQwenForCausalLM"], "model_type": "llava"}
    released |= {"mm_vision_tower": "google/siglip-so400m-patch14-384", "mm_projector_type": "mlp2x_gelu"}
    return renamed(weights, begins), released


def as_internvl_chat(weights, config):
    """The authors' own layout, from that of the library: other names in the tower, queries, keys and values in one."""
    begins = {
        "vision_tower.": "vision_model.",
        "multi_modal_projector.layer_norm.": "mlp1.0.",
        "multi_modal_projector.linear_1.": "mlp1.1.",
        "multi_modal_projector.linear_2.": "mlp1.3.",
    }
    inside = {
        "encoder.layer.": "encoder.layers.",
        "cls_token": "class_embedding",
        "position_embeddings": "position_embedding",
        "patch_embeddings.projection": "patch_embedding",
        "lambda_": "ls",
        "attention.projection_layer": "attn.proj",
        "attention.": "attn.",
        "layernorm_before": "norm1",
        "layernorm_after": "norm2",
    }
    given = renamed(weights, begins)
    for there, here in inside.items():
        given = {key.replace(there, here) if key.startswith("vision_") else key: value for key, value in given.items()}
    for query in [key for key in given if ".attn.q_proj." in key]:
        parts = [given.pop(query.replace("q_proj", f"{letter}_proj")) for letter in "qkv"]
        given[query.replace("q_proj", "qkv")] = torch.cat(parts)
    vision = {
        **config["vision_config"],
        "qkv_bias": True,
        "qk_normalization": False,
        "image_size": 28,
        "patch_size": 14,
    }
    released = {"architectures": ["InternVLChatModel"], "model_type": "internvl_chat", "vision_config": vision}
    return given, released | {"llm_config": config["text_config"], "force_image_size": 56, "select_layer": -1}


def renamed(weights, begins):
    def name(key):
        fits = max((there for there in begins if key.startswith(there)), key=len, default=None)
        return key if fits is None else begins[fits] + key.removeprefix(fits)

    return {name(key): value for key, value in weights.items()}


def as_perception_lm():
    """The class needs timm: names are those of GAR's weights without `mllm.`, the file is the inner one of theirs."""
    preset = presets.load("gar_1b")
    released = copy.deepcopy(PERCEPTION_LM) | {"architectures": ["PerceptionLMForConditionalGeneration"]}
    released |= {"model_type": "perception_lm"}
    released["text_config"]["vocab_size"] = ROWS
    settings = presets.changed(preset.settings, preset.read({"mllm_config": released}))
    torch.manual_seed(3)
    model = RegardModel(presets.RegardConfig(**presets.changed(settings, SMALL["gar_1b"])))
    for value in model.parameters():
        torch.nn.init.normal_(value, std=0.2)
    weights = {
        preset.published_name(key).removeprefix("mllm."): value.clone()
        for key, value in model.state_dict().items()
        if not key.startswith("encoders.") and key != "language.lm_head.weight"
    }
    return weights, released


def write(name, folder):
    """Write a small base in its published layout; return the library's model where it has one that runs here."""
    words(DESIGNS[name]).save_pretrained(folder)
    made = None
    if name == "perception_lm":
        weights, released = as_perception_lm()
    else:
        made = theirs(name)
        made.save_pretrained(folder)
        weights, released = load_file(folder / "model.safetensors"), json.loads((folder / "config.json").read_text())
    if name == "llava_onevision":
        weights = {key.replace("vision_tower.", "vision_tower.vision_model."): value for key, value in weights.items()}
    if name == "llava_qwen":
        weights, released = as_llava_qwen(weights, released)
    if name == "internvl_chat":
        weights, released = as_internvl_chat(weights, released)
    save_file({key: value.contiguous() for key, value in weights.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(released))
    return made


def begun(name, folder, **settings):
    """Model and processor of the design, and what the warning says."""
    small = SMALL[DESIGNS[name]]
    if name == "llava_qwen":  # its file only names the tower, which is the full-size one
        small = small | {"vision": {"width": 32, "depth": 2, "heads": 2, "hidden": 48, "image": 56}}
        small |= {"image_size": 56, "clip_size": 56}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model, processor = published.load(folder, design=DESIGNS[name], **small | settings)
    return model.eval(), processor, next(str(one.message) for one in told if "no regions" in str(one.message))


def added(processor):
    """The words that the design adds, with their ids."""
    return {word: processor.tokenizer.get_vocab()[word] for word in processor.template.added}

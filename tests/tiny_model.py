"""A model small enough to build in a moment, with a tokenizer that can spell anything; random weights."""

from __future__ import annotations

import functools

import torch

from regard.models.config import RegardConfig
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor
from regard.prompts.templates.plain import Plain
from regard.train import tokenizer

WORDS = ["What colour is <region1>?", "red", "Describe <region1> in detail.", "a large blue ring at the top"] * 4


@functools.cache
def words():
    """Return the tokenizer."""
    return tokenizer.learn(WORDS, Plain(), vocabulary=400)


def config(encoders=None, **settings):
    """Return the configuration; `encoders` by name, or with their settings."""
    named = [{"name": entry} if isinstance(entry, str) else entry for entry in encoders or ["mask_pool"]]
    made = {
        "vision": {"name": "conv_vit", "width": 32, "depth": 1, "heads": 2},
        "encoders": named,
        "language": {
            "model_type": "llama",
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "intermediate_size": 48,
            "vocab_size": len(words()),
            "tie_word_embeddings": True,
            "max_position_embeddings": 2048,
            "initializer_range": 0.2,
        },
        "image_size": 64,
        "clip_size": 32,
        "frames": 4,
        "place": True,
        "normalise": True,
    }
    return RegardConfig(**made | settings)


def model(encoders=None, seed=0, **settings):
    """Return a model in evaluation mode and its processor."""
    torch.manual_seed(seed)
    made = RegardModel(config(encoders, **settings)).eval()
    return made, RegardProcessor(words(), made.config)

"""What all twins share: a small tower, a small language model, and the chat format of the model inside."""

from __future__ import annotations

VISION = {"width": 32, "depth": 2, "heads": 2, "hidden": 48, "image": 56}
LANGUAGE = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 48,
    "vocab_size": 400,
    "max_position_embeddings": 4096,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
}
SMALL = {
    "vision": VISION,
    "language": LANGUAGE,
    "image_size": VISION["image"],
    "clip_size": VISION["image"],
    "template": "plain",
    "visual_token_id": 4,
    "region_token_id": 5,
    "eos_token_id": 1,
    "pad_token_id": 0,
}

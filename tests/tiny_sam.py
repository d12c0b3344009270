"""The settings of a SAM 2 small enough to build in a moment, with weights that are far enough apart to tell outputs
from each other: for pictures alone, and with the memory for clips, which cannot be narrower.
"""

from __future__ import annotations

from typing import Any

SIDE = 64
SAM: dict[str, Any] = {
    "model_type": "sam2",
    "initializer_range": 0.2,
    "vision_config": {
        "initializer_range": 0.2,
        "backbone_config": {
            "model_type": "sam2_hiera_det_model",
            "initializer_range": 0.2,
            "image_size": [SIDE, SIDE],
            "hidden_size": 8,
            "blocks_per_stage": [1, 1, 2, 1],
            "embed_dim_per_stage": [8, 16, 32, 64],
            "num_attention_heads_per_stage": [1, 1, 2, 2],
            "window_size_per_stage": [4, 4, 4, 2],
            "window_positional_embedding_background_size": [4, 4],
            "global_attention_blocks": [3],
        },
        "backbone_channel_list": [64, 32, 16, 8],
        "backbone_feature_sizes": [[16, 16], [8, 8], [4, 4]],
        "fpn_hidden_size": 32,
    },
    "prompt_encoder_config": {"hidden_size": 32, "image_size": SIDE, "mask_input_channels": 4},
    "mask_decoder_config": {"hidden_size": 32, "mlp_dim": 32, "num_attention_heads": 2, "iou_head_hidden_dim": 16},
}

WIDE = 128
MEMORY: dict[str, Any] = {
    **SAM,
    "model_type": "sam2_video",
    "vision_config": SAM["vision_config"] | {"fpn_hidden_size": WIDE},
    "prompt_encoder_config": SAM["prompt_encoder_config"] | {"hidden_size": WIDE},
    "mask_decoder_config": SAM["mask_decoder_config"] | {"hidden_size": WIDE},
    "memory_attention_hidden_size": WIDE,
    "memory_attention_num_layers": 1,
    "memory_attention_feed_forward_hidden_size": 32,
    "memory_encoder_hidden_size": WIDE,
    "mask_downsampler_embed_dim": WIDE,
    "memory_fuser_num_layers": 1,
    "memory_fuser_embed_dim": WIDE,
    "memory_fuser_intermediate_dim": 32,
    "memory_fuser_layer_scale_init_value": 1.0,
}

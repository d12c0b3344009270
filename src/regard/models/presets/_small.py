"""What all twins share: a small tower, a small language model, and the chat format of the model inside; and, for those
that have one, a small SAM 2.
"""

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
SAM_SIDE, SAM_WIDTH = 64, 128
SAM = {
    "vision_config": {
        "backbone_config": {
            "model_type": "sam2_hiera_det_model",
            "image_size": [SAM_SIDE, SAM_SIDE],
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
        "fpn_hidden_size": SAM_WIDTH,
    },
    "prompt_encoder_config": {"hidden_size": SAM_WIDTH, "image_size": SAM_SIDE, "mask_input_channels": 4},
    "mask_decoder_config": {
        "hidden_size": SAM_WIDTH,
        "mlp_dim": 32,
        "num_attention_heads": 2,
        "iou_head_hidden_dim": 16,
    },
    "memory_attention_hidden_size": SAM_WIDTH,
    "memory_attention_num_layers": 1,
    "memory_attention_feed_forward_hidden_size": 32,
    "memory_encoder_hidden_size": SAM_WIDTH,
    "mask_downsampler_embed_dim": SAM_WIDTH,
    "memory_fuser_num_layers": 1,
    "memory_fuser_embed_dim": SAM_WIDTH,
    "memory_fuser_intermediate_dim": 32,
    "enable_occlusion_spatial_embedding": False,
    "enable_temporal_pos_encoding_for_object_pointers": False,
}
"""SAM 2.0 with its memory, as narrow as this allows."""

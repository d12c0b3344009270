"""VideoChat-TPO: a box as one word, on VideoChat2 with Mistral 7B (arXiv 2412.19326)."""

from __future__ import annotations

from regard.models.presets._base import RELEASED, Preset
from regard.models.presets._language import MISTRAL_7B
from regard.models.presets._small import SMALL


class VideoChatTpo7B(Preset):
    """UMT-L/16 on 16 frames of 224 pixels, a Q-Former that makes 96 tokens of them, a box as one word; Mistral 7B.

    Released weights are read without those of the task heads (box, time span, mask) and of what reads words in the
    Q-Former, which the released code never does when it answers.
    """

    settings = {
        "vision": {"name": "umt"},
        "connector": {"name": "q_former", "queries": 32, "extra": 64},
        "encoders": [{"name": "box_token", "hidden": 2048}],
        "language": MISTRAL_7B | {"vocab_size": 32007},
        "image_size": 224,
        "clip_size": 224,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": {
            "fit": "stretch",
            "resample": "bicubic",
            "mean": (0.485, 0.456, 0.406),
            "std": (0.229, 0.224, 0.225),
        },
        "template": "videochat_tpo",
        "visual_token_id": 0,
        "region_token_id": 32006,
        "eos_token_id": 2,
        "pad_token_id": 2,
        "frames": 16,
        "most_regions": 16,
    }
    small = SMALL | {
        "vision": SMALL["vision"] | {"patch": 14},
        "connector": {"queries": 4, "extra": 2, "width": 32, "depth": 3, "heads": 2, "hidden": 48},
        "encoders": [{"hidden": 16}],
        "frames": 6,
    }
    sources = {
        "vision": "released code and weights: UMT-L, 23 of 24 blocks, waves of 4 frames stretched to 16",
        "connector": "released configuration: 32 and 64 queries; BERT-base, every second layer sees",
        "encoders": "released code and weights: loc_encoder",
        "language": "released configuration: Mistral 7B Instruct; 32,000 words as v0.2 has (it says v0.3), 7 added",
        "template": "released code and tokenizer",
        "frames": "paper, supplement, table 5: 16, of 224 pixels; one clip",
        "most_regions": "ours: the released demo reads one box",
    }
    forms = Preset.forms | {RELEASED: {}}
    model_type = "VideoChatE"
    published = {
        "vision_encoder.encoder.": "vision.",
        "vision_layernorm.": "vision.norm.",
        "qformer.": "connector.",
        "query_tokens": "connector.query_tokens",
        "extra_query_tokens": "connector.extra_query_tokens",
        "project_up.": "connector.project_up.",
        "loc_encoder.": "encoders.members.0.loc_encoder.",
        "lm.base_model.model.": "language.",
    }
    unread = (
        r"(sam|cg_model|cg_criterion|loc_decoder|track_embed|track_embed_decode2|temporal_embed|action_embed)\.",
        r"(box|temporal|track)_token$",
        r"(project_down|merge_proj)\.",
        r"qformer\.bert\.embeddings\.(word|position)_",
        r"qformer\.bert\.encoder\.layer\.\d+\.(intermediate|output)\.",
    )
    lora_scale = 32 / 16

"""GAR-1B: a mask embedding on the patches and a replay of the visual tokens, on Perception-LM-1B (arXiv 2510.18876)."""

from __future__ import annotations

from regard.models.presets._base import Preset
from regard.models.presets._language import LLAMA_3_2_1B
from regard.models.presets._small import SMALL


class Gar1B(Preset):
    """Perception Encoder L/14, 448 pixels, at most 16 tiles; replay of 16 x 16 tokens a region; Llama 3.2 1B."""

    settings = {
        "vision": {"name": "perception_encoder", "width": 1024, "depth": 23, "heads": 16, "hidden": 4096},
        "connector": {"name": "mlp", "pool_after": True},
        "encoders": [{"name": "roi_replay", "grid": 16, "most_frames": 16}],
        "language": LLAMA_3_2_1B | {"vocab_size": 128262},
        "image_size": 448,
        "clip_size": 448,
        "image_pool": 2,
        "clip_pool": 2,
        "pixels": {"fit": "stretch", "resample": "bicubic"},
        "tiles": 16,
        "template": "gar_llama3",
        "visual_token_id": 128002,
        "region_token_id": 128004,
        "eos_token_id": 128009,
        "pad_token_id": 128001,
        "frames": 16,
        "most_regions": 5,
    }
    small = SMALL | {"encoders": [{"grid": 2}], "tiles": 4, "frames": 4}
    sources = {
        "vision": "released code; depth from the converter of Perception-LM",
        "connector": "released code: two layers, then 2 x 2 averages",
        "encoders": "paper, section 3.2; 16 x 16 as released",
        "language": "Llama 3.2 1B; six tokens added as released",
        "tiles": "paper, table 6: at most 16; released training configuration",
        "frames": "paper, table 6 and text: 16, evenly spread, not tiled",
        "most_regions": "released code: five prompts",
    }
    published = {
        "mllm.model.vision_tower.timm_model.": "vision.",
        "mllm.model.multi_modal_projector.": "connector.",
        "mllm.model.language_model.": "language.model.",
        "mllm.lm_head.": "language.lm_head.",
        "mask_patch_embedding.": "encoders.members.0.mask_patch_embedding.",
    }

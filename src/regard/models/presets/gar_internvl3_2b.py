"""GAR's design on InternVL3-2B (arXiv 2510.18876, table 9; the base: arXiv 2504.10479). Its weights are not public."""

from __future__ import annotations

from regard.models.presets._base import Preset
from regard.models.presets._language import QWEN_2_5_1_5B
from regard.models.presets._small import SMALL

IMAGENET_PIXELS = {
    "fit": "stretch",
    "resample": "bicubic",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}


class GarInternVl32B(Preset):
    """InternViT-300M at 448 pixels, at most 16 tiles; replay of 16 x 16 tokens a region; Qwen2.5 1.5B."""

    settings = {
        "vision": {"name": "intern_vit"},
        "connector": {"name": "pixel_shuffle"},
        "encoders": [{"name": "roi_replay", "grid": 16, "most_frames": 16}],
        "language": QWEN_2_5_1_5B | {"vocab_size": 151680, "tie_word_embeddings": False},
        "image_size": 448,
        "clip_size": 448,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": IMAGENET_PIXELS,
        "tiles": 16,
        "template": "gar_internvl3",
        "visual_token_id": 151667,
        "region_token_id": 151674,
        "eos_token_id": 151645,
        "pad_token_id": 151643,
        "frames": 16,
        "most_regions": 5,
    }
    small = SMALL | {"encoders": [{"grid": 2}], "tiles": 4, "frames": 4}
    sources = {
        "vision": "released weights of InternVL3-2B: InternViT-300M at 448 pixels, its last layer",
        "connector": "released weights: pixel shuffle by a half, two layers",
        "encoders": "GAR, section 3.2 and table 9; 16 x 16 as released for Perception-LM",
        "language": "Qwen2.5 1.5B, 151674 words and an untied head as InternVL3-2B; the six tokens behind them ours",
        "template": "InternVL3's turns and marks; regions as GAR releases them for Perception-LM",
        "tiles": "GAR, table 8: at most 16; for this base the paper says nothing (InternVL3 itself: 12)",
        "frames": "as gar_1b: the paper shows no videos with this base",
        "most_regions": "as gar_1b",
    }

"""RegionGPT-7B: a refined map four times as fine, a pooled token a region (arXiv 2403.02330). No weights are public."""

from __future__ import annotations

from regard.models.presets._base import RELEASED, Preset
from regard.models.presets._language import LLAMA_2_7B
from regard.models.presets._small import SMALL

CLIP_PIXELS = {
    "fit": "pad",
    "resample": "bicubic",
    "mean": (0.48145466, 0.4578275, 0.40821073),
    "std": (0.26862954, 0.26130258, 0.27577711),
}


class RegionGpt7B(Preset):
    """CLIP ViT-L/14 at 336 pixels, two deconvolutions, mask pooling, one two-layer connector for all; Vicuna 7B.

    The form `as_released` pools and projects regions as SpatialRGPT's code does, the nearest there is.
    """

    settings = {
        "vision": {"name": "clip"},
        "connector": {"name": "mlp"},
        "encoders": [{"name": "mask_pool", "refine": True, "projector": "shared", "per_frame": False}],
        "language": LLAMA_2_7B | {"vocab_size": 32002},
        "image_size": 336,
        "clip_size": 336,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": CLIP_PIXELS,
        "template": "vicuna_v1",
        "visual_token_id": 32000,
        "region_token_id": 32001,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "frames": 1,
        "most_regions": 64,
    }
    forms = Preset.forms | {
        RELEASED: {"encoders": [{"projector": "own", "weights": "bilinear"}], "pixels": {"masks": "nearest"}}
    }
    small = SMALL
    sources = {
        "vision": "paper, section 3.1: CLIP ViT-L, frozen; 336 pixels and the layer before the last as LLaVA-1.5",
        "connector": "paper, section 3.1: a two-layer perceptron for image and regions",
        "encoders": "paper, section 3.1: two deconvolutions of stride 2, mask pooling",
        "language": "paper, tables: Vicuna 7B; two tokens added, ours",
        "template": "Vicuna v1, media first as LLaVA-1.5; paper, section 3.2: a token stands for a region; ids ours",
        "frames": "ours: the paper is about pictures; of a clip one frame is seen",
        "most_regions": "ours: the paper names no limit",
    }

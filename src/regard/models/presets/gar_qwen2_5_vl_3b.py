"""GAR's design on Qwen2.5-VL-3B (arXiv 2510.18876, table 9; the base: arXiv 2502.13923). Its weights are not public."""

from __future__ import annotations

from regard.models.presets._base import Preset
from regard.models.presets._language import QWEN_2_5_3B
from regard.models.presets._small import SMALL
from regard.models.presets.regiongpt_7b import CLIP_PIXELS


class GarQwen25Vl3B(Preset):
    """Qwen2.5-VL's tower at 448 pixels, at most 16 tiles; replay of 16 x 16 tokens a region; Qwen2.5 3B.

    Not the base to the bit: Qwen2.5-VL reads a picture at its own size and turns words and visual tokens by their place
    and time, too; here pictures are squares and positions those of the text.
    """

    settings = {
        "vision": {"name": "qwen_vl"},
        "connector": {"name": "patch_merger"},
        "encoders": [{"name": "roi_replay", "grid": 16, "most_frames": 16}],
        "language": QWEN_2_5_3B,
        "image_size": 448,
        "clip_size": 448,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": CLIP_PIXELS | {"fit": "stretch"},
        "tiles": 16,
        "template": "gar_qwen2_5_vl",
        "visual_token_id": 151655,
        "region_token_id": 151665,
        "eos_token_id": 151645,
        "pad_token_id": 151643,
        "frames": 16,
        "most_regions": 5,
    }
    small = SMALL | {
        "vision": {"width": 32, "depth": 2, "heads": 2, "hidden": 48, "window": 28, "whole": (1,)},
        "encoders": [{"grid": 2}],
        "tiles": 4,
        "frames": 4,
    }
    sources = {
        "vision": "released weights of Qwen2.5-VL-3B; 448 pixels ours, as GAR's tiles",
        "connector": "released weights: one token of 2 x 2 patches",
        "encoders": "GAR, section 3.2 and table 9; 16 x 16 as released for Perception-LM",
        "language": "Qwen2.5 3B; the six added tokens take rows that the vocabulary leaves free, ours",
        "template": "Qwen2.5-VL's turns and marks; regions as GAR releases them for Perception-LM",
        "tiles": "GAR, table 8: at most 16; for this base the paper says nothing",
        "frames": "as gar_1b: the paper shows no videos with this base",
        "most_regions": "as gar_1b",
    }

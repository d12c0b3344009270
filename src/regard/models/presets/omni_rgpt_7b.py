"""Omni-RGPT-7B: one learned mark a region, on the visual tokens and in the text (arXiv 2501.08326). No weights are
public.
"""

from __future__ import annotations

from regard.models.presets._base import Preset
from regard.models.presets._language import LLAMA_2_7B
from regard.models.presets._small import SMALL
from regard.models.presets.regiongpt_7b import CLIP_PIXELS


class OmniRgpt7B(Preset):
    """CLIP ViT-L/14 at 336 pixels, 100 marks of width 256 behind one linear layer, four frames a clip; Llama 2 7B."""

    settings = {
        "vision": {"name": "clip"},
        "connector": {"name": "mlp"},
        "encoders": [{"name": "token_mark", "marks": 100, "mark_width": 256, "frames": "first"}],
        "language": LLAMA_2_7B | {"vocab_size": 32002},
        "image_size": 336,
        "clip_size": 336,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": {**CLIP_PIXELS, "fit": "stretch"},
        "template": "llama_2",
        "visual_token_id": 32000,
        "region_token_id": 32001,
        "eos_token_id": 2,
        "pad_token_id": 0,
        "frames": 4,
        "most_regions": 100,
    }
    small = SMALL | {"encoders": [{"marks": 12, "mark_width": 8}], "most_regions": 12}
    sources = {
        "vision": "paper, section 5.1: CLIP ViT-L, resized to 336 x 336; the layer before the last as LLaVA-1.5",
        "connector": "paper, section 5.1: a two-layer perceptron",
        "encoders": "paper, section 5.1: 100 marks, C = 256, a single linear layer; section 3.2: the first frame",
        "language": "paper, section 5.1: Llama 2, 7B; two tokens added, ours",
        "template": "Llama 2's own, media first; paper, section 3.1: a token stands for a region; ids ours",
        "frames": "paper, section 5.1: four, evenly spread",
        "most_regions": "paper, section 5.1: as many as marks",
    }

"""VideoRefer-7B: one to four merged object tokens a region, on VideoLLaMA 2.1 (arXiv 2501.00599)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.language import causal
from regard.models.presets._base import PAPER, RELEASED, Preset
from regard.models.presets._language import QWEN_2_7B
from regard.models.presets._small import SMALL


class VideoRefer7B(Preset):
    """SigLIP so400m/14 at 384 pixels, spatial-temporal convolution, temporal token merge to 4 tokens, Qwen2 7B."""

    settings = {
        "vision": {"name": "siglip"},
        "connector": {"name": "stc", "depth": 4, "still_frames": 16},
        "encoders": [{"name": "object_tokens", "most": 4}],
        "language": QWEN_2_7B | {"vocab_size": 151647},
        "image_size": 384,
        "clip_size": 384,
        "image_pool": 1,
        "clip_pool": 1,
        "pixels": {"fit": "stretch", "resample": "bicubic"},
        "template": "videorefer_qwen2",
        "visual_token_id": 151643,
        "region_token_id": 151646,
        "eos_token_id": 151645,
        "pad_token_id": 151645,
        "frames": 16,
        "region_frames": 16,
        "most_regions": 16,
    }
    forms = {
        PAPER: {"encoders": [{"merge": "between"}]},
        RELEASED: {"encoders": [{"ties": "as_released", "masks": "as_released"}], "pixels": {"masks": "given"}},
    }
    model_type = "videorefer_qwen2"
    small = SMALL | {"connector": {"depth": 1, "still_frames": 4}, "frames": 4, "region_frames": 3}
    sources = {
        "vision": "paper, section 4.1; layer and size as released",
        "connector": "released code and weights: stc_connector_v35",
        "encoders": "paper, section 3.2; u = 4 as released",
        "language": "Qwen2 7B; one token added as released",
        "frames": "released training scripts and configuration: 16 (the released evaluation feeds 8)",
        "region_frames": "paper, section 4.1: 16 in multi-frame mode (the released benchmark script gives 32)",
        "most_regions": "ours: the paper names no limit",
    }
    published = {
        "model.vision_tower.vision_tower.vision_model.": "vision.tower.",
        "model.mm_projector.": "connector.",
        "model.region_encoder.": "encoders.members.0.",
        "model.": "language.model.",
        "lm_head.": "language.lm_head.",
    }

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of the language model and the number of frames; the tower is that of the preset, the
        released file gives its name alone.
        """
        return {"language": causal.released(released, "qwen2"), "frames": released["num_frames"]}

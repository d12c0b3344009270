"""LLaVA-OV-TPO: VideoChat-TPO's training on LLaVA-OneVision 7B (arXiv 2412.19326, supplement).

No weights and no code are public; what the paper leaves out is inferred from LLaVA-OneVision (arXiv 2408.03326).
"""

from __future__ import annotations

from regard.models.presets._base import Preset
from regard.models.presets._language import QWEN_2_7B
from regard.models.presets._small import SMALL


class LlavaOvTpo7B(Preset):
    """SigLIP so400m/14 at 384 pixels, a two-layer connector, a quarter of the cells, a box as one word; Qwen2 7B."""

    settings = {
        "vision": {"name": "siglip"},
        "connector": {"name": "mlp", "pool_after": True, "fewer": "bilinear"},
        "encoders": [{"name": "box_token", "hidden": 2048}],
        "language": QWEN_2_7B,
        "image_size": 384,
        "clip_size": 384,
        "image_pool": 2,
        "clip_pool": 2,
        "pixels": {"fit": "stretch", "resample": "bicubic"},
        "template": "videorefer_qwen2",
        "visual_token_id": 151643,
        "region_token_id": 151646,
        "eos_token_id": 151645,
        "pad_token_id": 151645,
        "frames": 16,
        "most_regions": 16,
    }
    small = SMALL | {"encoders": [{"hidden": 16}], "frames": 4}
    sources = {
        "vision": "inferred from LLaVA-OneVision: SigLIP so400m, the layer before the last",
        "connector": (
            "inferred from LLaVA-OneVision: two layers, then its interpolation of clips to 14 x 14; ours: pictures "
            "alike, without tiles"
        ),
        "encoders": "inferred from VideoChat-TPO: its box encoder",
        "language": "inferred from LLaVA-OneVision: Qwen2 7B, whose spare rows hold the added words",
        "template": "inferred: Qwen2's turns, media first",
        "frames": "inferred from VideoChat-TPO: 16",
        "most_regions": "ours: as videochat_tpo_7b",
    }

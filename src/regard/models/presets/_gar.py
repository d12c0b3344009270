"""What presets of GAR share: its numbers, its forms, and how its released config.json is read (arXiv 2510.18876)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.bases.perception_lm import PerceptionLm
from regard.models.presets._base import RELEASED, Preset
from regard.models.presets._small import SMALL

BENCHMARKED = "as_benchmarked"  # what the released evaluation does with more masks than prompts, and with boxes


class Gar(Preset):
    """A mask embedding on the patches and a replay of the visual tokens, on Perception-LM."""

    settings: Mapping[str, Any] = {
        "vision": {"name": "perception_encoder"},
        "connector": {"name": "mlp", "pool_after": True},
        "encoders": [{"name": "roi_replay", "grid": 16, "most_frames": 16}],
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
        "tiles": "paper, table 6: at most 16",
        "frames": "paper, table 6 and text: 16, evenly spread, not tiled",
        "most_regions": "released code: five prompts",
    }
    forms = Preset.forms | {
        RELEASED: {"encoders": [{"box": "reference"}], "pixels": {"masks": "nearest", "far_edge": False}},
        BENCHMARKED: {
            "encoders": [{"box": "reference", "marked": 5, "last_box": True}],
            "pixels": {"masks": "nearest", "far_edge": False},
            "template": "gar_llama3_benchmark",
            "most_regions": 9,
        },
    }
    published = {f"mllm.{theirs}": ours for theirs, ours in PerceptionLm.published.items()} | {
        "mask_patch_embedding.": "encoders.members.0.mask_patch_embedding."
    }
    model_type = "GAR"

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model."""
        return PerceptionLm.read(released["mllm_config"])

"""What presets of GAR share: its numbers, its forms, and how its released config.json is read (arXiv 2510.18876)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.language import causal
from regard.models.presets._base import RELEASED, Preset
from regard.models.presets._small import SMALL

BENCHMARKED = "as_benchmarked"  # what the released evaluation does with more masks than prompts, and with boxes
HEADS = {"vit_pe_core_large_patch14_336": 16, "vit_pe_core_gigantic_patch14_448": 16}


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
    published = {
        "mllm.model.vision_tower.timm_model.": "vision.",
        "mllm.model.multi_modal_projector.": "connector.",
        "mllm.model.language_model.": "language.model.",
        "mllm.lm_head.": "language.lm_head.",
        "mask_patch_embedding.": "encoders.members.0.mask_patch_embedding.",
    }
    model_type = "GAR"

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model."""
        base = released["mllm_config"]
        pool = base.get("projector_pooling_ratio", cls.settings["image_pool"])
        vision = _tower(base, cls.settings["vision"])
        return {
            "vision": vision,
            "language": causal.released(base["text_config"], base["text_config"]["model_type"]),
            "image_size": vision["image"],
            "clip_size": vision["image"],
            "image_pool": pool,
            "clip_pool": pool,
        }


def _tower(base: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tower's sizes; what timm derives from the name of the architecture is the preset's."""
    released = base["vision_config"]
    sizes = released["model_args"]
    width = sizes["embed_dim"]
    image, cells = sizes["img_size"], sizes["ref_feat_shape"][0]
    scale = sizes.get("init_values", known.get("layer_scale", 0.1))
    return {
        "width": width,
        "depth": sizes["depth"],
        "heads": sizes.get("num_heads", HEADS.get(released.get("architecture"), known["heads"])),
        "hidden": round(sizes.get("mlp_ratio", known["hidden"] / known["width"]) * width),
        "patch": image[0] // cells if isinstance(image, list) else image // cells,
        "image": image[0] if isinstance(image, list) else image,
        "class_token": base["vision_use_cls_token"],
        "layer_scale": scale,
        "norm_after": sizes.get("use_post_transformer_norm", known.get("norm_after", False)),
    }

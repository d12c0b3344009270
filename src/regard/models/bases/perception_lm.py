"""Perception-LM (arXiv 2504.13180), the base of GAR: `facebook/Perception-LM-1B`, `-8B` as transformers has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.bases._base import Base
from regard.models.language import causal

HEADS = 16
WIDER = {"gigantic": 8960 / 1536}  # how much wider the MLPs are than the tower; four times in the other
FIRST_SCALE = 0.1


class PerceptionLm(Base):
    """Perception Encoder, two layers and averages of 2 x 2, Llama 3."""

    architecture = "PerceptionLMForConditionalGeneration"
    vision, connector = "perception_encoder", "mlp"
    published = {
        "model.vision_tower.timm_model.": "vision.",
        "model.multi_modal_projector.": "connector.",
        "model.language_model.": "language.model.",
        "lm_head.": "language.lm_head.",
    }
    unread = (r".*rotary_emb\.inv_freq$",)

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model; what timm derives from the name of the architecture is
        known here.
        """
        pool, vision = released.get("projector_pooling_ratio", 1), _tower(released)
        text = released["text_config"]
        return {
            "vision": vision,
            "language": causal.released(text, text["model_type"]),
            "image_size": vision["image"],
            "clip_size": vision["image"],
            "image_pool": pool,
            "clip_pool": pool,
        }


def _tower(released: Mapping[str, Any]) -> dict[str, Any]:
    named = released["vision_config"].get("architecture") or ""
    sizes = released["vision_config"]["model_args"]
    width, pixels, cells = sizes["embed_dim"], sizes["img_size"], sizes["ref_feat_shape"][0]
    image = pixels[0] if isinstance(pixels, (list, tuple)) else pixels
    ratio = next((ratio for kind, ratio in WIDER.items() if kind in named), 4)
    return {
        "width": width,
        "depth": sizes["depth"],
        "heads": sizes.get("num_heads", HEADS),
        "hidden": round(sizes.get("mlp_ratio", ratio) * width),
        "patch": image // cells,
        "image": image,
        "class_token": released.get("vision_use_cls_token", True),
        "layer_scale": sizes.get("init_values", FIRST_SCALE),
        "norm_after": sizes.get("use_post_transformer_norm", False),
    }

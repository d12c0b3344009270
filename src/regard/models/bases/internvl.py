"""InternVL3 (arXiv 2504.10479) as transformers has it: `OpenGVLab/InternVL3-2B-hf` and its sizes up to 14B."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.bases._base import Base, spelled_out
from regard.models.language import causal


class InternVl(Base):
    """InternViT-300M, pixel shuffle, Qwen2.5. The larger models see through InternViT-6B, which is another tower."""

    architecture = "InternVLForConditionalGeneration"
    vision, connector = "intern_vit", "pixel_shuffle"
    published = {
        "vision_tower.": "vision.tower.",
        "multi_modal_projector.": "connector.",
        "language_model.model.": "language.model.",
        "language_model.lm_head.": "language.lm_head.",
        # As newer versions of the library write them
        "model.vision_tower.": "vision.tower.",
        "model.multi_modal_projector.": "connector.",
        "model.language_model.": "language.model.",
        "lm_head.": "language.lm_head.",
    }

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model. Raises `ValueError` for the tower of the larger models."""
        whole = spelled_out(released)
        text = whole["text_config"]
        return sizes(whole["vision_config"], "use_qk_norm", whole["vision_feature_layer"]) | {
            "language": causal.released(text, text["model_type"])
        }


def sizes(tower: Mapping[str, Any], normed: str, layer: int) -> dict[str, Any]:
    """Return the sizes of an InternViT; `normed`: what its file calls the normalisation of queries and keys, which
    InternViT-6B has. Raises `ValueError` for that one.
    """
    if tower.get(normed) or tower.get("norm_type", "layer_norm") != "layer_norm":
        raise ValueError("the tower normalises queries and keys, or by root mean squares: InternViT-6B is not read")
    image, patch = (_side(tower[name]) for name in ("image_size", "patch_size"))
    return {
        "vision": {
            "width": tower["hidden_size"],
            "depth": tower["num_hidden_layers"],
            "heads": tower["num_attention_heads"],
            "hidden": tower["intermediate_size"],
            "patch": patch,
            "image": image,
            "layer": layer,
        },
        "image_size": image,
        "clip_size": image,
    }


def _side(size: int | list[int] | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]

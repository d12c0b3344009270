"""LLaVA-OneVision (arXiv 2408.03326) as transformers has it: `llava-hf/llava-onevision-qwen2-7b-ov-hf` and others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.bases._base import Base, spelled_out
from regard.models.language import causal


class LlavaOnevision(Base):
    """SigLIP without its last layer, two layers, Qwen2.

    The learned end of a row of cells (`image_newline`) has no place here: cells stand in rows without it.
    """

    architecture = "LlavaOnevisionForConditionalGeneration"
    vision, connector = "siglip", "mlp"
    published = {
        "vision_tower.vision_model.": "vision.tower.",
        "multi_modal_projector.": "connector.",
        "language_model.model.": "language.model.",
        "language_model.lm_head.": "language.lm_head.",
        "vision_tower.": "vision.tower.",
        # As newer versions of the library write them
        "model.vision_tower.vision_model.": "vision.tower.",
        "model.vision_tower.": "vision.tower.",
        "model.multi_modal_projector.": "connector.",
        "model.language_model.": "language.model.",
        "lm_head.": "language.lm_head.",
    }
    unread = (r"(model\.)?image_newline$",)

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model. Raises `ValueError` for another tower than SigLIP's."""
        whole = spelled_out(released)
        tower, text = whole["vision_config"], whole["text_config"]
        if tower["model_type"] != "siglip_vision_model":
            raise ValueError(f"the tower is {tower['model_type']}; siglip_vision_model is read")
        return {
            "vision": {
                "width": tower["hidden_size"],
                "depth": tower["num_hidden_layers"],
                "heads": tower["num_attention_heads"],
                "hidden": tower["intermediate_size"],
                "patch": tower["patch_size"],
                "image": tower["image_size"],
                "layer": whole["vision_feature_layer"],
            },
            "language": causal.released(text, text["model_type"]),
            "image_size": tower["image_size"],
            "clip_size": tower["image_size"],
        }

"""LLaVA-OneVision (arXiv 2408.03326) as its authors wrote it: `lmms-lab/llava-onevision-qwen2-7b-ov` and its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.bases._base import Base
from regard.models.language import causal

TOWER = "siglip-so400m-patch14-384"
CONNECTOR = "mlp2x_gelu"
SIZES = {"width": 1152, "depth": 26, "heads": 16, "hidden": 4304, "patch": 14, "image": 384, "layer": -1}


class LlavaQwen(Base):
    """SigLIP without its last layer, which is not stored, two layers, Qwen2; `image_newline` has no place here."""

    architecture = "LlavaQwenForCausalLM"
    vision, connector = "siglip", "mlp"
    published = {
        "model.vision_tower.vision_tower.vision_model.": "vision.tower.",
        "model.mm_projector.0.": "connector.linear_1.",
        "model.mm_projector.2.": "connector.linear_2.",
        "model.": "language.model.",
        "lm_head.": "language.lm_head.",
    }
    unread = (r"model\.image_newline$",)

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower, which the file only names, and language model. Raises `ValueError` for another
        tower or connector than the released models have.
        """
        for key, wanted in {"mm_vision_tower": TOWER, "mm_projector_type": CONNECTOR}.items():
            if str(released[key]).split("/")[-1] != wanted:
                raise ValueError(f"{key} is {released[key]}; {wanted} is read")
        return {
            "vision": SIZES,
            "language": causal.released(released, "qwen2"),
            "image_size": SIZES["image"],
            "clip_size": SIZES["image"],
        }

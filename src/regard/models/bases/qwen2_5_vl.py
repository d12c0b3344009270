"""Qwen2.5-VL (arXiv 2502.13923): `Qwen/Qwen2.5-VL-3B-Instruct` and its sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.models.bases._base import Base, spelled_out
from regard.models.language import causal


class Qwen25Vl(Base):
    """Its tower, its merger of 2 x 2 patches, Qwen2.5.

    The language model turns by the place in the text alone; where all of the base's positions are that place, both are
    equal. A clip's frames are pictures here, where the base reads them in pairs.
    """

    architecture = "Qwen2_5_VLForConditionalGeneration"
    vision, connector = "qwen_vl", "patch_merger"
    published = {
        "visual.merger.": "connector.",
        "visual.": "vision.tower.",
        "model.": "language.model.",
        # As newer versions of the library write them
        "model.visual.merger.": "connector.",
        "model.visual.": "vision.tower.",
        "model.language_model.": "language.model.",
        "lm_head.": "language.lm_head.",
    }

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model."""
        whole = spelled_out(released)
        tower, text = whole["vision_config"], whole["text_config"]
        turns = {"rope_type": "default", "rope_theta": text["rope_parameters"]["rope_theta"]}
        return {
            "vision": {
                "width": tower["hidden_size"],
                "depth": tower["depth"],
                "heads": tower["num_heads"],
                "hidden": tower["intermediate_size"],
                "patch": tower["patch_size"],
                "window": tower["window_size"],
                "whole": tuple(tower["fullatt_block_indexes"]),
            },
            "language": causal.released({**text, "rope_parameters": turns}, "qwen2"),
        }

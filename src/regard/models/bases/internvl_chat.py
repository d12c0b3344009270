"""InternVL3 (arXiv 2504.10479) as its authors wrote it: `OpenGVLab/InternVL3-2B` and its sizes up to 14B."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from torch import Tensor

from regard.models.bases._base import Base
from regard.models.bases.internvl import sizes
from regard.models.language import causal

FUSED = ".attn.qkv."
LAYER = r"(encoder\.layer)s(\.\d+\.)"
INSIDE = {
    r"embeddings\.class_embedding$": "embeddings.cls_token",
    r"embeddings\.position_embedding$": "embeddings.position_embeddings",
    r"embeddings\.patch_embedding\.": "embeddings.patch_embeddings.projection.",
    LAYER + r"ls([12])$": r"\1\2lambda_\3",
    LAYER + r"norm1\.": r"\1\2layernorm_before.",
    LAYER + r"norm2\.": r"\1\2layernorm_after.",
    LAYER + r"attn\.proj\.": r"\1\2attention.projection_layer.",
    LAYER + r"attn\.([qkv]_proj)\.": r"\1\2attention.\3.",
    LAYER + r"mlp\.": r"\1\2mlp.",
}


class InternVlChat(Base):
    """The model of `internvl`; queries, keys and values of a layer of the tower are stored in one."""

    architecture = "InternVLChatModel"
    vision, connector = "intern_vit", "pixel_shuffle"
    published = {
        "vision_model.": "vision.tower.",
        "mlp1.0.": "connector.layer_norm.",
        "mlp1.1.": "connector.linear_1.",
        "mlp1.3.": "connector.linear_2.",
        "language_model.": "language.",
    }

    @classmethod
    def read(cls, released: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sizes of tower and language model. Raises `ValueError` for the tower of the larger models."""
        tower, text = released["vision_config"], released["llm_config"]
        image = released.get("force_image_size") or tower["image_size"]
        read = sizes({**tower, "image_size": image}, "qk_normalization", released.get("select_layer", -1))
        return read | {"language": causal.released(text, text["model_type"])}

    @classmethod
    def whole(cls, weights: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
        """Yield published weights; queries, keys and values apart."""
        for name, tensor in super().whole(weights):
            if FUSED in name:
                for letter, part in zip("qkv", tensor.chunk(3), strict=True):
                    yield name.replace(FUSED, f".attn.{letter}_proj."), part
            else:
                yield name, tensor

    @classmethod
    def our_name(cls, name: str) -> str:
        """Return what a published weight is called here: parts by their beginnings, layers of the tower inside, too."""
        ours = super().our_name(name)
        return _renamed(ours) if ours.startswith("vision.") else ours


def _renamed(name: str) -> str:
    fitting = ((re.sub(pattern, ours, name), pattern) for pattern, ours in INSIDE.items())
    return next((renamed for renamed, pattern in fitting if re.search(pattern, name)), name)

"""SigLIP, and SigLIP 2 at a fixed size (arXiv 2303.15343, 2502.14786): the tower of VideoRefer."""

from __future__ import annotations

from transformers import SiglipVisionConfig, SiglipVisionModel

from regard.models.vision._pretrained import PretrainedTower


class Siglip(PretrainedTower):
    """The tower; the defaults are so400m/14 at 384 pixels, read before its last layer as VideoRefer does (27 x 27
    cells).

    Pixels are expected in [-1, 1].
    """

    def __init__(
        self,
        width: int = 1152,
        depth: int = 27,
        heads: int = 16,
        hidden: int = 4304,
        patch: int = 14,
        image: int = 384,
        layer: int = -2,
    ) -> None:
        config = SiglipVisionConfig(
            hidden_size=width,
            num_hidden_layers=depth,
            num_attention_heads=heads,
            intermediate_size=hidden,
            patch_size=patch,
            image_size=image,
            vision_use_head=False,
        )
        super().__init__(SiglipVisionModel._from_config(config), config, layer, class_tokens=0)

"""SigLIP, and SigLIP 2 at a fixed size (arXiv 2303.15343, 2502.14786): the tower of VideoRefer."""

from __future__ import annotations

from transformers import SiglipVisionModel

from regard.models.vision._pretrained import PretrainedTower


class Siglip(PretrainedTower):
    """The tower; the defaults are so400m/14 at 384 pixels, read before its last layer as VideoRefer does (27 x 27
    cells).

    Pixels are expected in [-1, 1].
    """

    kind = SiglipVisionModel

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
        super().__init__(width, depth, heads, hidden, patch, image, layer, vision_use_head=False)

"""CLIP (arXiv 2103.00020): the tower of RegionGPT and Omni-RGPT."""

from __future__ import annotations

from torch import Tensor
from transformers import CLIPVisionModel

from regard.models.vision._pretrained import PretrainedTower


class Clip(PretrainedTower):
    """The tower; the defaults are ViT-L/14 at 336 pixels, read before its last layer as LLaVA does (24 x 24 cells).

    Pixels are expected as CLIP scales them: less the mean of each colour, by its deviation.
    """

    kind = CLIPVisionModel
    class_tokens = 1

    def __init__(
        self,
        width: int = 1024,
        depth: int = 24,
        heads: int = 16,
        hidden: int = 4096,
        patch: int = 14,
        image: int = 336,
        layer: int = -2,
    ) -> None:
        super().__init__(width, depth, heads, hidden, patch, image, layer)

    def before(self, tokens_TNC: Tensor) -> Tensor:
        """Return the tokens, normalised."""
        return self.tower.pre_layrnorm(tokens_TNC)

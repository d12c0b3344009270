"""InternViT at a fixed size (arXiv 2312.14238; the 300M model of 2.5, arXiv 2412.05271): the tower of InternVL3.

Shapes: T frames, H x W cells, N tokens (the patches, after the class token), C width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import InternVLVisionModel

from regard.models.vision._pretrained import PretrainedTower


class InternVit(PretrainedTower):
    """The tower; the defaults are InternViT-300M at 448 pixels, read behind its last layer (32 x 32 cells).

    Pixels are expected as ImageNet's are scaled: less the mean of each colour, by its deviation. Parameter names are
    those of the release for transformers.
    """

    kind = InternVLVisionModel
    class_tokens = 1

    def __init__(
        self,
        width: int = 1024,
        depth: int = 24,
        heads: int = 16,
        hidden: int = 4096,
        patch: int = 14,
        image: int = 448,
        layer: int = -1,
    ) -> None:
        super().__init__(width, depth, heads, hidden, patch, image, layer, attention_bias=True)

    @property
    def patches(self) -> nn.Module:
        """The convolution that makes patch embeddings."""
        return self.tower.embeddings.patch_embeddings.projection

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C) of the chosen layer."""
        embeddings, grid = self.tower.embeddings, patches_THWP.shape[1:3]
        class_T1C = embeddings.cls_token.to(patches_THWP.dtype).expand(len(patches_THWP), 1, -1)
        tokens_TNC = torch.cat([class_T1C, patches_THWP.flatten(1, 2)], dim=1) + embeddings.position_embeddings
        for layer in self.tower.encoder.layer[: self.layers]:
            tokens_TNC = layer(tokens_TNC)
        return tokens_TNC[:, self.class_tokens :].unflatten(1, grid)

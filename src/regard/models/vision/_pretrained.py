"""Vision transformers of the transformers library as towers: patches apart from the rest, the map of a chosen layer.

Shapes: T frames, H x W cells, N tokens, C width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from regard.core.errors import ConfigError
from regard.models.vision._base import FixedSizeTower


class PretrainedTower(FixedSizeTower):
    """A vision transformer with learned positions for pictures of one size.

    `layer`: which hidden state is the map, counted as `hidden_states` of transformers is: 0 for the embeddings, -1 for
    the last layer, -2 for the one before it. Layers behind it are kept, so that published weights load whole, and never
    run. Subclasses give the library's class as `kind`, and `class_tokens`: how many tokens stand before the patches,
    which take part and are left out of the map.
    """

    kind: type[PreTrainedModel]
    class_tokens = 0

    def __init__(
        self, width: int, depth: int, heads: int, hidden: int, patch: int, image: int, layer: int, **settings: Any
    ) -> None:
        super().__init__()
        config = self.kind.config_class(
            hidden_size=width,
            num_hidden_layers=depth,
            num_attention_heads=heads,
            intermediate_size=hidden,
            patch_size=patch,
            image_size=image,
            **settings,
        )
        model = self.kind._from_config(config)
        self.tower: nn.Module = getattr(model, "vision_model", model)
        if not -depth - 1 <= layer <= depth:
            raise ConfigError(f"layer is {layer}; a tower of {depth} layers has {-depth - 1} to {depth}")
        self.layers = layer % (depth + 1)
        self.patch_width = self.width = width
        self.stride, self.image = patch, image

    def embed(self, pixels_T3HW: Tensor) -> Tensor:
        """Return patch embeddings (T, H, W, C). Raises `ImageError` for another size than that of the positions."""
        self.check_size(pixels_T3HW)
        return self.patches(pixels_T3HW).permute(0, 2, 3, 1)

    @property
    def patches(self) -> nn.Module:
        """The convolution that makes patch embeddings."""
        return self.tower.embeddings.patch_embedding

    def encode(self, patches_THWP: Tensor) -> Tensor:
        """Return the map of features (T, H, W, C) of the chosen layer."""
        embeddings, grid = self.tower.embeddings, patches_THWP.shape[1:3]
        tokens_TNC = patches_THWP.flatten(1, 2)
        if self.class_tokens:
            class_T1C = embeddings.class_embedding.to(tokens_TNC.dtype).expand(len(tokens_TNC), 1, -1)
            tokens_TNC = torch.cat([class_T1C, tokens_TNC], dim=1)
        tokens_TNC = self.before(tokens_TNC + embeddings.position_embedding(embeddings.position_ids))
        for layer in self.tower.encoder.layers[: self.layers]:
            tokens_TNC = layer(tokens_TNC, None)
        return tokens_TNC[:, self.class_tokens :].unflatten(1, grid)

    def before(self, tokens_TNC: Tensor) -> Tensor:
        """Return the tokens as the first layer gets them."""
        return tokens_TNC

"""Give the language model of a trained model more layers, which at first change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from regard.core.errors import ConfigError
from regard.models.config import RegardConfig
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor

LAYERS = "language.model.layers."
OUTPUTS = ("self_attn.o_proj.weight", "mlp.down_proj.weight")


def deepened(model: RegardModel, processor: RegardProcessor, depth: int) -> tuple[RegardModel, RegardProcessor]:
    """Return a model whose language model has `depth` layers, and its processor; what was given is left as it is.

    The added layers are spread evenly. Each begins as a copy of the one before it whose two outputs are zero, so that
    every answer stays as it was until it learns (block expansion: LLaMA Pro, Wu et al. 2024, section 3.2). Raises
    `ConfigError` for fewer layers than there are, more than twice as many, or a language model of another build.
    """
    before = model.language.config.num_hidden_layers
    if not before <= depth <= 2 * before:
        raise ConfigError(f"the language model has {before} layers; it can get {before} to {2 * before}, not {depth}")
    weights = model.state_dict()
    if not all(f"{LAYERS}{layer}.{name}" in weights for layer in range(before) for name in OUTPUTS):
        raise ConfigError(f"a language model of type {model.language.config.model_type!r} cannot get more layers")
    row = model.config.to_dict()
    row["language"] = row["language"] | {"num_hidden_layers": depth}
    config = RegardConfig.from_dict(row)
    made = RegardModel(config).to(model.device, model.dtype).train(model.training)
    made.load_state_dict(dict(_spread(weights, before, depth)))
    return made, RegardProcessor(processor.tokenizer, config)


def _spread(weights: dict[str, Tensor], before: int, depth: int) -> Iterator[tuple[str, Tensor]]:
    """Yield all weights under their new names, those of copied layers with outputs of zero."""
    sources = [place * before // depth for place in range(depth)]
    for name, value in weights.items():
        if not name.startswith(LAYERS):
            yield name, value
            continue
        number, part = name.removeprefix(LAYERS).split(".", 1)
        for place, source in enumerate(sources):
            if source == int(number):
                copied = place > 0 and sources[place - 1] == source
                yield f"{LAYERS}{place}.{part}", torch.zeros_like(value) if copied and part in OUTPUTS else value

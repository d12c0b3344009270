"""LoRA on the language model through the peft library: joined before a stage, merged into its layers after.

Low-rank adaptation, arXiv 2106.09685.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

import torch
from torch import nn

from regard.core.errors import ConfigError, MissingDependency, not_found
from regard.models.lora import merged
from regard.models.model import RegardModel

WORDS = "lm_head"


@dataclass(frozen=True)
class Lora:
    """Which layers get a low-rank change, and how large: W + `alpha` / `rank` B A, of which B begins at 0.

    `layers`: ends of the names of linear layers of the language model. `dropout`: of what A reads, in training.
    Defaults are VideoChat-TPO's: rank and alpha of the supplement, table 5; dropout and layers of the released code.
    """

    rank: int = 16
    alpha: int = 32
    dropout: float = 0.1
    layers: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", WORDS)


def join(model: RegardModel, lora: Lora) -> None:
    """Give the language model its low-rank changes; it computes what it did before, until they learn.

    Raises `MissingDependency` where peft is not installed, `NotFound` for a layer that there is not, `ConfigError` for
    a change of the layer that scores words where the word embeddings share its weights.
    """
    peft = _peft()
    linear = {name.split(".")[-1] for name, part in model.language.named_modules() if isinstance(part, nn.Linear)}
    for layer in lora.layers:
        if layer.split(".")[-1] not in linear:
            raise not_found("linear layer of the language model", layer, linear)
    if WORDS in lora.layers and model.get_output_embeddings().weight is model.get_input_embeddings().weight:
        raise ConfigError(
            f"{WORDS} shares its weights with the word embeddings, and a change of one would be a change of both; "
            f"leave {WORDS} out of lora.layers"
        )
    settings = peft.LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout, target_modules=list(lora.layers)
    )
    peft.inject_adapter_in_model(settings, model.language)


def merge(model: RegardModel, lora: Lora) -> RegardModel:
    """Return the model as one without low-rank changes: they are added to their layers. `model` stays as it is."""
    with torch.no_grad():
        weights = dict(merged(model.state_dict().items(), lora.alpha / lora.rank))
    made = RegardModel(model.config)
    made.load_state_dict(weights)
    return made.train(model.training)


def _peft() -> ModuleType:
    try:
        import peft
    except ImportError as error:
        raise MissingDependency(
            f"LoRA needs peft ({error}): pip install peft, or in a clone the training extra: "
            'pip install -c constraints.txt -e ".[train]"'
        ) from error
    return peft

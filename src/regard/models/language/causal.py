"""Any causal language model of transformers, by its `model_type`."""

from __future__ import annotations

from typing import Any

from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from regard.core.errors import not_found


def configuration(settings: dict[str, Any]) -> PretrainedConfig:
    """Return the configuration of a language model. Raises `NotFound` for a `model_type` that transformers does not
    know.
    """
    settings = dict(settings)
    model_type = settings.pop("model_type")
    if model_type not in CONFIG_MAPPING_NAMES:
        raise not_found("language model type", model_type, CONFIG_MAPPING_NAMES)
    return AutoConfig.for_model(model_type, **settings)


def build(settings: dict[str, Any]) -> PreTrainedModel:
    """Return a language model with random weights."""
    return AutoModelForCausalLM.from_config(configuration(settings))

"""Any causal language model of transformers, by its `model_type`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from regard.core.errors import ConfigError, not_found

NOT_SIZES = {"architectures", "dtype", "transformers_version", "bos_token_id", "eos_token_id", "pad_token_id"}


def configuration(settings: dict[str, Any]) -> PretrainedConfig:
    """Return the configuration of a language model. Raises `NotFound` for a `model_type` that transformers does not
    know, `ConfigError` for a setting of the wrong type.
    """
    settings = dict(settings)
    model_type = settings.pop("model_type")
    if model_type not in CONFIG_MAPPING_NAMES:
        raise not_found("language model type", model_type, CONFIG_MAPPING_NAMES)
    try:
        return AutoConfig.for_model(model_type, **settings)
    except StrictDataclassError as error:
        raise ConfigError(f"the settings of the language model do not fit {model_type}: {error}") from error


def build(settings: dict[str, Any]) -> PreTrainedModel:
    """Return a language model with random weights."""
    return AutoModelForCausalLM.from_config(configuration(settings))


def released(settings: Mapping[str, Any], model_type: str) -> dict[str, Any]:
    """Return the settings of a language model from a released config.json, which may say more than these and spell some
    in an older way; what it leaves out is the default of the class.
    """
    known = configuration({"model_type": model_type}).to_dict().keys() - NOT_SIZES
    read = configuration({**settings, "model_type": model_type}).to_dict()
    return {name: value for name, value in read.items() if name in known}

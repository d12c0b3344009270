"""Weights as their authors published them: safetensors, whole or in shards, under the published names.

Nothing is unpickled and nothing is fetched: a folder on this machine is read.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from regard.core import rooms
from regard.core.errors import CheckpointError, not_found
from regard.core.files import read_json
from regard.models.config import RegardConfig
from regard.models.model import RegardModel
from regard.models.presets._base import RELEASED, Preset, changed, known_types, released_as
from regard.models.processor import RegardProcessor
from regard.prompts.templates._base import ChatTemplate

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
NUMBERS = ("F16", "BF16", "F32", "F64")
SHOWN = 8
SETTINGS = tuple(name for name in inspect.signature(RegardConfig.__init__).parameters if name not in ("self", "kwargs"))


def files(folder: str | Path) -> list[Path]:
    """Return the safetensors files of a checkpoint folder, in the order of their names.

    Raises `CheckpointError` where there are none, or one that the index names is missing.
    """
    home = Path(folder)
    index = home / INDEX
    if index.exists():
        try:
            named = sorted({home / Path(name).name for name in json.loads(index.read_text())["weight_map"].values()})
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise CheckpointError(f"{index} is no index of weights: {error!r}") from error
        missing = [file.name for file in named if not file.exists()]
        if missing:
            raise CheckpointError(f"{home}: {INDEX} names {', '.join(missing)}, not there; finish the download")
        return named
    found = sorted(home.glob("*.safetensors"))
    if not found:
        pickles = sorted(file.name for pattern in PICKLES for file in home.glob(pattern))
        only = f"; it has {', '.join(pickles)}, pickles that this package does not open" if pickles else ""
        raise CheckpointError(f"{home} has no .safetensors file{only}")
    return found


def verify(folder: str | Path) -> None:
    """Compare the weights of a folder in the Hugging Face cache, byte for byte, with what was published: the cache
    names each large file by its hash. Files that are no links into a cache carry no hash and are passed over.

    Raises `CheckpointError` for a file that differs.
    """
    for file in files(folder):
        named = file.resolve().name
        if re.fullmatch("[0-9a-f]{64}", named) and named != _hash(file):
            raise CheckpointError(f"{file} is not what was published: its bytes changed; remove it and fetch it again")


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def check_whole(folder: str | Path) -> None:
    """Read the header of every file of weights. Raises `CheckpointError` for one that is not whole, or holds a tensor
    that is no weight.
    """
    for file in files(folder):
        try:
            with safe_open(file, "pt") as opened:
                kinds = {name: opened.get_slice(name).get_dtype() for name in opened.keys()}  # noqa: SIM118
        except SafetensorError as error:
            raise CheckpointError(f"{file} is not whole: {error}; fetch it again") from error
        strange = [f"{name} is {kind}" for name, kind in kinds.items() if kind not in NUMBERS]
        if strange:
            raise CheckpointError(f"{file} holds what are no weights: {_some(strange)}; expected {', '.join(NUMBERS)}")


def tensors(folder: str | Path) -> Iterator[tuple[str, Tensor]]:
    """Yield the published names and tensors of a checkpoint folder, one file after the other.

    Raises `CheckpointError` for a file that is not whole.
    """
    check_whole(folder)
    for file in files(folder):
        with safe_open(file, "pt") as opened:
            for name in opened.keys():  # noqa: SIM118
                yield name, opened.get_tensor(name)


def load(
    folder: str | Path, *, dtype: torch.dtype = torch.float32, form: str = RELEASED, **changes: Any
) -> tuple[RegardModel, RegardProcessor]:
    """Return model and processor of a checkpoint folder as its authors published it.

    The design is the preset whose released config.json names the same `model_type`; sizes are read from that file, ids
    of special tokens from the tokenizer beside it. `form`: `as_released` does what the released code does, `as_paper`
    what the paper says, "" what we recommend. `changes`: settings to change besides, part by part, such as
    `encoders=[{"box": "fixed"}]`. Code that the folder brings or asks for is never run.

    Raises `CheckpointError` for a design that is not known here, a config.json or tokenizer that lacks something, and
    weights that do not fit, naming them; `NotFound` for a form or setting that there is not.
    """
    home = Path(folder)
    released = read_json(home / CONFIG)
    preset = preset_of(released)
    if preset is None:
        raise CheckpointError(
            f"{home} holds a model of the type {released.get('model_type')!r}; known are {', '.join(known_types())}"
        )
    try:
        sizes = preset.read(released)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{home / CONFIG} does not describe {preset.__name__}: {error!r}") from error
    for name in changes:
        if name not in SETTINGS:
            raise not_found("setting", name, SETTINGS)
    config = RegardConfig(**changed(changed(preset.in_form(form), sizes), changes))
    tokenizer = _tokenizer(home, config)
    weights = fitted(config, tensors(home), preset)
    model = RegardModel.from_pretrained(None, config=config, state_dict=weights, dtype=dtype)
    return model, RegardProcessor(tokenizer, config)


def preset_of(released: Mapping[str, Any]) -> type[Preset] | None:
    """Return the preset that a released config.json belongs to, or None."""
    inner = released.get("mllm_config")
    text = inner.get("text_config", inner) if isinstance(inner, Mapping) else released
    width = text.get("hidden_size") if isinstance(text, Mapping) else None
    return released_as(str(released.get("model_type") or ""), width if isinstance(width, int) else 0)


def _tokenizer(home: Path, config: RegardConfig) -> PreTrainedTokenizerFast:
    """Return the tokenizer of a folder, and write the ids of its special tokens into the configuration."""
    kind = PreTrainedTokenizerFast if (home / "tokenizer.json").exists() else AutoTokenizer
    try:
        tokenizer = kind.from_pretrained(home, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{home} has no tokenizer that can be read: {error}") from error
    template = rooms.load("regard.prompts.templates", config.template, ChatTemplate)
    known = tokenizer.get_vocab()
    lacking = [token for token in template.specials if token not in known]
    if lacking:
        raise CheckpointError(f"the tokenizer in {home} lacks {', '.join(lacking)}, which {config.template} needs")
    config.visual_token_id, config.region_token_id = known[template.visual], known[template.region]
    config.eos_token_id, config.pad_token_id = known[template.end], known[template.pad]
    return tokenizer


def fitted(config: RegardConfig, weights: Iterable[tuple[str, Tensor]], preset: type[Preset]) -> dict[str, Tensor]:
    """Return published weights under our names, when they are just those of the model.

    Raises `CheckpointError` that lists names that are missing, not known here, or of another shape. Weights that the
    model shares under two names need one of them.
    """
    with torch.device("meta"):
        own = RegardModel(config).state_dict(keep_vars=True)
    found: dict[str, Tensor] = {}
    unknown: list[str] = []
    misfits: list[str] = []
    for name, tensor in preset.whole(weights):
        ours = preset.our_name(name)
        if ours not in own:
            unknown.append(name)
        elif own[ours].shape != tensor.shape:
            misfits.append(f"{name} is {tuple(tensor.shape)}, the model's is {tuple(own[ours].shape)}")
        else:
            found[ours] = tensor
    filled = {id(own[name]) for name in found}
    missing = sorted(preset.published_name(name) for name, weight in own.items() if id(weight) not in filled)
    wrong = {"missing": missing, "unknown": sorted(unknown), "of another shape": misfits}
    told = [f"{what}: {_some(names)}" for what, names in wrong.items() if names]
    if told:
        raise CheckpointError(f"the weights do not fit {preset.__name__}; " + "; ".join(told))
    return found


def _some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more

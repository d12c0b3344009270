"""From a folder, a device and a numeric type, all by name, to a model that is ready to answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from regard.core import rooms
from regard.core.errors import CheckpointError, ConfigError
from regard.core.files import read_json
from regard.models import published
from regard.models.config import RegardConfig
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor

EMBEDDED = rooms.folder("regard.assets.embedded")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
DTYPES |= {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def opened(
    folder: str | Path | None, device: str, dtype: torch.dtype, verify: bool, settings: dict[str, Any]
) -> tuple[RegardModel, RegardProcessor, str]:
    """Return the model of a folder (None: the one that ships inside), its processor, and how answers call it.

    `settings`: for published checkpoints. Raises `CheckpointError` for weights that do not fit, `ConfigError` for
    settings of a model that says itself how it is made.
    """
    home = EMBEDDED if folder is None else Path(folder)
    if verify:
        published.verify(home)
    with _quietly():
        if _configuration(home).get("model_type") != RegardConfig.model_type:
            model, processor = published.load(home, dtype=dtype, **settings)
        elif settings:
            raise ConfigError(
                f"{home} says itself how it is made; {', '.join(settings)} can be set for published models"
            )
        else:
            model, processor = _own(home, dtype)
    return model.to(device), processor, "regard-embedded" if folder is None else _called(home)


def dtype_named(name: str | torch.dtype) -> torch.dtype:
    """Return a numeric type by its name. Raises `ConfigError` for another than those that models run in."""
    if isinstance(name, torch.dtype):
        return name
    if name not in DTYPES:
        raise ConfigError(f"dtype is {name!r}; one of {', '.join(DTYPES)} is needed")
    return DTYPES[name]


def device_named(name: str) -> str:
    """Return a device by its name, the best one for `auto`. Raises `ConfigError` for one that is not there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(kind for kind, found in there.items() if found)
    kind, _, number = name.partition(":")
    if not there.get(kind) or (number and not (number.isdigit() and int(number) < torch.cuda.device_count())):
        found = ", ".join(kind for kind, found in there.items() if found)
        raise ConfigError(f"device is {name!r}; on this machine there is {found}, and auto takes the first of these")
    return name


def _configuration(home: Path) -> dict[str, Any]:
    """Return a folder's config.json. Raises `CheckpointError` where there is none, or something else in it."""
    if not (home / "config.json").exists():
        raise CheckpointError(f"{home} is not a model folder: config.json missing")
    settings = read_json(home / "config.json")
    if not isinstance(settings, dict):
        raise CheckpointError(f"{home / 'config.json'} holds no settings, but {type(settings).__name__}")
    return settings


def _own(home: Path, dtype: torch.dtype) -> tuple[RegardModel, RegardProcessor]:
    """Load a folder that `save_pretrained` wrote."""
    published.check_whole(home)
    if not (home / "tokenizer.json").exists():
        raise CheckpointError(f"{home} is not a model folder: tokenizer.json missing")
    model, report = RegardModel.from_pretrained(
        home,
        dtype=dtype,
        output_loading_info=True,
        use_safetensors=True,
        local_files_only=True,
        ignore_mismatched_sizes=True,  # told below, with what is missing
    )
    wrong = {kind.removesuffix("_keys"): sorted(map(str, names)) for kind, names in report.items() if names}
    if wrong:
        raise CheckpointError(f"the weights in {home} do not fit its config.json: {wrong}")
    return model, RegardProcessor.from_pretrained(home)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep transformers from drawing a bar and tables while it loads; answers on a terminal should stand alone."""
    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def _called(home: Path) -> str:
    """Return the name of a folder; with its parent's where it is only called "model", as recipes call it."""
    home = home.resolve()
    return f"{home.parent.name}/{home.name}" if home.name == "model" else home.name

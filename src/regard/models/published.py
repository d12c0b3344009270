"""Weights as their authors published them: safetensors, whole or in shards, under the published names.

Nothing is unpickled and nothing is fetched: a folder on this machine is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from regard.core.errors import CheckpointError
from regard.models.presets._base import Preset

INDEX = "model.safetensors.index.json"
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
SHOWN = 8


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


def tensors(folder: str | Path) -> Iterator[tuple[str, Tensor]]:
    """Yield the published names and tensors of a checkpoint folder, one file after the other.

    Raises `CheckpointError` for a file that is not whole.
    """
    for file in files(folder):
        try:
            yield from _read(file)
        except SafetensorError as error:
            raise CheckpointError(f"{file} is not whole: {error}; fetch it again") from error


def _read(file: Path) -> Iterator[tuple[str, Tensor]]:
    with safe_open(file, "pt") as opened:
        for name in opened.keys():  # noqa: SIM118
            yield name, opened.get_tensor(name)


@torch.no_grad()
def load_into(model: nn.Module, weights: Iterable[tuple[str, Tensor]], preset: type[Preset]) -> None:
    """Copy published weights into a model, by name and strictly.

    Raises `CheckpointError` that lists names that are missing, not known here, or of another shape; the model is then
    partly filled and should be thrown away. Weights that the model shares under two names need one of them.
    """
    own = dict(model.named_parameters(remove_duplicate=False)) | dict(model.named_buffers())
    filled: set[int] = set()
    unknown: list[str] = []
    misfits: list[str] = []
    for name, tensor in weights:
        target = own.get(preset.our_name(name))
        if target is None:
            unknown.append(name)
        elif target.shape != tensor.shape:
            misfits.append(f"{name} is {tuple(tensor.shape)}, the model's is {tuple(target.shape)}")
        else:
            target.copy_(tensor)
            filled.add(id(target))
    missing = sorted(preset.published_name(name) for name in model.state_dict() if id(own[name]) not in filled)
    wrong = {"missing": missing, "unknown": sorted(unknown), "of another shape": misfits}
    told = [f"{what}: {_some(names)}" for what, names in wrong.items() if names]
    if told:
        raise CheckpointError(f"the weights do not fit {preset.__name__}; " + "; ".join(told))


def _some(names: list[str]) -> str:
    """Return the first few names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more

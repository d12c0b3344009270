"""Checkpoints of a training: model, optimiser and step, in safetensors and JSON, whole or not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from regard.core.errors import CheckpointError
from regard.core.files import read_json, write_json

DONE = "state.json"


def save(folder: str | Path, module: nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> Path:
    """Write one checkpoint beside the others and remove older ones once it is whole. `state` holds plain values,
    `step` among them.
    """
    folder = Path(folder)
    target = folder / f"step_{state['step']:07d}"
    building = folder / f".{target.name}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    save_file({name: value.contiguous() for name, value in unshared(module).items()}, building / "model.safetensors")
    tensors, plain = _flatten(optimizer.state_dict())
    save_file(tensors, building / "optimizer.safetensors")
    write_json(building / "optimizer.json", plain)
    write_json(building / DONE, state)
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)
    for old in whole(folder)[:-1]:
        shutil.rmtree(old)
    return target


def whole(folder: str | Path) -> list[Path]:
    """Return the complete checkpoints in a folder, oldest first; half-written ones are not among them."""
    return sorted(path for path in Path(folder).glob("step_*") if (path / DONE).exists())


def restore(folder: str | Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any] | None:
    """Load the newest complete checkpoint into module and optimiser and return its state; None when there is none.

    Raises `CheckpointError` where another model was trained, or other parts of it.
    """
    found = whole(folder)
    if not found:
        return None
    load_weights(module, found[-1] / "model.safetensors")
    tensors = load_file(found[-1] / "optimizer.safetensors")
    try:
        optimizer.load_state_dict(_unflatten(tensors, read_json(found[-1] / "optimizer.json")))
    except ValueError as error:
        raise CheckpointError(f"{found[-1]}: other parts learned there ({error}); train into another folder") from error
    return read_json(found[-1] / DONE)


def load_weights(module: nn.Module, file: str | Path) -> None:
    """Load weights strictly. Raises `CheckpointError` that names what is missing and what is not expected."""
    weights = load_file(file)
    missing = sorted(set(unshared(module)) - set(weights))
    unexpected = sorted(set(weights) - set(module.state_dict()))
    if missing or unexpected:
        raise CheckpointError(f"{file} does not fit: missing {missing[:5]}, not expected {unexpected[:5]}")
    module.load_state_dict(weights, strict=False)


def unshared(module: nn.Module) -> dict[str, torch.Tensor]:
    """Return the state of a module with each tensor once, also where two names share it."""
    seen: set[int] = set()
    state = {}
    for name, value in module.state_dict().items():
        if value.data_ptr() not in seen or value.numel() == 0:
            state[name] = value
        seen.add(value.data_ptr())
    return state


def _flatten(state: dict[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    tensors, plain = {}, {}
    for number, values in state["state"].items():
        for name, value in values.items():
            if torch.is_tensor(value):
                tensors[f"{number}.{name}"] = value
            else:
                plain[f"{number}.{name}"] = value
    return tensors, {"values": plain, "groups": json.loads(json.dumps(state["param_groups"]))}


def _unflatten(tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> dict[str, Any]:
    state: dict[int, dict[str, Any]] = {}
    for key, value in {**tensors, **plain["values"]}.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    return {"state": state, "param_groups": plain["groups"]}

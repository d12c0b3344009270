"""Connectors give what the published implementations give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from regard.core.errors import ConfigError
from regard.models.connectors.stc import Stc

HERE = Path(__file__).parent


def recorded() -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    with safe_open(HERE / "stc_v35_t8.safetensors", "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return tensors, {name[2:]: value for name, value in tensors.items() if name.startswith("w.")}


def test_spatial_temporal_convolution_on_eight_frames() -> None:
    tensors, weights = recorded()
    connector = Stc(16, 32)
    connector.load_state_dict(weights)
    with torch.no_grad():
        for features, wanted in zip(tensors["x"], tensors["y"], strict=True):
            made = connector(features.unflatten(1, (27, 27)))
            assert made.shape == (connector.frames(8), *connector.grid(27, 27), 32)
            torch.testing.assert_close(made.flatten(0, 2), wanted, rtol=0, atol=1e-5)


def test_a_picture_costs_as_much_as_a_clip_of_the_same_frame() -> None:
    connector = Stc(4, 8, depth=1, still_frames=6)
    picture = torch.randn(1, 6, 5, 4)
    with torch.no_grad():
        made = connector(picture)
        torch.testing.assert_close(made, connector(picture.expand(6, -1, -1, -1)))
    assert made.shape == (connector.frames(1), 3, 2, 8)


def test_what_the_connector_cannot_do_is_said() -> None:
    connector = Stc(4, 8, depth=1)
    with pytest.raises(ConfigError, match="no per-cell projection"):
        connector.project(torch.zeros(4))
    with pytest.raises(ConfigError, match="image_pool and clip_pool to 1"):
        connector(torch.zeros(2, 4, 4, 4), pool=2)
    with pytest.raises(ConfigError, match="still_frames"):
        Stc(4, 8, still_frames=1)


def test_every_published_name_and_shape_at_full_size() -> None:
    with torch.device("meta"):
        made = {name: list(value.shape) for name, value in Stc(1152, 3584).state_dict().items()}
    published = json.loads((HERE / "videorefer_7b_keys.json").read_text())
    prefix = "model.mm_projector."
    assert made == {name[len(prefix) :]: shape for name, shape in published.items() if name.startswith(prefix)}
    assert made == json.loads((HERE / "stc_v35_full_keys.json").read_text())

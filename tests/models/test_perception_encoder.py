"""The Perception Encoder: its names, its rotary positions, and other sizes than it was made for."""

from __future__ import annotations

import pytest
import torch

from regard.core.errors import ConfigError, ImageError
from regard.models.vision.perception_encoder import PerceptionEncoder, rotate, rotation


def tiny(**settings: object) -> PerceptionEncoder:
    torch.manual_seed(0)
    return PerceptionEncoder(**{"width": 32, "depth": 2, "heads": 4, "hidden": 48, "patch": 4, "image": 16, **settings})


@pytest.mark.parametrize("settings", [{}, {"class_token": False}, {"layer_scale": None}, {"norm_after": True}])
def test_gradient_reaches_every_parameter(settings: dict[str, object]) -> None:
    tower = tiny(**settings)
    features = tower.encode(tower.embed(torch.randn(2, 3, 16, 16)))
    assert features.shape == (2, 4, 4, 32)
    features.pow(3).sum().backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in tower.parameters())


def test_names_and_shapes_at_full_size_are_those_of_the_released_tower() -> None:
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in PerceptionEncoder().state_dict().items()}
    assert shapes["pos_embed"] == (1, 1025, 1024)
    assert shapes["patch_embed.proj.weight"] == (1024, 3, 14, 14)
    assert shapes["blocks.22.attn.qkv.weight"] == (3072, 1024)
    assert shapes["blocks.0.gamma_1"] == (1024,)
    assert len(shapes) == 5 + 23 * 14
    assert "norm.weight" not in shapes


def test_other_sizes_interpolate_the_positions() -> None:
    tower = tiny().eval()
    assert tower.encode(tower.embed(torch.randn(1, 3, 24, 12))).shape == (1, 6, 3, 32)


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    tower = tiny().eval()
    pixels = torch.randn(3, 3, 16, 16)
    together = tower.encode(tower.embed(pixels))
    torch.testing.assert_close(together[1:2], tower.encode(tower.embed(pixels[1:2])))


def test_turning_keeps_lengths_and_leaves_the_class_token() -> None:
    heads = torch.randn(1, 2, 1 + 12, 8)
    turned = rotate(heads, rotation(3, 4, 4, 8, torch.device("cpu")))
    torch.testing.assert_close(turned.norm(dim=-1), heads.norm(dim=-1))
    assert torch.equal(turned[:, :, 0], heads[:, :, 0])
    assert not torch.equal(turned[:, :, 1], heads[:, :, 1])


def test_attention_by_place_depends_on_the_distance_only() -> None:
    sine, cosine = rotation(4, 4, 4, 8, torch.device("cpu"))
    query, key = torch.randn(1, 1, 1, 8).expand(1, 1, 16, 8), torch.randn(1, 1, 1, 8).expand(1, 1, 16, 8)
    scores = (rotate(query, (sine, cosine)) @ rotate(key, (sine, cosine)).transpose(-1, -2))[0, 0].view(4, 4, 4, 4)
    torch.testing.assert_close(scores[0, 0, 1, 2], scores[2, 1, 3, 3])
    assert not torch.isclose(scores[0, 0, 1, 2], scores[0, 0, 2, 1])


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ImageError, match="18 x 16 pixels .* multiples of 4"):
        tiny().embed(torch.zeros(1, 3, 16, 18))
    with pytest.raises(ConfigError, match="width is 30"):
        tiny(width=30)

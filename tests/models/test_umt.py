"""The video tower: against the published computation written out plainly, and what it refuses."""

import numpy as np
import pytest
import torch

from regard.core.errors import ConfigError, ImageError
from regard.models.model import by_frames
from regard.models.vision.umt import Umt, positions
from tiny_model import model

SMALL = {"width": 32, "depth": 2, "heads": 2, "hidden": 48, "patch": 4, "image": 12}


def tower(**settings):
    torch.manual_seed(3)
    made = Umt(**SMALL | settings).eval()
    for value in made.parameters():
        torch.nn.init.normal_(value, std=0.3)
    return made


def table(count, width):
    """The published waves, number by number."""
    return np.array(
        [
            [(np.cos if c % 2 else np.sin)(place / np.power(10000, 2 * (c // 2) / width)) for c in range(width)]
            for place in range(count)
        ]
    )


def stretched(waves_TNC, frames):
    """Linear in time between the middles of the frames."""
    known = len(waves_TNC)
    asked = (np.arange(frames) + 0.5) * known / frames - 0.5
    flat = waves_TNC.reshape(known, -1)
    columns = [np.interp(asked, np.arange(known), column) for column in flat.T]
    return np.stack(columns, 1).reshape(frames, *waves_TNC.shape[1:])


@pytest.mark.parametrize("frames", [2, 3, 4, 7, 16])
def test_waves_are_stretched_over_the_frames(frames):
    waves = table(4 * 9, 32).reshape(4, 9, 32)
    wanted = torch.from_numpy(stretched(waves, frames)).float()
    torch.testing.assert_close(positions(frames, 9, 32, 4), wanted, rtol=0, atol=1e-6)


def test_a_picture_has_the_waves_of_the_first_frame():
    wanted = torch.from_numpy(table(9, 32)[None]).float()
    torch.testing.assert_close(positions(1, 9, 32, 4), wanted, rtol=0, atol=1e-6)


def normalised(rows, norm):
    mean, variance = rows.mean(-1, keepdim=True), rows.var(-1, unbiased=False, keepdim=True)
    return (rows - mean) / (variance + norm.eps).sqrt() * norm.weight + norm.bias


def attended(rows_NC, attention):
    query, key, value = (attention.qkv.weight @ rows_NC.T).T.chunk(3, -1)
    heads = [(part.unflatten(-1, (2, 16))) for part in (query + attention.q_bias, key, value + attention.v_bias)]
    scores = torch.einsum("nhd,mhd->hnm", heads[0], heads[1]) / 4
    gathered = torch.einsum("hnm,mhd->nhd", scores.softmax(-1), heads[2]).flatten(1)
    return gathered @ attention.proj.weight.T + attention.proj.bias


def plain(made, pixels_T3HW):
    """The tower written out: a patch is a product with the kernel, a head a softmax over all patches of all frames."""
    frames, kernel = len(pixels_T3HW), made.patch_embed["proj"].weight.flatten(1)
    cells = pixels_T3HW.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(3)
    rows = (cells @ kernel.T + made.patch_embed["proj"].bias).flatten(0, 2)
    rows = rows + positions(frames, 9, 32, 4).flatten(0, 1)
    for block in made.blocks:
        rows = rows + attended(normalised(rows, block.norm1), block.attn)
        inner = torch.nn.functional.gelu(normalised(rows, block.norm2) @ block.mlp.fc1.weight.T + block.mlp.fc1.bias)
        rows = rows + inner @ block.mlp.fc2.weight.T + block.mlp.fc2.bias
    return normalised(rows, made.norm).view(frames, 3, 3, 32)


@pytest.mark.parametrize("frames", [1, 4, 6])
@torch.no_grad()
def test_the_map_is_that_of_the_published_computation(frames):
    made = tower()
    pixels = torch.randn(frames, 3, 12, 12)
    torch.testing.assert_close(made.encode(made.embed(pixels)), plain(made, pixels), rtol=1e-4, atol=2e-5)


@torch.no_grad()
def test_frames_of_one_clip_see_each_other_and_no_other_clip():
    made = tower()
    clips = [made.embed(torch.randn(3, 3, 12, 12)) for _ in range(2)]
    alone = [made.encode(patches) for patches in clips]
    for wanted, got in zip(alone, by_frames(made, made.encode, clips), strict=True):
        torch.testing.assert_close(got, wanted, rtol=0, atol=0)
    changed = clips[0].clone()
    changed[2] *= -1
    assert not torch.allclose(made.encode(changed)[0], alone[0][0], atol=1e-3)


@pytest.mark.parametrize("size", [(12, 16), (16, 16), (13, 12)])
def test_another_size_is_refused_with_the_mend(size):
    with pytest.raises(ImageError, match="reads 12 x 12; set image_size"):
        tower().embed(torch.zeros(2, 3, *size))
    with pytest.raises(ConfigError, match="image_size=64: the tower's 12 is needed"):
        model(vision={"name": "umt", **SMALL})


def test_frames_for_regions_alone_would_be_seen_and_are_refused():
    with pytest.raises(ConfigError, match="take a tower that sees each frame alone"):
        model(vision={"name": "umt", **SMALL, "image": 64}, clip_size=64, region_frames=2)


def test_the_defaults_are_the_published_sizes():
    with torch.device("meta"):
        made = Umt()
    shapes = {name: tuple(value.shape) for name, value in made.state_dict().items()}
    assert shapes["patch_embed.proj.weight"] == (1024, 3, 1, 16, 16)
    assert shapes["blocks.22.attn.qkv.weight"] == (3072, 1024)
    assert shapes["blocks.22.attn.q_bias"] == shapes["blocks.22.attn.v_bias"] == (1024,)
    assert len(shapes) == 2 + 23 * 13 + 2
    assert not [name for name in shapes if "qkv.bias" in name or "blocks.23" in name]

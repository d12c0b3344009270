"""Heat maps of the guide, from a model: what its states say, cut to the picture, and refused where it has none."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import regard
import tiny_model
from regard.backends.local import LocalBackend
from regard.cli import main
from regard.core.errors import ConfigError
from regard.models.calls import called
from regard.models.heads.guide import RegionMaps
from regard.models.with_heads import with_heads
from regard.prompts.sample import Sample
from regard.train import losses
from regard.verbs._model import Model

CLIP = regard.Clip.from_frames(np.random.default_rng(0).integers(0, 255, (6, 30, 60, 3), dtype=np.uint8), fps=2)
REGIONS = [regard.Region.box(4, 4, 20, 20, frame=0), regard.Region.box(30, 2, 50, 28, frame=2)]


@pytest.fixture(scope="module")
def made():
    torch.manual_seed(0)
    return with_heads(*tiny_model.model(["token_mark"]), ["guide"])


@pytest.fixture(scope="module")
def model(made):
    return Model(LocalBackend(*made, "small"))


def test_maps_are_what_the_guide_reads_in_training(made, model):
    found = model.maps(CLIP, REGIONS)
    assert len(found.frames) == 4 and {0, 2} <= set(found.frames)
    sample = Sample.build(CLIP, "Is <region1> left of <region2>?", REGIONS)
    network, processor = made
    batch = processor([sample])
    batch["regions"] = [network.encoders.assign(one) for one in batch["regions"]]
    with torch.no_grad():
        call = called(network, batch, losses.states(network, batch)).calls["guide"]
        whole = network.heads.find("guide", call)[0]
    cut = whole.within((0.0, 0.25, 1.0, 0.75))  # a letterboxed picture twice as wide as high
    np.testing.assert_allclose(found.maps, cut.maps, atol=1e-4)
    assert found.regions.shape == (4, *found.maps.shape[1:3], 2)
    assert found.maps.shape[1] * 2 == found.maps.shape[2]


def test_a_view_has_them_too(model):
    assert np.array_equal(model.look(CLIP).maps(REGIONS).maps, model.maps(CLIP, REGIONS).maps)


def test_cutting_leaves_out_what_is_beside_the_picture():
    maps = np.zeros((1, 4, 4, 1), np.float32)
    maps[0, 1:3] = (np.arange(4) + 1)[:, None]
    cut = RegionMaps(maps, (0,)).within((0.0, 0.25, 1.0, 0.75))
    assert cut.maps.shape == (1, 2, 4, 1)
    np.testing.assert_allclose(cut.maps[0, :, :, 0], [[1, 2, 3, 4]] * 2)


def test_a_model_without_a_guide_says_who_has_one():
    with pytest.raises(ConfigError, match="the head guide, which plain does not have"):
        Model(LocalBackend(*tiny_model.model(), "plain")).maps(CLIP, REGIONS)


def test_the_command_line_draws_them(made, tmp_path, capsys):
    network, processor = made
    network.save_pretrained(tmp_path / "model")
    processor.save_pretrained(tmp_path / "model")
    photo = tmp_path / "photo.png"
    regard.draw.save(photo, regard.Image.from_array(np.full((40, 60, 3), 99, np.uint8)))
    words = ["ask", str(photo), "What is <region1>?", "--model", str(tmp_path / "model"), "--max-new-tokens", "2"]
    region = ["--region", "box:5,5,30,30"]
    out = tmp_path / "heat.png"
    assert main([*words, *region, "--draw", f"heat:{out}"]) == 0 and out.stat().st_size > 0
    assert main([*words, *region, "--draw", f"heat:{tmp_path / 'heat.mp4'}"]) == 2
    assert "a sheet of the frames" in capsys.readouterr().err
    assert main([*words[:2], "What is it?", *words[3:], "--draw", f"heat:{out}"]) == 2
    assert "give at least one with --region" in capsys.readouterr().err

"""Towers of the transformers library: the map is the hidden state that the library itself gives."""

import pytest
import torch

from regard.core.errors import ConfigError, ImageError
from regard.models.vision.clip import Clip
from regard.models.vision.siglip import Siglip

SMALL = {"width": 32, "depth": 3, "heads": 2, "hidden": 48, "patch": 4, "image": 16}
TOWERS = [(Siglip, 0), (Clip, 1)]


def tower(kind, **settings):
    torch.manual_seed(3)
    return kind(**SMALL | settings).eval()


@pytest.mark.parametrize("layer", [-2, -1, 0, 1])
@pytest.mark.parametrize(("kind", "class_tokens"), TOWERS)
def test_the_map_is_that_hidden_state(kind, class_tokens, layer):
    made = tower(kind, layer=layer)
    pixels = torch.rand(2, 3, 16, 16) * 2 - 1
    with torch.no_grad():
        states = made.tower(pixels, output_hidden_states=True).hidden_states
        ours = made.encode(made.embed(pixels))
    assert ours.shape == (2, 4, 4, 32)
    torch.testing.assert_close(ours.flatten(1, 2), states[layer][:, class_tokens:], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("kind", "class_tokens"), TOWERS)
def test_another_size_is_refused_with_the_mend(kind, class_tokens):
    with pytest.raises(ImageError, match="set image_size"):
        tower(kind).embed(torch.zeros(1, 3, 20, 16))


@pytest.mark.parametrize("layer", [4, -5])
def test_a_layer_that_is_not_there_is_refused(layer):
    with pytest.raises(ConfigError, match="a tower of 3 layers has -4 to 3"):
        tower(Clip, layer=layer)


def test_the_defaults_are_the_published_sizes():
    with torch.device("meta"):
        siglip, clip = Siglip(), Clip()
    assert (siglip.image // siglip.stride, siglip.width) == (27, 1152)
    assert (clip.image // clip.stride, clip.width) == (24, 1024)
    assert siglip.tower.encoder.layers[0].mlp.fc1.weight.shape == (4304, 1152)
    assert clip.tower.embeddings.position_embedding.weight.shape == (577, 1024)

"""Towers of the transformers library: the map is the hidden state that the library itself gives."""

import pytest
import torch
from transformers import InternVLConfig, InternVLModel, Qwen2Config
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionTransformerPretrainedModel

from regard.core.errors import ConfigError, ImageError
from regard.models.connectors.patch_merger import PatchMerger
from regard.models.connectors.pixel_shuffle import PixelShuffle
from regard.models.vision.clip import Clip
from regard.models.vision.intern_vit import InternVit
from regard.models.vision.qwen_vl import QwenVl
from regard.models.vision.siglip import Siglip

SMALL = {"width": 32, "depth": 3, "heads": 2, "hidden": 48, "patch": 4, "image": 16}
TOWERS = [(Siglip, 0), (Clip, 1), (InternVit, 1)]


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
        siglip, clip, intern, qwen = Siglip(), Clip(), InternVit(), QwenVl()
    assert (siglip.image // siglip.stride, siglip.width) == (27, 1152)
    assert (clip.image // clip.stride, clip.width) == (24, 1024)
    assert siglip.tower.encoder.layers[0].mlp.fc1.weight.shape == (4304, 1152)
    assert clip.tower.embeddings.position_embedding.weight.shape == (577, 1024)
    assert (intern.image // intern.stride, intern.width) == (32, 1024)
    assert intern.tower.embeddings.position_embeddings.shape == (1, 1025, 1024)
    assert qwen.tower.blocks[31].mlp.gate_proj.weight.shape == (3420, 1280)
    assert not [name for name in qwen.state_dict() if "merger" in name]


def randomly(module, seed=5):
    """Weights that are all different from their first values: positions and scales, too."""
    torch.manual_seed(seed)
    for value in module.parameters():
        torch.nn.init.normal_(value, std=0.2)
    return module.eval()


QWEN = {"width": 32, "depth": 3, "heads": 2, "hidden": 48, "patch": 4}


@pytest.mark.parametrize(("size", "frames"), [((32, 32), 1), ((40, 40), 2), ((24, 56), 2)])
def test_qwen_s_tower_and_merger_are_the_library_s(size, frames):
    ours, merger = QwenVl(**QWEN, window=16, whole=(1,)).eval(), PatchMerger(32, 24).eval()
    kind = Qwen2_5_VisionTransformerPretrainedModel
    theirs = randomly(kind._from_config(ours.tower.config))
    theirs.merger = randomly(type(theirs.merger)(24, 32, 2))
    weights = theirs.state_dict()
    ours.tower.load_state_dict({name: value for name, value in weights.items() if "merger" not in name})
    merger.load_state_dict(theirs.merger.state_dict())
    height, width = size
    pixels = torch.randn(frames, 3, height, width)
    # As the library's processor flattens them: blocks of 2 x 2 patches, each patch with its frame twice
    rows, columns = height // 8, width // 8
    blocks = pixels.view(frames, 3, rows, 2, 4, columns, 2, 4).permute(0, 2, 5, 3, 6, 1, 4, 7)
    flat = blocks[..., None, :, :].expand(*blocks.shape[:-2], 2, 4, 4).flatten(0, 4).flatten(1)
    with torch.no_grad():
        wanted = theirs(flat, grid_thw=torch.tensor([[1, height // 4, width // 4]] * frames)).pooler_output
        features = ours.encode(ours.embed(pixels))
        tokens = merger(features)
    assert features.shape == (frames, height // 4, width // 4, 32)
    assert tokens.shape[1:3] == merger.grid(*features.shape[1:3])
    torch.testing.assert_close(tokens.flatten(0, 2), wanted, rtol=1e-4, atol=1e-5)


def test_qwen_s_tower_refuses_half_blocks():
    with pytest.raises(ImageError, match="multiple of the tower's 8"):
        QwenVl(**QWEN).embed(torch.zeros(1, 3, 12, 16))


def test_intern_vit_and_pixel_shuffle_are_the_library_s():
    ours, shuffle = InternVit(**SMALL), PixelShuffle(32, 24).eval()
    text = Qwen2Config(hidden_size=24, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, vocab_size=9)
    config = InternVLConfig(vision_config=ours.tower.config.to_dict(), text_config=text.to_dict())
    theirs = randomly(InternVLModel._from_config(config))
    ours.tower.load_state_dict(theirs.vision_tower.state_dict())
    shuffle.load_state_dict(theirs.multi_modal_projector.state_dict())
    pixels = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        wanted = theirs.get_image_features(pixels, vision_feature_layer=-1, vision_feature_select_strategy="default")
        tokens = shuffle(ours.eval().encode(ours.embed(pixels)))
    torch.testing.assert_close(tokens.flatten(1, 2), wanted.pooler_output, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("connector", [PatchMerger(32, 24), PixelShuffle(32, 24)])
def test_a_pooled_region_is_projected_as_a_block_of_equal_cells(connector):
    cell = torch.randn(1, 1, 1, 32)
    torch.testing.assert_close(connector.project(cell), connector(cell.expand(1, 2, 2, 32)))
    with pytest.raises(ConfigError, match="set image_pool and clip_pool to 1, not 2"):
        connector(cell, 2)

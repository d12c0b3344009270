"""The Q-Former: against the transformers library's own, weight by weight, and what its tokens are not."""

import pytest
import torch
from transformers import Blip2QFormerConfig, Blip2QFormerModel

from regard.core.errors import ConfigError
from regard.models.connectors.q_former import QFormer
from tiny_model import model

SMALL = {"queries": 3, "extra": 2, "width": 16, "depth": 4, "heads": 2, "hidden": 32}


def bridge():
    torch.manual_seed(5)
    made = QFormer(20, 24, **SMALL).eval()
    for value in made.parameters():
        torch.nn.init.normal_(value, std=0.3)
    return made


def library(made):
    """The library's Q-Former with the same weights, of which it must miss none and know all."""
    config = Blip2QFormerConfig(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=32, encoder_hidden_size=20
    )
    weights = {
        name.replace("embeddings.LayerNorm", "layernorm").replace("attention.self.", "attention.attention."): value
        for name, value in made.bert.state_dict().items()
    }
    theirs = Blip2QFormerModel(config).eval()
    theirs.load_state_dict(weights)
    return theirs


@pytest.mark.parametrize("frames", [1, 5])
@torch.no_grad()
def test_the_tokens_are_those_of_the_library(frames):
    made = bridge()
    features = torch.randn(frames, 4, 3, 20)
    queries = torch.cat([made.query_tokens, made.extra_query_tokens], dim=1)
    theirs = library(made)(query_embeds=queries, encoder_hidden_states=features.flatten(0, 2)[None]).last_hidden_state
    tokens = made(features)
    assert tokens.shape == (1, 1, 5, 24) == (1, *made.grid(4, 3), 24)
    torch.testing.assert_close(tokens[0], made.project_up(theirs), rtol=0, atol=1e-5)


def test_a_clip_costs_as_much_as_a_picture():
    made, _ = model(["box_token"], connector={"name": "q_former", **SMALL})
    assert made.visual_tokens(1, 64, 64) == made.visual_tokens(8, 32, 32) == 5


@pytest.mark.parametrize("encoder", ["token_mark", {"name": "roi_replay", "grid": 2}])
def test_encoders_that_look_for_places_among_the_tokens_are_refused(encoder):
    name = encoder if isinstance(encoder, str) else encoder["name"]
    with pytest.raises(ConfigError, match=f"{name} finds regions among the visual tokens.* take box_token"):
        model([encoder], connector={"name": "q_former", **SMALL})


def test_what_it_cannot_do_is_told():
    with pytest.raises(ConfigError, match="image_pool and clip_pool to 1, not 2"):
        bridge()(torch.zeros(1, 4, 4, 20), 2)
    with pytest.raises(ConfigError, match="no per-cell projection"):
        bridge().project(torch.zeros(4, 20))


def test_the_defaults_are_the_published_sizes():
    with torch.device("meta"):
        shapes = {name: tuple(value.shape) for name, value in QFormer(1024, 4096).state_dict().items()}
    assert shapes["query_tokens"] == (1, 32, 768) and shapes["extra_query_tokens"] == (1, 64, 768)
    assert shapes["project_up.weight"] == (4096, 768)
    assert shapes["bert.encoder.layer.10.crossattention.self.key.weight"] == (768, 1024)
    assert shapes["bert.encoder.layer.11.intermediate_query.dense.weight"] == (3072, 768)
    assert sum("crossattention.output.dense.weight" in name for name in shapes) == 6

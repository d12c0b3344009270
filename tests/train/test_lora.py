"""LoRA on the language model: nothing changes before it learns, it is merged exactly, and mistakes teach."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

import tiny_model
from regard.core.errors import ConfigError, MissingDependency, NotFound
from regard.media.image import Image
from regard.prompts.sample import Sample
from regard.train import lora

SMALL = lora.Lora(rank=2, alpha=6, layers=("q_proj", "down_proj", "lm_head"))


def language(**changes):
    return {"language": tiny_model.config().language | {"tie_word_embeddings": False} | changes}


@pytest.fixture
def batch():
    picture = Image.from_array(np.random.default_rng(0).integers(0, 255, (32, 48, 3), dtype=np.uint8))
    return tiny_model.model()[1]([Sample.build(picture, "What colour is this?")])


@torch.no_grad()
def logits(model, batch):
    return model.eval()(**batch).logits


def test_it_changes_nothing_until_it_learns_and_then_merges_into_its_layers(batch):
    model, _ = tiny_model.model(**language())
    before = logits(model, batch)
    lora.join(model, SMALL)
    assert torch.equal(logits(model, batch), before)
    changes = [(name, weight) for name, weight in model.named_parameters() if "lora_" in name]
    assert len(changes) == 2 * (2 + 2 + 1) and all(2 in weight.shape for _, weight in changes)
    for name, weight in changes:
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    changed = logits(model, batch)
    assert not torch.allclose(changed, before, atol=1e-3)
    plain = lora.merge(model, SMALL)
    assert not any("lora" in name or "base_layer" in name for name in plain.state_dict())
    torch.testing.assert_close(logits(plain, batch), changed, atol=1e-5, rtol=1e-4)
    assert torch.equal(logits(model, batch), changed)  # what was given stays as it was


def test_layers_with_a_bias_keep_it(batch):
    model, _ = tiny_model.model(**language(attention_bias=True))
    lora.join(model, SMALL)
    torch.testing.assert_close(logits(lora.merge(model, SMALL), batch), logits(model, batch))


def test_mistakes_are_told_with_what_mends_them(monkeypatch):
    model, _ = tiny_model.model(**language())
    with pytest.raises(NotFound, match="Did you mean 'q_proj'"):
        lora.join(model, lora.Lora(layers=("q_prj",)))
    tied, _ = tiny_model.model()
    with pytest.raises(ConfigError, match="leave lm_head out of lora.layers"):
        lora.join(tied, SMALL)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingDependency, match=r'in a clone .*pip install .* -e "\.\[train\]"'):
        lora.join(model, SMALL)

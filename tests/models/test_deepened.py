"""More layers for a language model: nothing changes at first, and the new layers learn."""

import pytest
import torch

import tiny_model
from regard.core.errors import ConfigError
from regard.models.deepened import LAYERS, deepened
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor

OUTPUTS = {"self_attn.o_proj.weight", "mlp.down_proj.weight"}


def logits(model: RegardModel, ids_BL: torch.Tensor) -> torch.Tensor:
    return model.language(input_ids=ids_BL).logits


def test_answers_stay_as_they_were_and_the_new_layers_learn():
    before, processor = tiny_model.model()
    kept = {name: value.clone() for name, value in before.state_dict().items()}
    made, prepared = deepened(before, processor, 4)
    assert prepared.config.language["num_hidden_layers"] == made.language.config.num_hidden_layers == 4
    assert all(torch.equal(value, kept[name]) for name, value in before.state_dict().items()), "given: left as it is"
    ids_BL = torch.arange(24).reshape(2, 12) + 6
    torch.testing.assert_close(logits(made, ids_BL), logits(before, ids_BL), rtol=0, atol=0)

    logits(made, ids_BL).square().mean().backward()
    weights = dict(made.named_parameters())
    zeros = {name for name, value in weights.items() if name.startswith(LAYERS) and not value.any()}
    assert zeros == {f"{LAYERS}{place}.{part}" for place in (1, 3) for part in OUTPUTS}
    assert all(weights[name].grad.any() for name in zeros)


@pytest.mark.parametrize("depth", [1, 5])
def test_layers_are_only_added_and_at_most_doubled(depth):
    model, processor = tiny_model.model()
    with pytest.raises(ConfigError, match="has 2 layers; it can get 2 to 4"):
        deepened(model, processor, depth)


def test_a_deeper_model_is_saved_and_read_again(tmp_path):
    made, processor = deepened(*tiny_model.model(), 3)
    made.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    read = RegardModel.from_pretrained(tmp_path).eval()
    ids_BL = torch.arange(8)[None] + 6
    torch.testing.assert_close(logits(read, ids_BL), logits(made, ids_BL))
    assert RegardProcessor.from_pretrained(tmp_path).config.language["num_hidden_layers"] == 3

"""The moment head gives what the released CG-DETR gives: recorded inputs, weights and outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from regard.models.heads._cg_detr import MomentOutputs
from regard.models.heads._moment_inputs import PLACE, MomentInputs
from regard.models.heads.moment import Moment

FILE = Path(__file__).parent / "cg_detr.safetensors"
SIZES = {
    "hidden_dim": "width",
    "nheads": "heads",
    "dim_feedforward": "hidden",
    "n_input_proj": "projections",
    "num_dummies": "dummies",
    "dummy_layers": "dummy_layers",
    "t2v_layers": "cross_layers",
    "enc_layers": "layers",
    "dec_layers": "decoder_layers",
    "num_queries": "queries",
    "sent_layers": "sentence_layers",
    "moment_layers": "moment_layers",
    "total_prompts": "prompts",
    "num_prompts": "chosen",
    "max_q_l": "longest_text",
    "use_txt_pos": "text_positions",
}
PUBLISHED = {
    "pred_logits": "logits_BQ2",
    "pred_spans": "spans_BQ2",
    "saliency_scores": "saliency_BV",
    "t2vattnvalues": "engagement_BV",
}


def recorded() -> tuple[dict[str, Tensor], dict[str, int]]:
    with safe_open(FILE, "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return tensors, json.loads(file.metadata()["args"])


def head_of(tensors: dict[str, Tensor], args: dict[str, int], padding: str) -> Moment:
    sizes = {ours: args[theirs] for theirs, ours in SIZES.items()}
    head = Moment(args["t_feat_dim"], features=args["v_feat_dim"] - PLACE, padding=padding, **sizes)
    head.load_state_dict({key[2:]: value for key, value in tensors.items() if key.startswith("w.")})
    return head.eval()


def run(padding: str, rows: slice = slice(None)) -> tuple[MomentOutputs, dict[str, Tensor]]:
    """Our outputs for some of the recorded rows, and what was recorded, by our names."""
    tensors, args = recorded()
    video, video_mask, text, text_mask = (tensors[key][rows] for key in ("video", "video_mask", "text", "text_mask"))
    with torch.no_grad():
        inputs = MomentInputs.even(video, video_mask, text, text_mask, video_mask.sum(1).tolist())
        outputs = head_of(tensors, args, padding)(inputs)
    return outputs, {ours: tensors[f"out.{theirs}"][rows] for theirs, ours in PUBLISHED.items()}


@pytest.mark.parametrize("name", PUBLISHED.values())
def test_outputs_as_released(name: str) -> None:
    outputs, wanted = run("as_released")
    torch.testing.assert_close(getattr(outputs, name), wanted[name], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", PUBLISHED.values())
def test_padding_of_one_call_changes_another_only_as_released(name: str) -> None:
    """The first row has no padding, the second has: in the release it takes words from the first."""
    outputs, wanted = run("own")
    whole, padded = getattr(outputs, name)
    torch.testing.assert_close(padded, wanted[name][1], rtol=0, atol=1e-5)
    assert (whole - wanted[name][0]).abs().max() > 1e-3
    alone, _ = run("own", slice(0, 1))
    torch.testing.assert_close(whole, getattr(alone, name)[0], rtol=0, atol=1e-5)


def test_size_of_the_published_head() -> None:
    """VideoChat-TPO: InternVideo2-CLIP's features, 768 wide, and text states 4096 wide."""
    with torch.device("meta"):
        head = Moment(4096, features=768)
    assert sum(weight.numel() for weight in head.parameters()) == 13_953_835

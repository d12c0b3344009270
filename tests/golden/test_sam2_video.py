"""SAM 2's memory against its own code: weights by their published names, a box followed through a clip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from regard.models.heads import _sam, _sam_names
from regard.models.heads._sam_video import carry

FILE = Path(__file__).with_name("sam2_video.safetensors")


def drawn(shapes: dict[str, list[int]], seed: int) -> dict[str, Tensor]:
    """Weights of these shapes, in the order of their names; norms are near 1, and things mostly there."""
    random, weights = np.random.RandomState(seed), {}
    for name in sorted(shapes):
        size = shapes[name]
        value = torch.from_numpy(random.standard_normal(size)).float() * (0.2 if len(size) < 2 else 0.15)
        weights[name] = value + float("norm" in name and name.endswith("weight"))
    weights["sam_mask_decoder.pred_obj_score_head.layers.2.bias"].fill_(6.0)
    return weights


def video(seed: int) -> Tensor:
    return torch.from_numpy(np.random.RandomState(seed).standard_normal((6, 3, 64, 64))).float()


@pytest.mark.parametrize("version", ["v20", "v21"])
def test_a_box_is_followed_as_by_its_own_code(version: str) -> None:
    with safe_open(FILE, "pt") as golden:
        told: dict[str, Any] = json.loads(golden.metadata()[version])
        logits, scores = golden.get_tensor(f"{version}.logits"), golden.get_tensor(f"{version}.scores")
    sam = _sam.build(told["sam"], train_decoder=False).eval()
    named = ((f"sam.{name}", value) for name, value in drawn(told["shapes"], told["seed"]).items())
    weights = _sam_names.whole(named, "sam.")
    sam.load_state_dict({_sam_names.our_name(name.removeprefix("sam.")): value for name, value in weights})
    frames, box = video(told["seed"]), torch.tensor([told["box"]])
    for seen in carry(sam, lambda frame: frames[frame], len(frames), 0, list(_sam.box_prompt(sam, box))):
        torch.testing.assert_close(seen.logits_Bhw[0], logits[seen.frame], atol=2e-3, rtol=0)
        torch.testing.assert_close(seen.there_B, scores[seen.frame].sigmoid(), atol=1e-4, rtol=0)
    assert logits[scores[:, 0] > 0].std() > 5 and int((scores > 0).sum()) == told["there"]

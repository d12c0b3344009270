"""Region encoders give what the published implementations give: recorded inputs, weights and outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from regard.models.connectors.mlp import Mlp
from regard.models.encoders._base import Dims, FeatureMaps, RegionInputs
from regard.models.encoders._merge import merge_tokens
from regard.models.encoders.mask_pool import MaskPool
from regard.models.encoders.object_tokens import ObjectTokens
from regard.models.encoders.roi_replay import RoiReplay
from regard.models.vision.perception_encoder import PerceptionEncoder

HERE = Path(__file__).parent
TOLERANCE = 1e-5
TOWER = "w.mllm.model.vision_tower.timm_model."
PROJECTOR = "w.mllm.model.multi_modal_projector."


def recorded(name: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    with safe_open(HERE / f"{name}.safetensors", "pt") as file:
        return {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118


def weights(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def regions_of(masks: Tensor, region: list[int], frame: list[int], boxes: Tensor | None = None) -> RegionInputs:
    rows = len(region)
    boxes = torch.zeros(rows, 4) if boxes is None else boxes
    places = torch.zeros(rows, 6)
    return RegionInputs(masks.float(), torch.tensor(region), torch.tensor(frame), boxes, places, max(region) + 1)


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", ["ttm_k6_u1", "ttm_k8_u4", "ttm_k16_u4", "ttm_ties_static"])
def test_temporal_token_merge_as_released(name: str) -> None:
    tensors, settings = recorded(name)
    close(merge_tokens(tensors["x"][0], int(settings["u"]), ties="as_released"), tensors["y"][0])


@pytest.mark.parametrize("name", ["ttm_k6_u1", "ttm_k8_u4", "ttm_k16_u4"])
def test_without_ties_exact_merging_is_the_released_one(name: str) -> None:
    tensors, settings = recorded(name)
    close(merge_tokens(tensors["x"][0], int(settings["u"])), tensors["y"][0])


def test_exact_merging_of_a_still_region_keeps_u_tokens() -> None:
    tensors, _ = recorded("ttm_ties_static")
    merged = merge_tokens(tensors["x"][0], 4)
    close(merged, tensors["y"][0].expand(4, -1))


def padded_to_square(masks: Tensor) -> Tensor:
    height, width = masks.shape[-2:]
    above, left = (max(height, width) - height) // 2, (max(height, width) - width) // 2
    right, below = max(height, width) - width - left, max(height, width) - height - above
    return nn.functional.pad(masks, (left, right, above, below))


@pytest.mark.parametrize("name", ["enc_single_frame", "enc_k4_no_merge", "enc_two_objects_one_frame", "enc_pad_aspect"])
def test_object_tokens_as_released(name: str) -> None:
    tensors, settings = recorded(name)
    frames = json.loads(settings["ann_indices"])[0]
    masks = tensors["masks.0"]
    if json.loads(settings["aspect"]) == "pad":
        masks = padded_to_square(masks)
    number = [region for region, own in enumerate(frames) for _ in own]
    regions = regions_of(masks, number, [frame for own in frames for frame in own])
    encoder = ObjectTokens(Dims(patch=8, vision=48, text=80, stride=14), ties="as_released", masks="as_released")
    encoder.load_state_dict(weights(tensors, "w."))
    features = tensors["feats"].unflatten(1, (27, 27))
    tokens = encoder.in_text(FeatureMaps(features, torch.empty(0), nn.Identity()), regions)
    assert [len(own) for own in tokens] == json.loads(settings["region_token_nums"])
    close(torch.cat(tokens), tensors["out"])


def test_regiongpt_style_extractor() -> None:
    tensors, _ = recorded("regiongpt_27")
    dims = Dims(patch=24, vision=24, text=40, stride=14)
    encoder = MaskPool(dims, refine=True, projector="own", weights="bilinear")
    encoder.load_state_dict(weights(tensors, "w."))
    coarse, fine = encoder.at_features(tensors["x"].unflatten(1, (27, 27)))
    close(fine[:, 5::16], tensors["hres_every_16th_row"])
    close(coarse.flatten(1, 2), tensors["lres"])
    regions = regions_of(tensors["masks.0"], [0, 1], [0, 0])
    close(torch.cat(encoder.in_text(FeatureMaps(fine, torch.empty(0), nn.Identity()), regions)), tensors["out.0"])


def unpacked(planes: Tensor) -> Tensor:
    return planes.repeat_interleave(8, -2).repeat_interleave(8, -1)


def replay_encoder(tensors: dict[str, Tensor], box: str = "fixed") -> RoiReplay:
    encoder = RoiReplay(Dims(patch=32, vision=32, text=48, stride=14), box=box)
    encoder.load_state_dict({"mask_patch_embedding.weight": tensors["w.mask_patch_embedding.weight"]})
    return encoder


def visual_tokens(tensors: dict[str, Tensor], with_mask: bool) -> Tensor:
    """Tower and connector on the three tiles; this connector averages 2 x 2 cells after its layers."""
    tower = PerceptionEncoder(width=32, depth=2, heads=4, hidden=128)
    tower.load_state_dict(weights(tensors, TOWER))
    connector = Mlp(32, 48)
    connector.load_state_dict(weights(tensors, PROJECTOR))
    patches = tower.embed(unpacked(tensors["pixels_u8"]).float() / 127.5 - 1)
    if with_mask:
        masks = unpacked(tensors["prompt_ids_u8"])[:, 0] != 5
        patches = replay_encoder(tensors).at_patches(patches, regions_of(masks, [0, 0, 0], [0, 1, 2]))
    projected = connector.project(tower.encode(patches)).permute(0, 3, 1, 2)
    return nn.functional.adaptive_avg_pool2d(projected, (16, 16)).permute(0, 2, 3, 1)


@pytest.mark.parametrize(("name", "with_mask"), [("features", True), ("features_without_mask", False)])
def test_perception_encoder_with_mask_embedding(name: str, with_mask: bool) -> None:
    tensors, _ = recorded("gar_vision_replay")
    close(visual_tokens(tensors, with_mask).flatten(1, 2), tensors[name])


@pytest.mark.parametrize("box", ["fixed", "reference"])
def test_replay_from_pixels_to_text(box: str) -> None:
    tensors, _ = recorded("gar_vision_replay")
    tiles = visual_tokens(tensors, with_mask=True)
    merged = torch.cat([tiles[1], tiles[2]], dim=1)[None]
    close(merged.permute(0, 3, 1, 2), tensors["merged_map"])
    regions = regions_of(torch.ones(2, 1, 1), [0, 1], [0, 0], tensors["boxes"])
    replayed = replay_encoder(tensors, box).in_text(FeatureMaps(merged, merged, nn.Identity()), regions)
    close(torch.stack(replayed), tensors[f"replay_{box}"])


@pytest.mark.parametrize("box", ["fixed", "reference"])
def test_replay_of_the_recorded_map(box: str) -> None:
    tensors, _ = recorded("gar_vision_replay")
    merged = tensors["merged_map"].permute(0, 2, 3, 1)
    regions = regions_of(torch.ones(2, 1, 1), [0, 1], [0, 0], tensors["boxes"])
    replayed = replay_encoder(tensors, box).in_text(FeatureMaps(merged, merged, nn.Identity()), regions)
    close(torch.stack(replayed), tensors[f"replay_{box}"])


def test_every_published_name_and_shape_of_the_extractor_at_full_size() -> None:
    published = json.loads((HERE / "srgpt_region_keys.json").read_text())
    with torch.device("meta"):
        encoder = MaskPool(Dims(patch=1152, vision=1152, text=4096, stride=14), refine=True, projector="own")
    ours = {name: list(value.shape) for name, value in encoder.state_dict().items()}
    depth = {name for name in published if name.startswith("depth_projector.")}  # SpatialRGPT's own, for depth maps
    assert ours == {name: shape for name, shape in published.items() if name not in depth}

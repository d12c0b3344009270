"""VideoChat-TPO as a whole: any mix of media, and every weight of the release accounted for."""

import numpy as np
import pytest
import torch

from regard.core.errors import CheckpointError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.lora import merged
from regard.models.model import RegardModel
from regard.models.presets import _base as presets
from regard.models.processor import RegardProcessor
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from tiny_model import words

NAME = "videochat_tpo_7b"
PRESET = presets.load(NAME)
LAYERS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
LAYERS += ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "lm_head")
# How many tensors of the release are left unread, by what they belong to.
UNREAD = {
    "sam": 900,
    "cg_model": 285,
    "cg_criterion": 1,
    "box, temporal, track token": 3,
    "loc_decoder": 4,
    "track_embed": 4,
    "track_embed_decode2": 4,
    "temporal_embed": 4,
    "action_embed": 4,
    "project_down, merge_proj": 4,
    "words of the bridge: table, places and their numbers": 3,
    "perceptrons of the bridge for words": 12 * 6,
}


def twin(seed=1):
    torch.manual_seed(seed)
    config = presets.configuration(f"{NAME}_tiny")
    config.language = {**config.language, "vocab_size": len(words()), "initializer_range": 0.2}
    return RegardModel(config).eval(), RegardProcessor(words(), config)


def clip(seed, frames):
    return Clip.from_frames(np.random.default_rng(seed).integers(0, 255, (frames, 30, 40, 3), dtype=np.uint8), fps=2)


def samples():
    photo = Image.from_array(np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8))
    answer = Turn(ASSISTANT, "red")
    return [
        Sample.build(clip(1, 9), [Turn(USER, "Is <region1> red?"), answer], [Region.box(2, 3, 20, 22, frame=4)]),
        Sample.build(photo, [Turn(USER, "<region1>, <region2>?"), answer], [Region.box(1, 1, 9, 9)] * 2),
        Sample.build(clip(2, 3), [Turn(USER, "What is here?"), answer]),
        Sample.build(clip(3, 1), [Turn(USER, "And here?"), answer]),
    ]


@torch.no_grad()
def test_a_batch_of_clips_and_pictures_equals_its_samples_one_by_one():
    made, processor = twin()

    def answers(asked):
        batch = processor(asked)
        logits = made(**{name: value for name, value in batch.items() if name != "labels"}).logits
        return [row[wanted != -100] for row, wanted in zip(logits, batch["labels"], strict=True)]

    for sample, mixed in zip(samples(), answers(samples()), strict=True):
        torch.testing.assert_close(mixed, answers([sample])[0], atol=2e-5, rtol=1e-4)


@torch.no_grad()
def test_every_frame_and_the_box_reach_the_answer():
    made, processor = twin()
    batch = processor(samples()[:1])
    before = made(**batch).logits[0, -1]
    frames = batch["pixels"][0]
    for changed in (0, len(frames) - 1):
        pixels = frames.clone()
        pixels[changed] *= -1
        assert not torch.allclose(made(**batch | {"pixels": [pixels]}).logits[0, -1], before, atol=1e-4)
    moved = processor([Sample.build(clip(1, 9), samples()[0].turns, [Region.box(15, 3, 38, 29, frame=4)])])
    assert not torch.allclose(made(**moved).logits[0, -1], before, atol=1e-4)


def full_size_names():
    with torch.device("meta"):
        return {PRESET.published_name(name) for name in RegardModel(presets.configuration(NAME)).state_dict()}


def test_all_tensors_of_the_release_are_read_or_named_as_unread():
    names = full_size_names()
    changes = 2 * (7 * 32 + 1)  # LoRA's two pieces, for seven layers of each of 32 blocks and for the words' scores
    assert len(names) + changes + sum(UNREAD.values()) == 2594
    assert {
        "vision_encoder.encoder.patch_embed.proj.weight",
        "vision_encoder.encoder.blocks.22.attn.q_bias",
        "vision_layernorm.weight",
        "qformer.bert.embeddings.LayerNorm.weight",
        "qformer.bert.encoder.layer.0.attention.self.query.weight",
        "qformer.bert.encoder.layer.0.crossattention.output.LayerNorm.bias",
        "query_tokens",
        "extra_query_tokens",
        "project_up.bias",
        "loc_encoder.2.weight",
        "lm.base_model.model.lm_head.weight",
        "lm.base_model.model.model.embed_tokens.weight",
        "lm.base_model.model.model.layers.31.mlp.gate_proj.weight",
        "lm.base_model.model.model.norm.weight",
    } <= names


def as_released(weights, scale):
    """The twin's weights as the release keeps them: layers in three pieces, and more that has no place here."""
    for name, value in weights.items():
        layer = name.removesuffix(".weight")
        if not layer.endswith(LAYERS):
            yield name, value
            continue
        down, up = torch.randn(2, value.shape[1]), torch.randn(value.shape[0], 2)
        yield f"{layer}.lora_B.default.weight", up
        yield f"{layer}.base_layer.weight", value - scale * up @ down
        yield f"{layer}.lora_A.default.weight", down
    for unread in (
        "sam.memory_encoder.fuser.layers.0.gamma",
        "cg_model.query_embed.weight",
        "cg_criterion.empty_weight",
        "box_token",
        "loc_decoder.0.weight",
        "merge_proj.bias",
        "qformer.bert.embeddings.position_ids",
        "qformer.bert.encoder.layer.1.output.LayerNorm.bias",
        "qformer.bert.encoder.layer.1.intermediate.dense.weight",
    ):
        yield unread, torch.zeros(1)


def test_released_weights_become_ours():
    weights = twin()[0].state_dict()
    released = as_released({PRESET.published_name(name): value for name, value in weights.items()}, PRESET.lora_scale)
    ours = {PRESET.our_name(name): value for name, value in PRESET.whole(released)}
    assert set(ours) == set(weights)
    for name, value in weights.items():
        torch.testing.assert_close(ours[name], value, rtol=0, atol=1e-5)


def test_half_a_changed_layer_is_named():
    pieces = [("q.base_layer.weight", torch.zeros(2, 2)), ("q.lora_A.default.weight", torch.zeros(1, 2))]
    with pytest.raises(CheckpointError, match=r"of q only base_layer, lora_A.default came.* \(1 layers"):
        dict(merged(pieces, 2.0))
    assert dict(merged([("q.weight", pieces[0][1])], 2.0)) == {"q.weight": pieces[0][1]}

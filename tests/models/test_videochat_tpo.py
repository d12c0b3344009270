"""VideoChat-TPO as a whole: any mix of media, answers by its heads, and every weight of the release accounted for."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from regard.backends.local import LocalBackend
from regard.core.errors import CheckpointError, DataError, PromptError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.lora import merged
from regard.models.model import RegardModel
from regard.models.presets import _base as presets
from regard.models.presets._base import PAPER, RELEASED
from regard.models.processor import RegardProcessor
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from regard.verbs import Model
from tiny_model import words

NAME = "videochat_tpo_7b"
PRESET = presets.load(NAME)
LAYERS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj")
LAYERS += ("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj", "lm_head")
GOLDEN = Path(__file__).parent.parent / "golden"
TOKENS = ("box_token", "temporal_token", "track_token")
SAM, FREQUENCIES = "heads.members.mask.sam.", "shared_embedding.positional_embedding"
SECOND = "heads.members.mask.track_embed.layers.1"  # of the adapter
POINTS = "sam.sam_prompt_encoder.point_embeddings"
# How many tensors of the release are left unread, by what they belong to.
UNREAD = {
    "cg_criterion": 1,
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
    config.language = {**config.language, "initializer_range": 0.2}
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


def full_size():
    """Every name of the release that is read, with its shape."""
    with torch.device("meta"):
        ours = RegardModel(presets.configuration(NAME)).state_dict()
    return dict(split((PRESET.published_name(name), value) for name, value in ours.items()))


def split(weights):
    """SAM 2's weights as its own code has them: a table for each kind of point, and one of the frequencies."""
    for name, value in weights:
        if name == "sam.sam_prompt_encoder.point_embed.weight":
            yield from ((f"{POINTS}.{kind}.weight", value[kind : kind + 1]) for kind in range(4))
        elif name != "sam.shared_image_embedding.positional_embedding":
            yield name, value[None, None] if name in TOKENS else value


def test_all_tensors_of_the_release_are_read_or_named_as_unread():
    names = full_size()
    changes = 2 * (7 * 32 + 1)  # LoRA's two pieces, for seven layers of each of 32 blocks and for the words' scores
    assert len(names) + changes + sum(UNREAD.values()) == 2594
    counted = {part: sum(name.startswith(part) for name in names) for part in ("sam.", "cg_model.", "loc_decoder.")}
    assert counted == {"sam.": 900, "cg_model.": 285, "loc_decoder.": 4}
    assert all(tuple(names[token].shape) == (1, 1, 4096) for token in TOKENS)
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
        "loc_decoder.2.weight",
        "track_embed.layers.1.bias",
        "cg_model.query_embed.weight",
        "lm.base_model.model.lm_head.weight",
        "lm.base_model.model.model.embed_tokens.weight",
        "lm.base_model.model.model.layers.31.mlp.gate_proj.weight",
        "lm.base_model.model.model.norm.weight",
    } <= set(names)


def test_sam_2_has_every_name_and_shape_of_its_own_code():
    """Recorded from facebookresearch/sam2 at hiera-large, version 2.0."""
    own = json.loads((GOLDEN / "sam2_hiera_large_keys.json").read_text())
    ours = {name.removeprefix("sam."): list(value.shape) for name, value in full_size().items() if name[:4] == "sam."}
    assert ours == own and len(own) == 900


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
        "cg_criterion.empty_weight",
        "track_embed_decode2.layers.0.weight",
        "temporal_embed.layers.1.bias",
        "action_embed.layers.0.bias",
        "merge_proj.bias",
        "qformer.bert.embeddings.position_ids",
        "qformer.bert.encoder.layer.1.output.LayerNorm.bias",
        "qformer.bert.encoder.layer.1.intermediate.dense.weight",
    ):
        yield unread, torch.zeros(1)


def test_released_weights_become_ours():
    weights = dict(twin()[0].state_dict())
    weights[f"{SAM}shared_image_embedding.positional_embedding"] = weights[f"{SAM}prompt_encoder.{FREQUENCIES}"]
    named = dict(split((PRESET.published_name(name), value) for name, value in weights.items()))
    released = as_released(named, PRESET.lora_scale)
    ours = {PRESET.our_name(name): value for name, value in PRESET.whole(released)}
    assert set(ours) == set(weights)
    for name, value in weights.items():
        torch.testing.assert_close(ours[name], value, rtol=0, atol=1e-5)


def test_half_a_changed_layer_is_named():
    pieces = [("q.base_layer.weight", torch.zeros(2, 2)), ("q.lora_A.default.weight", torch.zeros(1, 2))]
    with pytest.raises(CheckpointError, match=r"of q only base_layer, lora_A.default came.* \(1 layers"):
        dict(merged(pieces, 2.0))
    assert dict(merged([("q.weight", pieces[0][1])], 2.0)) == {"q.weight": pieces[0][1]}


def test_the_form_as_paper_has_the_papers_loss_of_boxes_and_its_adapter():
    box, moment, mask = presets.configuration(NAME, PAPER).heads
    ours = presets.configuration(NAME).heads
    assert box == ours[0] | {"loss": "as_paper"} and moment == ours[1]
    assert mask == ours[2] | {"adapter": "as_paper", "follow": "slot"}
    names = {
        form: {*RegardModel(presets.configuration(f"{NAME}_tiny", form)).state_dict()} for form in ("", RELEASED, PAPER)
    }
    assert names[""] == names[RELEASED] > names[PAPER]
    assert names[""] - names[PAPER] == {f"{SECOND}.weight", f"{SECOND}.bias"}


# -- answers by its heads ----------------------------------------------------------------------------------------------


def asked(**moment):
    """The twin with the verbs, which ends its answers as soon as it may; `moment`: settings of its moment head."""
    torch.manual_seed(1)
    config = presets.configuration(f"{NAME}_tiny")
    tokenizer = copy.deepcopy(words())
    tokenizer.add_tokens([f"<{number}>" for number in range(config.language["vocab_size"] - len(tokenizer))])
    config.heads[1] |= moment
    model = RegardModel(config)
    end = torch.tensor([config.eos_token_id])
    model.get_output_embeddings().register_forward_hook(lambda layer, inputs, said: said.index_fill(-1, end, 100.0))
    return Model(LocalBackend(model, RegardProcessor(tokenizer, config), "twin"))


def test_the_twin_answers_with_boxes_masks_tracks_and_moments():
    model, media = asked(), clip(1, 5)
    assert model.backend.heads == {"box": "box", "moment": "moments", "mask": "tracks"}
    found = model.locate(media, "the cup", allow_none=False)
    assert found.text == "<box>" and len(found.regions) + len(found.notes) >= 1
    assert model.segment(media, "the cup", allow_none=False).text in ("<mask>", "none")
    [followed] = model.track(media, Region.box(5, 5, 30, 20, frame=3), allow_none=False)
    assert followed.readable and list(followed.regions[0].data) == list(range(5))
    moments = model.moments(media, "it moves", allow_none=False)
    assert len(moments.spans) > 0 and len(moments.saliency) == 3  # 2.5 s


def test_moments_of_the_release_are_read_from_features_that_are_given(tmp_path):
    model, media = asked(features=8), clip(1, 5)
    with pytest.raises(DataError, match=r"\(V, 8\).*features=FILE"):
        model.moments(media, "it moves", allow_none=False)
    features = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    np.save(tmp_path / "features.npy", features)
    given = [features, tmp_path / "features.npy", str(tmp_path / "features.npy")]
    answers = [model.moments(media, "it moves", allow_none=False, features=one) for one in given]
    assert answers[0].spans and answers[0].spans == answers[1].spans == answers[2].spans
    other = model.moments(media, "it moves", allow_none=False, features=features[::-1].copy())
    assert other.saliency != answers[0].saliency
    with pytest.raises(DataError, match=r"\(V, 8\).*\(6, 7\)"):
        model.moments(media, "it moves", allow_none=False, features=features[:, :7])


def test_a_head_that_cannot_answer_about_the_media_spoils_no_other_answer():
    model = asked()
    photo = Image.from_array(np.zeros((30, 40, 3), np.uint8))
    answers = model.backend.generate([Sample.build(photo, "Where?"), Sample.build(clip(1, 3), "When?")], begin="moment")
    assert [answer.text for answer in answers] == ["<moment>", "<moment>"]
    assert answers[0].found == () and "this is a picture" in answers[0].refused["moment"]
    assert len(answers[1].found) == 1 and answers[1].refused == {}


def test_files_of_features_that_cannot_be_read_say_why(tmp_path):
    model, media = asked(features=8), clip(1, 5)
    (tmp_path / "features.npy").write_bytes(b"no array")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    for name, said in [
        ("nothing.npy", "is no file"),
        ("features.npy", "cannot be read"),
        ("objects.npy", "cannot be read"),
        ("features.pt", "is no .npy file"),
    ]:
        with pytest.raises(DataError, match=said):
            model.moments(media, "it moves", features=tmp_path / name)
    with pytest.raises(DataError, match="one row each"):
        model.moments(media, "it moves", features=np.zeros(8))
    with pytest.raises(PromptError):
        model.moments(media, "", features=np.zeros((2, 8)))

"""Bases as they were published: the library's own classes write them small, ours read them, both say the same."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    CLIPVisionConfig,
    InternVLForConditionalGeneration,
    LlamaConfig,
    LlavaOnevisionForConditionalGeneration,
    PerceptionLMConfig,
    PerceptionLMForConditionalGeneration,
    Qwen2_5_VLForConditionalGeneration,
)
from transformers.modeling_outputs import BaseModelOutputWithPooling

import regard
from regard.core import rooms
from regard.core.errors import CheckpointError, ConfigError, NotFound
from regard.models import published
from regard.models.bases import _base as bases
from regard.models.model import ALONE, RegardModel
from regard.models.presets import _base as presets
from regard.models.presets import _language as language
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from small_bases import DESIGNS, LIBRARY, PERCEPTION_LM, ROWS, TEXT, TOWER, added, base_of, begun, words, write

NAMES = rooms.names(bases.ROOM)


def flat(pixels):
    """Pixels (T, 3, H, W) as Qwen's processor flattens them: 2 x 2 patches together, each with its frame twice."""
    frames, _, height, width = pixels.shape
    blocks = pixels.view(frames, 3, height // 28, 2, 14, width // 28, 2, 14).permute(0, 2, 5, 3, 6, 1, 4, 7)
    return blocks[..., None, :, :].expand(*blocks.shape[:-2], 2, 14, 14).flatten(0, 4).flatten(1)


def logits_of(name, made, ids, pixels):
    """What the library says to text with a picture in the places of id 7."""
    ids = torch.tensor([ids])
    if name == "qwen2_5_vl":
        grid = torch.tensor([[1, pixels.shape[2] // 14, pixels.shape[3] // 14]])
        # Positions of the text for all three axes: the base's own place and time is what this package leaves out.
        places = torch.arange(ids.shape[1]).expand(3, 1, -1)
        return made(input_ids=ids, pixel_values=flat(pixels), image_grid_thw=grid, position_ids=places).logits
    if name.startswith("intern"):
        return made(input_ids=ids, pixel_values=pixels).logits
    two = torch.tensor([2])  # so many pictures: none of them is cut into tiles
    sizes = torch.tensor([[56, 56]] * 2)
    both = torch.cat([pixels, pixels])[:, None]
    return made(input_ids=torch.cat([ids, ids], 1), pixel_values=both, image_sizes=sizes, batch_num_images=two).logits


@pytest.mark.parametrize("name", LIBRARY)
@torch.no_grad()
def test_a_base_says_what_the_library_s_class_says(name, tmp_path):
    made = write(name, tmp_path)
    model, processor, _ = begun(name, tmp_path)
    pixels = torch.randn(1, 3, 56, 84 if name == "qwen2_5_vl" else 56)
    visual = model.visual_tokens(1, *pixels.shape[2:])
    after = [30, 31, 32, 33]
    ours = [20, 21, *[model.config.visual_token_id] * visual, *after]
    given = [20, 21, *[7] * visual, *after]
    if name.startswith("llava"):  # the end of the row is a word of the library's model; let it be one of ours, too
        made.model.image_newline.copy_(made.get_input_embeddings().weight[after[0]])
        given = [20, 21, *[7] * (visual + 1), *after[1:]]
    wanted = logits_of(name, made, given, pixels)[0, : len(ours)]
    said = model(torch.tensor([ours]), [pixels], [ALONE], [[]]).logits[0]
    old = [row for row in range(ROWS) if row not in added(processor).values()]
    torch.testing.assert_close(said[:, old], wanted[:, old], rtol=1e-4, atol=1e-4)
    assert wanted.std() > 0.1


@torch.no_grad()
def test_a_clip_of_llava_onevision_has_the_library_s_visual_tokens(tmp_path):
    made = write("llava_onevision", tmp_path)
    model, _, _ = begun("llava_onevision", tmp_path, image_pool=2, clip_pool=2)
    for size in (56, 42):  # an even and an odd number of cells a side
        pixels, cells = torch.randn(2, 3, 56, 56), size // 14
        features = model.vision.encode(model.vision.embed(pixels))[:, :cells, :cells]
        made.config.vision_config.image_size = size
        wanted = made.model.apply_pooling(made.model.multi_modal_projector(features.flatten(1, 2)))
        ours = model.connector(features, 2)
        assert ours.shape[1:3] == model.connector.grid(cells, cells, 2) == (2, 2)
        torch.testing.assert_close(ours.flatten(1, 2), wanted, rtol=0, atol=1e-5)


SO400M = {
    "model_type": "siglip_vision_model",
    "hidden_size": 1152,
    "num_hidden_layers": 26,
    "num_attention_heads": 16,
    "intermediate_size": 4304,
    "patch_size": 14,
    "image_size": 384,
    "vision_use_head": False,
}
LARGE = {  # Qwen2.5-VL-3B's own file has the language model's settings at the top, and spells as of then
    "llava_onevision": {"text_config": language.QWEN_2_7B | {"vocab_size": 152128}, "vision_config": SO400M},
    "qwen2_5_vl": {
        **{name: value for name, value in language.QWEN_2_5_3B.items() if name != "rope_parameters"},
        "rope_theta": 1000000.0,
        "rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]},
        "vision_config": {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 2048, "window_size": 112},
        "model_type": "qwen2_5_vl",
    },
    "internvl": {
        "text_config": language.QWEN_2_5_1_5B | {"vocab_size": 151674, "tie_word_embeddings": False},
        "vision_config": {"attention_bias": True},
        "tie_word_embeddings": False,
    },
}
KINDS = {
    "llava_onevision": LlavaOnevisionForConditionalGeneration,
    "qwen2_5_vl": Qwen2_5_VLForConditionalGeneration,
    "internvl": InternVLForConditionalGeneration,
}


@pytest.mark.parametrize("name", LARGE)
def test_names_and_shapes_at_full_size_are_the_library_s(name):
    kind, base, design = KINDS[name], base_of(name), presets.load(DESIGNS[name])
    released = {"model_type": kind.config_class.model_type, **LARGE[name]}
    read = base.read(released)
    with torch.device("meta"):
        made = kind._from_config(kind.config_class(**LARGE[name]))
        ours = RegardModel(
            presets.RegardConfig(**presets.changed(design.settings, read) | {"language": read["language"]})
        )
    wanted = {base.our_name(key): value.shape for key, value in made.state_dict().items() if "newline" not in key}
    own = {key: value.shape for key, value in ours.state_dict().items() if not key.startswith("encoders.")}
    assert own == wanted
    assert read["language"]["rope_parameters"] == {"rope_type": "default", "rope_theta": 1000000.0}


def test_positions_that_are_stretched_stay_so():
    stretched = {"factor": 2.0, "rope_type": "dynamic", "type": "dynamic"}  # as InternVL3 writes it
    text = TEXT | {"model_type": "qwen2", "rope_theta": 1000000.0, "rope_scaling": stretched}
    read = base_of("internvl_chat").read({"vision_config": TOWER, "llm_config": text})
    turns = {name: read["language"]["rope_parameters"][name] for name in ("rope_type", "factor", "rope_theta")}
    assert turns == {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1000000.0}


class Seen(torch.nn.Module):
    """Our tower in the place of the library's, which needs timm; a class token stands before what it sees."""

    def __init__(self, tower):
        super().__init__()
        self.tower = tower

    def forward(self, pixels, **_):
        cells = self.tower.encode(self.tower.embed(pixels)).flatten(1, 2)
        return BaseModelOutputWithPooling(last_hidden_state=torch.cat([cells[:, :1], cells], 1))


@torch.no_grad()
def test_perception_lm_behind_its_tower_says_what_the_library_s_class_says(tmp_path):
    write("perception_lm", tmp_path)
    model, processor, _ = begun("perception_lm", tmp_path)
    released = json.loads((tmp_path / "config.json").read_text())
    vision = CLIPVisionConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8)
    vision.model_args = released["vision_config"]["model_args"]
    text = LlamaConfig(**{name: value for name, value in released["text_config"].items() if name != "torch_dtype"})
    config = PerceptionLMConfig(vision_config=vision, text_config=text, projector_pooling_ratio=2, image_token_id=7)
    made = PerceptionLMForConditionalGeneration._from_config(config).eval()
    weights = load_file(tmp_path / "model.safetensors")
    weights = {name: value for name, value in weights.items() if "vision_tower" not in name}
    loaded = made.load_state_dict(weights, strict=False)
    assert not loaded.unexpected_keys
    assert all(name.startswith(("model.vision_tower.", "lm_head.")) for name in loaded.missing_keys)
    made.tie_weights()
    made.model.vision_tower = Seen(model.vision)
    pixels, visual = torch.randn(3, 3, 56, 56), 3 * 4
    ids = [20, *[7] * visual, 30, 31]
    wanted = made(input_ids=torch.tensor([ids]), pixel_values=pixels[None]).logits[0]
    ours = torch.tensor([[model.config.visual_token_id if word == 7 else word for word in ids]])
    said = model(ours, [pixels], [ALONE], [[]]).logits[0]
    old = [row for row in range(ROWS) if row not in added(processor).values()]
    torch.testing.assert_close(said[:, old], wanted[:, old], rtol=1e-4, atol=1e-4)
    assert wanted.std() > 0.1


def test_perception_lm_has_the_names_of_gar_s_weights():
    base, gar = base_of("perception_lm"), presets.load("gar_1b")
    with torch.device("meta"):
        own = [key for key in RegardModel(gar.config()).state_dict() if not key.startswith("encoders.")]
    assert len(own) == 478
    assert [f"mllm.{base.published_name(key)}" for key in own] == [gar.published_name(key) for key in own]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_new_is_listed_and_begins_as_said(name, tmp_path):
    write(name, tmp_path)
    model, processor, told = begun(name, tmp_path)
    stored = dict(base_of(name).whole(published.tensors(tmp_path)))
    own = set(model.state_dict())
    new = {key for key in own if key.startswith("encoders.")}
    assert new and all(key in told for key in new) and all(word in told for word in added(processor))
    assert not any(key in told for key in own - new)
    assert len(own - new) - model.config.language["tie_word_embeddings"] == len(stored)
    before = next(value for key, value in stored.items() if key.endswith("embed_tokens.weight"))
    known = len(processor.tokenizer) - len(added(processor))
    rows = model.get_input_embeddings().weight
    assert rows.shape[0] == max(ROWS, len(processor.tokenizer))
    assert torch.equal(rows[:known], before[:known])
    for row in added(processor).values():
        torch.testing.assert_close(rows[row], before[:known].mean(0), rtol=0, atol=1e-6)
    if DESIGNS[name].startswith("gar"):
        assert not model.encoders.members[0].mask_patch_embedding.weight.any(), "the mask says nothing yet"


@pytest.mark.parametrize("name", NAMES)
def test_a_base_is_trained_saved_and_loaded(name, tmp_path):
    write(name, tmp_path)
    model, processor, _ = begun(name, tmp_path)
    picture = regard.Image.from_array(torch.randint(0, 255, (60, 90, 3), dtype=torch.uint8).numpy())
    turns = [Turn(USER, "Is <region1> in <region2>?"), Turn(ASSISTANT, "red")]
    regions = [regard.Region.box(5, 5, 40, 50), regard.Region.box(30, 10, 80, 55)]
    batch = processor([Sample.build(picture, turns, regions)])
    optimizer = torch.optim.AdamW(model.train().parameters(), lr=1e-3)
    losses = []
    for _ in range(3):
        losses.append(model(**batch).loss)
        losses[-1].backward()
        optimizer.step()
        optimizer.zero_grad()
    assert losses[-1] < losses[0]
    model.save_pretrained(tmp_path / "mine")
    processor.save_pretrained(tmp_path / "mine")
    assert regard.load(tmp_path / "mine").ask(picture, "Is <region1> red?", regions[:1]).text is not None


def test_words_that_find_no_free_row_get_one(tmp_path):
    weights, known = {"model.embed_tokens.weight": torch.randn(6, 4), "lm_head.weight": torch.randn(6, 4)}, 5
    base = base_of("llava_qwen")
    grown = bases.with_rows(weights, base, known, {7, 5, 6})
    for name, old in weights.items():
        assert grown[name].shape == (8, 4) and torch.equal(grown[name][:5], old[:5])
        torch.testing.assert_close(grown[name][5:], old[:5].mean(0).expand(3, 4))
    assert bases.with_rows(weights, base, known, set()) == weights


def test_other_encoders_stand_on_a_base_too(tmp_path):
    write("qwen2_5_vl", tmp_path)
    settings = {"encoders": [{"name": "mask_pool"}], "template": "videorefer_qwen2"}
    model, _, told = begun("qwen2_5_vl", tmp_path, **settings)
    assert type(model.encoders.members[0]).__name__ == "MaskPool"
    assert told.endswith("new and untrained: the word <region>")


def test_one_head_stays_one_and_two_stay_two(tmp_path):
    write("perception_lm", tmp_path)
    assert begun("perception_lm", tmp_path)[0].config.language["tie_word_embeddings"]
    weights = load_file(tmp_path / "model.safetensors")
    weights["lm_head.weight"] = weights["model.language_model.embed_tokens.weight"].clone()
    save_file(weights, tmp_path / "model.safetensors")
    assert begun("perception_lm", tmp_path)[0].config.language["tie_word_embeddings"]
    weights["lm_head.weight"] += 1
    save_file(weights, tmp_path / "model.safetensors")
    model = begun("perception_lm", tmp_path)[0]
    assert model.language.lm_head.weight is not model.get_input_embeddings().weight


@pytest.mark.parametrize(
    ("design", "error", "said"),
    [
        ("", CheckpointError, "knows no regions yet.*design='gar_1b' or design='gar_8b'"),
        ("videorefer_7b", CheckpointError, "videorefer_7b stands on other parts.*'gar_1b'"),
        ("gar_1c", NotFound, "gar_1b"),
    ],
)
def test_a_design_of_other_parts_is_refused_with_those_that_fit(tmp_path, design, error, said):
    write("perception_lm", tmp_path)
    with pytest.raises(error, match=said):
        regard.load(tmp_path, design=design)


def test_weights_that_do_not_fit_are_named(tmp_path):
    write("internvl_chat", tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights["vision_model.extra"] = weights.pop("mlp1.3.bias")
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"missing: mlp1\.3\.bias; unknown: vision_model\.extra"):
        begun("internvl_chat", tmp_path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("llava_qwen", {"mm_vision_tower": "openai/clip-vit-large-patch14-336"}),
        ("internvl_chat", {"vision_config": TOWER | {"qk_normalization": True}}),
        ("internvl", {"vision_config": TOWER | {"norm_type": "rms_norm"}}),
        ("llava_onevision", {"vision_config": {"model_type": "clip_vision_model"}}),
        ("perception_lm", {"vision_config": {}}),
        ("qwen2_5_vl", {"vision_config": {"depth": "x"}}),
    ],
)
def test_another_tower_is_refused(tmp_path, name, change):
    write(name, tmp_path)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises((CheckpointError, ConfigError)):
        begun(name, tmp_path)


def test_a_tokenizer_that_lacks_what_the_base_has_is_refused(tmp_path):
    write("qwen2_5_vl", tmp_path)
    words("gar_1b").save_pretrained(tmp_path)
    with pytest.raises(CheckpointError, match=r"lacks .*<\|im_start\|>.*which gar_qwen2_5_vl needs"):
        begun("qwen2_5_vl", tmp_path)


def test_a_checkpoint_that_knows_regions_needs_no_design(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "GAR", "mllm_config": PERCEPTION_LM}))
    with pytest.raises(CheckpointError, match="knows regions already, as Gar1B does"):
        regard.load(tmp_path, design="gar_1b")

"""Every preset: built at full size without storage, its twin trained, saved, loaded; published names key for key."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from regard.core import rooms
from regard.core.errors import CheckpointError, NotFound
from regard.media.image import Image
from regard.models import published
from regard.models.figure import figure
from regard.models.model import RegardModel
from regard.models.presets import _base as presets
from regard.models.processor import RegardProcessor
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from tiny_model import words

NAMES = rooms.names(presets.ROOM)
RELEASED = [name for name in NAMES if presets.load(name).published]
GOLDEN = Path(__file__).parent.parent / "golden"


def twin(name, seed=1):
    torch.manual_seed(seed)
    config = presets.configuration(f"{name}_tiny")
    config.language = {**config.language, "vocab_size": len(words())}
    return RegardModel(config), RegardProcessor(words(), config)


def sample():
    picture = Image.from_array(torch.randint(0, 255, (60, 90, 3), dtype=torch.uint8).numpy())
    turns = [Turn(USER, "Is <region1> in <region2>?"), Turn(ASSISTANT, "red")]
    return Sample.build(picture, turns, [Region.box(5, 5, 40, 50), Region.box(30, 10, 80, 55)])


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_learns_and_every_part_is_reached(name):
    model, processor = twin(name)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(2):  # what starts at zero passes gradients on from the second step
        optimizer.zero_grad()
        model(**processor([sample()])).loss.backward()
        optimizer.step()
    moved = {key.split(".")[0] for key, value in model.state_dict().items() if not torch.equal(value, before[key])}
    assert {"vision", "connector", "encoders", "language"} <= moved


@pytest.mark.parametrize("name", NAMES)
def test_the_twin_generates_and_loads_what_it_saved(name, tmp_path):
    model, processor = twin(name)
    batch = processor([sample()])
    batch.pop("labels")
    model.eval().save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again = RegardModel.from_pretrained(tmp_path).eval()
    assert all(torch.equal(value, again.state_dict()[key]) for key, value in model.state_dict().items())
    with torch.no_grad():  # weights read from a file lie elsewhere in memory, which a kernel may round differently for
        torch.testing.assert_close(again(**batch).logits, model(**batch).logits, rtol=0, atol=1e-6)
        assert again.generate(**batch, max_new_tokens=2).shape[0] == 1
    assert RegardProcessor.from_pretrained(tmp_path).framing == processor.framing


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_its_source(name):
    preset = presets.load(name)
    assert {"vision", "connector", "encoders", "language", "frames", "most_regions"} <= set(preset.sources)
    assert ("tiles" in preset.settings) == ("tiles" in preset.sources)


FACTS = {
    "gar_1b": {"vision": 291e6, "language": 1.24e9, "picture": (256, 4352), "region": (256, 4096)},
    "gar_8b": {"vision": 1741e6, "language": 8.03e9, "picture": (256, 4352), "region": (256, 4096)},
    "gar_qwen2_5_vl_3b": {"vision": 632e6, "language": 3.09e9, "picture": (256, 4352), "region": (256, 4096)},
    "gar_internvl3_2b": {"vision": 304e6, "language": 1.777e9, "picture": (256, 4352), "region": (256, 4096)},
    "videorefer_7b": {"connector": 376.9e6, "region encoder": 17.0e6, "picture": (1352, 1352), "region": (1, 4)},
    "regiongpt_7b": {"vision": 304e6, "language": 6.74e9, "picture": (576, 576), "region": (1, 1)},
    "omni_rgpt_7b": {"vision": 304e6, "language": 6.74e9, "picture": (576, 576), "region": (1, 1)},
    "omni_rgpt_13b": {"language": 13.02e9, "region": (1, 1)},
    "videochat_tpo_7b": {"vision": 290.5e6, "connector": 104.8e6, "language": 7.24e9, "picture": (96, 96), "clip": 96},
    "llava_ov_tpo_7b": {"vision": 413e6, "language": 7.62e9, "picture": (196, 196), "clip": 3136, "region": (1, 1)},
}


def test_task_heads_are_parts_of_the_figure_with_their_own_weights():
    parts = {part.name: part for part in figure(presets.configuration("videochat_tpo_7b")).parts}
    assert parts["box"].place == "task head" and parts["box"].gives == "called by <box_begin>"
    assert parts["box"].weights == 8_398_852 + 4096 and parts["mask"].weights > 224e6
    assert "place and scale" not in parts


@pytest.mark.parametrize("name", FACTS)
def test_weights_and_tokens_are_those_that_are_published(name):
    made = figure(presets.configuration(name))
    parts = {part.place: part.weights for part in made.parts}
    for what, wanted in FACTS[name].items():
        if what in ("picture", "clip", "region"):
            assert getattr(made, what) == wanted
        else:
            assert parts[what] == pytest.approx(wanted, rel=0.005), what


def full_size(name):
    with torch.device("meta"):
        return RegardModel(presets.configuration(name))


def test_videorefer_has_every_published_name_and_shape():
    preset = presets.load("videorefer_7b")
    ours = {
        preset.published_name(key): list(value.shape) for key, value in full_size("videorefer_7b").state_dict().items()
    }
    tower = {key for key in ours if key.startswith("model.vision_tower.")}
    assert tower and {key: ours[key] for key in ours if key not in tower} == json.loads(
        (GOLDEN / "videorefer_7b_keys.json").read_text()
    )
    assert all(key.startswith("model.vision_tower.vision_tower.vision_model.") for key in tower)


@pytest.mark.parametrize(("name", "count"), [("gar_1b", 479), ("gar_8b", 958)])
def test_gar_has_as_many_tensors_as_published(name, count):
    preset = presets.load(name)
    names = {preset.published_name(key) for key in full_size(name).state_dict()}
    assert len(names) == count
    assert {"mask_patch_embedding.weight", "mllm.lm_head.weight"} <= names
    assert "mllm.model.vision_tower.timm_model.blocks.0.attn.qkv.weight" in names
    assert ("mllm.model.vision_tower.timm_model.cls_token" in names) == (name == "gar_1b")


def write_as_published(model, preset, folder, shards=2):
    weights = {preset.published_name(key): value.contiguous() for key, value in model.state_dict().items()}
    names = sorted(weights)
    placed = {}
    for number in range(shards):
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        own = names[number::shards]
        save_file({name: weights[name].clone() for name in own}, folder / file)
        placed |= dict.fromkeys(own, file)
    (folder / published.INDEX).write_text(json.dumps({"weight_map": placed}))
    return placed


@pytest.mark.parametrize("name", RELEASED)
def test_a_checkpoint_in_the_published_layout_gives_the_same_logits(name, tmp_path):
    preset = presets.load(name)
    model, processor = twin(name)
    write_as_published(model, preset, tmp_path)
    again, _ = twin(name, seed=2)
    again.load_state_dict(published.fitted(model.config, published.tensors(tmp_path), preset))
    batch = processor([sample()])
    with torch.no_grad():
        torch.testing.assert_close(again.eval()(**batch).logits, model.eval()(**batch).logits, rtol=0, atol=0)


@pytest.mark.parametrize("name", RELEASED)
def test_names_go_there_and_back(name):
    preset = presets.load(name)
    keys = list(twin(name)[0].state_dict())
    theirs = [preset.published_name(key) for key in keys]
    assert [preset.our_name(key) for key in theirs] == keys
    assert not set(theirs) & set(keys)


def test_weights_that_do_not_fit_are_named(tmp_path):
    preset = presets.load("videorefer_7b")
    model, _ = twin("videorefer_7b")
    write_as_published(model, preset, tmp_path)
    weights = dict(published.tensors(tmp_path))
    weights["model.extra"] = weights.pop("lm_head.weight")
    weights["model.norm.weight"] = torch.zeros(3)
    with pytest.raises(CheckpointError) as told:
        published.fitted(model.config, weights.items(), preset)
    assert "missing: lm_head.weight, model.norm.weight" in str(told.value)
    assert "unknown: model.extra" in str(told.value)
    assert "model.norm.weight is (3,), the model's is (32,)" in str(told.value)


def test_half_a_download_pickles_and_broken_files_are_told_apart(tmp_path):
    preset = presets.load("videorefer_7b")
    placed = write_as_published(twin("videorefer_7b")[0], preset, tmp_path)
    first, second = sorted(set(placed.values()))
    (tmp_path / first).write_bytes(b"broken")
    with pytest.raises(CheckpointError, match="not whole"):
        list(published.tensors(tmp_path))
    (tmp_path / second).unlink()
    with pytest.raises(CheckpointError, match=f"names {second}, not there"):
        published.files(tmp_path)
    (tmp_path / published.INDEX).write_text("[]")
    with pytest.raises(CheckpointError, match="no index of weights"):
        published.files(tmp_path)
    empty = tmp_path / "pickled"
    empty.mkdir()
    (empty / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="pytorch_model.bin, pickles"):
        published.files(empty)


def test_an_unknown_preset_gets_the_nearest_name():
    with pytest.raises(NotFound, match="gar_1b"):
        presets.configuration("gar_1c")

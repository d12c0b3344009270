"""The model as a whole: every encoder alone and together, any mix of samples, and what Hugging Face users expect."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from regard.core.errors import CheckpointError, ConfigError, NotFound, PromptError, TooManyRegions, VideoError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.config import FORMAT_VERSION, RegardConfig
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from tiny_model import config, model, words

REPLAY = {"name": "roi_replay", "grid": 4}
DESIGNS = [
    ["mask_pool"],
    [{"name": "mask_pool", "refine": True}],
    ["token_mark"],
    ["object_tokens"],
    [REPLAY],
    ["token_mark", REPLAY],
    ["mask_pool", "token_mark", "object_tokens", REPLAY],
]
BASELINES = [["local_crop"], ["crop_attention"], ["text_coordinates"], ["text_coordinates", "local_crop", "token_mark"]]


def picture(seed=0, size=(40, 60)):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8))


def clip(seed=0, frames=6):
    pixels = np.random.default_rng(seed).integers(0, 255, (frames, 30, 30, 3), dtype=np.uint8)
    return Clip.from_frames(pixels, fps=2)


def samples():
    answered = [Turn(USER, "Is <region1> in <region2>, or <region1>?"), Turn(ASSISTANT, "red")]
    return [
        Sample.build(picture(1), answered, [Region.box(1, 1, 20, 30), Region.box(30, 5, 55, 35)]),
        Sample.build(picture(2, (50, 20)), [Turn(USER, "What is here?"), Turn(ASSISTANT, "a ring")]),
        Sample.build(clip(3), [Turn(USER, "<region1>?"), Turn(ASSISTANT, "up")], [Region.box(2, 2, 9, 9, frame=3)]),
        Sample.build(clip(4), [Turn(USER, "And now?"), Turn(ASSISTANT, "blue")]),
    ]


def logits_of_answers(made, batch):
    with torch.no_grad():
        logits = made(**{name: value for name, value in batch.items() if name != "labels"}).logits
    return [row[wanted != -100] for row, wanted in zip(logits, batch["labels"], strict=True)]


def test_fresh_patch_embeddings_are_as_strong_as_the_pixels():
    made, _ = model(["mask_pool"])
    pixels = torch.randn(4, 3, 64, 64)
    with torch.no_grad():
        assert 0.3 < float(made.vision.embed(pixels).std()) < 3


@pytest.mark.parametrize("design", DESIGNS + BASELINES, ids=str)
def test_a_mixed_batch_equals_its_samples_one_by_one(design):
    made, processor = model(design)
    together = logits_of_answers(made, processor(samples()))
    for sample, mixed in zip(samples(), together, strict=True):
        alone = logits_of_answers(made, processor([sample]))[0]
        torch.testing.assert_close(mixed, alone, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("design", DESIGNS[:6], ids=str)
def test_one_step_teaches_every_part(design):
    made, processor = model(design)
    made.train()
    loss = made(**processor(samples(), padding_side="right")).loss
    loss.backward()
    untouched = [
        name for name, value in made.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0
    ]
    assert untouched == []


@pytest.mark.parametrize("design", DESIGNS[:6] + BASELINES, ids=str)
def test_regions_reach_the_answer(design):
    made, processor = model(design)
    if hasattr(made.encoders.members[-1], "mask_patch_embedding"):
        torch.nn.init.normal_(made.encoders.members[-1].mask_patch_embedding.weight)
    turns = [Turn(USER, "What is <region1>?"), Turn(ASSISTANT, "red")]
    here, there = (
        logits_of_answers(made, processor([Sample.build(picture(), turns, [Region.box(*box)])]))[0]
        for box in [(1, 1, 20, 20), (30, 10, 58, 39)]
    )
    assert not torch.allclose(here, there, atol=1e-4)


def test_packed_questions_do_not_see_each_other():
    made, processor = model()
    photo = picture()
    asked = [
        Sample.build(photo, [Turn(USER, f"{word} <region1>?"), Turn(ASSISTANT, "red")], [Region.box(1, 1, 9, 9 + size)])
        for size, word in enumerate(["Is it", "Where, please, is", "Colour of"])
    ]
    packed = processor.collate([processor.pack(asked)])
    with torch.no_grad():
        logits = made(**{name: value for name, value in packed.items() if name != "labels"}).logits
    together = logits[packed["labels"] != -100]
    alone = torch.cat([logits_of_answers(made, processor([sample]))[0] for sample in asked])
    torch.testing.assert_close(together, alone, atol=2e-5, rtol=1e-4)


def test_questions_that_find_no_room_are_left_out_and_one_stays():
    _, processor = model()
    photo = picture()
    asked = [Sample.build(photo, [Turn(USER, f"Is <region1> {word}?")], [Region.box(1, 1, 9, 9)]) for word in "abc"]
    whole = processor.pack(asked)
    each = len(processor.pack(asked[:1]).ids) - whole.segments.count(0)
    assert max(whole.segments) == 3
    assert max(processor.pack(asked, room=2 * each).segments) == 2
    assert max(processor.pack(asked, room=1).segments) == 1
    assert processor.pack(asked, room=3 * each).ids == whole.ids


def test_without_regions_token_mark_is_exactly_the_plain_model():
    marked, processor = model(["token_mark"])
    plain, plain_processor = model([])
    plain.load_state_dict({name: value for name, value in marked.state_dict().items() if "members" not in name})
    sample = [samples()[1]]
    torch.testing.assert_close(
        logits_of_answers(marked, processor(sample))[0],
        logits_of_answers(plain, plain_processor(sample))[0],
        atol=0,
        rtol=0,
    )


@pytest.mark.parametrize("design", [["mask_pool"], ["token_mark", REPLAY]], ids=str)
def test_saved_and_loaded_it_is_the_same_model(design, tmp_path):
    made, processor = model(design)
    made.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again = RegardModel.from_pretrained(tmp_path).eval()
    batch = RegardProcessor.from_pretrained(tmp_path)(samples())
    for before, after in zip(
        logits_of_answers(made, processor(samples())), logits_of_answers(again, batch), strict=True
    ):
        torch.testing.assert_close(before, after, atol=1e-5, rtol=1e-4)
    assert again.language.lm_head.weight.data_ptr() == again.language.model.embed_tokens.weight.data_ptr()


def test_generate_gives_media_to_the_first_step_only():
    made, processor = model()
    asked = [
        Sample.build(picture(), "What is <region1>?", [Region.box(1, 1, 30, 30)]),
        Sample.build(clip(), "And here?"),
    ]
    batch = processor(asked)
    batch.pop("labels")
    cached = made.generate(**batch, max_new_tokens=6, do_sample=False, eos_token_id=None)
    plain = made.generate(**batch, max_new_tokens=6, do_sample=False, eos_token_id=None, use_cache=False)
    assert cached.tolist() == plain.tolist()


def test_a_region_smaller_than_a_cell_is_read():
    made, processor = model()
    turns = [Turn(USER, "<region1>?"), Turn(ASSISTANT, "red")]
    large = Image.from_array(np.random.default_rng(0).integers(0, 255, (700, 700, 3), dtype=np.uint8))
    logits = logits_of_answers(made, processor([Sample.build(large, turns, [Region.box(3, 3, 4, 4)])]))[0]
    assert torch.isfinite(logits).all()


def test_a_region_on_a_frame_that_is_not_sampled_brings_its_frame():
    _, processor = model()
    long = clip(frames=40)
    sample = Sample.build(long, "<region1>?", [Region.box(1, 1, 9, 9, frame=17)])
    frames = processor.frames_for(long, sample.regions)
    assert 17 in frames and len(frames) == 4
    boxes = [Region.box(1, 1, 9, 9, frame=frame) for frame in (3, 9, 17, 25, 33)]
    crowded = Sample.build(long, "<region1><region2><region3><region4><region5>", boxes)
    with pytest.raises(VideoError, match="5 different frames, this model looks at 4"):
        processor.frames_for(long, crowded.regions)


def test_too_many_regions_name_the_limit():
    _, processor = model(most_regions=2)
    boxes = [Region.box(1, 1, 9 + number, 9) for number in range(3)]
    with pytest.raises(TooManyRegions, match="3 regions in one question; this model takes 2"):
        processor([Sample.build(picture(), "<region1><region2><region3>", boxes)])


def test_slots_and_tokens_must_agree():
    made, processor = model()
    batch = processor([samples()[0]])
    batch["region_slots"] = [[0]]
    with pytest.raises(PromptError, match="3 region slots, but there are 1"):
        made(**batch)


def test_wrong_configurations_are_refused():
    with pytest.raises(CheckpointError, match="install a newer regard.* git pull && pip install .* -e [.]"):
        RegardConfig(format_version=FORMAT_VERSION + 1)
    with pytest.raises(NotFound, match="Did you mean 'mask_pool'"):
        model(["mask_pol"])
    with pytest.raises(NotFound, match="language model type"):
        model(language={"model_type": "lama"})


def test_half_precision_answers_like_full():
    made, processor = model()
    full = logits_of_answers(made, processor(samples()))
    half = logits_of_answers(made.to(torch.bfloat16), processor(samples()))
    for one, other in zip(full, half, strict=True):
        torch.testing.assert_close(one, other.float(), atol=0.15, rtol=0.1)


def test_an_encoder_that_a_checkpoint_lacks_starts_as_it_would_anew(tmp_path):
    made, _ = model(["mask_pool"])
    made.save_pretrained(tmp_path)
    wider = config(["mask_pool", "token_mark", REPLAY])
    again = RegardModel.from_pretrained(tmp_path, config=wider)
    assert torch.isfinite(again.encoders.members[1].marks).all() and again.encoders.members[1].marks.std() > 0.5
    assert not again.encoders.members[2].mask_patch_embedding.weight.any()
    torch.testing.assert_close(again.connector.linear_1.weight, made.connector.linear_1.weight, atol=0, rtol=0)
    torch.testing.assert_close(again.vision.stem[0].weight, made.vision.stem[0].weight, atol=0, rtol=0)


def test_merging_that_yields_fewer_tokens_fills_its_slots():
    made, processor = model([{"name": "object_tokens", "ties": "as_released"}])
    still = Clip.from_frames(np.full((6, 30, 30, 3), 90, np.uint8), fps=2)
    track = Region.track({frame: Region.box(2, 2, 20, 20) for frame in range(6)})
    turns = [Turn(USER, "<region1>?"), Turn(ASSISTANT, "red")]
    assert torch.isfinite(logits_of_answers(made, processor([Sample.build(still, turns, [track])]))[0]).all()


def test_beams_repeat_media_and_regions():
    made, processor = model()
    batch = processor([Sample.build(picture(), "What is <region1>?", [Region.box(1, 1, 30, 30)])])
    written = made.generate(**batch, max_new_tokens=3, num_beams=2, num_return_sequences=2, do_sample=False)
    assert len(written) == 2


def test_auto_classes_and_resizing_work(tmp_path):
    made, _ = model()
    made.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert isinstance(again, RegardModel)
    again.resize_token_embeddings(len(words()) + 3)
    assert again.get_input_embeddings().weight.shape[0] == len(words()) + 3


def test_input_sizes_are_checked():
    with pytest.raises(ConfigError, match="multiple of the tower's 8"):
        model(image_size=100)
    with pytest.raises(ConfigError, match="need different image_size"):
        config(image_size=32, clip_size=32, image_pool=1)

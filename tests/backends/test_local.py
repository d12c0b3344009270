"""The local backend: batched equals single, kept equals fresh, streamed equals whole, all equal `generate`."""

import json

import numpy as np
import pytest
import torch

from regard.backends.local import KEPT, LocalBackend
from regard.core.errors import CheckpointError, PromptError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from tiny_model import model


def picture(seed):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8))


def samples():
    clip = Clip.from_frames(np.random.default_rng(9).integers(0, 255, (5, 30, 40, 3), dtype=np.uint8), fps=3)
    one, other = picture(1), picture(2)
    box, wide = Region.box(3, 3, 30, 30), Region.box(5, 20, 60, 40)
    return [
        Sample.build(one, "What colour is <region1>?", [box]),
        Sample.build(one, "Describe <region2>, not <region1>, in detail.", [box, wide]),
        Sample.build(other, "red"),
        Sample.build(clip, "a <region1> at the top", [Region.box(1, 1, 9, 9, frame=4)]),
        Sample.build(one, [Turn(USER, "red"), Turn(ASSISTANT, "a"), Turn(USER, "<region1>")], [wide]),
    ]


def backend(encoders=None):
    return LocalBackend(*model(encoders, seed=3), "tiny")


DESIGNS = [["mask_pool"], ["token_mark", {"name": "roi_replay", "grid": 2}], ["object_tokens"]]
DESIGNS += [["crop_attention"], ["text_coordinates", "local_crop"]]


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_batched_equals_single_equals_streamed_equals_generate(design):
    asked = samples()
    batched = backend(design).generate(asked, max_new_tokens=8)
    for sample, answer in zip(asked, batched, strict=True):
        fresh = backend(design)
        assert fresh.generate([sample], max_new_tokens=8)[0].text == answer.text
        assert "".join(fresh.stream(sample, max_new_tokens=8)) == answer.text
        batch = fresh.processor([sample])
        batch.pop("labels")
        written = fresh.model.generate(**batch, max_new_tokens=8, do_sample=False)[0, batch["input_ids"].shape[1] :]
        assert fresh.processor.tokenizer.decode(written, skip_special_tokens=True) == answer.text


def test_media_are_looked_at_once_and_only_the_last_few_are_kept(monkeypatch):
    made = backend()
    seen = []
    take = made._take_look
    monkeypatch.setattr(made, "_take_look", lambda media, *rest: seen.append(media.key) or take(media, *rest))
    photo = picture(5)
    for end in (10, 20, 30):
        made.generate([Sample.build(photo, "<region1>?", [Region.box(1, 1, end, 30)])], max_new_tokens=2)
    assert len(seen) == 1
    for seed in range(10, 10 + KEPT):
        made.generate([Sample.build(picture(seed), "red")], max_new_tokens=1)
    made.generate([Sample.build(photo, "red")], max_new_tokens=1)
    assert len(seen) == KEPT + 2


def test_equal_bytes_of_another_shape_are_another_picture():
    pixels = np.arange(48 * 64 * 3, dtype=np.uint32).astype(np.uint8)
    wide, tall = (Image.from_array(pixels.reshape(shape)) for shape in [(48, 64, 3), (64, 48, 3)])
    made = backend()
    asked = [Sample.build(media, "What colour is <region1>?", [Region.box(2, 2, 40, 40)]) for media in (wide, tall)]
    scores = [made.score(sample, ["red", "blue"]) for sample in asked]
    assert wide.key != tall.key
    assert scores[0] != scores[1]


def test_scores_are_the_likelihoods_the_model_gives():
    made = backend()
    sample = samples()[0]
    texts = ["red", "a large blue ring", ""]
    scores = made.score(sample, texts)
    for text, score in zip(texts, scores, strict=True):
        answered = Sample(sample.media, sample.regions, (*sample.turns, Turn(ASSISTANT, text)))
        batch = made.processor([answered])
        with torch.no_grad():
            logits = made.model(**{name: value for name, value in batch.items() if name != "labels"}).logits[0, :-1]
        wanted = batch["labels"][0, 1:]
        known = wanted != -100
        expected = logits[known].log_softmax(-1).gather(1, wanted[known][:, None]).sum()
        assert score == pytest.approx(float(expected), abs=1e-3)


def test_usage_and_timings_are_told():
    answer = backend().generate(samples()[:1], max_new_tokens=3)[0]
    assert answer.usage["completion_tokens"] <= 3 and answer.usage["prompt_tokens"] > 4
    assert set(answer.timing_ms) == {"look", "read", "write"}


def test_a_question_longer_than_the_model_reads_is_refused():
    with pytest.raises(PromptError, match="this model reads 2048"):
        backend().generate([Sample.build(picture(1), "ring " * 3000)])


def test_folders_that_are_no_model_are_refused_by_name(tmp_path):
    with pytest.raises(CheckpointError, match="config.json missing"):
        LocalBackend.open(tmp_path)
    made, processor = model()
    made.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    assert LocalBackend.open(tmp_path).generate(samples()[:1], max_new_tokens=2)
    settings = json.loads((tmp_path / "config.json").read_text())
    settings["encoders"] = [{"name": "object_tokens"}]
    (tmp_path / "config.json").write_text(json.dumps(settings))
    with pytest.raises(CheckpointError, match="feat_linear"):
        LocalBackend.open(tmp_path)


def test_a_stream_returns_what_generate_returns():
    made, sample = backend(), samples()[0]
    whole, stream = made.generate([sample], max_new_tokens=5)[0], made.stream(sample, max_new_tokens=5)
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as ended:
            last = ended.value
            break
    assert (last.text, last.finished, last.usage) == (whole.text, whole.finished, whole.usage)
    assert "".join(pieces) == whole.text

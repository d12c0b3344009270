"""Regions on frames of their own: encoded beside the clip's frames, once each, and not seen by the language model."""

import numpy as np
import pytest
import torch

from regard.backends.local import LocalBackend
from regard.core.errors import ConfigError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.sample import Sample
from regard.regions.region import Region
from tiny_model import model

QUESTIONS = ["What is this?", "What is <region1>?", "Is <region1> like <region2>?"]


def clip(frames=20):
    pixels = np.random.default_rng(0).integers(0, 255, (frames, 40, 60, 3), dtype=np.uint8)
    return Clip.from_frames(pixels, fps=4)


def tracked(frames, shift=0):
    return Region.track({frame: Region.box(5 + shift + frame, 5, 20 + shift + frame, 30) for frame in frames})


def asked(*regions):
    return Sample.build(clip(), QUESTIONS[len(regions)], regions)


def test_frames_of_the_regions_follow_the_clips_each_once():
    _, processor = model(["object_tokens"], region_frames=3)
    sample = asked(tracked(range(1, 18)), tracked([4, 9]))
    frames = processor.frames_for(sample.media, sample.regions)
    assert frames[:4] == [2, 7, 12, 17] and frames[4:] == [4, 9, 14]  # 4, 9 and 14 of the first, 4 and 9 of the second
    packed = processor.pack([sample])
    assert len(packed.pixels) == 7 and packed.regions.apart == 3
    assert sorted(set(packed.regions.frame_M.tolist())) == [4, 5, 6]


def test_the_language_model_sees_the_clips_frames_alone():
    apart, processor = model(["object_tokens"], region_frames=3)
    batch = processor([asked(tracked([7, 8]))])
    maps = apart.look(batch["pixels"], batch["regions"])[0]
    assert len(maps.features_THWC) == 6 and len(maps.visual_THWD) == 4
    assert int((batch["input_ids"] == apart.config.visual_token_id).sum()) == maps.visual_THWD.shape[:3].numel()
    plain = model(["object_tokens"])[1]([asked(tracked([7, 8]))])
    torch.testing.assert_close(maps.visual_THWD, apart.look(plain["pixels"], plain["regions"])[0].visual_THWD)


def test_answers_alone_and_together_are_the_same():
    made, processor = model(["object_tokens"], region_frames=3)
    samples = [asked(tracked([3, 8])), asked(tracked([1]), tracked(range(9), 8)), asked()]
    backend = LocalBackend(made, processor, "tiny")
    together = [answer.text for answer in backend.generate(samples, max_new_tokens=6)]
    assert together == [backend.generate([sample], max_new_tokens=6)[0].text for sample in samples]


def test_a_picture_is_encoded_once():
    _, processor = model(["object_tokens"], region_frames=3)
    photo = Image.from_array(np.zeros((40, 60, 3), np.uint8))
    packed = processor.pack([Sample.build(photo, "What is <region1>?", [Region.box(1, 1, 9, 9)])])
    assert len(packed.pixels) == 1 and packed.regions.apart == 0


@pytest.mark.parametrize("encoder", ["token_mark", "roi_replay"])
def test_designs_that_change_the_picture_are_refused(encoder):
    with pytest.raises(ConfigError, match="region_frames=3"):
        model([encoder], region_frames=3)

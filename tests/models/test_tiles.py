"""Pictures cut into tiles: what the tower sees, and regions read from the whole picture again."""

import numpy as np
import pytest
import torch

from regard.backends.local import LocalBackend
from regard.core.errors import ConfigError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.encoders._roi_align import roi_align
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from tiny_model import config, model

REPLAY = {"name": "roi_replay", "grid": 4}
TILED = {"tiles": 6, "pixels": {"fit": "stretch"}}
DESIGNS = [[REPLAY], ["mask_pool"], ["token_mark", REPLAY], [{"name": "mask_pool", "refine": True}], ["crop_attention"]]


def picture(width=190, height=120, seed=0):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def sample(media, *regions):
    turns = [Turn(USER, "Is <region1> red?" if regions else "Is it red?"), Turn(ASSISTANT, "red")]
    return Sample.build(media, turns, list(regions))


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_a_tiled_batch_equals_its_samples_one_by_one(design):
    made, processor = model(design, **TILED)
    clip = Clip.from_frames(np.random.default_rng(5).integers(0, 255, (4, 30, 30, 3), dtype=np.uint8), fps=2)
    samples = [
        sample(picture(), Region.box(150, 20, 185, 110)),
        sample(picture(30, 200, seed=1)),
        sample(clip, Region.box(2, 2, 20, 20)),
    ]
    batch = processor(samples)
    with torch.no_grad():
        together = made(**batch).logits
        for row, one in zip(together, samples, strict=True):
            alone = made(**processor([one])).logits[0]
            torch.testing.assert_close(row[-len(alone) :], alone, rtol=1e-4, atol=1e-4)


def test_thumbnail_and_tiles_are_seen_and_paid_for():
    _, processor = model([REPLAY], **TILED)
    packed = processor.pack([sample(picture(), Region.box(150, 20, 185, 110))])
    tiling = packed.regions.tiling
    assert (tiling.columns, tiling.rows) == (3, 2)
    assert packed.pixels.shape == (7, 3, 64, 64)
    assert packed.ids.count(processor.config.visual_token_id) == processor.figure.visual_tokens(7, 64, 64)
    assert packed.ids.count(processor.config.region_token_id) == 16, "one replay, however many tiles the region touches"
    assert packed.regions.frame_M.tolist() == [0, 3, 6], "the thumbnail, and the last column of both rows"
    shares = packed.regions.masks_MHW[1:].mean((1, 2))
    whole = 6 * float(tiling.whole.masks_MHW.mean())
    assert float(shares.sum()) == pytest.approx(whole, rel=1e-3)


def test_the_tiles_are_the_picture():
    _, processor = model([REPLAY], **TILED)
    ramp = np.zeros((128, 192, 3), np.uint8)
    ramp[:, :, 0] = np.arange(192)
    media = Image.from_array(ramp)
    packed = processor.pack([sample(media, Region.box(0, 0, 10, 10))])
    merged = packed.regions.tiling.merged(packed.pixels.permute(0, 2, 3, 1))[0]
    restored = ((merged + 1) * 127.5).round().to(torch.uint8).numpy()
    assert np.array_equal(restored, ramp)


def test_the_replay_reads_the_box_in_the_whole_picture():
    made, processor = model([REPLAY], normalise=False, place=False, **TILED)
    packed = processor.pack([sample(picture(), Region.box(95, 0, 190, 120))])
    with torch.no_grad():
        maps = made.look([packed.pixels], [packed.regions])[0]
        tokens = made.encoders.in_text(maps, packed.regions)[0]
        merged = packed.regions.tiling.merged(maps.visual_THWD)
        wanted = roi_align(merged, torch.tensor([[6.0, 0.0, 12.0, 8.0]]), torch.tensor([0]), 4)
    assert merged.shape == (1, 8, 12, 32)
    torch.testing.assert_close(tokens, wanted.flatten(0, 2))


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_answers_are_those_of_one_forward_pass(design):
    made, processor = model(design, **TILED)
    asked = Sample.build(picture(), [Turn(USER, "Is <region1> red?")], [Region.box(20, 30, 90, 100)])
    written = LocalBackend(made, processor, "tiled").generate([asked], max_new_tokens=3)[0]
    batch = processor([asked])
    batch.pop("labels")
    ids = []
    with torch.no_grad():
        for _ in range(written.usage["completion_tokens"]):
            ids.append(int(made(**batch).logits[0, -1].argmax()))
            grown = torch.tensor([[ids[-1]]])
            batch["input_ids"] = torch.cat([batch["input_ids"], grown], 1)
            batch["attention_mask"] = torch.cat([batch["attention_mask"], torch.ones_like(grown)], 1)
            batch["position_ids"] = torch.cat([batch["position_ids"], batch["position_ids"][:, -1:] + 1], 1)
    text = processor.tokenizer.decode([token for token in ids if token != made.config.eos_token_id])
    assert written.text == text


def test_tiles_that_leave_something_out_are_refused():
    with pytest.raises(ConfigError, match="needs pixels="):
        config(["roi_replay"], tiles=4)

"""Pictures near their own size and shape: a batch of several shapes, regions where they lie, and what is refused."""

import numpy as np
import pytest
import torch

from regard.backends.local import LocalBackend
from regard.core import rooms
from regard.core.errors import ConfigError, ImageError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.encoders._base import RegionEncoder
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.regions.region import Region
from tiny_model import model

ROOM = "regard.models.encoders"
CROPPING = ("local_crop", "crop_attention")
FLEXIBLE = {
    "vision": {"name": "qwen_vl", "width": 32, "depth": 2, "heads": 2, "hidden": 48, "window": 28, "whole": (1,)},
    "connector": {"name": "patch_merger"},
    "image_size": 224,
    "clip_size": 84,
    "image_pool": 1,
    "clip_pool": 1,
    "pixels": {"fit": "flexible", "resample": "bicubic"},
}


def picture(width, height, seed=0):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8))


def sample(media, *regions):
    return Sample.build(media, [Turn(USER, "Is <region1> red?"), Turn(ASSISTANT, "red")], list(regions))


@pytest.mark.parametrize("name", [name for name in rooms.names(ROOM) if name not in CROPPING])
def test_a_batch_of_several_shapes_equals_its_samples_one_by_one(name):
    assert issubclass(rooms.load(ROOM, name, RegionEncoder), RegionEncoder)
    made, processor = model([name], **FLEXIBLE)
    clip = Clip.from_frames(np.random.default_rng(5).integers(0, 255, (4, 40, 90, 3), dtype=np.uint8), fps=2)
    samples = [
        sample(picture(190, 120), Region.box(150, 20, 185, 110)),
        sample(picture(60, 200, seed=1), Region.box(10, 120, 50, 190)),
        sample(clip, Region.box(2, 2, 20, 20)),
    ]
    batch = processor(samples)
    assert [tuple(pixels.shape) for pixels in batch["pixels"]] == [(1, 3, 112, 196), (1, 3, 196, 56), (4, 3, 56, 84)]
    with torch.no_grad():
        together = made(**batch).logits
        for row, one in zip(together, samples, strict=True):
            alone = made(**processor([one])).logits[0]
            torch.testing.assert_close(row[-len(alone) :], alone, rtol=1e-4, atol=1e-4)


def test_a_region_lies_where_the_picture_shows_it():
    _, processor = model(["roi_replay"], **FLEXIBLE)
    packed = processor.pack([sample(picture(190, 120), Region.box(95, 30, 190, 60))])
    shares = packed.regions.masks_MHW[0]
    assert shares.shape == (112, 196)
    assert shares[28:56, 98:].min() > 0.99 and shares[:28].max() == 0 and shares[:, :98].max() == 0
    torch.testing.assert_close(packed.regions.boxes_M4, torch.tensor([[0.5, 0.25, 1.0, 0.5]]))


def test_answers_come_from_pictures_of_their_own_shape():
    made, processor = model(["roi_replay"], **FLEXIBLE)
    asked = Sample.build(picture(190, 120), [Turn(USER, "Is <region1> red?")], [Region.box(20, 30, 90, 100)])
    assert LocalBackend(made, processor, "flexible").generate([asked], max_new_tokens=2)[0].text is not None


@pytest.mark.parametrize("name", CROPPING)
def test_crops_need_squares(name):
    with pytest.raises(ConfigError, match="take 'stretch'"):
        model([name], **FLEXIBLE)


def test_a_tower_for_squares_of_one_size_says_so():
    small = {"name": "siglip", "width": 32, "depth": 2, "heads": 2, "hidden": 48, "image": 56}
    settings = FLEXIBLE | {"vision": small, "connector": {"name": "mlp"}, "image_size": 56, "clip_size": 56}
    made, processor = model(["mask_pool"], **settings)
    with pytest.raises(ImageError, match="reads 56 x 56"):
        made(**processor([sample(picture(190, 60), Region.box(20, 30, 90, 50))]))

"""Regions looked at on their own: what is cut, when, and what it costs; and regions that are words."""

import numpy as np
import pytest
import torch

from regard.backends.local import LocalBackend
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.encoders._crop import Crop
from regard.prompts.sample import Sample
from regard.regions.region import Region
from tiny_model import model

CROP = {"name": "local_crop", "least": 1}


def picture(width=160, height=100):
    return Image.from_array(np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("crop", "box", "wanted"),
    [
        (Crop(1.0, 1, 1), (30, 20, 50, 60), (30, 20, 50, 60)),
        (Crop(3.0, 1, 1), (30, 20, 50, 60), (10, 0, 70, 100)),
        (Crop(1.0, 48, 1), (100, 50, 101, 51), (76, 26, 125, 75)),
        (Crop(3.0, 48, 1), (150, 90, 160, 100), (83, 23, 160, 100)),
    ],
)
def test_a_crop_is_the_box_enlarged_and_kept_inside(crop, box, wanted):
    assert crop.around(box, (160, 100)) == wanted


def test_crops_are_cut_from_the_full_resolution_only_where_they_are_asked_for():
    media = picture()
    sample = Sample.build(media, "<region1>", [Region.box(30, 20, 94, 84)])
    plain = model(["mask_pool"])[1].pack([sample])
    assert plain.regions.crops == {}
    _, processor = model([CROP])
    packed = processor.pack([sample])
    (pixels,) = packed.regions.crops.values()
    assert pixels.shape == (1, 3, 64, 64)
    assert np.array_equal(pixels[0].numpy(), processor.framing.picture(media.pixels[20:84, 30:94], 64))
    assert packed.ids.count(processor.config.region_token_id) == processor.figure.visual_tokens(1, 64, 64) == 16
    assert processor.pack([Sample.build(media, "?")]).regions.crops == {}


def test_the_crop_s_tokens_are_those_of_a_picture_of_it():
    made, processor = model([CROP], place=False, normalise=False)
    media = picture()
    packed = processor.pack([Sample.build(media, "<region1>", [Region.box(30, 20, 94, 84)])])
    alone = processor.pack([Sample.build(Image.from_array(media.pixels[20:84, 30:94]), "?")])
    with torch.no_grad():
        ((tokens,),) = made.encode([packed.pixels], [packed.regions]).in_text
        (wanted,) = made.encode([alone.pixels], [alone.regions]).visual
    torch.testing.assert_close(tokens, wanted)


def test_crop_attention_starts_as_the_crop_alone_and_then_sees_the_picture():
    made, processor = model(["crop_attention"], place=False, normalise=False)
    packed = processor.pack([Sample.build(picture(), "<region1>", [Region.box(30, 20, 94, 84)])])
    encoder = made.encoders.members[0]
    with torch.no_grad():
        closer = made.look_closer([packed.regions])[0][encoder.crop]
        before = made.encode([packed.pixels], [packed.regions]).in_text[0][0]
        torch.testing.assert_close(before, closer[0], rtol=0, atol=0)
        encoder.context.attention_gate.fill_(1)
        seen, changed = (
            made.encode([pixels], [packed.regions]).in_text[0][0] for pixels in (packed.pixels, -packed.pixels)
        )
    assert not torch.allclose(seen, before) and not torch.allclose(seen, changed)


def test_of_a_clip_so_many_frames_are_cut():
    _, processor = model([CROP | {"most_frames": 2}], frames=4)
    clip = Clip.from_frames(np.zeros((4, 30, 40, 3), np.uint8), fps=2)
    track = Region.track({frame: Region.box(2 + frame, 2, 20, 20) for frame in range(4)})
    packed = processor.pack([Sample.build(clip, "<region1>", [track])])
    (pixels,) = packed.regions.crops.values()
    assert len(pixels) == 2 and packed.ids.count(processor.config.region_token_id) == 32


def test_the_picture_is_read_once_whatever_is_cut_from_it(monkeypatch):
    made = LocalBackend(*model([CROP]), "tiny")
    seen = []
    take = made._take_look
    monkeypatch.setattr(made, "_take_look", lambda media, *rest: seen.append(media.key) or take(media, *rest))
    media = picture()
    for end in (40, 60):
        made.generate([Sample.build(media, "<region1>?", [Region.box(1, 1, end, end)])], max_new_tokens=1)
    assert len(seen) == 1


def test_text_coordinates_are_the_box_in_words():
    _, processor = model([{"name": "text_coordinates", "decimals": 2}], pixels={"fit": "stretch"})
    sample = Sample.build(picture(), "What is <region1>?", [Region.box(16, 25, 80, 100)])
    packed = processor.pack([sample])
    assert packed.region_slots == () and processor.config.region_token_id not in packed.ids
    text = processor.tokenizer.decode(packed.ids, skip_special_tokens=True)
    assert text == "What is 1[0.10,0.25,0.50,1.00]?"


def test_words_and_vectors_stand_side_by_side():
    _, processor = model(["text_coordinates", "token_mark"])
    packed = processor.pack([Sample.build(picture(), "<region1>", [Region.box(0, 0, 160, 100)])])
    assert packed.region_slots == (0,) and packed.ids.count(processor.config.region_token_id) == 1
    assert "[0.000,0.188,1.000,0.812]" in processor.tokenizer.decode(packed.ids)

"""Pictures that are turned, several, broken or odd, with regions on them and questions about them."""

import io
import json
import zlib

import numpy as np
import pytest
from fault_backend import Said, colour_seen
from PIL import Image as Pillow

import tiny_model
from camera import stored
from regard import draw
from regard.backends.local import LocalBackend
from regard.backends.replay import Recorder, Replay
from regard.core.errors import ImageError, MediaError, NotFound, RegionError
from regard.media.image import Image
from regard.media.open import open_media
from regard.regions.region import Region
from regard.verbs import Model

DESIGNS = [["mask_pool"], ["token_mark"], ["object_tokens"], [{"name": "roi_replay", "grid": 2}]]


def turned(path, orientation):
    """Store a picture whose upright pixels have a green patch at (40, 6)..(52, 14), turned as a camera would."""
    pixels = np.full((30, 60, 3), 90, np.uint8)
    pixels[6:14, 40:52] = (10, 200, 30)
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    Pillow.fromarray(stored(pixels, orientation)).save(path, exif=exif)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_region_means_the_upright_pixels_whatever_the_camera_stored(tmp_path, orientation):
    path = turned(tmp_path / "a.png", orientation)
    box = Region.box(40, 6, 52, 14)
    assert Model(Said(colour_seen)).describe(path, [box])[0].text == "10,200,30"
    media = open_media(path)
    bound = Model(Said()).bind(media, [box])
    drawn = Image.open(draw.save(tmp_path / "out.png", media, bound, [""])).pixels
    scale = drawn.shape[1] / 60
    middle = drawn[int(10 * scale), int(46 * scale)].astype(int)
    assert middle[1] > middle[0] + 40 and middle[1] > middle[2] + 40


def test_a_folder_of_turned_frames_is_an_upright_clip(tmp_path):
    for number, orientation in enumerate((1, 6, 8, 3)):
        turned(tmp_path / f"{number}.png", orientation)
    clip = open_media(tmp_path, fps=4)
    for frame in range(4):
        [answer] = Model(Said(colour_seen)).describe(clip, [Region.box(40, 6, 52, 14, frame=frame)])
        assert answer.text == "10,200,30"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "MPO"])
def test_of_several_frames_the_answer_says_that_one_was_used_and_regions_lie_on_that_one(tmp_path, kind):
    frames = [Pillow.new("RGB", (60, 40), (40 * number + 15, 0, 0)) for number in range(4)]
    frames[0].save(tmp_path / "a", format=kind, save_all=True, append_images=frames[1:])
    [answer] = Model(Said()).describe(tmp_path / "a", [Region.box(1, 1, 9, 9)])
    assert "only the first of 4 frames is used" in answer.notes
    with pytest.raises(RegionError, match="no frame 2: it is an image, whose only frame is 0"):
        Model(Said()).describe(tmp_path / "a", [Region.box(1, 1, 9, 9, frame=2)])
    if kind != "MPO":
        clip = open_media(tmp_path / "a", as_clip=True)
        [answer] = Model(Said(colour_seen)).describe(clip, [Region.box(1, 1, 9, 9, frame=2)])
        assert clip.frame_count == 4 and abs(int(answer.text.split(",")[0]) - 95) < 12


def test_what_is_transparent_is_white_for_the_model_and_no_region(tmp_path):
    clear = Pillow.new("RGBA", (60, 40), (200, 0, 0, 0))
    clear.paste((0, 0, 200, 255), (10, 10, 30, 30))
    clear.save(tmp_path / "a.png")
    model = Model(Said(colour_seen))
    assert model.describe(tmp_path / "a.png", [Region.box(0, 0, 9, 9)])[0].text == "255,255,255"
    assert model.describe(tmp_path / "a.png", [Region.mask(tmp_path / "a.png", alpha=True)])[0].text == "0,0,200"
    assert Model(Said()).describe(tmp_path / "a.png")[0].regions == ()


def test_a_bomb_is_refused_on_the_command_line_before_a_model_is_asked(regard, tmp_path, png):
    (tmp_path / "a.png").write_bytes(png(20_000, 20_000, 1, bytes(1000)))
    limit = Pillow.MAX_IMAGE_PIXELS
    code, out, err = regard("describe", tmp_path / "a.png")
    assert (code, out) == (2, "") and "pixels" in err and limit == Pillow.MAX_IMAGE_PIXELS


def test_text_in_a_picture_file_that_swells_is_an_image_error(png):
    swollen = b"key\0\0" + zlib.compress(bytes(3_000_000))
    with pytest.raises(ImageError, match="damaged"):
        Image.from_bytes(png(4, 4, 8, bytes(20), [(b"zTXt", swollen)]))


@pytest.mark.parametrize("head", [b"%!PS-Adobe-3.0 EPSF-3.0", b"<svg xmlns=", b"%PDF-1.7", b"SIMPLE  =", b"icns\0\0"])
def test_other_formats_are_refused_at_the_one_door_too(tmp_path, head):
    (tmp_path / "photo.jpg").write_bytes(head + bytes(300))
    with pytest.raises(MediaError, match="convert it to PNG"):
        open_media(tmp_path / "photo.jpg")
    (tmp_path / "wmf.jpg").write_bytes(b"\xd7\xcd\xc6\x9a" + bytes(300))
    with pytest.raises(MediaError, match="WMF"):
        open_media(tmp_path / "wmf.jpg")


def test_a_truncated_photo_stops_a_command_with_the_reason(regard, tmp_path):
    held = io.BytesIO()
    Pillow.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(held, "JPEG")
    (tmp_path / "a.jpg").write_bytes(held.getvalue()[:900])
    code, out, err = regard("describe", tmp_path / "a.jpg", "--region", "box:1,1,9,9")
    assert (code, out) == (2, "") and "truncated or damaged" in err and "Traceback" not in err


@pytest.mark.parametrize("design", DESIGNS, ids=str)
@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (3, 500), (500, 3)])
def test_a_model_answers_about_pictures_of_every_shape(design, size):
    model = Model(LocalBackend(*tiny_model.model(design), "tiny"))
    pixels = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    corners = [Region.box(0, 0, 1, 1), Region.box(size[0] - 1, size[1] - 1, *size)]
    answers = model.classify(Image.from_array(pixels), corners, ["red", "blue"])
    assert all(sum(answer.scores.values()) == pytest.approx(1) for answer in answers)


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (3, 500)])
def test_pictures_of_every_shape_are_drawn(tmp_path, size):
    media = Image.from_array(np.zeros((size[1], size[0], 3), np.uint8))
    bound = Model(Said()).bind(media, [Region.box(0, 0, 1, 1)])
    assert draw.save(tmp_path / "out.png", media, bound, ["a thing"]).stat().st_size > 0


def test_a_recording_tells_equal_bytes_of_another_shape_apart(tmp_path):
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8)
    tall, wide = (Image.from_array(pixels.reshape(shape)) for shape in ((6, 4, 3), (4, 6, 3)))
    Model(Recorder(Said(), tmp_path / "tape.jsonl")).ask(tall, "What is <region1>?", [Region.box(0, 0, 3, 3)])
    replayed = Model(Replay.open(tmp_path / "tape.jsonl"))
    assert replayed.ask(tall, "What is <region1>?", [Region.box(0, 0, 3, 3)]).text == "a thing"
    with pytest.raises(NotFound, match="holds no answer"):
        replayed.ask(wide, "What is <region1>?", [Region.box(0, 0, 3, 3)])
    assert json.loads((tmp_path / "tape.jsonl").read_text().splitlines()[1])["text"] == "a thing"

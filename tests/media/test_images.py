"""Pictures: upright RGB whatever comes, by stated rules; refused with the reason where they cannot be read."""

import io
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageCms, TiffImagePlugin

from camera import stored
from regard.core.errors import ImageError
from regard.media import convert
from regard.media.image import MAX_PIXELS, Image

COLOURS = np.array(
    [[[250, 10, 10], [10, 250, 10], [10, 10, 250]], [[240, 240, 20], [20, 20, 20], [200, 20, 200]]], np.uint8
)


def blocks(side=16):
    """A picture of six colours in which every turn and mirroring looks different."""
    return np.kron(COLOURS, np.ones((side, side, 1), np.uint8))


def save(path, picture, **options):
    picture.save(path, **options)
    return path


# -- upright ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "tiff"])
def test_pictures_of_every_exif_orientation_are_upright(tmp_path, orientation, kind):
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    options = {"jpg": {"quality": 95}, "webp": {"lossless": True}}.get(kind, {})
    path = save(tmp_path / f"a.{kind}", Pillow.fromarray(stored(blocks(), orientation)), exif=exif, **options)
    image = Image.open(path)
    assert image.size == (48, 32)
    # A parity test: the colour read at a place of the upright picture is the one drawn there.
    assert np.abs(image.pixels[8::16, 8::16].astype(int) - COLOURS).max() <= (12 if kind == "jpg" else 0)


def test_an_open_pil_picture_is_turned_upright_too(tmp_path):
    exif = Pillow.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "a.png", Pillow.fromarray(stored(blocks(), 6)), exif=exif)
    assert np.array_equal(Image.from_pil(Pillow.open(path)).pixels, blocks())


def test_an_exif_block_of_garbage_is_ignored(tmp_path):
    path = save(tmp_path / "a.jpg", Pillow.fromarray(blocks()), exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xffgarbage")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert Image.open(path).size == (48, 32)


# -- every mode by its rule ------------------------------------------------------------------------


def test_sixteen_bit_grey_keeps_the_high_byte(tmp_path):
    values = np.array([[0, 255, 256, 32768, 65535]], np.uint16)
    for kind in ("png", "tiff"):
        path = save(tmp_path / f"a.{kind}", Pillow.fromarray(values))
        assert Image.open(path).pixels[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_sixteen_bit_colour_keeps_the_high_byte(tmp_path):
    row = b"\x00" + struct.pack(">6H", 0xFFFF, 0x8000, 0x00FF, 0x1234, 0, 0xABCD)
    path = tmp_path / "a.png"
    path.write_bytes(png_file(2, 1, 16, 2, zlib.compress(row)))
    assert Image.open(path).pixels[0].tolist() == [[255, 128, 0], [0x12, 0, 0xAB]]


def test_float_between_0_and_1_is_scaled_and_other_float_is_stretched_with_a_note(tmp_path):
    unit = save(tmp_path / "a.tiff", Pillow.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)))
    assert Image.open(unit).pixels[0, :, 1].tolist() == [0, 128, 255]
    assert Image.open(unit).notes == ()
    wide = Image.open(save(tmp_path / "b.tiff", Pillow.fromarray(np.array([[-2.0, 0.0, 2.0]], np.float32))))
    assert wide.pixels[0, :, 1].tolist() == [0, 128, 255]
    assert "-2 to 2 are stretched" in wide.notes[0]


def test_float_that_is_not_finite_is_black_with_a_note_and_refused_when_nothing_is_finite(tmp_path):
    some = Image.open(save(tmp_path / "a.tiff", Pillow.fromarray(np.array([[np.nan, 0.5, np.inf]], np.float32))))
    assert some.pixels[0, :, 0].tolist() == [0, 128, 0]
    assert "2 pixels" in some.notes[0]
    none = save(tmp_path / "b.tiff", Pillow.fromarray(np.full((2, 2), np.nan, np.float32)))
    with pytest.raises(ImageError, match="finite"):
        Image.open(none)


def test_a_constant_float_picture_has_no_division_by_zero(tmp_path):
    path = save(tmp_path / "a.tiff", Pillow.fromarray(np.full((2, 2), 7.0, np.float32)))
    assert Image.open(path).pixels.max() == 0


def test_thirty_two_bit_integers_beyond_sixteen_bits_are_stretched(tmp_path):
    image = Image.open(save(tmp_path / "a.tiff", Pillow.fromarray(np.array([[-100, 0, 100_000]], np.int32))))
    assert image.pixels[0, :, 0].tolist() == [0, 0, 255]
    assert "stretched" in image.notes[0]


def test_what_is_transparent_lies_on_white(tmp_path):
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 0] = 200
    rgba[0, :, 3] = [0, 128, 255]
    half = 255 - round(255 * 128 / 255)
    expected = [[255, 255, 255], [(200 * 128 + 255 * 127 + 127) // 255, half, half], [200, 0, 0]]
    for kind in ("png", "tiff"):
        path = save(tmp_path / f"a.{kind}", Pillow.fromarray(rgba))
        assert np.abs(Image.open(path).pixels[0].astype(int) - expected).max() <= 1
    grey = Pillow.merge("LA", [Pillow.new("L", (2, 1), 40), Pillow.fromarray(np.array([[0, 255]], np.uint8))])
    assert Image.from_pil(grey).pixels[0].tolist() == [[255] * 3, [40] * 3]


def test_palettes_transparent_palettes_one_bit_and_cmyk_become_rgb(tmp_path):
    palette = Pillow.fromarray(blocks(2)).quantize(6)
    assert np.array_equal(Image.from_pil(palette).pixels, blocks(2))
    index = palette.getpixel((0, 0))
    seen = Image.open(save(tmp_path / "a.png", palette, transparency=index))
    assert seen.pixels[0, 0].tolist() == [255] * 3 and seen.pixels[0, -1].tolist() == [10, 10, 250]
    bits = Image.open(save(tmp_path / "b.png", Pillow.fromarray(np.array([[True, False]]))))
    assert bits.pixels[0].tolist() == [[255] * 3, [0] * 3]
    cmyk = Image.open(save(tmp_path / "c.tiff", Pillow.new("CMYK", (2, 2), (0, 255, 255, 0))))
    assert cmyk.pixels[0, 0].tolist() == [255, 0, 0]
    jpeg = Image.open(save(tmp_path / "d.jpg", Pillow.new("CMYK", (8, 8), (0, 255, 255, 0)), quality=95))
    assert np.abs(jpeg.pixels[4, 4].astype(int) - [255, 0, 0]).max() <= 6


def test_alpha_never_becomes_a_region():
    assert not hasattr(Image.from_pil(Pillow.new("RGBA", (4, 4), (1, 2, 3, 0))), "alpha")
    assert Image.from_pil(Pillow.new("RGBA", (4, 4), (1, 2, 3, 0))).pixels.shape == (4, 4, 3)


def swapped_profile():
    """An sRGB profile in which red and blue have changed places."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = data.index(b"rXYZ", 128), data.index(b"bXYZ", 128)
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def test_an_embedded_colour_profile_is_applied(tmp_path):
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = save(tmp_path / "a.png", Pillow.fromarray(blocks()), icc_profile=plain)
    assert np.array_equal(Image.open(same).pixels, blocks())
    other = save(tmp_path / "b.png", Pillow.new("RGB", (4, 4), (250, 10, 10)), icc_profile=swapped_profile())
    red, _, blue = Image.open(other).pixels[0, 0].tolist()
    assert red < 40 and blue > 230
    alpha = save(tmp_path / "c.png", Pillow.new("RGBA", (4, 4), (250, 10, 10, 255)), icc_profile=swapped_profile())
    assert np.array_equal(Image.open(alpha).pixels, Image.open(other).pixels)


def test_a_colour_profile_that_cannot_be_used_is_ignored_with_a_note(tmp_path):
    image = Image.open(save(tmp_path / "a.png", Pillow.fromarray(blocks()), icc_profile=b"no profile at all"))
    assert np.array_equal(image.pixels, blocks())
    assert "profile" in image.notes[0]


# -- several frames --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG", "MPO"])
def test_of_several_frames_the_first_is_used_and_a_note_says_so(tmp_path, kind):
    frames = [Pillow.new("RGB", (16, 12), (40 * i + 15, 0, 0)) for i in range(5)]
    path = save(tmp_path / "a", frames[0], format=kind, save_all=True, append_images=frames[1:])
    image = Image.open(path)
    assert image.notes == ("only the first of 5 frames is used",)
    assert np.abs(image.pixels.astype(int) - [15, 0, 0]).max() <= 8


# -- refused ---------------------------------------------------------------------------------------


def png_file(width, height, depth, colour, data):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize("side", [10_001, 20_000, 60_000])
def test_a_decompression_bomb_is_refused_from_its_header(tmp_path, side):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_file(side, side, 1, 0, zlib.compress(bytes(1000))))
    limit_of_pil = Pillow.MAX_IMAGE_PIXELS
    before = resident()
    with pytest.raises(ImageError, match="pixels"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.open(path)
    assert resident() - before < 64 * 2**20
    assert limit_of_pil == Pillow.MAX_IMAGE_PIXELS


def test_the_pixel_limit_is_an_argument(tmp_path):
    path = save(tmp_path / "a.png", Pillow.new("RGB", (100, 50)))
    assert MAX_PIXELS == 100_000_000
    assert Image.open(path, max_pixels=5000).size == (100, 50)
    with pytest.raises(ImageError, match=r"100x50, 5,000 pixels; at most 4,999"):
        Image.open(path, max_pixels=4999)
    with pytest.raises(ImageError, match="at most 4,999"):
        Image.from_pil(Pillow.open(path), max_pixels=4999)
    with pytest.raises(ImageError, match="at most 4,999"):
        Image.from_bytes(path.read_bytes(), max_pixels=4999)


FOREIGN = {
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    "XML": b'<?xml version="1.0"?><svg></svg>',
    "PDF": b"%PDF-1.7\n",
    "FITS": b"SIMPLE  =                    T",
    "WMF": b"\xd7\xcd\xc6\x9a\x00\x00",
    "ICNS": b"icns\x00\x00\x10\x00",
    "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
    "Photoshop": b"8BPS\x00\x01",
    "ICO": b"\x00\x00\x01\x00\x01\x00",
}


@pytest.mark.parametrize("name", sorted(FOREIGN))
def test_other_formats_under_a_jpg_name_are_refused_by_content(tmp_path, name):
    path = tmp_path / "photo.jpg"
    path.write_bytes(FOREIGN[name] + bytes(200))
    with pytest.raises(ImageError, match=name):
        Image.open(path)


def test_a_format_that_pil_knows_but_is_not_on_the_list_is_refused(tmp_path):
    for kind in ("PPM", "TGA", "PCX", "JPEG2000"):
        path = save(tmp_path / "photo.png", Pillow.fromarray(blocks()), format=kind)
        with pytest.raises(ImageError, match="JPEG, PNG, WebP, GIF, BMP and TIFF"):
            Image.open(path)


def test_a_picture_with_a_wrong_name_is_read_by_its_content(tmp_path):
    path = save(tmp_path / "photo.jpg", Pillow.fromarray(blocks()), format="PNG")
    assert np.array_equal(Image.open(path).pixels, blocks())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_truncated_picture_is_an_image_error_with_the_reason(tmp_path, kind):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    whole = io.BytesIO()
    Pillow.fromarray(noise).save(whole, kind)
    path = tmp_path / "a"
    for share in (0.9, 0.5, 0.05):
        path.write_bytes(whole.getvalue()[: int(len(whole.getvalue()) * share)])
        with pytest.raises(ImageError, match="damaged"):
            Image.open(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.filterwarnings("ignore")
def test_no_corruption_raises_anything_but_an_image_error(kind):
    rng = np.random.default_rng(7)
    whole = io.BytesIO()
    Pillow.fromarray(blocks(8)).save(whole, kind)
    for _ in range(80):
        data = bytearray(whole.getvalue())
        for place in rng.integers(0, len(data), rng.integers(1, 12)):
            data[place] = rng.integers(256)
        try:
            Image.from_bytes(bytes(data), max_pixels=1_000_000)
        except ImageError as error:
            assert str(error)


def test_a_missing_file_a_folder_an_empty_file_and_a_url_are_refused_with_the_reason(tmp_path):
    (tmp_path / "empty.png").touch()
    for path, reason in [
        (tmp_path / "none.png", "no such file"),
        (tmp_path, "is a folder"),
        (tmp_path / "empty.png", "empty"),
        ("https://example.org/a.png", "URL"),
        ("file:///etc/passwd", "URL"),
        ("data:image/png;base64,AAAA", "URL"),
        ("a\x00b", "path"),
        ("", "path"),
        (7, "int"),
        ("x" * 5000, "."),
    ]:
        with pytest.raises(ImageError, match=reason):
            Image.open(path)


# -- arrays ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("array", "mend"),
    [
        (np.zeros((4, 5), np.uint8), "repeat"),
        (np.zeros((4, 5, 4), np.uint8), "from_pil"),
        (np.zeros((3, 40, 50), np.uint8), "transpose"),
        (np.zeros((4, 5, 2), np.uint8), "colour"),
        (np.zeros((2, 4, 5, 3), np.uint8), "Clip.from_frames"),
        (np.zeros(7, np.uint8), "three dimensions"),
        (np.zeros((0, 5, 3), np.uint8), "no pixels"),
        (np.zeros((4, 5, 3), np.float32), r"\* 255"),
        (np.zeros((4, 5, 3), np.int64), "int64"),
        (np.zeros((4, 5, 3), bool), "bool"),
    ],
)
def test_an_array_of_another_kind_is_refused_with_what_came_and_the_mend(array, mend):
    with pytest.raises(ImageError, match=mend):
        Image.from_array(array)
    with pytest.raises(ImageError, match="came"):
        Image.from_array(array)


def test_a_list_is_no_array():
    with pytest.raises(ImageError, match="list came"):
        Image.from_array([[[1, 2, 3]]])


def test_three_rows_are_rows_and_never_channels():
    image = Image.from_array(np.zeros((3, 7, 3), np.uint8))
    assert image.size == (7, 3)
    assert Image.from_array(np.zeros((3, 3, 3), np.uint8)).size == (3, 3)


def test_extreme_shapes_work(tmp_path):
    for size in [(1, 1), (1, 10_000), (10_000, 1), (3, 500)]:
        image = Image.open(save(tmp_path / "a.png", Pillow.new("RGB", size, (9, 8, 7))))
        assert image.size == size
        assert image.pixels.shape == (size[1], size[0], 3)
        assert image._repr_png_().startswith(b"\x89PNG")


def test_equal_bytes_of_another_shape_have_another_key():
    pixels = np.arange(4 * 6 * 3, dtype=np.uint8)
    tall, wide = Image.from_array(pixels.reshape(6, 4, 3)), Image.from_array(pixels.reshape(4, 6, 3))
    assert tall.key != wide.key
    assert tall.key == Image.from_array(pixels.reshape(6, 4, 3)).key
    assert tall.key is tall.key  # found once, however large the picture


# -- what an image offers --------------------------------------------------------------------------


def test_pixels_cannot_be_changed_from_outside():
    array = np.zeros((4, 5, 3), np.uint8)
    image = Image.from_array(array)
    array[:] = 9
    assert image.pixels.max() == 0
    with pytest.raises(ValueError):
        image.pixels[0, 0] = 1
    view = array[:]
    view.flags.writeable = False
    through_a_view = Image.from_array(view)
    array[:] = 3
    assert through_a_view.pixels.max() == 9
    with pytest.raises(AttributeError):
        image.pixels = array


def test_an_image_is_a_clip_of_one_frame_at_zero_seconds():
    image = Image.from_array(blocks())
    assert (image.width, image.height, image.size) == (48, 32, (48, 32))
    assert image.frame_count == 1 and image.times.tolist() == [0.0] and not image.is_clip
    assert image.frames([0, 0]).shape == (2, 32, 48, 3)
    assert image.frames([]).shape == (0, 32, 48, 3)
    with pytest.raises(ImageError, match="frame 1"):
        image.frames([0, 1])


def test_an_image_shows_itself_and_saves_itself(tmp_path):
    image = Image.from_array(np.kron(blocks(), np.ones((20, 20, 1), np.uint8)))
    shown = Pillow.open(io.BytesIO(image._repr_png_()))
    assert max(shown.size) == 640
    assert repr(image) == "Image(960x640)"
    assert np.array_equal(Image.open(image.save(tmp_path / "a.png")).pixels, image.pixels)


def test_a_tensor_like_thing_is_taken_as_an_array():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            return blocks()

    assert np.array_equal(Image.from_array(Tensor()).pixels, blocks())


def test_the_formats_are_the_six_that_are_stated():
    assert convert.FORMATS == ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


def test_a_tiff_of_lab_colours_is_converted_or_refused_with_the_reason(tmp_path):
    info = TiffImagePlugin.ImageFileDirectory_v2()
    path = save(tmp_path / "a.tiff", Pillow.new("LAB", (4, 4), (128, 128, 128)), tiffinfo=info)
    try:
        assert Image.open(path).size == (4, 4)
    except ImageError as error:
        assert "LAB" in str(error)

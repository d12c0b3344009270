"""One door for pictures and clips."""

import numpy as np
import pytest
from media_making import number_of, numbers_of, painted, write_video
from PIL import Image as Pillow

import regard
from regard.core.errors import ImageError, MediaError, VideoError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.media.open import open_media


@pytest.fixture
def gif(tmp_path):
    frames = [Pillow.fromarray(painted(i)) for i in range(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=50)
    return tmp_path / "a.gif"


def test_content_decides_between_picture_and_clip(tmp_path):
    picture = tmp_path / "picture.mp4"
    Pillow.fromarray(painted(5)).save(picture, format="PNG")
    assert isinstance(open_media(picture), Image)
    clip = tmp_path / "clip.jpg"
    clip.write_bytes(write_video(tmp_path / "b.mp4", "mpeg4", 5).read_bytes())
    assert isinstance(open_media(str(clip)), Clip)
    assert regard.open is open_media


def test_an_animated_gif_is_a_picture_with_a_note_unless_a_clip_is_asked_for(gif):
    image = open_media(gif)
    assert not image.is_clip and image.notes == ("only the first of 4 frames is used",)
    clip = open_media(gif, as_clip=True)
    assert clip.is_clip and numbers_of(clip.frames(range(4))) == [0, 1, 2, 3]


def test_a_folder_of_frames_is_a_clip(tmp_path):
    for index in range(3):
        Pillow.fromarray(painted(index)).save(tmp_path / f"{index}.png")
    clip = open_media(tmp_path, fps=2)
    assert clip.duration == 1.5 and number_of(clip.frame(2)) == 2


def test_arrays_pil_pictures_bytes_and_what_is_open_already_are_taken(gif):
    image = open_media(painted(3))
    assert number_of(image.pixels) == 3
    assert open_media(image) is image
    assert number_of(open_media(Pillow.fromarray(painted(4))).pixels) == 4
    assert number_of(open_media(gif.read_bytes()).pixels) == 0
    frames = np.stack([painted(i) for i in range(3)])
    assert open_media(frames, fps=3).duration == 1.0
    with pytest.raises(VideoError, match="fps"):
        open_media(frames)
    with pytest.raises(ImageError, match="repeat"):
        open_media(np.zeros((4, 4), np.uint8))


@pytest.mark.parametrize("thing", [None, 7, ["a.jpg"], {"image": 1}])
def test_what_is_no_media_is_named(thing):
    with pytest.raises(MediaError, match=f"{type(thing).__name__} came"):
        open_media(thing)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a.jpg",
        "http://127.0.0.1/",
        "ftp://x/y.mp4",
        "file:///etc/passwd",
        "data:image/png;base64,AA",
    ],
)
def test_urls_are_refused_because_nothing_is_fetched(url):
    with pytest.raises(MediaError, match="nothing is fetched"):
        open_media(url)


def test_a_missing_file_is_named_with_the_place_that_was_searched(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MediaError, match="no such file: 'kitchen.jpg'") as caught:
        open_media("kitchen.jpg")
    assert str(tmp_path) in str(caught.value)


def test_a_damaged_picture_is_an_image_error_and_a_damaged_video_a_video_error(tmp_path):
    for name, kind in [("a.jpg", ImageError), ("a.mp4", VideoError)]:
        (tmp_path / name).write_bytes(b"nothing that anything can read " * 20)
        with pytest.raises(kind):
            open_media(tmp_path / name)
    Pillow.fromarray(painted(1)).save(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").write_bytes((tmp_path / "b.jpg").read_bytes()[:300])
    with pytest.raises(ImageError, match="damaged"):
        open_media(tmp_path / "b.jpg")


def test_documents_are_refused_by_name(tmp_path):
    (tmp_path / "a").write_bytes(b"%PDF-1.4\n" + bytes(100))
    with pytest.raises(ImageError, match="PDF"):
        open_media(tmp_path / "a")


def test_limits_are_passed_on(tmp_path, gif):
    with pytest.raises(ImageError, match="at most 10"):
        open_media(gif, max_pixels=10)
    with pytest.raises(VideoError, match="at most 10"):
        open_media(gif, as_clip=True, max_pixels=10)
    with pytest.raises(VideoError, match="time_limit"):
        open_media(gif, as_clip=True, time_limit=0)

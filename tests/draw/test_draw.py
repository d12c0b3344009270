"""Drawings show the region where it is, and leave the rest of the picture as it was."""

import numpy as np
import pytest
from PIL import Image as PILImage

from regard.core.errors import MediaError, RegionError, VideoError
from regard.draw import draw, draw_frames, marks, save, show, strip
from regard.draw.sheet import _chosen
from regard.media.clip import Clip
from regard.media.image import Image
from regard.regions.bound import BoundRegion
from regard.regions.region import Region

GRAY = np.full((480, 640, 3), 128, np.uint8)
PHOTO = Image.from_array(GRAY)
LONG = "a description that is far too long to stand beside the region it speaks of, " * 3


@pytest.fixture(scope="module")
def clip():
    return Clip.from_frames(np.full((10, 61, 81, 3), 90, np.uint8), fps=5)


def _track(frames):
    masks = {}
    for frame in frames:
        masks[frame] = np.zeros((61, 81), bool)
        masks[frame][10:30, 5 + 4 * frame : 25 + 4 * frame] = True
    return BoundRegion.from_masks(masks, frame_count=10, name="car")


def _ring():
    mask = np.zeros((480, 640), bool)
    mask[100:300, 100:300] = True
    mask[150:250, 150:250] = False
    return Region.mask(mask)


def test_a_mask_is_tinted_outlined_and_its_hole_left_alone():
    drawn = draw(PHOTO, [_ring()])
    assert drawn.shape == (480, 640, 3) and drawn.dtype == np.uint8
    assert (drawn[200, 200] == 128).all()
    assert (drawn[125, 200] != 128).any()
    assert (drawn[400, 500] == 128).all()
    assert (PHOTO.pixels == 128).all()


def test_the_same_call_draws_the_same_bytes():
    regions, texts = [_ring(), Region.box(400, 50, 600, 200, name="sky")], ["a ring", "blue"]
    assert np.array_equal(draw(PHOTO, regions, texts), draw(PHOTO, regions, texts))


def test_words_beside_a_region_change_its_surroundings_and_not_the_size():
    plain, worded = draw(PHOTO, [_ring()]), draw(PHOTO, [_ring()], ["a gray ring"])
    assert plain.shape == worded.shape and not np.array_equal(plain, worded)


def test_long_answers_and_captions_go_beneath():
    beneath = draw(PHOTO, [_ring()], [LONG])
    assert beneath.shape[0] > 480 and beneath.shape[1] == 640
    assert draw(PHOTO, [_ring()], ["short"], caption="Q: what?\nA: a ring").shape[0] > 480
    assert draw(PHOTO, [], caption="a gray wall").shape[0] > 480


def test_a_small_picture_is_enlarged_by_a_whole_number_unless_asked_otherwise():
    small = Image.from_array(GRAY[:100, :150])
    assert draw(small, [Region.box(5, 5, 50, 50)]).shape == (500, 750, 3)
    assert draw(small, [Region.box(5, 5, 50, 50)], scale=1).shape == (100, 150, 3)


def test_a_region_of_one_pixel_and_a_hundred_regions_are_drawn():
    one = Region.box(10, 10, 11, 11)
    many = [Region.box(x, y, x + 30, y + 20) for x in range(0, 600, 60) for y in range(0, 400, 40)]
    assert (draw(PHOTO, [one], ["dot"]) != 128).any()
    assert draw(PHOTO, many, ["thing"] * 100).shape[1] == 640
    assert draw(Image.from_array(GRAY[:1, :1]), [Region.box(0, 0, 1, 1)], ["one pixel"]).ndim == 3


def test_what_does_not_fit_is_refused():
    with pytest.raises(RegionError, match="2 texts for 1 regions"):
        draw(PHOTO, [_ring()], ["a", "b"])
    with pytest.raises(RegionError, match="region 1"):
        draw(PHOTO, [BoundRegion.from_masks({0: np.ones((4, 4), bool)})])
    with pytest.raises(RegionError, match=r"region 2 is a point.*model\.bind"):
        draw(PHOTO, [_ring(), Region.point(5, 5)])
    with pytest.raises(RegionError, match="region 1: "):
        draw(PHOTO, [Region.box(5000, 5000, 6000, 6000)])


def test_a_clip_is_drawn_frame_by_frame_and_only_where_the_region_is(clip):
    frames = draw(clip, [_track(range(5))], scale=1)
    assert frames.shape == (10, 61, 81, 3)
    assert (frames[2] != 90).any() and (frames[8] == 90).all()
    some = list(draw_frames(clip, [_track(range(5))], scale=1, frames=[2]))
    assert some[0].shape == frames[2].shape


def test_a_strip_shows_every_region_at_least_once(clip):
    tracks = [_track([3]), _track([0]), _track(range(10))]
    for count in (1, 3, 6):
        chosen = _chosen(clip, tracks, count)
        assert all(set(chosen) & set(track.rles) for track in tracks)
    sheet = strip(clip, tracks, ["one", "two", LONG], caption="what?")
    assert sheet.ndim == 3 and sheet.shape[0] > strip(clip, tracks).shape[0]
    with pytest.raises(VideoError, match="at least one frame"):
        strip(clip, count=0)


def test_a_sheet_shows_frames_on_which_something_is_drawn(clip):
    every_third = [_track(range(1, 10, 3))]
    assert _chosen(clip, every_third, 3) == [1, 4, 7]
    assert _chosen(clip, [], 3) == [2, 5, 8]
    late = [_track([9])]
    assert _chosen(clip, late, 3) == [2, 5, 9]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_pictures_are_saved_by_suffix(tmp_path, suffix, clip):
    for media in (PHOTO, clip):
        path = save(tmp_path / f"out{suffix}", media, [Region.box(5, 5, 50, 50)], ["a wall"])
        assert PILImage.open(path).size[0] >= 600


def test_a_drawn_clip_keeps_its_frames_and_times(tmp_path, clip):
    drawn = Clip.open(save(tmp_path / "out.mp4", clip, [_track(range(10))], [LONG]))
    assert drawn.frame_count == 10
    assert np.allclose(drawn.times, clip.times, atol=1e-3)


def test_files_that_cannot_be_written_are_refused_before_drawing(tmp_path, clip):
    with pytest.raises(MediaError, match=r"\.png \.jpg"):
        save(tmp_path / "out.bmp", PHOTO)
    with pytest.raises(MediaError, match="video of one picture"):
        save(tmp_path / "out.mp4", PHOTO)
    with pytest.raises(MediaError, match="no folder"):
        save(tmp_path / "no" / "out.png", PHOTO)


def test_numbers_stand_on_their_regions_at_the_pictures_own_size(clip):
    outer, inner = Region.box(50, 50, 450, 450), Region.box(200, 200, 300, 300)
    drawn = marks(PHOTO, [outer, inner], tint=False)
    assert drawn.shape == (480, 640, 3)
    changed = (drawn != 128).any(axis=2)
    assert changed[200:300, 200:300].any() and changed.sum() < 5000
    assert (marks(clip, [_track([3])], frame=0) == 90).all()


def test_a_notebook_gets_a_picture(clip):
    assert isinstance(show(PHOTO, [_ring()], ["a ring"]), PILImage.Image)
    assert isinstance(show(clip, [_track([3])], ["a car"]), PILImage.Image)

"""Heat maps: colour where a region is likely, grey where none is, one colour a region, a legend."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image as PILImage

from regard import draw
from regard.core.errors import MediaError, RegionError
from regard.draw.palette import colour
from regard.media.clip import Clip
from regard.media.image import Image
from regard.regions.region import Region

PHOTO = Image.from_array(np.full((60, 80, 3), (90, 140, 60), np.uint8))
CLIP = Clip.from_frames(np.full((5, 60, 80, 3), 120, np.uint8), fps=2)


def maps(frames=1, regions=2):
    """The first region in the upper left quarter, the second in the lower right one."""
    found = np.zeros((frames, 4, 4, regions), np.float32)
    found[:, :2, :2, 0] = 1.0
    found[:, 2:, 2:, 1:] = 0.5
    return found


def test_a_place_has_the_colour_of_its_region_and_is_grey_where_there_is_none():
    drawn = draw.heat(PHOTO, maps())
    height, width = drawn.shape[0], drawn.shape[1]
    assert width == 800 and height > 600 and drawn.dtype == np.uint8
    assert tuple(drawn[40, 40]) == colour(0)
    red, green, blue = drawn[40, 760].astype(int)
    assert red == green == blue < 90
    half = drawn[560, 760].astype(int)
    assert abs(half - (np.array(colour(1)) + drawn[40, 760]) / 2).max() <= 2


def test_a_clip_is_a_sheet_of_the_frames_with_regions_outlined_where_they_were_given():
    given = Region.box(2, 2, 30, 25, frame=1)
    other = Region.box(50, 40, 70, 58, frame=1)
    bare = draw.heat(CLIP, maps(3), (0, 1, 4))
    outlined = draw.heat(CLIP, maps(3), (0, 1, 4), [given, other])
    assert bare.shape == outlined.shape
    differs = (bare != outlined).any((0, 2))
    first, second = differs[:480], differs[490:960]
    assert second.any() and not first.any()


def test_the_legend_says_how_likely_or_what_it_is_told():
    told = draw.heat(PHOTO, maps(), texts=["the cup", "the plate"])
    assert (told[620:] != draw.heat(PHOTO, maps())[620 : told.shape[0]]).any()


def test_maps_that_do_not_fit_are_refused():
    with pytest.raises(RegionError, match="one for each of 2 frames"):
        draw.heat(CLIP, maps(1), (0, 1))
    with pytest.raises(RegionError, match="without the map of the background"):
        draw.heat(PHOTO, maps(), regions=[Region.box(1, 1, 9, 9)])
    with pytest.raises(RegionError, match="rows, columns, regions"):
        draw.heat(PHOTO, maps()[0])


def test_it_is_written_as_a_picture(tmp_path):
    path = draw.save_picture(tmp_path / "heat.png", draw.heat(PHOTO, maps()))
    assert PILImage.open(path).size[0] == 800
    with pytest.raises(MediaError):
        draw.save_picture(tmp_path / "heat.mp4", draw.heat(PHOTO, maps()))

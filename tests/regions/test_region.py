"""Regions as users give them, and what they are on an image or clip."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from xml.dom import minidom

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from regard.core.errors import EmptyRegion, RegionError
from regard.regions import rle
from regard.regions.bound import BoundRegion
from regard.regions.parse import parse
from regard.regions.region import Region

SIZE = (40, 30)
UNITS = {"norm1": 1, "norm1000": 1000, "percent": 100}


def blob(size=SIZE) -> np.ndarray:
    mask = np.zeros((size[1], size[0]), dtype=bool)
    mask[4:9, 5:20] = True
    return mask


def disc(pixels, points, labels) -> np.ndarray:
    """A stand-in for a segmenter: a disc round each point labelled 1."""
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    mask = np.zeros(pixels.shape[:2], dtype=bool)
    for (x, y), label in zip(points, labels, strict=True):
        if label:
            mask |= (columns - int(x)) ** 2 + (rows - int(y)) ** 2 <= 4
    return mask


def pixels(frame: int) -> np.ndarray:
    return np.zeros((SIZE[1], SIZE[0], 3), dtype=np.uint8)


class TestBox:
    def test_it_takes_numbers_lists_tuples_and_arrays(self):
        for given_ in ([1, 2, 3, 4], (1, 2, 3, 4), np.array([1, 2, 3, 4]), np.array([1, 2, 3, 4], dtype=np.float32)):
            assert Region.box(given_).data == (1, 2, 3, 4)
        assert Region.box(1, 2, 3, np.int64(4)).data == (1, 2, 3, 4)

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ((1, 2, float("nan"), 4), "value 2 of the box is nan"),
            ((1, float("inf"), 3, 4), "value 1 of the box is inf"),
            ((1, 2, "3", 4), "value 2 of the box is '3', which is not a number"),
            ((1, 2, None, 4), "value 2 of the box is None"),
            ((True, 2, 3, 4), "value 0 of the box is True"),
            ((5, 2, 3, 4), r"wrong way round: value 2 \(3\) must be greater than value 0 \(5\).*x \+ width"),
            ((1, 4, 3, 4), "no area: value 3"),
            (([1, 2, 3],), "four values"),
            (("1,2,3,4",), "list of numbers"),
        ],
    )
    def test_faults_name_the_value(self, values, reason):
        with pytest.raises(RegionError, match=reason):
            Region.box(*values)

    def test_partly_outside_is_clipped_with_a_note_and_wholly_outside_refused(self):
        bound = Region.box(-5, 10, 12, 99).bind(SIZE)
        assert bound.box() == (0, 10, 12, 30) and "clipped" in bound.notes[0]
        for values in ((40, 0, 50, 9), (-9, 0, 0, 9), (0, 30, 9, 40), (0, -9, 9, -1)):
            with pytest.raises(RegionError, match="wholly outside .* 40 x 30"):
                Region.box(values).bind(SIZE)


class TestUnits:
    @settings(max_examples=50, deadline=None)
    @given(st.integers(0, 38), st.integers(0, 28), st.integers(1, 40), st.integers(1, 30), st.sampled_from(list(UNITS)))
    def test_every_unit_gives_the_same_pixels(self, x, y, width, height, unit):
        corners = np.array((x, y, min(x + width, 40), min(y + height, 30)))
        shares = corners / (40, 30, 40, 30) * UNITS[unit]
        expected = Region.box(corners).bind(SIZE)
        assert Region.box(shares, unit=unit).bind(SIZE).rles == expected.rles
        rounded = Region.box(np.round(shares, 0 if unit == "norm1000" else 4), unit=unit) if unit != "percent" else None
        if rounded is not None:
            quantum = 0.04 if unit == "norm1000" else 0.01
            assert np.abs(np.array(rounded.data) / UNITS[unit] * (40, 30, 40, 30) - corners).max() <= quantum

    def test_values_a_unit_cannot_hold_are_refused(self):
        for unit, top in UNITS.items():
            with pytest.raises(RegionError, match=rf"value 2 of the box is .* {unit} runs from 0 to {top}"):
                Region.box(0, 0, 1.7 * top, top, unit=unit)
            with pytest.raises(RegionError, match="runs from 0"):
                Region.point(-0.2 * top, 0, unit=unit)
            with pytest.raises(RegionError, match="runs from 0"):
                Region.polygon([0, 0, 2 * top, 0, 0, top], unit=unit)

    def test_nothing_is_guessed(self):
        bound = Region.box(0.2, 0.2, 0.8, 0.8).bind(SIZE)
        assert bound.area() == 1 and "norm1" in bound.notes[0]
        with pytest.raises(RegionError, match="Did you mean 'norm1'"):
            Region.box(0, 0, 1, 1, unit="norm")

    def test_rounding_at_the_edge_is_taken_for_the_edge(self):
        assert Region.box(0, 0, np.nextafter(1, 2), 1, unit="norm1").data == (0, 0, 1, 1)

    def test_masks_have_no_unit(self):
        with pytest.raises(RegionError, match="no unit"):
            Region("mask", blob(), "norm1")


class TestMask:
    def test_arrays_of_every_kind(self):
        for mask in (
            blob(),
            blob().astype(np.uint8) * 255,
            blob().astype(float),
            blob().tolist(),
            blob()[None],
            blob()[..., None],
        ):
            assert (Region.mask(mask).bind(SIZE).mask() == blob()).all()

    def test_it_is_a_copy_that_cannot_be_written(self):
        mask = blob()
        region = Region.mask(mask)
        mask[:] = False
        assert region.data.any() and not region.data.flags.writeable

    @pytest.mark.parametrize(
        "mask", [np.zeros(4), np.ones((2, 2, 3)), np.ones((0, 3)), [[1, 2], [3]], np.full((2, 2), "a")]
    )
    def test_other_shapes_are_refused(self, mask):
        with pytest.raises(RegionError, match="mask"):
            Region.mask(mask)

    def test_fractions_and_emptiness(self):
        with pytest.raises(RegionError, match="mask > 0.5"):
            Region.mask(np.full((3, 3), 0.7))
        with pytest.raises(EmptyRegion, match="no pixel inside"):
            Region.mask(np.zeros((3, 3)))
        with pytest.raises(EmptyRegion):
            Region.rle(rle.encode(np.zeros((3, 3))))

    def test_another_size_is_refused_and_a_swap_pointed_out(self):
        with pytest.raises(RegionError, match="30 x 40 .* the media 40 x 30.*swapped"):
            Region.mask(blob().T).bind(SIZE)
        with pytest.raises(RegionError, match="swapped"):
            Region.rle(rle.encode(blob().T)).bind(SIZE)
        with pytest.raises(RegionError, match='resize="nearest"'):
            Region.mask(blob((50, 30))).bind(SIZE)

    def test_resizing_is_asked_for_and_recorded(self):
        for region in (Region.mask(blob((80, 60))), Region.rle(rle.encode(blob((80, 60))))):
            bound = region.bind(SIZE, resize="nearest")
            assert bound.mask().shape == (30, 40) and "resized from 80 x 60 to 40 x 30" in bound.notes[0]
        with pytest.raises(RegionError, match="resize"):
            Region.mask(blob()).bind(SIZE, resize="linear")

    @pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
    def test_pictures_of_every_mode(self, tmp_path, mode):
        grey = Image.fromarray(blob().astype(np.uint8) * 255)
        if mode == "P":
            picture = Image.fromarray(blob().astype(np.uint8) * 3)
            picture.putpalette([0, 0, 0] * 256)
        elif mode == "I;16":
            picture = Image.fromarray(blob().astype(np.uint16) * 40000)
        else:
            picture = grey.convert(mode)
        picture.save(tmp_path / "m.png")
        assert (Region.mask(tmp_path / "m.png").data == blob()).all()
        assert (Region.mask(str(tmp_path / "m.png")).data == blob()).all()

    def test_numbered_things_and_the_alpha_channel_only_when_asked(self, tmp_path):
        numbers = np.zeros((30, 40), dtype=np.uint8)
        numbers[0:2], numbers[5:9] = 1, 2
        Image.fromarray(numbers).save(tmp_path / "n.png")
        assert Region.mask(tmp_path / "n.png", value=2).data.sum() == 160
        with pytest.raises(EmptyRegion, match="object 7"):
            Region.mask(tmp_path / "n.png", value=7)
        picture = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
        picture.putalpha(Image.fromarray(blob().astype(np.uint8) * 255))
        picture.save(tmp_path / "a.png")
        with pytest.raises(EmptyRegion):
            Region.mask(tmp_path / "a.png")
        assert (Region.mask(tmp_path / "a.png", alpha=True).data == blob()).all()
        with pytest.raises(RegionError, match="no alpha"):
            Region.mask(tmp_path / "n.png", alpha=True)

    def test_files_that_are_no_pictures(self, tmp_path):
        (tmp_path / "x.png").write_bytes(b"no")
        with pytest.raises(RegionError, match="not a mask picture"):
            Region.mask(tmp_path / "x.png")
        with pytest.raises(RegionError, match="no mask file"):
            Region.mask(tmp_path / "y.png")


class TestPolygon:
    def test_every_way_to_write_it(self):
        ring = [2, 2, 12, 2, 12, 8, 2, 8]
        pairs = [(2, 2), (12, 2), (12, 8), (2, 8)]
        ways = (ring, [ring], pairs, [pairs], np.array(pairs), [np.array(pairs)], np.array(ring), [*pairs, pairs[0]])
        for way in ways:
            assert Region.polygon(way).bind(SIZE).area() == 60

    @pytest.mark.parametrize(
        ("rings", "reason"),
        [
            ([1, 2, 3, 4, 5], "5 values, an odd count"),
            ([1, 2, 3, 4], "2 points"),
            ([[1, 1, 9, 1, 9, 9], [1, 2, 3]], "ring 1 of the polygon has 3 values"),
            ([1, 1, 2, 2, 3, 3], "on one line"),
            ([], "at least one ring"),
            ([[]], "no points"),
            ([1, 1, 9, float("nan"), 9, 9], "value 3 of ring 0"),
            ([(1, 1), (9, 1), (9, 9, 9)], "point 2"),
            ("1,1,9,1,9,9", "list of numbers"),
        ],
    )
    def test_faults_name_the_ring_and_value(self, rings, reason):
        with pytest.raises(RegionError, match=reason):
            Region.polygon(rings)


class TestPoints:
    def test_a_point_needs_a_segmenter(self):
        with pytest.raises(RegionError, match="segmenter= and pixels="):
            Region.point(3, 4).bind(SIZE)
        bound = Region.point((3, 4)).bind(SIZE, pixels=pixels, segmenter=disc)
        assert bound.mask()[4, 3] and bound.area() == 13

    def test_labels(self):
        region = Region.points([(3, 4), (9, 9)], labels=[1, 0])
        assert region.data == ((3, 4, 1), (9, 9, 0))
        for labels, reason in (
            ([0, 0], "every point is labelled 0"),
            ([1], "2 points and 1 labels"),
            ([1, 2], "label 1 is 2"),
        ):
            with pytest.raises(RegionError, match=reason):
                Region.points([(3, 4), (9, 9)], labels=labels)
        with pytest.raises(RegionError, match="labelled 0"):
            Region.point(3, 4, label=0)

    def test_a_scribble_of_one_point_is_a_point(self):
        assert Region.scribble([(3, 4)]).kind == "point"
        assert Region.scribble([3, 4, 3, 4]).kind == "point"
        assert Region.scribble([3, 4, 9, 4]).bind(SIZE, pixels=pixels, segmenter=disc).box() == (1, 2, 12, 7)

    def test_outside_the_picture(self):
        for region in (
            Region.point(50, 4),
            Region.points([(50, 4), (3, 4)], labels=[1, 0]),
            Region.scribble([50, 4, 60, 4]),
        ):
            with pytest.raises(RegionError, match="wholly outside"):
                region.bind(SIZE, pixels=pixels, segmenter=disc)
        bound = Region.points([(3, 4), (50, 4)]).bind(SIZE, pixels=pixels, segmenter=disc)
        assert bound.area() == 13 and "1 of 2 points" in bound.notes[0]
        assert Region.point(1, 1, unit="norm1").bind(SIZE, pixels=pixels, segmenter=disc).mask()[29, 39]

    def test_a_segmenter_that_finds_nothing_or_errs(self):
        with pytest.raises(EmptyRegion, match="found nothing"):
            Region.point(3, 4).bind(SIZE, pixels=pixels, segmenter=lambda p, x, y: np.zeros(p.shape[:2], dtype=bool))
        with pytest.raises(RegionError, match="shape"):
            Region.point(3, 4).bind(SIZE, pixels=pixels, segmenter=lambda p, x, y: np.ones((3, 3), dtype=bool))


class TestTime:
    TIMES = np.array([0.0, 0.5, 0.9, 1.5])

    def test_frames_and_seconds(self):
        assert Region.box(1, 2, 3, 4).bind(SIZE, frame_count=4).frames == [0]
        assert Region.box(1, 2, 3, 4, frame=3).bind(SIZE, frame_count=4).frames == [3]
        for seconds, frame in ((0.0, 0), (0.6, 1), (0.75, 2), (1.5, 3), (2.0, 3)):
            bound = Region.box(1, 2, 3, 4, seconds=seconds).bind(SIZE, frame_count=4, times=self.TIMES)
            assert bound.frames == [frame]

    def test_outside_the_media_names_the_range(self):
        with pytest.raises(RegionError, match="no frame 4: frames run from 0 to 3"):
            Region.box(1, 2, 3, 4, frame=4).bind(SIZE, frame_count=4)
        with pytest.raises(RegionError, match="only frame is 0"):
            Region.box(1, 2, 3, 4, frame=1).bind(SIZE)
        with pytest.raises(RegionError, match="runs from 0 s to 2.1 s"):
            Region.box(1, 2, 3, 4, seconds=2.2).bind(SIZE, frame_count=4, times=self.TIMES)
        with pytest.raises(RegionError, match="times="):
            Region.box(1, 2, 3, 4, seconds=0.2).bind(SIZE, frame_count=4)
        for bad in ({"frame": -1}, {"frame": 1.0}, {"frame": True}, {"seconds": -0.1}, {"seconds": float("nan")}):
            with pytest.raises(RegionError):
                Region.box(1, 2, 3, 4, **bad)
        with pytest.raises(RegionError, match="not both"):
            Region.box(1, 2, 3, 4, frame=1, seconds=1.0)


class TestTrack:
    def test_gaps_are_absent(self):
        region = Region.track({0: blob(), 2: None, 3: rle.encode(blob()), 5: Region.box(1, 2, 3, 4), 6: (1, 2, 3, 4)})
        bound = region.bind(SIZE, frame_count=8)
        assert bound.frames == [0, 3, 5, 6]
        assert not bound.mask(1).any() and not bound.mask(2).any() and bound.area(4) == 0
        with pytest.raises(EmptyRegion, match="absent at frame 4; it is seen at 0, 3, 5, 6"):
            bound.box(4)

    def test_interpolation_is_asked_for(self):
        keys = {0: (0, 0, 10, 10), 4: (8, 0, 18, 10), 6: None, 8: (0, 0, 10, 10), 9: (2, 0, 12, 10)}
        assert Region.track(keys).bind(SIZE, frame_count=10).frames == [0, 4, 8, 9]
        bound = Region.track(keys, interpolate=True).bind(SIZE, frame_count=10)
        assert bound.frames == [0, 1, 2, 3, 4, 8, 9] and bound.box(3) == (6, 0, 16, 10)
        with pytest.raises(RegionError, match="joins boxes"):
            Region.track({0: blob(), 4: (0, 0, 10, 10)}, interpolate=True)

    def test_duplicates_ranges_and_emptiness_are_named(self):
        with pytest.raises(RegionError, match="frame 3 is given twice"):
            Region.track([(3, blob()), (3, blob())])
        with pytest.raises(RegionError, match="frame 3 is given twice"):
            Region.track({3: blob(), "3": blob()})
        for frame in (-1, 1.5, "x", "-1"):
            with pytest.raises(RegionError, match="frame"):
                Region.track({frame: blob()})
        with pytest.raises(RegionError, match="no frame 9: frames run from 0 to 4"):
            Region.track({0: blob(), 9: blob()}).bind(SIZE, frame_count=5)
        for empty in ({}, {0: None}):
            with pytest.raises(EmptyRegion):
                Region.track(empty)

    def test_what_a_track_cannot_hold(self):
        inner = Region.track({0: blob()})
        for value in (inner, Region.box(1, 2, 3, 4, frame=7), Region.box(1, 2, 3, 4, seconds=1)):
            with pytest.raises(RegionError):
                Region.track({0: value})
        with pytest.raises(RegionError, match="own frames"):
            Region("track", {0: blob()}, frame=3)

    def test_notes_say_which_frame(self):
        bound = Region.track({0: (-5, 0, 5, 5), 1: (0, 0, 5, 5)}).bind(SIZE, frame_count=2)
        assert bound.notes[0].startswith("frame 0: ") and len(bound.notes) == 1


EXAMPLES = [
    Region.box(1, 2, 3.5, 4, frame=3, name="cup"),
    Region.box(0.1, 0.2, 0.3, 0.4, unit="norm1"),
    Region.mask(blob(), seconds=0.5),
    Region.polygon([[1, 1, 9, 1, 9, 9], [2, 2, 3, 2, 3, 3]]),
    Region.points([(1, 2), (3, 4)], labels=[1, 0]),
    Region.scribble([1, 2, 3, 4], unit="percent"),
    Region.track({0: blob(), 2: None, 3: Region.box(1, 2, 3, 4)}, name="car"),
]


@pytest.mark.parametrize("region", EXAMPLES, ids=lambda region: region.kind)
def test_regions_survive_json_and_pickle(region):
    options = {"frame_count": 4, "times": np.arange(4) / 4, "pixels": pixels, "segmenter": disc}
    again = Region.from_dict(json.loads(json.dumps(region.to_dict())))
    assert again.bind(SIZE, **options).rles == region.bind(SIZE, **options).rles
    assert (again.name, again.frame, again.seconds) == (region.name, region.frame, region.seconds)
    assert pickle.loads(pickle.dumps(region)).bind(SIZE, **options).rles == region.bind(SIZE, **options).rles
    assert repr(region).startswith(f"Region.{region.kind}(")


@pytest.mark.parametrize("region", EXAMPLES, ids=lambda region: region.kind)
def test_a_notebook_shows_a_region_before_it_is_bound(region):
    shown = minidom.parseString(replace(region, name="<b>cup</b>")._repr_html_())
    assert len(shown.getElementsByTagName("svg")) == (region.kind in ("box", "polygon", "point", "scribble"))
    assert f"Region.{region.kind}" in shown.getElementsByTagName("code")[0].firstChild.data
    assert not shown.getElementsByTagName("b")


def test_a_notebook_shows_a_share_of_the_picture_in_the_whole_picture():
    assert 'viewBox="0 0 1 1"' in Region.box(0.1, 0.1, 0.9, 0.9, unit="norm1")._repr_html_()
    assert "M10 10 L20 10 L20 20 L10 20Z" in Region.box(10, 10, 20, 20)._repr_html_()


def test_what_is_no_region():
    for row, reason in (
        ({"kind": "box"}, "needs 'data'"),
        ({"kind": "bix", "data": [1]}, "Did you mean 'box'"),
        ({"kind": "box", "data": [1, 2, 3, 4], "fram": 3}, "Did you mean 'frame'"),
    ):
        with pytest.raises(RegionError, match=reason):
            Region.from_dict(row)
    with pytest.raises(RegionError, match="is text"):
        Region.box(1, 2, 3, 4, name=3)


def test_overlapping_nested_and_identical_regions_are_kept_as_they_are():
    outer, inner = Region.box(2, 2, 20, 20).bind(SIZE), Region.box(5, 5, 9, 9).bind(SIZE)
    assert outer.area() == 324 and inner.area() == 16
    assert Region.box(5, 5, 9, 9).bind(SIZE).rles == inner.rles


class TestBoundRegion:
    def test_masks_boxes_and_areas(self):
        bound = BoundRegion.from_masks({1: blob(), 3: np.zeros((30, 40))}, frame_count=5, name="cup")
        assert bound.frames == [1] and bound.size == SIZE and bound.area(1) == 75 and bound.box(1) == (5, 4, 20, 9)
        assert (bound.mask(1) == blob()).all() and not bound.mask(3).any()
        for use in (bound.mask, bound.box, bound.area):
            with pytest.raises(RegionError, match="no frame 5: frames run from 0 to 4"):
                use(5)

    def test_json_and_back(self):
        bound = Region.box(-4, 2, 9, 9, frame=2, name="x").bind(SIZE, frame_count=4)
        row = json.loads(json.dumps(bound.to_dict()))
        again = BoundRegion.from_dict(row, given=Region.from_dict(row["given"]))
        assert again.rles == bound.rles and again.notes == bound.notes and again.given.data == (-4, 2, 9, 9)
        assert (again.size, again.frame_count, again.name) == (SIZE, 4, "x")

    def test_what_it_refuses(self):
        good = rle.encode(blob())
        for rles, count, error in (
            ({}, 1, EmptyRegion),
            ({0: rle.encode(np.zeros((30, 40)))}, 1, EmptyRegion),
            ({1: good}, 1, RegionError),
            ({0: rle.encode(blob().T)}, 1, RegionError),
            ({0: {"size": [30, 40], "counts": "oo"}}, 1, RegionError),
            ({0: good}, 0, RegionError),
        ):
            with pytest.raises(error):
                BoundRegion(SIZE, rles, count)
        with pytest.raises(RegionError, match="differ in size"):
            BoundRegion.from_masks({0: blob(), 1: blob().T})
        with pytest.raises(RegionError, match="'rles' is missing"):
            BoundRegion.from_dict({"size": [3, 3]})

    def test_it_shows_itself(self):
        bound = Region.mask(blob(), name="cup").bind(SIZE)
        assert bound._repr_png_().startswith(b"\x89PNG") and "'cup'" in repr(bound)


class TestParse:
    def test_every_written_kind(self, tmp_path):
        assert parse("box:1,2,3,4").data == (1, 2, 3, 4)
        assert parse("box: 1, 2, 3e1, 4").data == (1, 2, 30, 4)
        assert parse("point:5,6@12").frame == 12
        assert parse("point:5,6/7,8,0").data == ((5, 6, 1), (7, 8, 0))
        assert parse("scribble:1,2,3,4@2.0s").seconds == 2.0
        assert len(parse("polygon:0,0,9,0,9,9/2,2,3,2,3,3").data) == 2
        assert parse("box:0.1,0.1,0.2,0.2@.5s", unit="norm1", name="cup").name == "cup"

    @settings(max_examples=60)
    @given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2), st.floats(0.001, 1e5), st.integers(0, 99))
    def test_text_is_read_back_exactly(self, corner, side, frame):
        x, y = corner
        if x + side <= x or y + side <= y:
            return
        for region in (Region.box(x, y, x + side, y + side, frame=frame), Region.point(x, y, seconds=side)):
            again = parse(region.to_text())
            assert (again.data, again.frame, again.seconds) == (region.data, region.frame, region.seconds)

    @pytest.mark.parametrize("region", [EXAMPLES[3], EXAMPLES[4], EXAMPLES[5]], ids=lambda region: region.kind)
    def test_rings_labels_and_lines_are_read_back(self, region):
        assert parse(region.to_text(), unit=region.unit).data == region.data

    def test_what_has_no_text(self):
        with pytest.raises(RegionError, match="mask:FILE"):
            Region.mask(blob()).to_text()

    def test_files(self, tmp_path):
        Image.fromarray(blob()).save(tmp_path / "me@home.png")
        assert parse(f"mask:{tmp_path}/me@home.png").frame is None
        assert parse(f"mask:{tmp_path}/me@home.png@3").frame == 3
        (tmp_path / "r.json").write_text(json.dumps(rle.encode(blob())))
        assert (parse(f"rle:{tmp_path}/r.json@1.5s").bind(SIZE, times=[1.5]).mask() == blob()).all()
        (tmp_path / "a.json").write_text(json.dumps({"id": 1, "segmentation": rle.encode(blob())}))
        assert parse(f"rle:{tmp_path}/a.json").kind == "rle"
        region = Region.track({0: blob(), 2: None, 3: (1, 2, 3, 4)})
        bound = region.bind(SIZE, frame_count=4)
        for content in ({"0": rle.encode(blob()), "2": None, "3": [1, 2, 3, 4]}, bound.to_dict(), region.to_dict()):
            (tmp_path / "t.json").write_text(json.dumps(content))
            assert parse(f"track:{tmp_path}/t.json").bind(SIZE, frame_count=4).rles == bound.rles
            assert parse(f"track:{tmp_path}/t.json", name="cup").name == "cup"

    def test_the_unit_is_that_of_plain_boxes_in_a_track_file(self, tmp_path):
        file = tmp_path / "t.json"
        file.write_text(json.dumps({"0": [0.1, 0.1, 0.9, 0.9]}))
        assert parse(f"track:{file}", unit="norm1").data[0].unit == "norm1"
        file.write_text(json.dumps(Region.track({0: (1, 2, 3, 4)}).to_dict()))
        assert parse(f"track:{file}", unit="norm1").data[0].unit == "px"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("1,2,3,4", "KIND:VALUES, for example box:"),
            ("bix:1,2,3,4", "Did you mean 'box'"),
            ("box:1,2,3", "four numbers, box:x1,y1,x2,y2; got 3"),
            ("box:1,2,3,4,5", "got 5"),
            ("box:", "a comma too many"),
            ("box:1,2,,4", "value 2, ''"),
            ("box:a,2,3,4", "value 0, 'a', is not a number"),
            ("box:4,2,1,4", "wrong way round"),
            ("box:1,2,3,nan", "nan"),
            ("box:1,2,3,4@late", "@late is not a place in time"),
            ("box:1,2,3,4@-1", "-1"),
            ("box:1,2,3,4@1.5", "@12, or seconds"),
            ("point:1", "two numbers"),
            ("point:1,2,0", "labelled 0"),
            ("scribble:1,2,3", "odd count"),
            ("polygon:1,2,3,4", "at least three"),
            ("polygon:1,2,3,4,5,6,7", "7 numbers"),
            ("mask:nowhere.png", "no file 'nowhere.png'"),
            ("rle:nowhere.json@3", "no file 'nowhere.json'"),
            ("track:x.json@3", "own frames"),
        ],
    )
    def test_faults_teach(self, text, reason):
        with pytest.raises(RegionError, match=reason):
            parse(text)

    def test_broken_files_are_named(self, tmp_path):
        (tmp_path / "b.json").write_text("{")
        (tmp_path / "d.json").write_text('{"0": null, "0": null}')
        (tmp_path / "e.json").write_text('{"size": [2, 2], "counts": [3]}')
        (tmp_path / "mask.png").write_bytes(b"")
        for text, reason in (
            ("rle:b.json", "b.json is not valid JSON"),
            ("track:d.json", "'0' is given twice"),
            ("rle:e.json", "e.json: the RLE covers 3"),
            ("mask:masks.png", "Did you mean 'mask.png'"),
        ):
            kind, name = text.split(":")
            with pytest.raises(RegionError, match=reason):
                parse(f"{kind}:{tmp_path}/{name}")

    @pytest.mark.parametrize("kind", ["rle", "track"])
    @pytest.mark.parametrize(
        "content",
        [
            "[" * 100_000,
            '{"0": ' + "9" * 5000 + "}",
            '{"' + "9" * 5000 + '": [1, 2, 3, 4]}',
            '{"kind": "track", "data": 5}',
            '{"kind": "track", "data": {"0": 5}}',
            '{"kind": "track", "data": {"0": {"kind": "box", "unit": [], "data": [1, 2, 3, 4]}}}',
        ],
        ids=["deep", "huge number", "huge frame", "no mapping", "no region", "no unit"],
    )
    def test_files_of_nonsense_are_region_errors(self, tmp_path, kind, content):
        (tmp_path / "x.json").write_text(content)
        with pytest.raises(RegionError, match="x.json"):
            parse(f"{kind}:{tmp_path}/x.json")

    def test_a_frame_of_thousands_of_digits_is_no_place_in_time(self):
        with pytest.raises(RegionError, match="not a place in time"):
            parse("box:1,2,3,4@" + "9" * 5000)

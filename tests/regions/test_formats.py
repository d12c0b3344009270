"""Every format: what is written reads back, and the traps of each are read as that format means them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from pycocotools import mask as official

from regard.core import rooms
from regard.core.errors import DataError, EmptyRegion, RegionError
from regard.regions import rle
from regard.regions.formats import _brush, coco, davis, label_studio, llava, ms_swift, sav, yolo, youtube_vis
from regard.regions.formats._record import Conversation, Record
from regard.regions.region import Region

MASKS = arrays.arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 17))).filter(np.any)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ring_mask() -> np.ndarray:
    """A ring and a separate corner: a hole and two parts."""
    mask = np.zeros((20, 30), dtype=bool)
    mask[2:14, 3:17] = True
    mask[5:9, 6:12] = False
    mask[17:20, 27:30] = True
    return mask


def record(mask: np.ndarray, **more) -> Record:
    return Record("a.jpg", Region.mask(mask), (mask.shape[1], mask.shape[0]), **more)


def video_masks(seed: int = 0) -> dict[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {frame: rng.random((6, 8)) < 0.4 for frame in (0, 4, 8)}


def track(masks: dict[int, np.ndarray], frame_count: int = 12, **more) -> Record:
    return Record("clip", Region.track(masks), (8, 6), frame_count, **more)


def same_masks(found: Record, masks: dict[int, np.ndarray]) -> None:
    bound = found.bind()
    assert bound.frames == sorted(masks)
    for frame, mask in masks.items():
        assert (bound.mask(frame) == mask).all()


def test_every_format_reads_and_writes():
    for name in rooms.names("regard.regions.formats"):
        module = rooms.module("regard.regions.formats", name)
        assert callable(module.read) and callable(module.write), name


@FEW
@given(MASKS)
def test_a_mask_survives_every_image_format(tmp_path, mask):
    coco.write(tmp_path / "c.json", [record(mask, label="cat", id=7)])
    (found,) = coco.read(tmp_path / "c.json").all()
    assert (found.label, found.id, found.media) == ("cat", 7, "a.jpg")
    label_studio.write(tmp_path / "l.json", [found])
    (found,) = label_studio.read(tmp_path / "l.json").all()
    yolo.write(tmp_path / "yolo", [found])
    (found,) = yolo.read(tmp_path / "yolo", sizes={"a": (mask.shape[1], mask.shape[0])}).all()
    davis.write(tmp_path / "davis", [found])
    (found,) = davis.read(tmp_path / "davis").all()
    assert (found.bind().mask(0) == mask).all()


@FEW
@given(st.tuples(st.integers(0, 500), st.integers(0, 300), st.integers(1, 139), st.integers(1, 59)))
def test_a_box_survives_within_one_quantum(tmp_path, values):
    x, y, width, height = values
    start = Record("a.jpg", Region.box(x, y, x + width, y + height), (640, 360), label="cup")
    coco.write(tmp_path / "c.json", [start])
    label_studio.write(tmp_path / "l.json", coco.read(tmp_path / "c.json"))
    yolo.write(tmp_path / "yolo", label_studio.read(tmp_path / "l.json"))
    (found,) = yolo.read(tmp_path / "yolo", sizes={"a": (640, 360)}).all()
    assert found.bind().box() == (x, y, x + width, y + height)
    assert np.allclose(np.array(found.region.data) * (640, 360, 640, 360), (x, y, x + width, y + height), atol=1e-5)


class TestCoco:
    def file(self, tmp_path, annotation: dict, image: dict | None = None):
        image = image or {"id": 1, "file_name": "a.jpg", "width": 30, "height": 20}
        data = {"images": [image], "annotations": [{"id": 5, "image_id": 1, "category_id": 3, **annotation}]}
        data["categories"] = [{"id": 3, "name": "cup"}]
        (tmp_path / "in.json").write_text(json.dumps(data))
        return coco.read(tmp_path / "in.json")

    def test_a_bbox_is_x_y_width_height(self, tmp_path):
        (found,) = self.file(tmp_path, {"bbox": [4, 5, 10, 6]}).all()
        assert found.region.data == (4, 5, 14, 11) and found.label == "cup"

    def test_polygons_fill_as_the_official_tools_fill_them(self, tmp_path):
        polygons = [[2.5, 3.1, 20.2, 4.0, 15.0, 17.7], [18, 10, 29.9, 10, 25, 19]]
        (found,) = self.file(tmp_path, {"segmentation": polygons, "bbox": [0, 0, 1, 1]}).all()
        expected = rle.decode(official.merge(official.frPyObjects(polygons, 20, 30)))
        assert (found.bind().mask() == expected).all()
        coco.write(tmp_path / "out.json", [found])
        assert json.loads((tmp_path / "out.json").read_text())["annotations"][0]["segmentation"] == polygons

    def test_counts_as_a_list_and_packed_are_the_same(self, tmp_path):
        mask = ring_mask()
        runs = {"size": [20, 30], "counts": rle.unpack(rle.encode(mask)["counts"]).tolist()}
        (found,) = self.file(tmp_path, {"segmentation": runs, "iscrowd": 1}).all()
        assert (found.bind().mask() == mask).all() and found.extra["iscrowd"] == 1
        coco.write(tmp_path / "out.json", [found], packed=False)
        row = json.loads((tmp_path / "out.json").read_text())["annotations"][0]
        assert row["segmentation"] == runs and row["iscrowd"] == 1

    def test_holes_are_kept_as_rle(self, tmp_path):
        outer, hole = [2, 2, 18, 2, 18, 18, 2, 18], [6, 6, 12, 6, 12, 12, 6, 12]
        given_ = Record("a.jpg", Region.polygon([outer, hole]), (30, 20))
        coco.write(tmp_path / "out.json", [given_])
        (found,) = coco.read(tmp_path / "out.json").all()
        assert isinstance(json.loads((tmp_path / "out.json").read_text())["annotations"][0]["segmentation"], dict)
        assert found.bind().area() == 16 * 16 - 6 * 6
        assert (found.bind().mask() == given_.bind().mask()).all()

    def test_one_bad_annotation_leaves_its_neighbours(self, tmp_path):
        good = {"id": 1, "image_id": 1, "bbox": [1, 1, 5, 5]}
        bad = [
            {"id": 2, "image_id": 9, "bbox": [1, 1, 5, 5]},
            {"id": 3, "image_id": 1, "bbox": [1, 1, 0, 5]},
            {"id": 4, "image_id": 1, "segmentation": {"size": [30, 20], "counts": rle.encode(ring_mask().T)["counts"]}},
            {"id": 5, "image_id": 1, "segmentation": [[1, 2, 3, 4, 5]]},
            {"id": 6, "image_id": 1},
            "nonsense",
        ]
        data = {
            "images": [{"id": 1, "file_name": "a.jpg", "width": 30, "height": 20}],
            "annotations": [good, *bad, {**good, "id": 7}],
        }
        (tmp_path / "in.json").write_text(json.dumps(data))
        reading = coco.read(tmp_path / "in.json")
        assert len(reading) == 2 and len(reading.failures) == len(bad)
        reasons = [str(failure) for failure in reading.failures]
        assert "annotation 2" in reasons[0] and "no image 9" in reasons[0]
        assert "no area" in reasons[1] and "swapped" in reasons[2] and "5 values" in reasons[3]
        with pytest.raises(RegionError, match="annotation 2"):
            reading.all()

    def test_an_id_that_is_no_id_and_one_that_is_there_twice_fail_alone(self, tmp_path):
        rows = [
            {"id": number, "image_id": 1, "bbox": [1, 1, 5, 5]} for number in (1, 2, 1, 3, [4], 1.5, True, None, None)
        ]
        (tmp_path / "in.json").write_text(json.dumps(rows))
        reading = coco.read(tmp_path / "in.json")
        assert [found.id for found in reading] == [1, 2, 3, None, None] and len(reading.failures) == 4
        assert "annotation 1: two regions on '1' have the id 1" in str(reading.failures[0])
        assert isinstance(reading.failures[0].error, DataError)
        assert all("an id is a whole number or text" in failure.reason for failure in reading.failures[1:])

    def test_what_is_written_has_an_id_each(self, tmp_path):
        boxes = [
            Record(media, Region.box(1, 1, 6, 6), (30, 20), id=number)
            for media, number in (("a.jpg", 2), ("a.jpg", None), ("b.jpg", 2), ("b.jpg", "x"), ("b.jpg", None))
        ]
        found = coco.read(coco.write(tmp_path / "out.json", boxes)).all()
        assert [(record.media[0], record.id) for record in found] == [
            ("a", 2),
            ("a", 1),
            ("b", 3),
            ("b", "x"),
            ("b", 4),
        ]

    def test_a_results_file_is_a_list(self, tmp_path):
        rows = [{"image_id": 3, "category_id": 1, "segmentation": rle.encode(ring_mask()), "score": 0.5}]
        (tmp_path / "r.json").write_text(json.dumps(rows))
        (found,) = coco.read(tmp_path / "r.json").all()
        assert found.media == "3" and found.size == (30, 20) and found.extra["score"] == 0.5

    def test_broken_json_names_file_and_line(self, tmp_path):
        (tmp_path / "b.json").write_text('{"images": [],\n "annotations": [}')
        with pytest.raises(DataError, match="b.json:2"):
            coco.read(tmp_path / "b.json")


class TestYoutubeVis:
    def test_null_is_absent(self, tmp_path):
        masks = video_masks()
        youtube_vis.write(tmp_path / "y.json", [track(masks, label="dog", id=3)])
        row = json.loads((tmp_path / "y.json").read_text())["annotations"][0]
        assert [found is not None for found in row["segmentations"]] == [frame in masks for frame in range(12)]
        assert row["bboxes"][1] is None and row["areas"][4] == int(masks[4].sum())
        (found,) = youtube_vis.read(tmp_path / "y.json").all()
        same_masks(found, masks)
        assert (found.label, found.id, found.frame_count, found.media) == ("dog", 3, 12, "clip")

    def test_a_wrong_length_or_an_empty_track_fails_alone(self, tmp_path):
        youtube_vis.write(tmp_path / "y.json", [track(video_masks(), id=1)])
        data = json.loads((tmp_path / "y.json").read_text())
        row = data["annotations"][0]
        short = {**row, "id": 2, "segmentations": row["segmentations"][:5]}
        data["annotations"] = [short, {**row, "id": 3, "segmentations": [None] * 12}, row]
        (tmp_path / "y.json").write_text(json.dumps(data))
        reading = youtube_vis.read(tmp_path / "y.json")
        assert len(reading) == 1
        assert "12 frames and the annotation 5" in reading.failures[0].reason
        assert isinstance(reading.failures[1].error, EmptyRegion)

    def test_an_id_that_is_there_twice_fails_alone_and_clips_may_share_one_until_they_are_written(self, tmp_path):
        clips = [track(video_masks(), id=1), Record("other", Region.track(video_masks()), (8, 6), 12, id=1)]
        youtube_vis.write(tmp_path / "y.json", clips)
        data = json.loads((tmp_path / "y.json").read_text())
        assert [row["id"] for row in data["annotations"]] == [1, 2]
        data["annotations"].append(data["annotations"][1])
        (tmp_path / "y.json").write_text(json.dumps(data))
        reading = youtube_vis.read(tmp_path / "y.json")
        assert [found.media for found in reading] == ["clip", "other"]
        assert "two regions on 'other' have the id 2" in reading.failures[0].reason


class TestDavis:
    def test_numbers_palette_and_void(self, tmp_path):
        numbers = np.zeros((6, 8), dtype=np.uint8)
        numbers[0, 0], numbers[1:3, 1:3], numbers[5, 7] = 1, 2, 255
        for name in ("00000", "00005"):
            davis.write_numbers(tmp_path / "bear" / f"{name}.png", numbers)
        one, two = davis.read(tmp_path).all()
        assert (one.id, two.id, one.frame_count, one.media) == (1, 2, 2, "bear")
        assert one.bind().area(1) == 1 and two.bind().area(0) == 4
        davis.write(tmp_path / "out", [one, two])
        with Image.open(tmp_path / "out" / "bear" / "00005.png") as picture:
            assert picture.mode == "P" and picture.getpalette()[3:9] == [128, 0, 0, 0, 128, 0]
            assert (np.asarray(picture) == np.where(numbers == 255, 0, numbers)).all()

    def test_frames_of_the_video_that_have_no_png(self, tmp_path):
        davis.write_numbers(tmp_path / "00010.png", np.ones((6, 8), dtype=np.uint8))
        (found,) = davis.read(tmp_path, frame_names=["00000", "00005", "00010"]).all()
        assert found.bind().frames == [2] and found.frame_count == 3

    def test_overlap_is_refused_by_name(self, tmp_path):
        masks = {0: np.ones((6, 8), dtype=bool)}
        with pytest.raises(RegionError, match="things 1 and 2 of 'clip' share pixels in frame 0"):
            davis.write(tmp_path, [track(masks), track(masks)])

    def test_a_picture_that_is_no_mask_fails_alone(self, tmp_path):
        davis.write_numbers(tmp_path / "00000.png", np.ones((6, 8), dtype=np.uint8))
        Image.new("RGB", (8, 6)).save(tmp_path / "00001.png")
        Image.new("L", (9, 6), 1).save(tmp_path / "00002.png")
        (tmp_path / "00003.png").write_bytes(b"not a picture")
        reading = davis.read(tmp_path)
        assert len(reading) == 1
        assert [failure.where[-6:] for failure in reading.failures] == ["01.png", "02.png", "03.png"]

    def test_a_name_that_leads_out_of_the_folder_is_refused(self, tmp_path):
        with pytest.raises(DataError, match="leads out"):
            davis.write(tmp_path / "in", [Record("../up", Region.mask(np.ones((6, 8))), (8, 6))])


class TestSav:
    def test_entry_k_is_frame_4k(self, tmp_path):
        masks = video_masks()
        sav.write(tmp_path / "s.json", [track(masks, id=0)])
        data = json.loads((tmp_path / "s.json").read_text())
        assert len(data["masklet"]) == 3 and (rle.decode(data["masklet"][1][0]) == masks[4]).all()
        (found,) = sav.read(tmp_path / "s.json").all()
        same_masks(found, masks)

    def test_folders_name_frames_of_the_video(self, tmp_path):
        masks = video_masks()
        masks.pop(4)
        sav.write(tmp_path, [track(masks, id="000"), track(video_masks(1), id="001")])
        assert sorted(file.name for file in (tmp_path / "clip" / "000").iterdir()) == [
            "00000.png",
            "00004.png",
            "00008.png",
        ]
        one, two = sav.read(tmp_path, frame_count=12).all()
        same_masks(one, masks)
        same_masks(two, video_masks(1))
        assert (one.id, two.id) == ("000", "001")

    def test_frames_between_are_not_lost_without_a_word(self, tmp_path):
        masks = {0: np.ones((6, 8)), 1: np.ones((6, 8))}
        with pytest.raises(RegionError, match="drop=True"):
            sav.write(tmp_path / "s.json", [track(masks)])
        (found,) = sav.read(sav.write(tmp_path / "s.json", [track(masks)], drop=True)).all()
        assert found.bind().frames == [0]

    def test_an_id_that_is_there_twice_fails_alone(self, tmp_path):
        sav.write(tmp_path / "s.json", [track(video_masks()), track(video_masks(1)), track(video_masks(2))])
        data = json.loads((tmp_path / "s.json").read_text())
        assert data["masklet_id"] == [0, 1, 2]
        (tmp_path / "s.json").write_text(json.dumps(data | {"masklet_id": [0, 0, 2]}))
        reading = sav.read(tmp_path / "s.json")
        assert [found.id for found in reading] == [0, 2] and "masklet 1: two regions" in str(reading.failures[0])

    def test_a_count_of_frames_as_a_fraction_of_json(self, tmp_path):
        sav.write(tmp_path / "s.json", [track(video_masks())])
        data = json.loads((tmp_path / "s.json").read_text()) | {"video_frame_count": 12.0}
        (tmp_path / "s.json").write_text(json.dumps(data))
        assert sav.read(tmp_path / "s.json")[0].frame_count == 12


class TestLabelStudio:
    def shape(self, tmp_path, kind: str, value: dict, **more):
        place = {"original_width": 200, "original_height": 100, "image_rotation": 0}
        tasks = [
            {"data": {"image": "a.jpg"}, "annotations": [{"result": [{"type": kind, "value": value, **place, **more}]}]}
        ]
        (tmp_path / "l.json").write_text(json.dumps(tasks))
        return label_studio.read(tmp_path / "l.json")

    def test_percent_of_the_original_image(self, tmp_path):
        value = {"x": 10, "y": 20, "width": 30, "height": 40.00001, "rotation": 0, "rectanglelabels": ["cup"]}
        (found,) = self.shape(tmp_path, "rectanglelabels", value).all()
        assert found.region.unit == "percent" and found.bind().box() == (20, 20, 80, 60) and found.label == "cup"

    def test_rotation_turns_about_the_top_left_corner_in_pixels(self, tmp_path):
        value = {"x": 50, "y": 20, "width": 10, "height": 50, "rotation": 90}
        (found,) = self.shape(tmp_path, "rectangle", value).all()
        assert found.bind().box() == (50, 20, 100, 40)

    def test_a_turned_picture_is_refused(self, tmp_path):
        value = {"x": 10, "y": 20, "width": 30, "height": 40}
        (failure,) = self.shape(tmp_path, "rectangle", value, image_rotation=90).failures
        assert "turned by 90" in failure.reason

    def test_an_id_is_there_once_in_an_annotation_and_people_may_begin_with_the_same_prediction(self, tmp_path):
        shape = {"type": "rectangle", "value": {"x": 10, "y": 20, "width": 30, "height": 40}, "id": "a1"}
        other = {**shape, "id": "b2"}
        annotations = [{"result": [shape, other, shape]}, {"result": [shape]}]
        (tmp_path / "l.json").write_text(
            json.dumps([{"id": 4, "data": {"image": "a.jpg"}, "annotations": annotations}])
        )
        reading = label_studio.read(tmp_path / "l.json")
        assert [found.id for found in reading] == ["a1", "b2", "a1"]
        [failure] = reading.failures
        assert "task 4: annotation 0, shape 2" in failure.where and "have the id 'a1'" in failure.reason

    def test_polygon_ellipse_point(self, tmp_path):
        (found,) = self.shape(tmp_path, "polygonlabels", {"points": [[0, 0], [50, 0], [50, 100], [0, 100]]}).all()
        assert found.bind().box() == (0, 0, 100, 100)
        (found,) = self.shape(tmp_path, "ellipselabels", {"x": 50, "y": 50, "radiusX": 10, "radiusY": 30}).all()
        assert found.bind().box() == (80, 20, 120, 80)
        assert found.bind().area() == pytest.approx(np.pi * 20 * 30, rel=0.01)
        (found,) = self.shape(tmp_path, "keypointlabels", {"x": 25, "y": 50, "width": 1}).all()
        assert found.region.data == ((25, 50, 1),)

    def test_videos_count_from_one_and_enabled_means_until_the_next_key(self, tmp_path):
        box = {"x": 0, "y": 0, "width": 10, "height": 10, "rotation": 0}
        keys = [{"frame": 1, "enabled": True, **box}, {"frame": 5, "enabled": False, **box, "x": 40}]
        keys += [{"frame": 9, "enabled": True, **box}]
        (found,) = self.shape(
            tmp_path, "videorectangle", {"framesCount": 11, "sequence": keys, "labels": ["car"]}
        ).all()
        bound = found.bind()
        assert bound.frames == [0, 1, 2, 3, 4, 8, 9, 10] and found.label == "car"
        assert bound.box(2) == (40, 0, 60, 10) and bound.box(10) == (0, 0, 20, 10)

    def test_a_track_of_boxes_survives(self, tmp_path):
        boxes = {0: (1, 2, 30, 40), 1: (2, 3, 31, 41), 5: (100, 3, 131, 41)}
        start = Record("a.mp4", Region.track(boxes), (200, 100), 8, "car")
        label_studio.write(tmp_path / "v.json", [start])
        (found,) = label_studio.read(tmp_path / "v.json").all()
        assert found.bind().frames == [0, 1, 5] and found.frame_count == 8
        assert all(found.bind().box(frame) == box for frame, box in boxes.items())

    def test_what_it_cannot_hold_is_refused(self, tmp_path):
        with pytest.raises(RegionError, match="scribble"):
            label_studio.write(tmp_path / "x.json", [Record("a", Region.scribble([1, 2, 3, 4]), (9, 9))])
        with pytest.raises(RegionError, match="holds boxes"):
            label_studio.write(tmp_path / "x.json", [track(video_masks())])

    @FEW
    @given(MASKS)
    def test_the_brush_code_is_its_own_inverse(self, mask):
        assert (_brush.decode(_brush.encode(mask), (mask.shape[1], mask.shape[0])) == mask).all()

    def test_the_brush_code_reads_literal_blocks(self):
        # 8 values (2 pixels) of 8 bits: one literal block of 3 values and one run of 5.
        bits = (
            f"{8:032b}{7:05b}{2:04b}{3:04b}{7:04b}{15:04b}"
            + f"000{2:03b}"
            + f"{1:08b}{2:08b}{3:08b}"
            + f"100{4:03b}{9:08b}"
        )
        values = [int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8)]
        assert _brush.decode(values, (2, 1)).tolist() == [[True, True]]

    def test_a_brush_that_lies_is_refused(self):
        values = _brush.encode(ring_mask())
        for broken, size in ((values[:9], (30, 20)), (values, (20, 20)), ([300], (1, 1)), ("ab", (1, 1)), ([], (1, 1))):
            with pytest.raises(RegionError):
                _brush.decode(broken, size)
        rng = np.random.default_rng(0)
        for _ in range(300):
            noise = rng.integers(0, 256, rng.integers(1, 60)).tolist()
            with pytest.raises(RegionError):
                _brush.decode([0, 0, 0, 200, *noise], (10, 10))


class TestYolo:
    def test_box_and_segment_lines(self, tmp_path):
        (tmp_path / "labels").mkdir()
        text = "0 0.5 0.5 0.2 0.4\n1 0.1 0.1 0.9 0.1 0.9 0.9\n\n0 0.5 0.5 1.000001 1 0.9\n"
        (tmp_path / "labels" / "a.txt").write_text(text)
        one, two, three = yolo.read(tmp_path / "labels", classes=["cup", "cat"]).all()
        assert one.label == "cup" and np.allclose(one.region.data, (0.4, 0.3, 0.6, 0.7))
        assert two.label == "cat" and two.region.kind == "polygon"
        assert three.extra["score"] == 0.9 and three.region.data == (0, 0, 1, 1)

    def test_bad_lines_fail_alone_with_their_number(self, tmp_path):
        (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.4\n0 1 2 3\nx 1 2 3 4\n0 0.5 0.5 3 0.4\n0 a b c d\n")
        reading = yolo.read(tmp_path / "a.txt")
        assert len(reading) == 1
        assert [failure.where.rsplit(":")[-1] for failure in reading.failures] == ["2", "3", "4", "5"]

    def test_holes_and_parts_survive_in_one_ring(self, tmp_path):
        yolo.write(tmp_path, [record(ring_mask(), label="ring")])
        (found,) = yolo.read(tmp_path, sizes={"a": (30, 20)}).all()
        assert (found.bind().mask() == ring_mask()).all() and found.label == "ring"

    def test_tracks_and_unknown_classes_are_refused(self, tmp_path):
        with pytest.raises(RegionError, match="track"):
            yolo.write(tmp_path, [track(video_masks())])
        with pytest.raises(DataError, match="'cat' is not among"):
            yolo.write(tmp_path, [record(ring_mask(), label="cat")], classes=["dog"])


class TestLlava:
    def row(self, question: str, count: int, **more) -> dict:
        turns = [{"from": "human", "value": question}, {"from": "gpt", "value": "A cup."}]
        return {"image": "a.jpg", "conversations": turns, "regions": [{"0": rle.encode(ring_mask())}] * count, **more}

    def test_rows_survive(self, tmp_path):
        regions = (Region.mask(ring_mask()), Region.track({0: ring_mask(), 3: None, 4: ring_mask()}))
        turns = (("system", "Be brief."), ("user", "Is <region2> near <region1>?"), ("assistant", "Yes, <region2> is."))
        start = Conversation("v.mp4", turns, regions, "video", id=4, extra={"source": "x"})
        llava.write(tmp_path / "r.jsonl", [start])
        (found,) = llava.read(tmp_path / "r.jsonl").all()
        assert (found.turns, found.media, found.kind, found.id) == (turns, "v.mp4", "video", 4)
        assert found.extra == {"source": "x"} and found.size == (30, 20)
        assert [region.bind((30, 20), frame_count=5).frames for region in found.regions] == [[0], [0, 4]]
        assert (found.regions[1].bind((30, 20), frame_count=5).mask(4) == ring_mask()).all()

    def test_placeholders_without_numbers_stand_in_order(self):
        found = llava.read_row(self.row("<image>\nIs <region> on <region>?", 2))
        assert found.turns[0] == ("user", "Is <region1> on <region2>?")
        found = llava.read_row(self.row("Compare <Prompt0>, <Prompt1> and <Prompt0>.", 2))
        assert found.turns[0][1] == "Compare <region1>, <region2> and <region1>."

    def test_other_data_sets_shapes_of_regions(self):
        polygon = {"segmentation": [[2, 2, 10, 2, 10, 10, 2, 10]]}
        row = self.row("<video>\nWhat is <region>?", 0, width=30, height=20, annotation=[{"7": polygon}])
        row["video"] = row.pop("image")
        found = llava.read_row(row)
        assert found.kind == "video" and found.regions[0].bind((30, 20), frame_count=9).frames == [7]
        found = llava.read_row(self.row("What is <Prompt0>?", 0, mask_rles=[rle.encode(ring_mask())]))
        assert found.regions[0].kind == "rle"

    @pytest.mark.parametrize(
        ("question", "count", "reason"),
        [
            ("What is <region>?", 2, r"1 regions \(<region1>\), the row has 2 regions"),
            ("Is <region1> on <region3>?", 2, "the row has 2 regions"),
            ("Nothing here", 1, r"0 regions \(none\), the row has 1 regions"),
            ("Is <region> on <region2>?", 2, "mixes placeholders"),
            ("<image><image> what is <region1>?", 1, "2 placeholders for media .*, the row has 1"),
        ],
    )
    def test_other_counts_are_a_data_error_with_file_and_line(self, tmp_path, question, count, reason):
        good = json.dumps(self.row("What is <region1>?", 1))
        (tmp_path / "r.jsonl").write_text(f"{good}\n{json.dumps(self.row(question, count))}\n{good}\n")
        reading = llava.read(tmp_path / "r.jsonl")
        assert len(reading) == 2
        with pytest.raises(DataError, match=rf"r\.jsonl:2: .*{reason}"):
            reading.all()

    def test_damaged_regions_and_rows(self, tmp_path):
        rows = [self.row("<region>", 0, regions=[{"0": {"size": [9, 9], "counts": [3]}}]), {"conversations": 3}, [1]]
        rows += [{"conversations": [{"from": "robot", "value": "x"}]}, self.row("<region>", 1, annotation=[1])]
        (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n{broken")
        reading = llava.read(tmp_path / "r.jsonl")
        assert len(reading) == 0 and len(reading.failures) == 6
        assert all(isinstance(failure.error, DataError) for failure in reading.failures)
        assert "region 1: the RLE covers 3 pixels" in reading.failures[0].reason

    def test_text_alone(self):
        row = {"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "Hi"}]}
        found = llava.read_row(row)
        assert found.media is None and llava.write_row(found) == row


class TestMsSwift:
    def row(self, kind: str = "real", boxes=((10, 20, 30, 40),), text: str = "<image>What is <bbox>?") -> dict:
        messages = [{"role": "user", "content": text}, {"role": "assistant", "content": "A cup."}]
        return {
            "messages": messages,
            "images": ["a.jpg"],
            "objects": {"bbox": [list(box) for box in boxes], "bbox_type": kind},
        }

    def test_rows_survive(self, tmp_path):
        for kind, boxes, unit in (
            ("real", [(10, 20, 30, 40), (5, 6)], "px"),
            ("norm1", [(0.1, 0.2, 0.3, 0.4)], "norm1"),
        ):
            row = self.row(kind, boxes, "<image>Look at " + " and ".join(["<bbox>"] * len(boxes)))
            (tmp_path / "m.jsonl").write_text(json.dumps(row))
            reading = ms_swift.read(tmp_path / "m.jsonl")
            assert reading.all()[0].regions[0].unit == unit
            ms_swift.write(tmp_path / "out.jsonl", reading)
            assert json.loads((tmp_path / "out.jsonl").read_text()) == row

    def test_words_take_the_place_of_ref_object(self):
        row = self.row(text="<image>Find <ref-object>: <bbox>")
        row["objects"]["ref"] = ["the cup"]
        found = ms_swift.read_row(row)
        assert found.turns[0] == ("user", "Find the cup: <region1>") and found.regions[0].name == "the cup"

    def test_a_box_is_repeated_as_often_as_it_is_mentioned(self):
        turns = (("user", "Is <region2> on <region1>?"), ("assistant", "No, <region1> is on <region2>."))
        row = Conversation("a.jpg", turns, (Region.box(1, 2, 3, 4), Region.box(5, 6, 7, 8)))
        found = ms_swift.read_row(ms_swift.write_row(row))
        assert [region.data[0] for region in found.regions] == [5, 1, 1, 5]

    def test_counts_units_and_masks(self, tmp_path):
        rows = [self.row(text="<bbox> <bbox>"), self.row(kind="norm1000"), self.row(kind="norm1"), self.row()]
        (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, rows)))
        reading = ms_swift.read(tmp_path / "m.jsonl")
        assert len(reading) == 1
        assert "2 regions" in reading.failures[0].reason and "the row has 1 regions" in reading.failures[0].reason
        assert "norm1000" in reading.failures[1].reason and "norm1 runs from 0 to 1" in reading.failures[2].reason
        row = Conversation("a.jpg", (("user", "<region1>"),), (Region.mask(ring_mask()),), size=(30, 20))
        with pytest.raises(RegionError, match="boxes=True"):
            ms_swift.write_row(row)
        assert ms_swift.write_row(row, boxes=True)["objects"]["bbox"] == [[3, 2, 30, 20]]


@pytest.mark.parametrize("name", ["coco", "youtube_vis", "sav", "label_studio"])
def test_nothing_but_our_own_errors_whatever_the_json(tmp_path, name):
    """Every value of a sound file is replaced by wrong ones in turn: the reader reads on or says what is wrong."""
    module = rooms.module("regard.regions.formats", name)
    regions = {"coco": record(ring_mask(), id=1, label="x"), "label_studio": record(ring_mask(), id=1, label="x")}
    module.write(tmp_path / "f.json", [regions.get(name, track(video_masks(), id=1))])
    sound = json.loads((tmp_path / "f.json").read_text())
    wrong = (None, -1, 1.5, "x", True, [], {}, [[]], [{}], 2**40, {"size": [2, 2], "counts": "~"})
    for path in list(_paths(sound))[:40]:
        for value in wrong:
            (tmp_path / "f.json").write_text(json.dumps(_replaced(sound, path, value)))
            try:
                module.read(tmp_path / "f.json")
            except (DataError, RegionError):
                continue


def test_nothing_but_our_own_errors_whatever_the_row():
    sound = {
        llava: TestLlava().row("What is <region1>?", 1, width=30, height=20, id=1),
        ms_swift: TestMsSwift().row(),
    }
    wrong = (None, -1, 1.5, "x", True, [], {}, [[]], [{}], 2**40, {"a": 1}, {"size": [2, 2], "counts": "~"})
    for module, row in sound.items():
        for path in _paths(row):
            for value in wrong:
                try:
                    module.read_row(_replaced(row, path, value))
                except DataError:
                    continue


def _paths(value, so_far=()):
    yield so_far
    items = value.items() if isinstance(value, dict) else enumerate(value[:6]) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*so_far, key))


def _replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy

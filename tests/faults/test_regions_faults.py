"""Regions that lie, do not fit, or come in the wrong number: said what is wrong, never guessed, never cut short."""

import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import torch
from fault_backend import Said, colour_seen
from PIL import Image as PILImage

import tiny_model
from regard.backends.local import LocalBackend
from regard.core.errors import DataError, EmptyRegion, PromptError, RegionError, TooManyRegions
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.sample import Sample
from regard.regions import rle, units
from regard.regions.bound import BoundRegion
from regard.regions.formats import coco, davis, label_studio, yolo
from regard.regions.formats._record import Record
from regard.regions.region import Region
from regard.verbs import Model

SIZE = (60, 40)
LEFT, RIGHT = Region.box(1, 1, 20, 20), Region.box(30, 10, 55, 35)
DESIGNS = [["mask_pool"], ["token_mark"], ["object_tokens"], [{"name": "roi_replay", "grid": 2}]]


def photo(seed=0):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (40, 60, 3), dtype=np.uint8))


def ring():
    mask = np.zeros((40, 60), bool)
    mask[5:30, 5:40] = True
    mask[10:20, 12:30] = False
    mask[33:38, 50:58] = True
    return mask


def local(design=None):
    return Model(LocalBackend(*tiny_model.model(design, seed=3), "tiny"))


def features(made, processor, bound, picture=None):
    """What the language model gets to see of each region."""
    picture = picture or photo()
    with torch.no_grad():
        regions = made.encoders.assign(processor.regions(picture, bound, [0]))
        maps = made.look([processor.pixels(picture, [0])], [regions])[0]
        return made.encoders.in_text(maps, regions)


# -- run lengths -----------------------------------------------------------------------------------


def test_random_run_lengths_crash_no_reader_of_any_file(tmp_path):
    """Strings of every kind of character through every door, in a process that would be seen to die."""
    script = """
import json, random, sys
from regard.core.errors import RegardError
from regard.regions.bound import BoundRegion
from regard.regions.formats import coco, llava
from regard.regions.region import Region
rng = random.Random(5)
def text():
    reach = 0x3000 if rng.random() < 0.2 else 112
    return "".join(chr(rng.randrange(48 if reach == 112 else 1, reach)) for _ in range(rng.randrange(0, 24)))
def size():
    return [rng.choice((-1, 0, 1, 2, 5, 6, 2**31, 2**40)) if rng.random() < 0.2 else rng.randrange(1, 7) for _ in "hw"]
doors = (Region.rle, lambda row: BoundRegion((2, 2), {0: row}),
         lambda row: Region.rle(coco.read_segmentation(row, None)))
refused = 0
for number in range(1_500):
    found = {"size": size(), "counts": text()}
    try:
        doors[number % 3](found)
    except RegardError:
        refused += 1
rows = [{"image": "a", "conversations": [{"from": "human", "value": "<region>"}], "regions": [{"0": {"size": size(),
    "counts": text()}}]} for _ in range(300)]
open(sys.argv[1], "w").write("\\n".join(map(json.dumps, rows)))
reading = llava.read(sys.argv[1])
assert len(reading) + len(reading.failures) == 300
print("alive", refused > 1_000)
"""
    words = [sys.executable, "-c", script, str(tmp_path / "rows.jsonl")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive True"), done.stderr[-2000:]


@pytest.mark.parametrize(
    ("size", "counts"),
    [([2**14, 2**14], [2**28 - 1]), ([2**14, 2**14], rle.pack(np.array([2**31]))), ([2**20, 2**20], [2**40])],
)
def test_a_lie_about_size_is_found_before_memory_is_taken_for_it(size, counts):
    tracemalloc.start()
    with pytest.raises(RegionError, match="covers|over the limit"):
        Region.rle({"size": size, "counts": counts})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


# -- fit -------------------------------------------------------------------------------------------


def test_a_resized_mask_is_told_in_the_answer_and_in_its_json():
    wide = np.zeros((80, 120), bool)
    wide[10:40, 20:60] = True
    with pytest.raises(RegionError, match='resize="nearest"'):
        Model(Said()).describe(photo(), [Region.mask(wide)])
    bound = Region.mask(wide).bind(SIZE, resize="nearest")
    [answer] = Model(Said()).describe(photo(), [bound])
    assert any("resized from 120 x 80 to 60 x 40" in note for note in answer.notes)
    assert "resized" in json.dumps(answer.to_dict()["regions"][0]["notes"])


def test_a_mask_bound_to_other_media_is_refused_by_number_with_both_sizes_or_ranges():
    other = Region.box(1, 1, 5, 5).bind((50, 40))
    with pytest.raises(RegionError, match=r"region 2 is bound to media of 50 x 40 .*, these have 60 x 40"):
        Model(Said()).describe(photo(), [LEFT.bind(SIZE), other])
    late = BoundRegion.from_masks({5: ring()}, frame_count=9)
    with pytest.raises(RegionError, match="region 1 lies at frame 5, frames run from 0 to 0"):
        Sample.build(photo(), "What is <region1>?", [late])
    with pytest.raises(RegionError, match="frames run from 0 to 2"):
        Sample.build(Clip.from_frames(np.zeros((3, 40, 60, 3), np.uint8), fps=2), "<region1>?", [late])


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_a_region_of_one_pixel_has_a_finite_feature_that_is_not_nothing(design):
    made, processor = tiny_model.model(design)
    big = Image.from_array(np.random.default_rng(1).integers(0, 255, (500, 700, 3), dtype=np.uint8))
    corners = [Region.box(x, y, x + 1, y + 1).bind(big.size) for x, y in [(0, 0), (699, 499), (333, 3)]]
    tokens = features(made, processor, corners, big)
    assert len(tokens) == 3
    assert all(torch.isfinite(token).all() and token.abs().sum() > 0 for token in tokens)


def test_partly_outside_is_a_note_and_wholly_outside_an_error_on_the_command_line_too(regard, tmp_path):
    photo().save(tmp_path / "a.png")
    code, out, err = regard("describe", tmp_path / "a.png", "--region", "box:-5,5,20,20", "--json")
    assert code == 0 and "clipped" in err and any("clipped" in note for note in json.loads(out)["notes"])
    for text in ("box:60,5,70,20", "box:-9,-9,0,0", "polygon:70,5,80,5,80,20", "point:70,5", "scribble:70,5,80,9"):
        code, out, err = regard("describe", tmp_path / "a.png", "--region", text)
        assert (code, out) == (2, "") and "lies wholly outside the picture, which is 60 x 40" in err


def test_one_frame_of_a_track_outside_the_picture_is_an_error_not_an_absence():
    with pytest.raises(RegionError, match="wholly outside"):
        Region.track({0: (0, 0, 5, 5), 1: (100, 100, 110, 110)}).bind(SIZE, frame_count=3)


def test_shares_beyond_one_are_refused_whatever_the_kind_and_the_door(regard, tmp_path):
    for make in (
        lambda: Region.box(0, 0, 1.7, 1, unit="norm1"),
        lambda: Region.points([(0.5, 0.5), (1.7, 0.2)], unit="norm1"),
        lambda: Region.scribble([0.1, 0.1, 0.2, 1.7], unit="norm1"),
        lambda: Region.track({0: (0, 0, 1.7, 1)}, unit="norm1"),
        lambda: Region.from_dict({"kind": "box", "data": [0, 0, 1.7, 1], "unit": "norm1"}),
    ):
        with pytest.raises(RegionError, match="is 1.7, but norm1 runs from 0 to 1"):
            make()
    photo().save(tmp_path / "a.png")
    words = ("describe", tmp_path / "a.png", "--unit", "norm1", "--region")
    assert "norm1 runs from 0 to 1" in regard(*words, "polygon:0,0,1.7,0,1,1")[2]
    assert regard(*words, "box:0,0,1,1")[0] == 0


# -- several ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("design", [DESIGNS[0], DESIGNS[2], DESIGNS[3]], ids=str)
def test_a_feature_does_not_depend_on_the_place_of_its_region_in_the_list(design):
    made, processor = tiny_model.model(design)
    given = [LEFT.bind(SIZE), RIGHT.bind(SIZE), Region.box(3, 3, 9, 9).bind(SIZE)]
    here, there = [features(made, processor, order) for order in (given, given[::-1])]
    for one, other in zip(here, there[::-1], strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("design", DESIGNS, ids=str)
def test_equal_regions_have_equal_answers_wherever_they_stand(design):
    model = local(design)
    told = [answer.text for answer in model.describe(photo(), [LEFT, RIGHT, LEFT, LEFT], max_new_tokens=5)]
    assert told[0] == told[2] == told[3]
    shares = [answer.scores for answer in model.classify(photo(), [RIGHT, LEFT, RIGHT], ["red", "blue"])]
    assert shares[0] == pytest.approx(shares[2])


@pytest.mark.parametrize("count", [1, 100, 101, 10_000])
def test_describe_and_classify_answer_every_region_however_many(count):
    pair = [LEFT.bind(SIZE), RIGHT.bind(SIZE)]
    bound = (pair * count)[:count]
    areas = {id(region): str(region.area()) for region in pair}
    model = Model(Said(lambda sample: areas[id(sample.regions[0])]))
    described = model.describe(photo(), bound)
    assert [answer.region for answer in described] == list(range(count))
    assert [answer.text for answer in described] == [areas[id(region)] for region in bound]
    if count <= 101:
        assert [answer.label for answer in model.classify(photo(), bound, ["a", "b"])] == ["a"] * count


def test_a_local_model_groups_what_it_cannot_take_at_once():
    model = local()
    many = model.describe(photo(), [LEFT, RIGHT] * 50 + [LEFT], max_new_tokens=1)
    assert len(many) == 101 and len({answer.text for answer in many[::2]}) == 1


@pytest.mark.parametrize("count", [101, 10_000])
def test_one_question_about_too_many_regions_states_the_limit(count):
    model, bound = Model(Said()), [LEFT.bind(SIZE)] * count
    for ask in (lambda: model.match(photo(), "the red one", bound), lambda: model.ask(photo(), "<region1>?", bound)):
        with pytest.raises(TooManyRegions, match=rf"{count} (regions|were).* at most 100"):
            ask()
    assert model.match(photo(), "the red one", bound[:100]).index == 0
    with pytest.raises(TooManyRegions, match="at most 16"):
        local().match(photo(), "the red one", [LEFT] * 17)


def test_no_region_is_the_whole_picture_for_describe_and_ask_and_an_error_elsewhere():
    model = Model(Said())
    assert model.describe(photo(), [])[0].region is None and model.ask(photo(), "What is it?", []).region is None
    for ask in (lambda: model.classify(photo(), [], ["a"]), lambda: model.match(photo(), "the red one", [])):
        with pytest.raises(RegionError, match=r"at least 1, got 0.*Region\.box\(0, 0, 60, 40\)"):
            ask()


def test_unknown_and_unmentioned_regions_for_every_verb_that_takes_words():
    model = Model(Said())
    for ask in (
        lambda: model.ask(photo(), "Is <region3> red?", [LEFT, RIGHT]),
        lambda: model.match(photo(), "the one left of <region3>", [LEFT, RIGHT]),
    ):
        with pytest.raises(PromptError, match="<region3>, but 2 regions were given"):
            ask()
    notes = model.ask(photo(), "Is <region2> red?", [LEFT, RIGHT]).notes
    assert notes == ("not mentioned in the text: <region1>",)


# -- there and back --------------------------------------------------------------------------------


def test_a_hole_survives_from_coco_to_a_region_and_back(tmp_path):
    image = {"id": 1, "file_name": "a.jpg", "width": 60, "height": 40}
    given = {"id": 5, "image_id": 1, "category_id": 3, "segmentation": rle.encode(ring()), "iscrowd": 1}
    file = {"images": [image], "annotations": [given], "categories": [{"id": 3, "name": "ring"}]}
    (tmp_path / "in.json").write_text(json.dumps(file))
    [found] = coco.read(tmp_path / "in.json").all()
    region = Region.mask(found.bind().mask(0))
    coco.write(tmp_path / "out.json", [Record("a.jpg", region, SIZE, label="ring", id=5)])
    [row] = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert row["segmentation"] == given["segmentation"] and row["area"] == int(ring().sum())


def test_a_polygon_with_a_hole_two_parts_and_a_crossing_is_the_same_after_every_format(tmp_path):
    bow = [42, 2, 58, 18, 58, 2, 42, 18]
    given = Record("a.jpg", Region.polygon([[5, 5, 40, 5, 40, 30, 5, 30], [12, 10, 30, 10, 30, 20, 12, 20], bow]), SIZE)
    mask = given.bind().mask(0)
    coco.write(tmp_path / "c.json", [given])
    label_studio.write(tmp_path / "l.json", coco.read(tmp_path / "c.json"))
    yolo.write(tmp_path / "y", label_studio.read(tmp_path / "l.json"))
    davis.write(tmp_path / "d", yolo.read(tmp_path / "y", sizes={"a": SIZE}))
    [found] = davis.read(tmp_path / "d").all()
    assert (found.bind().mask(0) == mask).all()
    assert not mask[15, 20] and mask[4, 43] == mask[4, 57] and not mask[3, 50]


@pytest.mark.parametrize("size", [(60, 40), (640, 360), (2160, 1080)])
def test_a_box_in_thousandths_is_within_one_thousandth_of_the_picture(size):
    rng = np.random.default_rng(2)
    for _ in range(20):
        x, y = rng.integers(0, size[0] - 30), rng.integers(0, size[1] - 30)
        box = (x, y, x + rng.integers(8, 30), y + rng.integers(8, 30))
        rounded = np.round(units.from_pixels(box, "norm1000", size)).ravel()
        found = Region.box(rounded, unit="norm1000").bind(size).box()
        quantum = np.array([*size, *size]) / 1000
        assert (np.abs(np.array(found) - box) <= np.maximum(quantum, 0.5)).all()


def test_what_is_pointed_at_is_what_is_seen():
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[ring()] = (200, 30, 10)
    model = Model(Said(colour_seen))
    assert model.describe(Image.from_array(picture), [Region.mask(ring())])[0].text == "200,30,10"
    with pytest.raises(EmptyRegion):
        model.describe(Image.from_array(picture), [Region.mask(np.zeros((40, 60)))])


def test_two_records_of_one_id_are_refused_when_written(tmp_path):
    box = Region.box(1, 1, 5, 5)
    twice = [Record("a.jpg", box, (9, 9), id=3), Record("a.jpg", box, (9, 9), id=3)]
    with pytest.raises(DataError, match="have the id 3"):
        coco.write(tmp_path / "a.json", twice)


def test_a_gap_of_millions_of_frames_is_not_filled():
    box = Region.box(1, 1, 5, 5)
    with pytest.raises(RegionError, match="at most 10000 frames"):
        Region.track({0: box, 3_000_000: box}, interpolate=True)


def test_a_damaged_or_huge_mask_file_is_a_region_error(tmp_path):
    path = tmp_path / "mask.png"
    PILImage.new("1", (20_000, 6_000)).save(path)
    with pytest.raises(RegionError, match="at most 100000000"):
        Region.mask(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(RegionError):
        Region.mask(path)

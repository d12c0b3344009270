"""Golden files: small ones in every format, put together by hand from its public description and never by our writers,
and the regions they mean.
"""

from pathlib import Path

import pytest

from regard.core import rooms

FILES = Path(__file__).parent / "data" / "formats"
SIZE = (8, 4)

# What is drawn, row by row; the same few shapes in every format.
SQUARE = ("........", ".##.....", ".##.....", "........")
SQUARE_AND_DOT = ("........", ".##.....", ".##....#", "........")
DOT = ("........", "........", ".......#", "........")
STROKE = ("........", "........", ".##.....", "........")
LATER = ("........", "..##....", "..##....", "........")
RING = ("#######.", "#.....#.", "#.....#.", "#######.")
CORNER = (".....###", ".....###", "........", "........")
SQUARE_AND_CORNER = (".....###", ".##..###", ".##.....", "........")

# A file, the options of `read`, and of each region: media, id, label, count of frames, and the masks by frame or, of
# boxes and points, unit and values.
REGIONS = {
    "coco": (
        "coco.json",
        {},
        [
            ("000000000042.jpg", 900, "cup", 1, ("px", (1.5, 0, 4.5, 2.5))),
            ("000000000042.jpg", 901, "bowl", 1, {0: SQUARE_AND_CORNER}),
            ("000000000073.jpg", 902, "cup", 1, {0: SQUARE_AND_DOT}),
            ("000000000073.jpg", 903, "bowl", 1, {0: RING}),
        ],
    ),
    "youtube_vis": (
        "youtube_vis.json",
        {},
        [("0a49f5265b", 31, "giant_panda", 3, {0: SQUARE_AND_DOT, 2: LATER})],
    ),
    "davis": ("davis", {}, [("bear", 1, None, 2, {0: SQUARE, 1: LATER}), ("bear", 2, None, 2, {0: DOT})]),
    "sav, train": (
        "sav/sav_000001_manual.json",
        {},
        [("sav_000001", 0, None, 12, {0: SQUARE_AND_DOT, 8: LATER}), ("sav_000001", 1, None, 12, {8: RING})],
    ),
    "sav, val": (
        "sav/sav_000002",
        {"frame_count": 6},
        [
            ("sav_000002", "000", None, 6, {0: SQUARE_AND_DOT}),
            ("sav_000002", "001", None, 6, {0: STROKE, 4: RING}),
        ],
    ),
    "label_studio": (
        "label_studio.json",
        {},
        [
            ("/data/upload/1/ab12cd34-table.jpg", "Rx1", "cup", 1, ("percent", (12.5, 25, 37.5, 75))),
            ("/data/upload/1/ab12cd34-table.jpg", "Rx2", "spoon", 1, {0: LATER}),
            ("/data/upload/1/ab12cd34-table.jpg", "Po3", "bowl", 1, {0: CORNER}),
            ("/data/upload/1/ab12cd34-table.jpg", "Kp4", "tip", 1, ("percent", ((81.25, 62.5, 1),))),
            ("/data/upload/1/ab12cd34-table.jpg", "Br5", "crumbs", 1, {0: SQUARE_AND_DOT}),
            ("/data/upload/1/ab12cd34-table.jpg", "Tx6", None, 1, ("percent", (0, 0, 50, 25))),
            (
                "/data/upload/1/street.mp4",
                "Vr7",
                "car",
                9,
                {
                    1: ("........", "##......", "##......", "........"),
                    2: LATER,
                    3: ("........", "....##..", "....##..", "........"),
                    7: ("......##", "......##", "........", "........"),
                    8: ("......##", "......##", "........", "........"),
                },
            ),
        ],
    ),
    "yolo": (
        "yolo",
        {"sizes": {"table": SIZE}},
        [
            ("table", None, "cup", 1, ("norm1", (0.375, 0.25, 0.625, 0.75))),
            ("table", None, "spoon", 1, {0: SQUARE}),
            ("table", None, "plate", 1, ("norm1", (0.625, 0, 1, 0.5))),
        ],
    ),
}

# A file, and of each row: media, its kind, what is said, and the regions as above.
ROWS = {
    "ms_swift": (
        "ms_swift.jsonl",
        [
            (
                "table.jpg",
                "image",
                ("You find things.", "Where is the blue cup?", "<region1>"),
                [("px", (1, 1, 3, 3))],
            ),
            (
                "table.jpg",
                "image",
                ("What is at <region1> and at <region2>?", "A bowl and a spoon."),
                [("norm1", (0.625, 0, 1, 0.5)), ("norm1", ((0.8125, 0.625, 1),))],
            ),
        ],
    ),
    "llava": (
        "llava.json",
        [
            ("table.jpg", "image", ("Is <region2> inside <region1>?", "No."), [{0: RING}, {0: LATER}]),
            (
                "clips/0002.mp4",
                "video",
                ("What does <object1><region1> do near <object2><region2>?", "It waits."),
                [{0: SQUARE_AND_DOT, 12: LATER}, {12: CORNER}],
            ),
            ("table.jpg", "image", ("Describe <region1>.", "A cup."), [{0: SQUARE}]),
            (
                "table.jpg",
                "image",
                ("How far is <region2> from <region1>?", "Close."),
                [{0: LATER}, {0: SQUARE_AND_DOT}],
            ),
        ],
    ),
}


def drawn(region, frame_count):
    """Return unit and values of a box or point as they were read, of all else its masks, row by row, by frame."""
    if region.kind in ("box", "point"):
        return region.unit, region.data
    bound = region.bind(SIZE, frame_count=frame_count)
    return {
        frame: tuple("".join("#" if inside else "." for inside in row) for row in bound.mask(frame))
        for frame in bound.frames
    }


@pytest.mark.parametrize("name", [*REGIONS, *ROWS])
def test_a_file_of_somebody_else_means_these_regions(name):
    module = rooms.module("regard.regions.formats", name.split(",")[0])
    if name in ROWS:
        file, expected = ROWS[name]
        found = [
            (row.media, row.kind, tuple(text for _, text in row.turns), [drawn(region, 20) for region in row.regions])
            for row in module.read(FILES / file).all()
        ]
    else:
        file, options, expected = REGIONS[name]
        found = [
            (one.media, one.id, one.label, one.frame_count, drawn(one.region, one.frame_count))
            for one in module.read(FILES / file, **options).all()
        ]
        assert all(one.size in (SIZE, None) for one in module.read(FILES / file, **options))
    assert found == expected

"""The run-length codec: exact, equal to the official one, and safe whatever it is given."""

from __future__ import annotations

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as official

from regard.core.errors import EmptyRegion, RegionError
from regard.regions import rle

MASKS = arrays.arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30)))
ALPHABET = [chr(code) for code in range(48, 112)]


def noise(rng: random.Random) -> str:
    wide = rng.random() < 0.2
    letters = [chr(rng.randrange(1, 0x3000)) for _ in range(8)] + ALPHABET if wide else ALPHABET
    return "".join(rng.choices(letters, k=rng.randrange(0, 30)))


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_encode_and_decode_are_inverse_and_equal_the_official_codec(mask):
    packed = rle.encode(mask)
    theirs = official.encode(np.asfortranarray(mask, dtype=np.uint8))
    assert packed["size"] == theirs["size"] and packed["counts"].encode() == theirs["counts"]
    assert (rle.decode(packed) == mask).all()
    assert rle.area(packed) == mask.sum()
    runs = rle.unpack(packed["counts"])
    assert rle.pack(runs) == packed["counts"]
    assert rle.validate({"size": packed["size"], "counts": runs.tolist()}) == packed
    assert rle.validate({"size": packed["size"], "counts": theirs["counts"]}) == packed
    if mask.any():
        assert rle.box(packed) == tuple(int(side) for side in _box(mask))
    else:
        with pytest.raises(EmptyRegion):
            rle.box(packed)


def _box(mask):
    rows, columns = np.nonzero(mask)
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@given(st.lists(st.integers(0, 2**31), min_size=1, max_size=20))
def test_any_runs_pack_and_unpack(runs):
    assert rle.unpack(rle.pack(np.array(runs))).tolist() == runs


@pytest.mark.parametrize(
    ("counts", "size", "reason"),
    [
        ([3], [2, 2], "covers 3 pixels, its size says 2 x 2 = 4"),
        ([5], [2, 2], "covers 5 pixels"),
        ([2, -1, 3], [2, 2], "run 1 of the RLE is -1"),
        ([2**31 + 1], [2, 2], "between 0 and 2"),
        ([1.0, 3], [2, 2], "run 0 of the RLE is 1.0"),
        (["4"], [2, 2], "'4'"),
        ([True, 3], [2, 2], "True"),
        ("oo", [2, 2], "cut off"),
        ("é", [2, 2], "not ASCII, at position 0"),
        ("4 ", [2, 2], "' ' at position 1"),
        (b"4\xff", [2, 2], "at position 1"),
        ("oooooooo0", [2, 2], "longer than 2"),
        (rle.pack(np.array([4])) + "O", [2, 2], "-1"),
        ("", [2, 2], "covers 0 pixels"),
        (7, [2, 2], "counts are"),
        ([4], [2], "two whole numbers"),
        ([4], [4.0, 1], "two whole numbers"),
        ([4], [0, 4], "two whole numbers"),
        ([4], "22", "two whole numbers"),
        ([2**40], [2**20, 2**20], "over the limit"),
    ],
)
def test_what_is_wrong_is_said(counts, size, reason):
    for function in (rle.validate, rle.decode, rle.area):
        with pytest.raises(RegionError, match=reason):
            function({"size": size, "counts": counts})


@pytest.mark.parametrize("value", [None, 3, "x", [], {"size": [1, 1]}, {"counts": "1"}])
def test_what_is_no_rle_at_all(value):
    with pytest.raises(RegionError, match="an RLE is"):
        rle.validate(value)


def test_sizes_are_compared_and_a_swap_is_pointed_out():
    packed = rle.encode(np.ones((20, 30), dtype=bool))
    assert rle.validate(packed, (30, 20)) == packed
    with pytest.raises(RegionError, match=r"30 x 20 pixels .* the media 20 x 30.*swapped"):
        rle.validate(packed, (20, 30))
    with pytest.raises(RegionError, match="nearest"):
        rle.validate(packed, (31, 20))


def test_what_is_no_mask_is_not_encoded():
    for value in (np.zeros(3), np.zeros((0, 3)), np.zeros((2, 2, 2))):
        with pytest.raises(RegionError, match="height, width"):
            rle.encode(value)


def test_ten_thousand_random_strings():
    rng = random.Random(0)
    accepted = 0
    for _ in range(10_000):
        height, width = rng.randrange(1, 9), rng.randrange(1, 9)
        try:
            mask = rle.decode({"size": [height, width], "counts": noise(rng)})
        except RegionError:
            continue
        accepted += 1
        assert mask.shape == (height, width)
    assert accepted < 2_000


def test_random_strings_crash_no_process():
    """The whole way, polygons and packing included, in a process of its own, so that a crash would be seen."""
    script = """
import random
from regard.core.errors import RegionError
from regard.regions import rle
from regard.regions.region import Region
rng = random.Random(1)
for _ in range(10_000):
    text = "".join(chr(rng.randrange(48, 112)) for _ in range(rng.randrange(0, 24)))
    size = [rng.randrange(1, 7), rng.randrange(1, 7)]
    corners = [rng.uniform(-9, 99) * 10 ** rng.randrange(0, 7) for _ in range(rng.randrange(0, 12))]
    for use in (lambda: Region.rle({"size": size, "counts": text}).bind((size[1], size[0])),
                lambda: rle.from_coco_polygons([corners], (size[1], size[0]))):
        try:
            use()
        except RegionError:
            pass
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


def test_an_endless_outline_is_refused():
    zigzag = [value for step in range(20_000) for value in ((-1000, 3000)[step % 2], step % 300)]
    with pytest.raises(RegionError, match="pixels long"):
        rle.from_coco_polygons([zigzag], (300, 300))


@pytest.mark.filterwarnings("ignore::DeprecationWarning:pycocotools")
def test_a_random_string_of_the_right_sum_is_read_as_the_official_codec_reads_it():
    rng = np.random.default_rng(3)
    for _ in range(200):
        runs = rng.integers(0, 6, rng.integers(1, 9))
        if not runs.sum():
            continue
        packed = {"size": [int(runs.sum()), 1], "counts": rle.pack(runs)}
        theirs = official.decode({**packed, "counts": packed["counts"].encode()})
        assert (rle.decode(packed) == np.asarray(theirs).astype(bool)).all()

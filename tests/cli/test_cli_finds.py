"""The verbs that find, and the demo, on the command line with the model inside and the media that ship with it."""

import functools
import re

import numpy as np
import pytest
from PIL import Image as PILImage

from regard import draw
from regard.backends.local import LocalBackend
from regard.cli.demo import MEDIA
from regard.core.files import read_json
from regard.media.clip import Clip
from regard.media.open import open_media
from regard.regions import rle
from regard.regions.geometry import box_iou, mask_iou, span_iou
from regard.verbs import _load

PHOTO, CLIP = MEDIA / "photo.jpg", MEDIA / "clip.mp4"
KNOWN = read_json(MEDIA / "regions.json")
SAUCER, HELMET = KNOWN["photo"]["saucer"], KNOWN["clip"]["helmet"]


@pytest.fixture(scope="module")
def shipped():
    return LocalBackend.open()


@pytest.fixture(autouse=True)
def opened_once(monkeypatch, shipped):
    monkeypatch.setattr(_load, "_local", lambda folder, options: shipped)


@functools.cache
def plain(path):
    """The drawing of a picture or clip without anything in it."""
    return np.asarray(draw.show(open_media(path)).convert("RGB"))


def located(row):
    return box_iou(np.array([one["data"] for one in row["regions"]]), np.array([rle.box(SAUCER)], float)).max()


def segmented(row):
    return mask_iou(rle.decode(row["regions"][0]["data"])[None], rle.decode(SAUCER)[None]).item()


def tracked(row):
    """The mean overlap on the frames that were not given; a frame on which the helmet is not seen has none."""
    track = row["regions"][0]["data"]
    assert list(track) == [str(frame) for frame in range(len(HELMET))]
    found = [rle.decode(one["data"]) if one else np.zeros((240, 320), bool) for one in track.values()]
    return mask_iou(np.stack(found), np.stack([rle.decode(mask) for mask in HELMET])).diagonal()[1:].mean()


def timed(row):
    """The overlap of the best span with the seconds from which the helmet moves on, to the end."""
    clip, best = Clip.open(CLIP), row["spans"][0]
    moves = next(frame for frame, mask in enumerate(HELMET) if mask != HELMET[0])
    assert len(row["saliency"]) == round(clip.duration)
    return span_iou(np.array([[best["start"], best["end"]]]), np.array([[clip.times[moves], clip.duration]])).item()


@pytest.mark.parametrize(
    ("words", "overlap"),
    [
        (("locate", PHOTO, "the red thing"), located),
        (("segment", PHOTO, "the red thing"), segmented),
        (("track", CLIP, "--region", f"box:{','.join(map(str, rle.box(HELMET[0])))}"), tracked),
        (("moments", CLIP, "the black thing moves"), timed),
    ],
    ids=["locate", "segment", "track", "moments"],
)
def test_what_is_found_on_the_media_of_the_demo_is_there_and_drawn(regard, rows, tmp_path, words, overlap):
    code, out, _ = regard(*words, "--json", "--draw", tmp_path / "out.png")
    [row] = rows(out)
    assert code == 0 and row["verb"] == words[0] and row["readable"]
    assert overlap(row) > 0.4
    drawn, empty = np.asarray(PILImage.open(tmp_path / "out.png").convert("RGB")), plain(words[1])
    beneath = drawn[len(empty) :]
    assert drawn.shape[1] == empty.shape[1] and np.ptp(beneath) > 100
    changed = np.abs(drawn[: len(empty)].astype(int) - empty).max(2) > 30
    assert (changed.mean() > 0.01) == (words[0] != "moments")
    if words[1] == PHOTO:
        (x1, y1, x2, y2), (y, x) = rle.box(SAUCER), np.argwhere(changed).mean(0)
        assert x1 < x < x2 and y1 < y < y2


@pytest.mark.parametrize("verb", ["locate", "segment"])
@pytest.mark.parametrize("media", [PHOTO, CLIP], ids=["photo", "clip"])
def test_what_never_appears_is_none(regard, rows, verb, media):
    code, out, _ = regard(verb, media, "the blue star", "--json")
    [row] = rows(out)
    assert code == 0 and row["readable"] and (row["text"], row["regions"]) == ("none", [])


def test_the_demo_asks_prints_and_draws(regard, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = regard("demo", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    for name, size in {"photo.png": (600, 400), "match.png": (600, 400), "clip.png": (320, 240)}.items():
        drawn = PILImage.open(tmp_path / "out" / name)
        assert drawn.width >= size[0] and drawn.height >= size[1] and np.asarray(drawn).std() > 10
    assert Clip.open(tmp_path / "out" / "clip.mp4").frame_count == len(HELMET)
    answers = {cells[1]: cells[2] for line in out.splitlines() if len(cells := re.split(r"\s{2,}", line)) > 3}
    assert answers["What colour is <region1>?"] == "red"
    [unknown] = [answer for asked, answer in answers.items() if "a zebra" in asked]
    assert "not know" in unknown

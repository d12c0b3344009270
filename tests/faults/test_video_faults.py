"""Clips without pictures, with uneven times, and regions at moments that are not there."""

import time
from fractions import Fraction

import av
import numpy as np
import pytest
from fault_backend import Said, colour_seen

import tiny_model
from regard.backends.local import LocalBackend
from regard.core.errors import RegionError, VideoError
from regard.media.clip import Clip
from regard.media.open import open_media
from regard.regions.bound import BoundRegion
from regard.regions.region import Region
from regard.verbs import Model

TICKS = np.cumsum([0, 17, 33, 100, 17, 66, 200, 33, 17, 400]).tolist()


def level(index):
    return 20 + 22 * index


def uneven(path):
    """Write a clip whose frame i is grey level(i) and is shown at TICKS[i] milliseconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "5", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index, tick in enumerate(TICKS):
            pixels = np.full((48, 64, 3), level(index), np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = tick, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_sound_and_subtitles_alone_are_refused_at_the_one_door_at_once(tmp_path):
    (tmp_path / "a.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n\n")
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=16000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), format="fltp", layout="mono")
        sound.rate, sound.pts = 16000, 0
        for packet in (*stream.encode(sound), *stream.encode(None)):
            container.mux(packet)
    for name in ("a.srt", "a.mp4"):
        started = time.monotonic()
        with pytest.raises(VideoError):
            open_media(tmp_path / name)
        assert time.monotonic() - started < 2


def test_a_region_by_frame_and_by_seconds_is_the_same_frame_where_the_rate_varies(tmp_path):
    clip = open_media(uneven(tmp_path / "a.mp4"))
    model = Model(Said(colour_seen))
    for index, tick in enumerate(TICKS):
        by_frame, by_time = Region.box(5, 5, 50, 40, frame=index), Region.box(5, 5, 50, 40, seconds=tick / 1000)
        assert by_time.bind(clip.size, frame_count=10, times=clip.times).frames == [index]
        texts = [answer.text for answer in model.describe(clip, [by_frame, by_time])]
        assert texts[0] == texts[1] and abs(int(texts[0].split(",")[0]) - level(index)) < 8


@pytest.mark.parametrize("when", ["@10", "@-1", "@99.0s", "@-0.5s"])
def test_a_moment_outside_the_clip_is_an_error_before_any_model_is_asked(regard, tmp_path, when):
    code, out, err = regard("describe", uneven(tmp_path / "a.mp4"), "--region", f"box:5,5,50,40{when}")
    assert (code, out) == (2, "") and "Traceback" not in err
    assert any(words in err for words in ("frames run from 0 to 9", "counted from 0", "runs from 0 s to", "starts at"))


def test_a_gap_in_a_track_is_an_absence_for_the_model_too():
    clip = Clip.from_frames(np.random.default_rng(0).integers(0, 255, (4, 40, 60, 3), dtype=np.uint8), fps=2)
    mask = np.zeros((40, 60), bool)
    mask[5:20, 5:20] = True
    bound = Region.track({0: mask, 1: None, 3: mask}).bind((60, 40), frame_count=4)
    _, processor = tiny_model.model()
    inputs = processor.regions(clip, [bound], [0, 1, 2, 3])
    assert inputs.frame_M.tolist() == [0, 3]
    with pytest.raises(RegionError, match="frame 3 is given twice"):
        Region.track([(3, mask), (3, mask)])


def test_regions_at_more_frames_than_a_model_looks_at_state_the_limit():
    clip = Clip.from_frames(np.zeros((30, 40, 60, 3), np.uint8), fps=2)
    model = Model(LocalBackend(*tiny_model.model(), "tiny"))
    boxes = [Region.box(1, 1, 9, 9, frame=frame) for frame in (1, 5, 9, 13, 17)]
    with pytest.raises(VideoError, match="5 different frames, this model looks at 4"):
        model.ask(clip, "Is <region1> like <region2>, <region3>, <region4> and <region5>?", boxes)
    assert len(model.describe(clip, boxes, max_new_tokens=1)) == 5


def test_a_track_of_a_longer_clip_is_refused_on_a_shorter_one():
    longer = BoundRegion.from_masks({2: np.ones((40, 60), bool), 7: np.ones((40, 60), bool)}, frame_count=8)
    clip = Clip.from_frames(np.zeros((5, 40, 60, 3), np.uint8), fps=2)
    with pytest.raises(RegionError, match="region 1 lies at frame 7, frames run from 0 to 4"):
        Model(Said()).describe(clip, [longer])


@pytest.mark.parametrize("fps", [0, -5, 1e9, float("nan"), "fast"])
def test_a_rate_that_cannot_be_is_refused(fps):
    with pytest.raises(VideoError, match="fps must be"):
        Clip.from_frames(np.zeros((2, 8, 8, 3), np.uint8), fps=fps)

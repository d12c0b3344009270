"""Video files: every frame exactly, whatever the codec, the container and its claims."""

import io
import struct
import time
from fractions import Fraction

import av
import numpy as np
import pytest
from media_making import HEIGHT, WIDTH, add_sound, number_of, numbers_of, painted, write_sound, write_video
from PIL import Image as Pillow

from regard.core.errors import VideoError
from regard.media import video as video_module
from regard.media.clip import Clip

FRAMES = 60
X264 = {"bf": "3", "preset": "veryfast"}
UNEVEN = np.cumsum([0, *np.random.default_rng(3).choice([17, 33, 66, 100], FRAMES - 1)]).tolist()

FILES = {
    "h264_b_frames_open_gop.mp4": ("libx264", {"options": {**X264, "x264-params": "open-gop=1:b-pyramid=normal"}}),
    "h264_b_frames.mkv": ("libx264", {"options": X264}),
    "h264_b_frames.ts": ("libx264", {"options": X264}),
    "h264_b_frames.avi": ("libx264", {"options": X264}),
    "h264_raw.h264": ("libx264", {"options": X264}),
    "h264_in_fragments.mp4": (
        "libx264",
        {"options": X264, "container_options": {"movflags": "frag_keyframe+empty_moov"}},
    ),
    "h264_intra_refresh.mp4": ("libx264", {"options": {"preset": "veryfast", "x264-params": "intra-refresh=1"}}),
    "h264_with_sound.mp4": ("libx264", {"options": X264, "sound": True}),
    "h264_uneven.mp4": ("libx264", {"options": X264, "ticks": UNEVEN}),
    "hevc_b_frames.mp4": ("libx265", {"options": {"x265-params": "log-level=none:bframes=3:open-gop=1"}}),
    "av1.mkv": ("libsvtav1", {"options": {"preset": "8", "b": "0", "crf": "5"}}),
    "vp9.webm": ("libvpx-vp9", {"options": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "12"}}),
    "vp9_uneven.mkv": ("libvpx-vp9", {"options": {"deadline": "realtime", "cpu-used": "8"}, "ticks": UNEVEN}),
    "vp8_hidden_frames.webm": ("libvpx", {"options": {"auto-alt-ref": "1", "lag-in-frames": "12", "cpu-used": "5"}}),
    "mpeg4_b_frames.mp4": ("mpeg4", {"options": {"bf": "2"}}),
    "mpeg4_b_frames.avi": ("mpeg4", {"options": {"bf": "2"}}),
    "mpeg2.mpg": ("mpeg2video", {"options": {"bf": "2"}}),
    "mjpeg.avi": ("mjpeg", {"pix_fmt": "yuvj420p"}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Write each file once, when a test first asks for it."""
    folder, known = tmp_path_factory.mktemp("files"), {}

    def make(name):
        if name not in known:
            codec, options = FILES[name]
            known[name] = write_video(folder / name, codec, FRAMES, gop=12, **options)
        return known[name]

    return make


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_frame_by_seek_equals_the_frame_by_sequential_decode(made, name, monkeypatch):
    clip = Clip.open(made(name))
    assert clip.frame_count == FRAMES
    straight = clip.frames(range(FRAMES))
    assert numbers_of(straight) == list(range(FRAMES))
    order = np.random.default_rng(1).permutation(FRAMES)[:9]
    for gap in (0, 64):
        monkeypatch.setattr(video_module, "SEEK_GAP", gap)
        for index in order.tolist():
            clip._cache.clear()
            assert np.array_equal(clip.frame(index), straight[index]), (index, gap)
    clip.close()
    assert np.array_equal(clip.frames([3, 30, 59]), straight[[3, 30, 59]])


@pytest.mark.parametrize("name", ["h264_uneven.mp4", "vp9_uneven.mkv"])
def test_times_of_a_variable_rate_come_from_the_file_and_agree_with_seconds(made, name):
    clip = Clip.open(made(name))
    assert np.allclose(clip.times, np.array(UNEVEN) / 1000, atol=1e-3)
    for index in range(FRAMES):
        assert clip.index_at(UNEVEN[index] / 1000) == index


def test_the_first_frame_is_at_zero_even_if_the_file_starts_later(tmp_path):
    ticks = [5000 + 40 * i for i in range(10)]
    for kind in ("mkv", "mp4", "ts"):
        path = write_video(tmp_path / f"a.{kind}", "libx264", 10, ticks=ticks)
        assert np.allclose(Clip.open(path).times, np.arange(10) * 0.04, atol=2e-3)


# -- edit lists and turned pictures ----------------------------------------------------------------


def patched(path, source, places):
    data = bytearray(source.read_bytes())
    for box, offset, value in places:
        start = data.index(box) + 4 + offset
        data[start : start + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("skipped", [5, 12, 17])
def test_frames_before_an_edit_list_do_not_exist(tmp_path, skipped):
    source = write_video(tmp_path / "a.mp4", "libx264", FRAMES, gop=12, options=X264)
    data = source.read_bytes()
    begin = struct.unpack(">i", data[data.index(b"elst") + 16 : data.index(b"elst") + 20])[0]
    tick = struct.unpack(">I", data[data.index(b"mdhd") + 16 : data.index(b"mdhd") + 20])[0] // 25
    edited = patched(tmp_path / "b.mp4", source, [(b"elst", 12, struct.pack(">i", begin + skipped * tick))])
    clip = Clip.open(edited)
    straight = clip.frames(range(clip.frame_count))
    assert numbers_of(straight) == list(range(skipped, FRAMES))
    assert clip.times[:2].tolist() == [0.0, 0.04]
    for index in (FRAMES - skipped - 1, 0, 20, 3):
        clip.close()
        assert np.array_equal(clip.frame(index), straight[index])


@pytest.mark.parametrize(
    ("matrix", "turned"),
    [
        ((0, 1, -1, 0), lambda a: np.rot90(a, -1)),
        ((0, -1, 1, 0), lambda a: np.rot90(a, 1)),
        ((-1, 0, 0, -1), lambda a: np.rot90(a, 2)),
        ((-1, 0, 0, 1), lambda a: a[:, ::-1]),
        ((1, 0, 0, -1), lambda a: a[::-1]),
        ((0, 1, 1, 0), lambda a: a.swapaxes(0, 1)),
    ],
)
def test_frames_stand_upright_by_the_display_matrix(tmp_path, made, matrix, turned):
    source = made("mpeg4_b_frames.mp4")
    a, b, c, d = (value * 65536 for value in matrix)
    packed = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    clip = Clip.open(patched(tmp_path / "a.mp4", source, [(b"tkhd", 40, packed)]))
    expected = turned(Clip.open(source).frame(7))
    assert clip.size == expected.shape[1::-1]
    assert np.array_equal(clip.frame(7), expected)


def test_a_turn_by_an_odd_angle_is_left_and_noted(tmp_path, made):
    packed = struct.pack(">9i", 46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30)
    clip = Clip.open(patched(tmp_path / "a.mp4", made("mpeg4_b_frames.mp4"), [(b"tkhd", 40, packed)]))
    assert clip.size == (WIDTH, HEIGHT) and "angle" in clip.notes[0]


def test_pixels_that_are_not_square_are_noted(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
        for index in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(painted(index), format="rgb24")))
        container.mux(stream.encode(None))
    clip = Clip.open(path)
    assert clip.size == (WIDTH, HEIGHT) and "16:15" in clip.notes[0]


def test_a_clip_without_frame_times_says_what_is_assumed(made):
    assert "25 frames a second are assumed" in Clip.open(made("h264_raw.h264")).notes[0]
    assert Clip.open(made("mpeg4_b_frames.avi")).frame_count == FRAMES


# -- nothing to decode -----------------------------------------------------------------------------


def sound_only(path):
    with av.open(str(path), "w") as container:
        write_sound(container, add_sound(container), 1.0)
    return path


def refused(path, reason):
    started = time.monotonic()
    with pytest.raises(VideoError, match=reason):
        Clip.open(path)
    assert time.monotonic() - started < 2


def test_sound_without_a_picture_is_refused_at_once(tmp_path):
    refused(sound_only(tmp_path / "a.mp4"), "only audio")
    refused(sound_only(tmp_path / "a.mkv"), "only audio")


def test_subtitles_without_a_picture_are_refused_at_once(tmp_path):
    path = tmp_path / "a.srt"
    path.write_text("1\n00:00:00,000 --> 00:00:02,000\nHello\n\n2\n00:00:02,000 --> 00:00:04,000\nagain\n")
    refused(path, "only subtitle")


def test_zero_decodable_frames_are_refused_at_once(tmp_path, made):
    data = bytearray(made("mpeg4_b_frames.mp4").read_bytes())
    begin, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    (tmp_path / "a.mp4").write_bytes(data)
    refused(tmp_path / "a.mp4", "no frame that can be decoded")
    (tmp_path / "b.mp4").write_bytes(b"\0" * 5000)
    refused(tmp_path / "b.mp4", "no video")
    (tmp_path / "c.mp4").write_text("this is no video at all " * 50)
    refused(tmp_path / "c.mp4", "no video")


def test_the_cover_of_a_sound_file_is_no_video(tmp_path):
    cover = io.BytesIO()
    Pillow.fromarray(painted(1)).save(cover, "JPEG")
    mime, data = b"image/jpeg", cover.getvalue()
    picture = struct.pack(">II", 3, len(mime)) + mime + struct.pack(">6I", 0, WIDTH, HEIGHT, 24, 0, len(data)) + data
    with av.open(str(tmp_path / "a.flac"), "w") as container:
        write_sound(container, container.add_stream("flac", rate=16000, layout="mono"), 0.5)
    sound = (tmp_path / "a.flac").read_bytes()
    block = bytes([6]) + len(picture).to_bytes(3, "big") + picture
    (tmp_path / "b.flac").write_bytes(sound[:42] + block + sound[42:])
    with av.open(str(tmp_path / "b.flac")) as container:
        assert len(container.streams.video) == 1
    refused(tmp_path / "b.flac", "no moving picture")


# -- claims and damage -----------------------------------------------------------------------------


def test_a_container_that_claims_a_billion_frames_is_refused_before_it_takes_memory(tmp_path, made):
    billion = struct.pack(">I", 10**9)
    plain, fragments = made("mpeg4_b_frames.mp4"), made("h264_in_fragments.mp4")
    refused(patched(tmp_path / "a.mp4", plain, [(b"stsz", 8, billion)]), "claims 1,000,000,000 frames")
    refused(patched(tmp_path / "b.mp4", plain, [(b"stsz", 4, struct.pack(">II", 1, 10**9))]), "claims")
    refused(patched(tmp_path / "c.mp4", fragments, [(b"trun", 4, billion)]), "claims")


def test_a_wrong_number_of_frames_in_the_header_does_not_matter(tmp_path, made):
    avi = patched(
        tmp_path / "a.avi",
        made("mjpeg.avi"),
        [(b"avih", 20, struct.pack("<I", 10**9)), (b"strh", 36, struct.pack("<I", 10**9))],
    )
    assert Clip.open(avi).frame_count == FRAMES
    fewer = patched(tmp_path / "a.mp4", made("mpeg4_b_frames.mp4"), [(b"stts", 8, struct.pack(">I", 10**9))])
    assert Clip.open(fewer).frame_count == FRAMES


@pytest.mark.parametrize("name", ["h264_in_fragments.mp4", "h264_b_frames.ts", "mjpeg.avi", "vp9.webm"])
@pytest.mark.parametrize("filler", [b"", b"\0"])
def test_of_a_download_that_stopped_the_frames_that_came_are_counted(tmp_path, made, name, filler):
    data = made(name).read_bytes()
    keep = len(data) * 7 // 10
    path = tmp_path / name
    path.write_bytes(data[:keep] + filler * (len(data) - keep))
    clip = Clip.open(path)
    assert 0 < clip.frame_count < FRAMES
    assert numbers_of(clip.frames(range(clip.frame_count)))[:-2] == list(range(clip.frame_count))[:-2]


@pytest.mark.parametrize("filler", [b"", b"\0"])
def test_wherever_a_download_stops_every_frame_that_is_listed_can_be_read(tmp_path, made, filler):
    data = made("h264_in_fragments.mp4").read_bytes()
    for keep in range(len(data) * 11 // 20, len(data) * 17 // 20, 13):
        path = tmp_path / f"{keep}.mp4"
        path.write_bytes(data[:keep] + filler * (len(data) - keep))
        try:
            clip = Clip.open(path)
        except VideoError:  # it stopped in the head of a fragment
            continue
        assert len(clip.frames(range(clip.frame_count))) == clip.frame_count, keep


@pytest.mark.parametrize("name", ["h264_b_frames.mkv", "h264_in_fragments.mp4", "vp9.webm", "mpeg4_b_frames.avi"])
def test_no_corruption_raises_anything_but_a_video_error_or_hangs(tmp_path, made, name):
    rng = np.random.default_rng(11)
    whole, path = made(name).read_bytes(), tmp_path / name
    for _ in range(12):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), rng.integers(1, 20)):
            data[place] = rng.integers(256)
        path.write_bytes(data)
        started = time.monotonic()
        try:
            clip = Clip.open(path, time_limit=3)
            clip.frames(range(min(clip.frame_count, 2 * FRAMES)))
        except VideoError as error:
            assert str(error)
        assert time.monotonic() - started < 5


def test_scanning_ends_at_the_time_limit(made):
    for name in ("h264_b_frames.mkv", "mjpeg.avi"):
        with pytest.raises(VideoError, match="time_limit"):
            Clip.open(made(name), time_limit=0.0)


def test_a_file_that_refers_to_other_files_or_addresses_is_not_followed(tmp_path, made):
    playlist = tmp_path / "a.mp4"
    playlist.write_text(f"#EXTM3U\n#EXTINF:2,\n{made('h264_b_frames.ts')}\n#EXT-X-ENDLIST\n")
    refused(playlist, "playlist")
    listing = tmp_path / "b.mp4"
    listing.write_text(f"ffconcat version 1.0\nfile '{made('h264_b_frames.ts')}'\n")
    refused(listing, "playlist")
    session = tmp_path / "c.mp4"
    session.write_text(
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5000 RTP/AVP 32\r\n"
    )
    refused(session, "no video")


# -- limits ----------------------------------------------------------------------------------------


def test_frames_that_are_too_large_are_refused_with_the_limit(tmp_path, made):
    with pytest.raises(VideoError, match=r"96x64, 6,144 pixels; at most 6,143 are decoded"):
        Clip.open(made("mpeg4_b_frames.mp4"), max_pixels=6143)
    assert Clip.open(made("mpeg4_b_frames.mp4"), max_pixels=6144).frame_count == FRAMES


def test_a_missing_video_a_folder_an_empty_file_and_a_url_are_refused_with_the_reason(tmp_path):
    (tmp_path / "empty.mp4").touch()
    for path, reason in [
        (tmp_path / "none.mp4", "no such file"),
        (tmp_path, "from_folder"),
        (tmp_path / "empty.mp4", "empty"),
        ("http://127.0.0.1/a.mp4", "URL"),
        ("rtsp://camera/1", "URL"),
        (b"bytes", "bytes"),
    ]:
        with pytest.raises(VideoError, match=reason):
            Clip.open(path)


def test_a_long_clip_streams_in_flat_memory(made):
    clip = Clip.open(made("h264_with_sound.mp4"))
    for index, frame in enumerate(clip.stream()):
        assert number_of(frame) == index
        assert len(clip._cache) <= 32

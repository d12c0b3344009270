"""Clips: frames with times, from files, folders and memory."""

import io
import multiprocessing
import pickle
import threading

import numpy as np
import pytest
from media_making import HEIGHT, WIDTH, number_of, numbers_of, painted, write_video
from PIL import Image as Pillow

from regard.core.errors import ImageError, VideoError
from regard.media import clip as clip_module
from regard.media.clip import Clip
from regard.media.image import Image
from regard.media.sampling import uniform_indices


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("video") / "a.mp4", options={"bf": "3"})


def twelve():
    return Clip.from_frames(np.stack([painted(i) for i in range(12)]), fps=10)


# -- in memory -------------------------------------------------------------------------------------


def test_frames_from_memory_have_their_rate_and_times():
    clip = twelve()
    assert (clip.width, clip.height, clip.size, clip.frame_count) == (WIDTH, HEIGHT, (WIDTH, HEIGHT), 12)
    assert np.allclose(clip.times, np.arange(12) / 10) and clip.times.dtype == np.float64
    assert clip.duration == pytest.approx(1.2)
    assert clip.is_clip and clip.source is None and clip.notes == () and len(clip) == 12
    assert numbers_of(clip.frames([3, 11, 3, 0])) == [3, 11, 3, 0]
    with pytest.raises(ValueError):
        clip.times[0] = 5


def test_times_given_by_hand_start_at_zero_and_must_ascend():
    frames = [painted(0), painted(1), Image.from_array(painted(2))]
    clip = Clip.from_frames(frames, times=[5.0, 5.5, 7.0])
    assert clip.times.tolist() == [0.0, 0.5, 2.0]
    assert clip.frames([]).shape == (0, HEIGHT, WIDTH, 3)
    with pytest.raises(VideoError, match="ascend"):
        Clip.from_frames(frames, times=[0.0, 1.0, 1.0])
    with pytest.raises(VideoError, match="3 frames and 2 times"):
        Clip.from_frames(frames, times=[0.0, 1.0])
    for arguments in ({}, {"fps": 5, "times": [0, 1, 2]}, {"fps": 0}, {"fps": "x"}, {"fps": float("nan")}):
        with pytest.raises(VideoError):
            Clip.from_frames(frames, **arguments)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([], "at least one frame"),
        (np.zeros((0, 4, 4, 3), np.uint8), "at least one frame"),
        (np.zeros((4, 4, 3), np.uint8), "N, height, width, 3"),
        (np.zeros((2, 4, 4, 3), np.float32), "frame 0.*255"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5, 3), np.uint8)], "frame 1 has shape"),
        ([np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)], "frame 1.*repeat"),
    ],
)
def test_frames_of_another_kind_are_refused_by_number(frames, reason):
    with pytest.raises(VideoError, match=reason):
        Clip.from_frames(frames, fps=5)


def test_frames_from_memory_are_copied():
    array = np.stack([painted(i) for i in range(3)])
    clip = Clip.from_frames(array, fps=5)
    array[:] = 0
    assert number_of(clip.frame(2)) == 2
    with pytest.raises(ValueError):
        clip.frame(2)[0] = 0


# -- asking for frames -----------------------------------------------------------------------------


@pytest.mark.parametrize("index", [90, -1, 10**12])
def test_a_frame_outside_the_clip_names_the_range(video, index):
    clip = Clip.open(video)
    for ask in (clip.frame, lambda i: clip.frames([0, i])):
        with pytest.raises(VideoError, match="frames 0 to 89"):
            ask(index)


@pytest.mark.parametrize("index", [1.5, "3", None])
def test_a_frame_is_a_whole_number(index):
    with pytest.raises(VideoError, match="whole number"):
        twelve().frame(index)


def test_seconds_find_the_nearest_frame_and_refuse_what_lies_outside(video):
    clip = Clip.open(video)
    for index in range(clip.frame_count):
        assert clip.index_at(float(clip.times[index])) == index
    assert clip.index_at(1.0) == 25 and clip.index_at(1.019) == 25 and clip.index_at(1.021) == 26
    assert clip.index_at(1.02) == 25, "the earlier of two equally near"
    assert clip.index_at(3.56 + 0.02) == 89 and clip.index_at(-0.02) == 0
    for seconds in (3.6, 100, -0.03):
        with pytest.raises(VideoError, match="90 frames are at 0 to 3.560 s"):
            clip.index_at(seconds)
    for seconds in ("1.0", float("nan"), True, None, float("inf")):
        with pytest.raises(VideoError, match="finite number"):
            clip.index_at(seconds)


def test_frames_come_in_the_order_asked_for_with_repeats(video):
    clip = Clip.open(video)
    wanted = [80, 2, 2, 45, 89, 0, 44]
    frames = clip.frames(wanted)
    assert numbers_of(frames) == wanted
    assert np.array_equal(frames[1], frames[2])
    assert numbers_of(clip.frames(np.array([5, 6]))) == [5, 6]
    assert numbers_of(clip.frames(uniform_indices(90, 8))) == uniform_indices(90, 8)


def test_decoded_frames_are_remembered_within_bounds(video, monkeypatch):
    clip = Clip.open(video)
    first = clip.frame(7)
    assert clip.frame(7) is first
    clip.frames(range(90))
    assert len(clip._cache) == clip_module.CACHE_FRAMES
    monkeypatch.setattr(clip_module, "CACHE_BYTES", 3 * first.nbytes)
    clip.frame(0)
    assert len(clip._cache) == 3
    monkeypatch.setattr(clip_module, "CACHE_BYTES", 1)
    clip.frame(1)
    assert len(clip._cache) == 1


def test_more_frames_than_fit_are_refused_with_the_limit_and_streamed_instead(video, monkeypatch):
    clip = Clip.open(video)
    monkeypatch.setattr(clip_module, "MAX_STACK_BYTES", 10 * WIDTH * HEIGHT * 3)
    assert len(clip.frames(range(10))) == 10
    with pytest.raises(VideoError, match="stream"):
        clip.frames(range(11))
    with pytest.raises(VideoError, match="at most"):
        clip.frames([0] * 10**6)
    assert [number_of(frame) for frame in clip.stream()] == list(range(90))
    assert [number_of(frame) for frame in clip.stream([5, 1])] == [5, 1]


def test_several_threads_read_one_clip(video):
    clip = Clip.open(video)
    wrong = []

    def read(seed):
        for index in np.random.default_rng(seed).integers(0, 90, 25):
            if number_of(clip.frame(int(index))) != index:
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def forked(clip, index, answers):
    answers.put(number_of(clip.frame(index)))
    clip.close()
    answers.put(number_of(clip.frame(index + 1)))


def test_a_clip_survives_fork_and_pickling(video):
    clip = Clip.open(video)
    clip.frame(40)
    copy = pickle.loads(pickle.dumps(clip))
    assert number_of(copy.frame(33)) == 33 and copy.key == clip.key
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    children = [context.Process(target=forked, args=(clip, index, answers)) for index in (41, 71)]
    for child in children:
        child.start()
    assert sorted(answers.get(timeout=20) for _ in range(4)) == [41, 42, 71, 72]
    for child in children:
        child.join(20)
    assert number_of(clip.frame(42)) == 42


def test_a_closed_clip_opens_itself_again(video):
    with Clip.open(video) as clip:
        assert number_of(clip.frame(3)) == 3
    assert clip._source._container is None
    assert number_of(clip.frame(4)) == 4


# -- keys ------------------------------------------------------------------------------------------


def test_keys_tell_clips_apart(tmp_path, video):
    frames = np.stack([painted(i) for i in range(3)])
    clip = Clip.from_frames(frames, fps=5)
    assert clip.key == Clip.from_frames(frames.copy(), fps=5).key
    assert clip.key != Clip.from_frames(frames, fps=6).key
    assert clip.key != Clip.from_frames(frames[::-1].copy(), fps=5).key
    shape = Clip.from_frames(np.zeros((2, 4, 8, 3), np.uint8), fps=5)
    assert shape.key != Clip.from_frames(np.zeros((2, 8, 4, 3), np.uint8), fps=5).key
    copy = tmp_path / "b.mp4"
    copy.write_bytes(video.read_bytes())
    assert Clip.open(video).key == Clip.open(copy).key
    copy.write_bytes(video.read_bytes() + b"\0")
    assert Clip.open(video).key != Clip.open(copy).key


# -- folders ---------------------------------------------------------------------------------------


def folder_of(path, numbers, pattern="frame_{:05d}.png"):
    path.mkdir()
    for number in numbers:
        Pillow.fromarray(painted(number)).save(path / pattern.format(number))
    return path


def test_a_folder_is_ordered_by_number_not_by_name(tmp_path):
    clip = Clip.from_folder(folder_of(tmp_path / "a", [0, 1, 2, 9, 10, 11], "{}.png"), fps=6)
    assert numbers_of(clip.frames(range(6))) == [0, 1, 2, 9, 10, 11]
    assert clip.times.tolist() == [i / 6 for i in range(6)] and clip.duration == 1.0
    assert "with gaps" in clip.notes[0]


def test_files_numbered_from_one_are_frames_from_zero(tmp_path):
    clip = Clip.from_folder(folder_of(tmp_path / "a", [1, 2, 3, 4]), fps=24)
    assert number_of(clip.frame(0)) == 1 and clip.index_at(1 / 24) == 1
    assert clip.notes == ()


def test_a_folder_without_a_rate_says_what_is_assumed(tmp_path):
    clip = Clip.from_folder(folder_of(tmp_path / "a", [0, 1]))
    assert clip.times.tolist() == [0.0, 0.04] and "25 frames a second are assumed" in clip.notes[0]


def test_a_folder_that_is_no_clip_is_refused_with_the_reason(tmp_path, video):
    empty = folder_of(tmp_path / "empty", [])
    with pytest.raises(VideoError, match="holds no pictures"):
        Clip.from_folder(empty)
    with pytest.raises(VideoError, match="file, not a folder"):
        Clip.from_folder(video)
    twice = folder_of(tmp_path / "twice", [1], "{}.png")
    Pillow.fromarray(painted(1)).save(twice / "01.png")
    with pytest.raises(VideoError, match="same number 1"):
        Clip.from_folder(twice)
    unnumbered = folder_of(tmp_path / "unnumbered", [1], "x.png")
    with pytest.raises(VideoError, match="no number"):
        Clip.from_folder(unnumbered)


def test_a_frame_of_another_size_or_a_damaged_one_is_named(tmp_path):
    folder = folder_of(tmp_path / "a", [0, 1, 2])
    Pillow.new("RGB", (10, 10)).save(folder / "frame_00001.png")
    (folder / "frame_00002.png").write_bytes((folder / "frame_00000.png").read_bytes()[:100])
    clip = Clip.from_folder(folder, fps=5)
    with pytest.raises(VideoError, match="frame 1 .*frame_00001.png.* is 10x10; the first frame is 96x64"):
        clip.frame(1)
    with pytest.raises(ImageError, match="frame_00002.png"):
        clip.frame(2)
    assert number_of(clip.frame(0)) == 0


# -- animated pictures -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animated_picture_is_decoded_straight_through_with_its_own_times(tmp_path, kind):
    frames = [Pillow.fromarray(painted(i)) for i in range(8)]
    path = tmp_path / "a"
    durations = [40, 100, 30, 200, 50, 60, 70, 80]
    options = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(path, kind, save_all=True, append_images=frames[1:], duration=durations, **options)
    clip = Clip.open(path)
    assert np.allclose(clip.times, np.cumsum([0, *durations[:-1]]) / 1000)
    assert clip.duration == pytest.approx(sum(durations) / 1000)
    straight = clip.frames(range(8))
    assert numbers_of(straight) == list(range(8))
    for index in (6, 1, 7, 0, 3):
        clip.close()
        assert np.array_equal(clip.frame(index), straight[index])
    assert number_of(pickle.loads(pickle.dumps(clip)).frame(5)) == 5


def test_frames_without_a_stated_time_stay_a_tenth_of_a_second(tmp_path):
    pages = [Pillow.fromarray(painted(i)) for i in range(3)]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    clip = Clip.open(tmp_path / "a.tiff")
    assert np.allclose(clip.times, [0, 0.1, 0.2]) and numbers_of(clip.frames([2, 0])) == [2, 0]


def test_a_single_picture_is_no_clip(tmp_path):
    Pillow.fromarray(painted(1)).save(tmp_path / "a.gif")
    with pytest.raises(VideoError, match="single picture"):
        Clip.open(tmp_path / "a.gif")


def test_an_animated_picture_that_breaks_off_gives_the_frames_before(tmp_path):
    frames = [Pillow.fromarray(painted(i)) for i in range(8)]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=50)
    path = tmp_path / "a.gif"
    path.write_bytes(data.getvalue()[: len(data.getvalue()) * 2 // 3])
    clip = Clip.open(path)
    assert 2 <= clip.frame_count < 8
    assert numbers_of(clip.frames(range(clip.frame_count))) == list(range(clip.frame_count))


def test_transparent_parts_of_an_animation_lie_on_white(tmp_path):
    frames = [Pillow.new("RGBA", (8, 8), (200, 0, 0, 0 if i else 255)) for i in range(2)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:], duration=50, lossless=True)
    clip = Clip.open(tmp_path / "a.webp")
    assert clip.frame(1)[0, 0].tolist() == [255, 255, 255] and clip.frame(0)[0, 0].tolist() == [200, 0, 0]


# -- saving and showing ----------------------------------------------------------------------------


def test_a_saved_clip_comes_back_with_its_times_and_nearly_its_pixels(tmp_path):
    times = np.cumsum([0, 0.04, 0.1, 0.02, 0.5, 0.04])
    clip = Clip.from_frames([painted(i) for i in range(6)], times=times)
    path = clip.save(tmp_path / "a.mp4")
    back = Clip.open(path)
    assert np.allclose(back.times, times, atol=1e-4)
    assert back.duration == pytest.approx(clip.duration, abs=1e-4)
    assert numbers_of(back.frames(range(6))) == list(range(6))
    difference = np.abs(back.frames(range(6)).astype(int) - clip.frames(range(6)))
    assert difference.mean() < 4
    for corner in ((4, 4), (-4, -4)):
        assert np.abs(back.frame(3)[corner].astype(int) - clip.frame(3)[corner]).max() < 12


def test_a_saved_clip_may_have_another_rate_and_equal_clips_make_equal_files(tmp_path):
    clip = twelve()
    first, second = clip.save(tmp_path / "a.mp4", fps=4), clip.save(tmp_path / "b.mp4", fps=4)
    assert np.allclose(Clip.open(first).times, np.arange(12) / 4)
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(VideoError, match="fps"):
        clip.save(tmp_path / "c.mp4", fps=-1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def test_odd_sizes_are_made_even_by_repeating_the_edge(tmp_path):
    pixels = np.full((1, 35, 51, 3), 30, np.uint8)
    pixels[:, :, -6:] = (200, 40, 40)
    back = Clip.open(Clip.from_frames(pixels, fps=5).save(tmp_path / "a.mp4"))
    assert back.size == (52, 36)
    assert np.abs(back.frame(0)[:, -3:].astype(int) - [200, 40, 40]).max() < 12
    assert Clip.open(Clip.from_frames(pixels[:, :1, :1], fps=5).save(tmp_path / "b.mp4")).size == (2, 2)


def test_a_clip_shows_itself_as_a_strip(video):
    clip = Clip.open(video)
    strip = Pillow.open(io.BytesIO(clip._repr_png_()))
    assert strip.width > 4 * strip.height
    assert "90 frames, 3.60 s" in repr(clip)
    hostile = Clip(clip._source, "<script>alert(1)</script>.mp4")
    assert "<script>" not in hostile._repr_html_() and "data:image/png;base64," in hostile._repr_html_()

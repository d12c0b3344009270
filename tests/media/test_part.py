"""Some frames of a clip as a clip of their own."""

import pickle

import numpy as np
import pytest

from regard.core.errors import VideoError
from regard.media.clip import Clip
from regard.media.part import Part


@pytest.fixture
def whole():
    frames = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((10, 4, 6, 3), np.uint8)
    return Clip.from_frames(frames, fps=4)


def test_a_part_has_the_frames_and_their_times_from_the_first_on(whole):
    part = Part(whole, [2, 3, 7])
    assert part.is_clip and part.frame_count == 3 and part.size == whole.size and part.duration == 1.5
    assert part.times.tolist() == [0.0, 0.25, 1.25]
    assert [int(frame[0, 0, 0]) for frame in part.stream()] == [2, 3, 7]
    assert [int(frame[0, 0, 0]) for frame in part.frames([2, 0])] == [7, 2]
    assert part.key == Part(whole, [2, 3, 7]).key and len({part.key, whole.key, Part(whole, [2, 3, 8]).key}) == 3
    assert Part(part, [1]).frame(0)[0, 0, 0] == 3


def test_frames_are_remembered_once_by_the_whole(whole):
    part = Part(whole, [2, 3])
    part.frames([0, 1])
    assert not part._cache and set(whole._cache) == {2, 3}
    assert pickle.loads(pickle.dumps(part)).frame(1)[0, 0, 0] == 3
    part.close()
    assert whole.frame(3)[0, 0, 0] == 3


@pytest.mark.parametrize("frames", [[], [3, 2], [1, 1], [-1, 2], [9, 10]])
def test_frames_that_are_not_there_or_do_not_ascend_are_refused(whole, frames):
    with pytest.raises(VideoError, match="some of its frames, ascending, of 0 to 9"):
        Part(whole, frames)

"""Frame indices equal the recorded ones, for every recorded length and for the rule at other lengths."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from regard.core.errors import VideoError
from regard.media.sampling import annotated_grid, annotated_indices, uniform_indices

RECORDED = load_file(Path(__file__).parent / "frame_sampling.safetensors")


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_indices_equal_the_recorded_ones(name):
    rule, frames, *samples = name.split(".")
    frame_count = int(frames[1:])
    if rule == "uniform":
        assert uniform_indices(frame_count, int(samples[0][1:])) == RECORDED[name].tolist()
    else:
        assert annotated_indices(frame_count) == RECORDED[name].tolist()


def test_every_stretch_gives_its_middle_with_halves_upwards():
    for frame_count in (1, 2, 3, 7, 64, 121, 997, 100_003):
        for n in (1, 2, 5, 16, 33):
            exact = [((2 * i + 1) * (frame_count - 1) + n) // (2 * n) for i in range(n)]
            assert uniform_indices(frame_count, n) == exact


def test_indices_ascend_and_stay_inside_the_clip():
    for frame_count in range(1, 70, 3):
        for n in range(1, 40, 2):
            for indices in (uniform_indices(frame_count, n), annotated_grid(frame_count, n)):
                assert len(indices) == n
                assert min(indices) >= 0 and max(indices) < frame_count
                assert np.all(np.diff(indices) >= 0)


def test_the_benchmark_subset_is_taken_from_the_annotated_grid():
    for frame_count in (1, 31, 32, 33, 500, 4321):
        grid = annotated_grid(frame_count)
        assert len(grid) == 32
        assert annotated_indices(frame_count) == [grid[place] for place in uniform_indices(32, 16)]


@pytest.mark.parametrize(("frame_count", "n"), [(0, 8), (-1, 8), (10, 0), (10, 2.5), (10, True), ("10", 8)])
def test_a_count_that_is_not_a_positive_whole_number_is_refused(frame_count, n):
    with pytest.raises(VideoError, match="whole number"):
        uniform_indices(frame_count, n)

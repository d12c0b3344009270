"""A mask at one frame becomes a track; where the thing is not, the track is absent."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from regard.core import rooms
from regard.core.errors import RegionError
from regard.regions.bound import BoundRegion
from regard.regions.geometry import mask_iou
from regard.segmenters import flow
from regard.segmenters._base import Tracker
from regard.segmenters.flow import Flow

WIDTH, HEIGHT = 160, 120


def texture(seed: int, size: tuple[int, int], tint: tuple[int, int, int]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    grain = cv2.GaussianBlur(rng.normal(0, 1, (size[1], size[0], 3)), (0, 0), 4)
    return np.clip(np.asarray(tint) + 60 * grain / grain.std(), 0, 255).astype(np.uint8)


def clip(
    places: list[tuple[int, int]], bar: tuple[int, int] | None = None
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """A textured disc at the given places (of its top left corner), on a background that is panned, behind a bar."""
    back = texture(1, (WIDTH + 2 * len(places), HEIGHT), (110, 120, 130))
    disc = texture(2, (40, 40), (190, 90, 60))
    rows, columns = np.mgrid[:40, :40] + 0.5
    shape = (rows - 20) ** 2 + (columns - 20) ** 2 < 19**2
    frames, masks = [], []
    for index, (x, y) in enumerate(places):
        wide = np.zeros((HEIGHT, WIDTH + 400), dtype=bool)
        wide[y : y + 40, x + 200 : x + 240] = shape
        drawn = np.zeros((HEIGHT, WIDTH + 400, 3), dtype=np.uint8)
        drawn[y : y + 40, x + 200 : x + 240] = disc
        mask = wide[:, 200 : 200 + WIDTH]
        frame = np.where(mask[..., None], drawn[:, 200 : 200 + WIDTH], back[:, 2 * index : 2 * index + WIDTH])
        if bar:
            frame[:, bar[0] : bar[1]] = texture(3, (bar[1] - bar[0], HEIGHT), (60, 110, 60))
            mask = mask.copy()
            mask[:, bar[0] : bar[1]] = False
        frames.append(frame)
        masks.append(mask)
    return frames, masks


def follow(frames: list[np.ndarray], start: int, mask: np.ndarray) -> dict[int, np.ndarray]:
    return dict(Flow().propagate(lambda index: frames[index], len(frames), start, mask))


def ious(found: dict[int, np.ndarray], masks: list[np.ndarray]) -> dict[int, float]:
    return {frame: float(mask_iou(mask[None], masks[frame][None])[0, 0]) for frame, mask in found.items()}


def test_it_is_found_by_its_file_name():
    assert rooms.load("regard.segmenters", "flow", Tracker) is Flow


def test_a_moving_thing_is_followed_both_ways():
    frames, masks = clip([(10 + 4 * step, 30 + step) for step in range(14)])
    found = follow(frames, 6, masks[6])
    assert sorted(found) == list(range(14)) and min(ious(found, masks).values()) > 0.9
    assert (found[6] == masks[6]).all()


def test_a_thing_that_leaves_is_absent_not_repeated():
    frames, masks = clip([(90 + 8 * step, 40) for step in range(14)])
    found = follow(frames, 0, masks[0])
    assert {0, 1, 2, 3, 4} <= set(found) and not any(frame in found for frame in range(9, 14))
    assert min(ious(found, masks).values()) > 0.8


def test_a_thing_behind_a_bar_is_absent_and_comes_back():
    frames, masks = clip([(4 + 6 * step, 40) for step in range(20)], bar=(62, 106))
    hidden = [frame for frame, mask in enumerate(masks) if mask.sum() < 20]
    found = follow(frames, 0, masks[0])
    assert hidden and not set(hidden) & set(found)
    assert {17, 18, 19} <= set(found) and min(ious(found, masks)[frame] for frame in (17, 18, 19)) > 0.85


def test_a_cut_ends_the_track():
    frames, masks = clip([(40 + step, 40) for step in range(5)])
    frames += [texture(7, (WIDTH, HEIGHT), (130, 100, 90))] * 5
    assert sorted(follow(frames, 0, masks[0])) == [0, 1, 2, 3, 4]


def test_a_still_thing_stays_where_it_is():
    frames, masks = clip([(40, 40)] * 6)
    assert min(ious(follow(frames, 0, masks[0]), masks).values()) > 0.95


def test_the_same_clip_gives_the_same_track():
    frames, masks = clip([(10 + 5 * step, 30) for step in range(6)])
    first, second = follow(frames, 0, masks[0]), follow(frames, 0, masks[0])
    assert first.keys() == second.keys() and all((first[frame] == second[frame]).all() for frame in first)


@pytest.mark.parametrize("size", [(1, 1), (9, 200), (3, 5), (400, 8)])
def test_any_size_of_frame(size):
    width, height = size
    frames = [np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8) for seed in range(3)]
    mask = np.zeros((height, width), dtype=bool)
    mask[0, 0] = True
    assert follow(frames, 1, mask)[1].sum() == 1


def test_follow_keeps_what_is_known_and_says_what_it_did():
    frames, masks = clip([(10 + 5 * step, 30) for step in range(8)])
    known = BoundRegion.from_masks({2: masks[2], 6: masks[6]}, frame_count=8, name="disc")
    found = Flow().follow(known, lambda index: frames[index])
    assert found.frames == list(range(8)) and found.name == "disc"
    assert found.rles[2] == known.rles[2] and found.rles[6] == known.rles[6]
    assert "followed from frame 2, 6 by flow" in found.notes[-1]
    with pytest.raises(RegionError, match="one frame"):
        Flow().follow(BoundRegion.from_masks({0: masks[0]}), lambda index: frames[index])


def test_masks_come_one_at_a_time_outwards():
    frames, masks = clip([(10 + 5 * step, 30) for step in range(6)])
    seen = []
    found = Flow().propagate(lambda index: seen.append(index) or frames[index], 6, 2, masks[2])
    assert [next(found)[0], next(found)[0]] == [2, 3] and seen == [2, 3]
    assert [frame for frame, _ in found] == [4, 5, 1, 0]


def test_a_thing_whose_last_place_was_outside_is_looked_for_nowhere():
    lab = texture(0, (64, 48), (90, 120, 90))
    mask = np.zeros((48, 64), bool)
    mask[10:30, 10:30] = True
    thing = flow._Thing.of(lab, mask)
    outside = flow._Place(lab, np.full((48, 64, 2), -1000.0, np.float32), None, 0.0, 0)
    place, seen = flow._next(thing, outside, lab)
    assert place.missed == 1
    assert not seen.any()

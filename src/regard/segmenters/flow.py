"""A mask becomes a track with dense optical flow (OpenCV's DIS): no weights, no download.

For every frame a map is kept that says where each of its pixels lay at the given frame; the mask and the looks of the
thing are always taken from there, so neither blurs. From frame to frame the map moves with the flow - as one shift,
turn and scale where most of the thing agrees on one, which keeps the border clean, else pixel by pixel - and is then
corrected against the looks of the thing, so that errors do not add up. Pixels that neither look like their origin nor
have the thing's colours are taken to be covered. Where too little of the thing is left it is absent; for a short
while it is then looked for by its looks, and found again when they have not changed much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from regard.regions.pieces import piece_sizes
from regard.segmenters._base import Found, Frames, Tracker, check_pixels

WORKING_SIDE = 256  # pixels of the longer side on which the flow is found
LEAST_SHARE = 0.15  # of the thing's area at the given frame, below which it counts as absent
TRUSTED_SHARE = 0.6  # of that area, from which a movement is believed without looking at others
RETURN_SHARE = 0.4  # of that area, from which an absent thing counts as back
PATIENCE = 12  # frames for which an absent thing is expected back
UNLIKE = 45.0  # sum over the Lab channels from which a pixel no longer looks like its origin
CUT = 0.25  # share of pixels whose flow there and back closes, below which the scene has been cut
AGREED = 0.6  # share of the thing's pixels that must agree on one movement
_NEAR = 1.5  # working pixels within which two movements agree
_MOST_CORRECTION = 6.0  # working pixels
_BINS = 8  # a channel of Lab

Affine = np.ndarray  # (2, 3): where a point of one frame lies in the frame before
_Way = tuple[
    Affine | None, np.ndarray
]  # a movement since the frame before (None: pixel by pixel), the origins after it


class Flow(Tracker):
    """Carries a mask forward and backward through a clip, on the CPU, the same every time."""

    def propagate(self, frames: Frames, frame_count: int, frame: int, mask: np.ndarray) -> Iterator[Found]:
        """Yield (frame index, mask (height, width)) for frames where the thing is seen, outwards from `frame`.

        `frames(index)` gives (height, width, 3) uint8 RGB; each is asked for once, in order outwards from `frame`.
        """
        mask = np.asarray(mask, dtype=bool)
        pixels = np.asarray(frames(frame))
        check_pixels(pixels)
        thing = _Thing.of(_small(pixels), mask)
        yield frame, mask
        for order in (range(frame + 1, frame_count), range(frame - 1, -1, -1)):
            yield from _carry(thing, frames, order, mask.shape[::-1])


def _carry(thing: _Thing, frames: Frames, order: range, size: tuple[int, ...]) -> Iterator[Found]:
    """Yield the masks of one direction in time, at `size` (width, height), until the thing is given up."""
    here = _Place(thing.lab, _grid(thing.lab), None, 1.0, 0)
    for index in order:
        here, seen = _next(thing, here, _small(np.asarray(frames(index))))
        if here.missed > PATIENCE:
            return
        if here.missed:
            continue
        found = cv2.resize(_without_specks(seen), size, interpolation=cv2.INTER_LINEAR) > 0.5
        if found.any():
            yield index, found


@dataclass(frozen=True)
class _Thing:
    """The thing at the given frame, on the small scale: Lab pixels, how far each belongs to it (0..1), its colours."""

    lab: np.ndarray
    mask: np.ndarray
    area: float
    favour: np.ndarray

    @classmethod
    def of(cls, lab: np.ndarray, mask: np.ndarray) -> _Thing:
        """Bring a mask of full size to the scale of `lab` and remember the colours it covers."""
        weight = cv2.resize(mask.astype(np.float32), lab.shape[1::-1], interpolation=cv2.INTER_AREA)
        # A thing smaller than a working pixel would vanish here.
        weight = weight if weight.max() > 0.5 else weight / weight.max()
        return cls(lab, weight, float((weight > 0.5).sum()), _favour(lab, weight > 0.5))

    def speaks_for(self, lab: np.ndarray) -> np.ndarray:
        """Return which pixels have colours that are more usual on the thing than round it, (height, width) bool."""
        return self.favour[_binned(lab)]


@dataclass(frozen=True)
class _Place:
    """Where the thing is at one frame.

    The frame's Lab pixels, each one's origin at the given frame, the last movement that was seen well, the share of the
    thing that looks like itself, and for how many frames it has been absent.
    """

    lab: np.ndarray
    origin: np.ndarray
    movement: Affine | None
    share: float
    missed: int


def _next(thing: _Thing, here: _Place, lab: np.ndarray) -> tuple[_Place, np.ndarray]:
    """Return the place at the next frame, and which of its pixels show the thing (float32, 0..1)."""
    forth, back = _flow(here.lab, lab), _flow(lab, here.lab)
    if _closing(forth, back) < CUT:
        return _Place(lab, here.origin, None, 0.0, PATIENCE + 1), np.zeros_like(thing.mask)
    movement, there, share = _best(thing, _ways(thing, here, forth, back), lab)
    if share < TRUSTED_SHARE and (sought := _sought(thing, here, lab)):
        movement, there, share = max((movement, there, share), _best(thing, sought, lab), key=lambda way: way[2])
    trusted = movement if share >= TRUSTED_SHARE else here.movement
    if share < (RETURN_SHARE if here.missed else LEAST_SHARE):
        return _Place(lab, here.origin if here.missed else there, trusted, share, here.missed + 1), np.zeros_like(
            thing.mask
        )
    return _Place(lab, there, trusted, share, 0), _visible(thing, there, lab, strict=False)


def _best(thing: _Thing, ways: list[_Way], lab: np.ndarray) -> tuple[Affine | None, np.ndarray, float]:
    """Return the way, as it is or corrected, after which most of the thing looks like itself, and that share of it."""
    ways = ways + [(movement, _corrected(thing, origin, lab)) for movement, origin in ways]
    scored = [(way[0], way[1], _alike(thing, way[1], lab)) for way in ways]
    return max(scored, key=lambda way: way[2])


def _alike(thing: _Thing, origin: np.ndarray, lab: np.ndarray) -> float:
    return float((_visible(thing, origin, lab, strict=True) > 0.5).sum()) / thing.area


def _sought(thing: _Thing, here: _Place, lab: np.ndarray) -> list[_Way]:
    """Return the shift to the place that looks most like the thing as it was last; nothing if it was outside."""
    mask = (_looked_up(thing.mask, here.origin) > 0.5).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(mask)
    if width * height == 0:
        return []
    part = (slice(top, top + height), slice(left, left + width))
    looks = _looked_up(thing.lab, here.origin)[part].astype(np.float32)
    weights = np.repeat(mask[part][..., None], 3, axis=2).astype(np.float32)
    found = cv2.matchTemplate(lab.astype(np.float32), looks, cv2.TM_SQDIFF, mask=weights)
    row, column = np.unravel_index(int(np.nan_to_num(found, nan=np.inf).argmin()), found.shape)
    movement = np.asarray([[1.0, 0.0, left - column], [0.0, 1.0, top - row]])
    return [(movement, _carried(here.origin, movement))]


def _ways(thing: _Thing, here: _Place, forth: np.ndarray, back: np.ndarray) -> list[_Way]:
    """Return what may have happened since: the one way the flow tells, and the last movement where in doubt."""
    last: list[_Way] = [] if here.movement is None else [(here.movement, _carried(here.origin, here.movement))]
    if here.missed:
        return last or [(None, here.origin)]
    movement = _agreed(forth, _visible(thing, here.origin, here.lab, strict=False) > 0.5)
    if movement is not None:
        found = (movement, _carried(here.origin, movement))
        return [found] if here.share >= TRUSTED_SHARE else [*last, found]
    return [*last, (None, _looked_up(here.origin, _grid(back) + back))]


def _closing(forth: np.ndarray, back: np.ndarray) -> float:
    """Return the share of pixels whose flow there and back closes: nearly all in one scene, nearly none after a cut."""
    returned = forth + _looked_up(back, _grid(forth) + forth)
    return float((np.hypot(returned[..., 0], returned[..., 1]) < _NEAR).mean())


def _corrected(thing: _Thing, origin: np.ndarray, lab: np.ndarray) -> np.ndarray:
    """Return the origins after the thing, drawn where they put it, has been laid over what is really there."""
    mask = _visible(thing, origin, lab, strict=False) > 0.5
    expected = np.where(mask[..., None], _looked_up(thing.lab, origin), lab)
    movement = _agreed(_flow(expected, lab), mask)
    if movement is None:
        return origin
    rows, columns = np.nonzero(mask)
    middle = np.asarray([columns.mean(), rows.mean(), 1.0])
    if np.hypot(*(movement @ middle - middle[:2])) > _MOST_CORRECTION:
        return origin
    return _carried(origin, movement)


def _visible(thing: _Thing, origin: np.ndarray, lab: np.ndarray, strict: bool) -> np.ndarray:
    """Return the thing's mask at a frame less what is covered; `strict` goes by looks alone, not by colours."""
    mask = _looked_up(thing.mask, origin)
    unlike = np.abs(_looked_up(thing.lab, origin).astype(np.float32) - lab).sum(axis=2)
    covered = cv2.blur(unlike, (5, 5)) > UNLIKE
    if not strict:
        covered &= ~thing.speaks_for(lab)
    covered = cv2.medianBlur(covered.astype(np.uint8), 5) > 0
    return np.where(covered, 0.0, mask).astype(np.float32)


def _without_specks(seen: np.ndarray) -> np.ndarray:
    """Return the weights without the parts that are less than a fiftieth of the whole, strays of single origins."""
    inside = seen > 0.5
    stray = inside & (piece_sizes(inside) < 0.02 * np.count_nonzero(inside))
    return np.where(stray, 0.0, seen).astype(np.float32)


def _agreed(flow: np.ndarray, inside: np.ndarray) -> Affine | None:
    """Return the shift, turn and scale that most pixels inside agree on, as a map back; None where they do not."""
    core = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), dtype=np.uint8), borderValue=0) > 0
    chosen = core if core.sum() >= 24 else inside
    rows, columns = np.nonzero(chosen)
    if len(rows) < 6:
        return None
    step = max(1, len(rows) // 1500)
    rows, columns = rows[::step], columns[::step]
    start = np.stack([columns, rows], axis=1).astype(np.float32)
    end = start + flow[rows, columns]
    cv2.setRNGSeed(0)
    movement, agreeing = cv2.estimateAffinePartial2D(start, end, method=cv2.RANSAC, ransacReprojThreshold=_NEAR)
    if movement is None or agreeing.mean() < AGREED or not 0.8 < np.hypot(*movement[0, :2]) < 1.25:
        return None
    return cv2.invertAffineTransform(movement)


def _carried(origin: np.ndarray, movement: Affine) -> np.ndarray:
    """Return the origins at the next frame, given where its points lay in this one."""
    return _looked_up(origin, _grid(origin) @ movement[:, :2].T.astype(np.float32) + movement[:, 2].astype(np.float32))


def _looked_up(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return values at places x, y between the pixels; what lies outside is far away, or nothing."""
    outside = -1e4 if values.ndim == 3 and values.shape[2] == 2 else 0.0
    x, y = (np.ascontiguousarray(at[..., axis], dtype=np.float32) for axis in (0, 1))
    return cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,) * 4)


def _grid(like: np.ndarray) -> np.ndarray:
    height, width = like.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([columns, rows], axis=2)


def _flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return where each pixel of the Lab picture `first` has gone in `second`, (height, width, 2) offsets x, y."""
    no_guess: Any = None
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return finder.calc(np.ascontiguousarray(first[..., 0]), np.ascontiguousarray(second[..., 0]), no_guess)


def _small(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    scale = min(1.0, WORKING_SIDE / max(height, width))
    # DIS works on patches of 8 pixels over several scales; a thinner strip is stretched.
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    return cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)


def _favour(lab: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return, for each bin of colours, whether it is more usual inside than round about."""
    reach = max(4, round(0.5 * float(np.sqrt(inside.sum()))))
    wide = cv2.dilate(inside.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.uint8)) > 0
    counts = [np.bincount(_binned(lab[where]), minlength=_BINS**3) for where in (inside, wide & ~inside)]
    shares = [count / max(1, count.sum()) for count in counts]
    return shares[0] > shares[1]


def _binned(lab: np.ndarray) -> np.ndarray:
    levels = lab.astype(np.int64) * _BINS // 256
    return (levels[..., 0] * _BINS + levels[..., 1]) * _BINS + levels[..., 2]

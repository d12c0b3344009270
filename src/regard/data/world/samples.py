"""Scenes and questions as samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from regard.data.world.question import Question
from regard.data.world.scene import Scene
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.sample import ASSISTANT, FOLLOWED, USER, Media, Sample, Turn
from regard.regions.bound import BoundRegion

BOXED = 0.25  # the share of regions that are given as boxes, where that is wanted


def media_of(scene: Scene) -> Media:
    """Return the picture or clip of a scene."""
    if scene.is_clip:
        return Clip.from_frames(scene.frames, times=scene.times)
    return Image.from_array(scene.frames[0])


class Regions:
    """The regions of one scene, each bound once: thing number and mode ("track" or "frame") to a bound region.

    `boxed` makes some of them boxes, as people draw them: called once a region, a number below `BOXED` gives the box
    around the thing, a little too wide or too tight, in place of its mask. Pieces of photographs always keep their
    mask: what else is in their box is not theirs.
    """

    def __init__(self, scene: Scene, boxed: Callable[[], float] | None = None) -> None:
        self.scene = scene
        self._boxed = boxed
        self._known: dict[tuple[int, str], BoundRegion] = {}

    def __call__(self, thing: int, mode: str) -> BoundRegion:
        """Return a thing's visible masks: of every frame ("track") or of the first frame it is seen on ("frame")."""
        if (thing, mode) not in self._known:
            scene = self.scene
            frames = scene.visible_frames(thing)
            kept = frames if mode == "track" else frames[:1]
            masks = {frame: scene.mask(thing, frame) for frame in kept}
            drawn = self._boxed() if self._boxed is not None and scene.things[thing].shape != "patch" else 1.0
            if drawn < BOXED:
                masks = {frame: box_around(mask, 0.14 * drawn / BOXED - 0.04) for frame, mask in masks.items()}
            known = {"frame_count": scene.frame_count, "throughout": mode == "track"}
            self._known[thing, mode] = BoundRegion.from_masks(masks, **known)
        return self._known[thing, mode]


def box_around(mask_HW: np.ndarray, margin: float) -> np.ndarray:
    """Return the box around a mask as a mask, wider on every side by `margin` of its own width and height."""
    ys, xs = np.flatnonzero(mask_HW.any(1)), np.flatnonzero(mask_HW.any(0))
    box = np.zeros_like(mask_HW)
    box[_widened(ys, margin), _widened(xs, margin)] = True
    return box


def _widened(places: np.ndarray, margin: float) -> slice:
    extra = round(margin * len(places))
    return slice(max(places[0] - extra, 0), max(places[-1] + 1 + extra, places[0] + 1))


def samples_of(
    scene: Scene, questions: Sequence[Question], *, answered: bool = False, boxed: Callable[[], float] | None = None
) -> list[Sample]:
    """Return one sample a question, all sharing media and regions.

    `answered` adds the true answer as the last turn; without it the fact `FOLLOWED` says which region is to be
    followed, for heads that know how. `boxed` gives some regions as boxes (see `Regions`).
    """
    media, regions = media_of(scene), Regions(scene, boxed)
    samples = []
    for question in questions:
        turns = [Turn(USER, question.text)] + ([Turn(ASSISTANT, question.answer, question.calls)] if answered else [])
        bound = tuple(regions(thing, question.region_mode) for thing in question.things)
        facts = {"skill": question.skill, "marked": question.things, **question.facts}
        facts |= {"calls": question.calls} if question.calls else {}
        facts |= {} if answered or question.followed is None else {FOLLOWED: question.things.index(question.followed)}
        samples.append(Sample(media, bound, tuple(turns), facts=facts))
    return samples

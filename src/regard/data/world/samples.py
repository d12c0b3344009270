"""Scenes and questions as samples."""

from __future__ import annotations

from collections.abc import Sequence

from regard.data.world.question import Question
from regard.data.world.scene import Scene
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.sample import ASSISTANT, USER, Media, Sample, Turn
from regard.regions.bound import BoundRegion


def media_of(scene: Scene) -> Media:
    """Return the picture or clip of a scene."""
    if scene.is_clip:
        return Clip.from_frames(scene.frames, times=scene.times)
    return Image.from_array(scene.frames[0])


class Regions:
    """The regions of one scene, each bound once: thing number and mode ("track" or "frame") to a bound region."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._known: dict[tuple[int, str], BoundRegion] = {}

    def __call__(self, thing: int, mode: str) -> BoundRegion:
        """Return a thing's visible masks: of every frame ("track") or of the first frame it is seen on ("frame")."""
        if (thing, mode) not in self._known:
            scene = self.scene
            frames = scene.visible_frames(thing)
            kept = frames if mode == "track" else frames[:1]
            masks = {frame: scene.mask(thing, frame) for frame in kept}
            self._known[thing, mode] = BoundRegion.from_masks(masks, frame_count=scene.frame_count)
        return self._known[thing, mode]


def samples_of(scene: Scene, questions: Sequence[Question], *, answered: bool = False) -> list[Sample]:
    """Return one sample a question, all sharing media and regions; `answered` adds the true answer as the last turn."""
    media, regions = media_of(scene), Regions(scene)
    samples = []
    for question in questions:
        turns = [Turn(USER, question.text)] + ([Turn(ASSISTANT, question.answer)] if answered else [])
        bound = tuple(regions(thing, question.region_mode) for thing in question.things)
        samples.append(Sample(media, bound, tuple(turns), facts={"skill": question.skill, **question.facts}))
    return samples

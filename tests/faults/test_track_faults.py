"""Clips that are long, and clips that cut to another scene, followed by the model itself on the frames it looks at."""

import weakref

import numpy as np
import pytest
import torch

import tiny_model
from regard.backends import local
from regard.backends.local import LocalBackend
from regard.data.world.draw import draw_scene
from regard.media.clip import CACHE_FRAMES, Clip
from regard.models.with_heads import with_heads
from regard.regions.geometry import mask_iou
from regard.regions.region import Region
from regard.verbs import Model

FRAMES = 4
ALIKE, UNLIKE = (1_000_000_100,), (1_000_000_112, 1_000_000_114, 1_000_000_116, 1_000_000_118)


class Alive:
    """How many things there are of those that were made, and how many there ever were at once."""

    def __init__(self):
        self.now = self.most = 0

    def add(self, thing):
        self.now += 1
        self.most = max(self.most, self.now)
        weakref.finalize(thing, self._gone)
        return thing

    def _gone(self):
        self.now -= 1


class Drawn:
    """The source of a clip whose frames are made when they are read."""

    size, last, notes = (24, 16), 0.25, ()

    def __init__(self, count):
        self.times, self.frames, self.asked = np.arange(count) / 4, Alive(), []

    def read(self, indices):
        for index in indices:
            self.asked.append(index)
            yield self.frames.add(np.random.default_rng(index).integers(0, 255, (16, 24, 3), dtype=np.uint8))

    def digest(self):
        return f"drawn {len(self.times)}"

    def close(self):
        pass


def test_of_a_long_clip_no_more_is_held_at_once_than_of_a_shorter_one(monkeypatch):
    head = {"name": "light_mask", "width": 8, "map_width": 32, "doublings": 0, "edges": True}
    torch.manual_seed(0)
    backend = LocalBackend(*with_heads(*tiny_model.model(frames=FRAMES), [head]), "tiny")
    end = torch.tensor([backend.model.config.eos_token_id])  # it ends its answers as soon as it may
    words = backend.model.get_output_embeddings()
    words.register_forward_hook(lambda layer, inputs, said: said.index_fill(-1, end, 100.0))
    monkeypatch.setattr(local, "BATCH", 3)
    look, held = backend.model.look, []
    for count in (40, 61):
        looks, source = Alive(), Drawn(count)
        monkeypatch.setattr(backend.model, "look", lambda *seen, looks=looks: [looks.add(one) for one in look(*seen)])
        [answer] = Model(backend).track(Clip(source), Region.box(2, 2, 9, 9, frame=30), allow_none=False)
        assert len(answer.regions[0].data) == count and {*source.asked} == {*range(count)}
        assert source.frames.most <= CACHE_FRAMES + FRAMES
        held.append(looks.most)
    assert held[0] == held[1] <= local.BATCH + local.KEPT + 1


@pytest.fixture(scope="module")
def shipped():
    return Model(LocalBackend.open())


def after_a_cut(model, first, second):
    """Follow a thing of one scene through four of its frames and four of another scene: its overlap with the truth
    before the cut, with its own last mask after it, and on how many frames it is seen there.
    """
    scene, other = (draw_scene(seed, "clip") for seed in (first, second))
    thing = max(range(len(scene.things)), key=lambda index: len(scene.visible_frames(index)))
    start, *_ = before = list(scene.visible_frames(thing)[:4])
    rows, columns = np.arange(scene.height) % other.height, np.arange(scene.width) % other.width
    frames = np.concatenate([scene.frames[before], other.frames[:4][:, rows][:, :, columns]])
    [answer] = model.track(Clip.from_frames(frames, fps=4), Region.mask(scene.mask(thing, start), frame=0))
    empty = np.zeros((scene.height, scene.width), bool)
    track = answer.regions[0].bind((scene.width, scene.height), frame_count=8)
    found = np.stack([track.mask(frame) if frame in track.rles else empty for frame in range(8)])
    right = mask_iou(found[1:4], np.stack([scene.mask(thing, frame) for frame in before[1:]])).diagonal()
    return right.mean(), mask_iou(found[4:], found[3:4]), found[4:].any((1, 2)).sum()


def test_after_a_cut_the_last_mask_is_not_repeated(shipped):
    """Where nothing in the new scene has the thing's colour it is absent; what has it may be taken for the thing."""
    found = {first: after_a_cut(shipped, first, first + 1) for first in (*ALIKE, *UNLIKE)}
    assert all(right > 0.5 and repeated.max() < 0.2 for right, repeated, _ in found.values()), found
    assert sum(found[first][-1] for first in UNLIKE) <= 4

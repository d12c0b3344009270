"""Only trained weights know an answer: with random ones every skill falls to chance, written or scored."""

import numpy as np
import pytest
import torch
from test_world import Drawn

import tiny_model
from regard.backends.local import LocalBackend
from regard.bench._base import Settings, load
from regard.bench._boxes import found_box
from regard.bench._run import run
from regard.bench.metrics.intervals import wilson
from regard.data.world.questions import FINDS
from regard.models.model import RegardModel
from regard.regions.geometry import box_iou, span_iou

SKILLS = ("colour", "size", "position", "yes_no", "choose", "motion_direction")


@pytest.fixture(scope="module")
def items():
    return list(load("world").items(Settings(items=16, skills=SKILLS)))


@pytest.fixture(scope="module")
def backend():
    return LocalBackend(*tiny_model.model(), "random")


def test_written_answers_are_not_better_than_guesses(items, backend, tmp_path, monkeypatch):
    monkeypatch.setattr(Drawn, "max_new_tokens", 6)
    report = run(Drawn(items), backend, Settings(items=16), tmp_path)
    assert report.items == len(items)
    for skill in SKILLS:
        assert report.figure(skill).low <= report.figure(skill).chance


def test_the_likeliest_choice_is_a_guess(items, backend):
    hits, chances = 0, []
    for item in items:
        choices = item.truth["choices"]
        scores = backend.score(item.sample, choices)
        hits += choices[scores.index(max(scores))] == item.answer
        chances.append(1 / len(choices))
    low, high = wilson(hits, len(items))
    assert low - 0.1 <= sum(chances) / len(chances) <= high + 0.1


# -- places and times --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked():
    """A few items of each skill, of which something is there to be found."""
    found = [item for item in load("world").items(Settings(items=10, skills=FINDS)) if item.truth["find"]]
    return {skill: [item for item in found if item.figure == skill][:6] for skill in FINDS}


@pytest.fixture(scope="module")
def shipped():
    return LocalBackend.open()


@pytest.fixture(scope="module")
def randomised(shipped):
    """The same design with random weights; it begins by drawing nothing, and is made to draw by chance."""
    torch.manual_seed(1)
    made = RegardModel(shipped.model.config)
    with torch.no_grad():
        made.heads.members["light_mask"].level.zero_()
    made.heads.members["light_mask"].edges = False
    return LocalBackend(made, shipped.processor, "random")


def answer(backend, item, head):
    """What the head finds: each answer begins with its call."""
    return backend.generate([item.sample], max_new_tokens=3, begin=head)[0].found[0].result


def overlap(item, found):
    """Of the box, with the nearest true one; of masks, the mean over the frames on which something is or was found."""
    if item.figure != "locate":
        return load("world").score(item, {"text": "", "found": [{"result": found}]}).hits
    box, true = found_box(found), np.array([one["box"] for one in item.truth["find"]], float)
    return 0.0 if box is None else box_iou(np.array([box]), true).max()


@pytest.mark.parametrize("skill", ["locate", "segment", "track"])
def test_places_are_found_by_trained_weights_alone(asked, shipped, randomised, skill):
    assert len(asked[skill]) >= 4
    right, guessed = (
        np.mean([overlap(item, answer(backend, item, "light_mask")) for item in asked[skill]])
        for backend in (shipped, randomised)
    )
    assert right > 0.5 and guessed < right / 2, (right, guessed)


def test_times_are_found_by_trained_weights_alone(asked, shipped, randomised):
    """Random weights answer the same share of every clip, which overlaps its own truth as it does those of others."""
    items = asked["moments"]
    lengths = np.array([[item.sample.media.duration] for item in items])
    true = [np.array(item.truth["find"][0]["moments"]) / length for item, length in zip(items, lengths, strict=True)]
    own, others = [], []
    for backend in (shipped, randomised):
        best = [answer(backend, item, "light_moment")["spans"][0] for item in items]
        spans = np.array([(one["start"], one["end"]) for one in best]) / lengths
        overlaps = np.array([span_iou(spans, one).max(1) for one in true])
        own.append(overlaps.diagonal().mean())
        others.append(overlaps[~np.eye(len(items), dtype=bool)].mean())
    assert len(items) >= 4 and own[0] > max(own[1], others[0]) + 0.05, (own, others)
    assert abs(own[1] - others[1]) < 0.03, (own, others)

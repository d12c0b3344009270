"""The drawn world asks for regions and moments: true answers score the maximum, shuffled and empty ones what they
should.
"""

from __future__ import annotations

from dataclasses import asdict

import pytest

from regard.backends._base import Found, Generation
from regard.bench import _base, _run, _world_finds
from regard.bench._base import Settings
from regard.data.world.questions import FINDS
from regard.prompts import tasks
from regard.regions import rle

SETTINGS = Settings(items=3, skills=FINDS)


def share(start, end, second):
    """The share of a second, or of a span if that is shorter, that both have."""
    return (min(end, second + 1) - max(start, second)) / min(end - start, 1)


def result_of(truth):
    """What a head that knows the truth would find."""
    if "moments" in truth:
        return {
            "spans": [{"start": start, "end": end, "score": 0.9} for start, end in truth["moments"]],
            "saliency": [max(share(start, end, second) for start, end in truth["moments"]) for second in range(5)],
        }
    return {"masks": [{"frame": frame, "rle": mask, "score": 0.9} for frame, mask in truth["masks"].items()]}


class Knowing:
    """Answers by a rule from the truth of the very item."""

    name, most_regions, heads = "knowing", 16, {"light_mask": "masks", "light_moment": "moments"}

    def __init__(self, items, change=lambda truths: truths):
        self.truths = {id(item.sample): item.truth["find"] for item in items}
        self.items, self.change = items, change

    def generate(self, samples, *, max_new_tokens=128):
        return [self._said(self.change(self.truths[id(sample)])) for sample in samples]

    def _said(self, truths):
        found = tuple(Found("light_mask", 0, 0.9, result_of(truth)) for truth in truths)
        return Generation("<light_mask>" if found else tasks.NONE, found=found)


class Fixed(_base.Benchmark):
    """The same items each time, so that the one who answers knows them."""

    def __init__(self, world, items):
        self.world, self.kept = world, items
        self.finds, self.max_new_tokens = world.finds, 8

    def items(self, settings):
        yield from self.kept

    def score(self, item, answer):
        return self.world.score(item, answer)


@pytest.fixture(scope="module")
def asked():
    world = _base.load("world")
    return world, list(world.items(SETTINGS))


def figures(asked, tmp_path, change=lambda truths: truths):
    world, items = asked
    report = _run.run(Fixed(world, items), Knowing(items, change), SETTINGS, tmp_path)
    return {figure.name: figure.value for figure in report.figures}


def test_the_truth_scores_the_maximum(asked, tmp_path):
    found = figures(asked, tmp_path)
    assert {"locate", "segment", "track", "moments", "moments, HIT@1"} <= set(found)
    assert all(value == 1.0 for value in found.values()), found


def test_none_is_right_only_where_it_is_not_there(asked, tmp_path):
    found = figures(asked, tmp_path, lambda truths: [])
    for name, value in found.items():
        assert value == (1.0 if "not there" in name else 0.0), name


def test_what_lies_elsewhere_scores_little(asked, tmp_path):
    def moved(truths):
        shifted = []
        for truth in truths:
            if "moments" in truth:
                shifted.append({"moments": [(start + 90, end + 90) for start, end in truth["moments"]]})
                continue
            masks = {frame: rle.decode(mask) for frame, mask in truth["masks"].items()}
            shifted.append({"masks": {frame: rle.encode(~mask) for frame, mask in masks.items()}})
        return shifted

    found = figures(asked, tmp_path, moved)
    assert all(found[name] < 0.35 for name in ("segment", "track", "moments"))


def test_a_box_too_many_costs_and_a_box_missing_costs(asked):
    world, items = asked
    item = next(item for item in items if item.figure == "locate")
    truths = item.truth["find"]
    right = [asdict(Found("light_mask", 0, 0.9, result_of(truth))) for truth in truths]
    wrong = asdict(Found("box", 0, 0.9, {"box": (0.0, 0.0, 1.0, 1.0), "frame": 0}))
    perfect = world.score(item, {"text": "x", "found": right})
    assert (perfect.hits, perfect.count) == (len(truths), len(truths))
    more = world.score(item, {"text": "x", "found": [*right, wrong]})
    assert (more.hits, more.count) == (len(truths), len(truths) + 1)
    assert world.score(item, "somewhere").readable is False
    other = world.score(item, {"text": "x", "found": [asdict(Found("moment", 0, 0.9, {"spans": [], "saliency": []}))]})
    assert not other.readable and other.hits == 0
    assert world.score(item, tasks.NONE).readable and world.score(item, tasks.NONE).hits == 0


def test_skills_that_need_heads_are_measured_only_by_name():
    names = {item.figure for item in _base.load("world").items(Settings(items=1))}
    assert not {name.split(",")[0] for name in names} & set(FINDS)


@pytest.mark.parametrize(
    ("spans", "hit"),
    [([(2.0, 3.5)], 1), ([(2.6, 3.6)], 0), ([(2.4, 3.4)], 1), ([(2.8, 2.9)], 1), ([(0.0, 1.0), (2.0, 4.0)], 1)],
    ids=["covers it", "less than half", "more than half", "a short one inside", "one of two"],
)
def test_the_highest_second_is_a_hit_where_it_is_asked_for(spans, hit):
    curve = {"spans": [], "saliency": [0.1, -3.0, 0.4, 0.2]}
    answer = {"text": "x", "found": [{"result": curve}]}
    assert _world_finds.score("moments", [{"moments": spans}], answer).parts == {"moments, HIT@1": (hit, 1.0)}
    silent = {"text": "x", "found": [{"result": {"spans": [], "saliency": []}}]}
    assert _world_finds.score("moments", [{"moments": spans}], silent).parts == {}

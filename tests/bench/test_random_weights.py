"""Only trained weights know an answer: with random ones every skill falls to chance, written or scored."""

import pytest
from test_world import Drawn

import tiny_model
from regard.backends.local import LocalBackend
from regard.bench._base import Settings, load
from regard.bench._run import run
from regard.bench.metrics.intervals import wilson

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

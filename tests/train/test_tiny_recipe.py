"""The recipe of the model that ships, every stage of it at the smallest size: it runs, stops, goes on and exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from regard import Image, Region, load
from regard.recipes import tiny
from regard.train.loop import Schedule
from regard.train.world import Mixture

SHORT = Schedule(steps=2, rate=1e-3, warmup=1, save_every=1, log_every=1)
LESSONS = ("plain", "match", "answer", "whole")


def settings(out: Path, **changes: object) -> tiny.Tiny:
    small = {"vision_width": 32, "vision_depth": 1, "text_width": 64, "text_depth": 1, "vocabulary": 420}
    few = {"images": 6, "clips": 3, "watched": 2, "watched_batches": 3, "workers": 0, "compile": False}
    mixture = Mixture(image_scenes=2, clip_scenes=1, per_scene=3, room=150)
    schedules = dict.fromkeys(("dense", *LESSONS), SHORT)
    return replace(tiny.Tiny(out=str(out), mixture=mixture, **small, **few, **schedules), **changes)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    threads = torch.get_num_threads()
    folder = tiny.main(settings(tmp_path_factory.mktemp("tiny")))
    torch.set_num_threads(threads)
    return folder


def test_every_lesson_is_learned_and_the_model_answers(trained: Path) -> None:
    for name in ("dense", *LESSONS):
        assert (trained.parent / name / "step_0000002" / "state.json").exists(), name
    picture = Image.from_array(np.full((40, 60, 3), 120, np.uint8))
    answer = load(str(trained)).ask(picture, "What colour is <region1>?", regions=[Region.box(5, 5, 30, 30)])
    assert isinstance(answer.text, str) and answer.usage["completion_tokens"] > 0


def test_the_same_command_again_changes_nothing(trained: Path) -> None:
    before = (trained / "model.safetensors").read_bytes()
    threads = torch.get_num_threads()
    tiny.main(settings(trained.parent))
    torch.set_num_threads(threads)
    assert (trained / "model.safetensors").read_bytes() == before


def test_the_tower_rests_until_the_whole_learns(trained: Path) -> None:
    from safetensors.torch import load_file

    def tower(name: str) -> dict[str, torch.Tensor]:
        weights = load_file(trained.parent / name / "step_0000002" / "model.safetensors")
        return {key: value for key, value in weights.items() if ".vision." in key}

    dense, answer, whole = tower("dense"), tower("answer"), tower("whole")
    assert dense and all(torch.equal(dense[key], answer[key]) for key in dense)
    assert any(not torch.equal(answer[key], whole[key]) for key in dense)


def test_a_changed_design_is_refused_by_name(trained: Path) -> None:
    with pytest.raises(Exception, match="name another out="):
        tiny.main(settings(trained.parent, text_width=128))


def test_a_plain_lesson_asks_its_kinds_in_its_words() -> None:
    mixture = tiny.LESSONS["match"].mixture(Mixture(), seed=5)
    assert (mixture.plainly, mixture.conversations, mixture.seed) == (1.0, 0.0, 5)
    assert set(mixture.skills) == {"yes_no", "choose", "none_matches", "relation", "colour"}
    assert tiny.LESSONS["answer"].mixture(Mixture(), seed=6) == Mixture(seed=6)

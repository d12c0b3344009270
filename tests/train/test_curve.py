"""The curve of a training is drawn from its log, with every checkpoint."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from regard.core.files import append_row
from regard.train import curve
from regard.train.loop import Schedule, run

BLUE = (180, 119, 31)  # of the first line, as OpenCV has it


def logged(folder: Path, *rows: dict[str, float]) -> Path:
    for row in rows:
        append_row(folder / curve.LOG, row)
    return folder


def height(file: Path) -> float:
    """Return how high the first line ends, in pixels from above; that of the legend lies left of it."""
    rows, columns = np.nonzero(np.abs(cv2.imread(str(file)).astype(int) - BLUE).max(-1) < 30)
    return float(rows[columns == columns.max()].mean())


def test_a_falling_loss_is_drawn_falling(tmp_path: Path) -> None:
    falling = [{"step": step, "loss": 9.0 - step} for step in range(9)]
    rising = [{"step": step, "loss": 1.0 + step} for step in range(9)]
    ends = [height(curve.draw(logged(tmp_path / name, *rows))) for name, rows in (("f", falling), ("r", rising))]
    assert ends[0] > ends[1] + 100
    assert [path.name for path in sorted((tmp_path / "f").iterdir())] == ["curve.png", "log.jsonl"], "nothing is left"


def test_rows_without_a_figure_are_passed_over_and_steps_that_were_repeated_count_once() -> None:
    rows = [
        {"step": 2, "loss": 5.0, "exact": 0.1},
        {"step": 4, "loss": 4.0},
        {"step": 4, "colour": 0.5},
        {"step": 2, "loss": 3.0, "exact": 0.2},
    ]
    assert curve.series(rows, ("loss", "answering", "exact")) == {"loss": {2: 3.0, 4: 4.0}, "exact": {2: 0.2}}


def test_without_a_log_of_losses_nothing_is_drawn(tmp_path: Path) -> None:
    assert curve.draw(tmp_path) is None and curve.draw(logged(tmp_path, {"step": 1, "colour": 0.5})) is None


def test_without_matplotlib_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert curve.draw(logged(tmp_path, {"step": 1, "loss": 0.5})) is None
    assert "pip install matplotlib" in capsys.readouterr().err and not (tmp_path / curve.FILE).exists()


def test_a_training_draws_it_with_every_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []
    draw = curve.draw
    monkeypatch.setattr(curve, "draw", lambda folder: drawn.append(len(list(folder.glob("step_*")))) or draw(folder))
    module = torch.nn.Linear(2, 1)
    schedule = Schedule(steps=5, save_every=2, log_every=1)
    run(
        module,
        lambda batch: (module(batch).square().mean(), {}),
        lambda first: [torch.ones(1, 2)] * 5,
        schedule,
        tmp_path,
    )
    assert drawn == [1, 1, 1] and (tmp_path / curve.FILE).exists()

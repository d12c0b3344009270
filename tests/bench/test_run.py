"""Asking and scoring: resume, failures, order, other people's answers, refusals."""

import json

import numpy as np
import pytest
from fakes import Scripted, Written
from rich.console import Console

from regard.bench import _base
from regard.bench._base import Benchmark, Item, Score, Settings
from regard.bench._run import ANSWERS, read, run
from regard.bench._table import table
from regard.core.errors import ConfigError, DataError, NotFound, TooManyRegions
from regard.media.clip import Clip
from regard.media.image import Image
from regard.prompts.sample import FOLLOWED, USER, Sample, Turn
from regard.regions.bound import BoundRegion


class Toy(Benchmark):
    """Forty questions about nothing, in four clusters."""

    def items(self, settings):
        image = Image.from_array(np.zeros((8, 8, 3), dtype=np.uint8))
        for number in range(settings.items):
            sample = Sample(image, (), (Turn(USER, f"Is {number} even?"),))
            answer = "no" if number % 2 else "yes"
            yield Item(f"toy/{number}", "even", sample, str(number % 4), answer, chance=0.5)

    def score(self, item, text):
        return Score(float(text == item.answer), readable=text in ("yes", "no"))


FORTY = Settings(items=40)


@pytest.fixture
def items():
    return list(Toy().items(FORTY))


def test_a_stopped_run_goes_on_and_asks_nothing_twice(items, tmp_path):
    class Stops(Scripted):
        def generate(self, samples, *, max_new_tokens=128):
            if self.asked:
                raise KeyboardInterrupt
            return super().generate(samples)

    first = Stops(items, lambda item: item.answer)
    with pytest.raises(KeyboardInterrupt):
        run(Toy(), first, FORTY, tmp_path)
    second = Scripted(items, lambda item: item.answer)
    report = run(Toy(), second, FORTY, tmp_path)
    assert sorted(first.asked + second.asked) == sorted(item.key for item in items)
    assert first.asked
    assert second.asked
    assert report.figure("even").value == 1.0
    assert report.coverage == 1.0
    third = Scripted(items, lambda item: "wrong")
    assert run(Toy(), third, FORTY, tmp_path) == report
    assert third.asked == []


def test_failures_are_counted_apart_and_tried_again(items, tmp_path):
    class Refuses(Scripted):
        def generate(self, samples, *, max_new_tokens=128):
            if any("Is 3 " in sample.turns[-1].text for sample in samples):
                raise TooManyRegions("too many")
            return super().generate(samples)

    report = run(Toy(), Refuses(items, lambda item: item.answer), FORTY, tmp_path)
    figure = report.figure("even")
    assert (figure.failed, figure.missing, figure.unreadable) == (1, 0, 0)
    assert figure.value == 1.0  # of the 39 that were answered
    assert report.coverage == pytest.approx(39 / 40)
    again = Scripted(items, lambda item: item.answer)
    assert run(Toy(), again, FORTY, tmp_path).states["failed"] == 0
    assert again.asked == ["toy/3"]


def test_unreadable_is_not_right_and_is_shown(items, tmp_path):
    report = run(
        Toy(), Scripted(items, lambda item: "perhaps" if item.key == "toy/0" else item.answer), FORTY, tmp_path
    )
    assert report.figure("even").unreadable == 1
    assert report.figure("even").value == pytest.approx(39 / 40)


def test_the_order_of_answers_does_not_matter(items, tmp_path):
    rng = np.random.default_rng(0)
    full = run(Toy(), Scripted(items, lambda item: rng.choice(["yes", "no"])), FORTY, tmp_path)
    rows = (tmp_path / ANSWERS).read_text().splitlines()
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text("\n".join(rng.permutation(rows)) + "\n")
    assert read(Toy(), mixed, FORTY, "scripted") == full
    assert abs(full.figure("even").value - 0.5) < 0.25


def test_answers_of_others_are_scored_and_what_is_missing_is_counted(tmp_path):
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(json.dumps({"key": f"toy/{number}", "text": "yes"}) + "\n" for number in range(10)))
    report = read(Toy(), path, FORTY)
    assert report.states == {"answered": 10, "unreadable": 0, "failed": 0, "missing": 30}
    assert report.figure("even").value == 0.5
    assert report.coverage == 0.25


def test_an_answer_to_another_wording_does_not_count(items, tmp_path):
    path = tmp_path / "old.jsonl"
    path.write_text(json.dumps({"key": "toy/0", "question": "Is 0 odd?", "text": "no"}) + "\n")
    assert read(Toy(), path, FORTY).states["missing"] == 40


def test_a_failure_is_told_though_an_older_wording_was_answered(items, tmp_path):
    path, asked = tmp_path / "old.jsonl", items[0].question
    older = {"key": "toy/0", "question": "Is 0 odd?", "text": "no"}
    failed = {"key": "toy/0", "question": asked, "error": "too many"}
    path.write_text("".join(json.dumps(row) + "\n" for row in (older, failed)))
    assert read(Toy(), path, FORTY).states["failed"] == 1
    path.write_text("".join(json.dumps(row) + "\n" for row in (older | {"question": asked}, failed)))
    assert read(Toy(), path, FORTY).states["answered"] == 1


def test_what_cannot_be_scored_is_refused(items, tmp_path):
    with pytest.raises(DataError, match="no file"):
        read(Toy(), tmp_path / "none.jsonl", FORTY)
    (tmp_path / "bad.jsonl").write_text('{"text": "yes"}\n')
    with pytest.raises(DataError, match="'key'"):
        read(Toy(), tmp_path / "bad.jsonl", FORTY)
    run(Toy(), Scripted(items, lambda item: "yes"), FORTY, tmp_path / "out")
    with pytest.raises(ConfigError, match="another"):
        run(Toy(), Scripted(items, lambda item: "yes", name="another"), FORTY, tmp_path / "out")


def test_answers_of_older_weights_are_not_mixed_in(items, tmp_path):
    run(Toy(), Scripted(items, lambda item: "yes"), FORTY, tmp_path, weights="old")
    with pytest.raises(ConfigError, match="weights"):
        run(Toy(), Scripted(items, lambda item: "yes"), FORTY, tmp_path, weights="new")


def moving_square():
    frames = np.full((6, 48, 64, 3), 90, np.uint8)
    frames += np.random.default_rng(0).integers(0, 60, (1, 48, 64, 1), dtype=np.uint8)
    first = np.zeros((48, 64), bool)
    first[16:32, 8:24] = True
    for number, frame in enumerate(frames):
        frame[16:32, 8 + 3 * number : 24 + 3 * number, 0] = 220
    return Clip.from_frames(frames, fps=6.0), BoundRegion.from_masks({0: first}, frame_count=6)


class Moving(Toy):
    """One question about a square that moves right, given at the first frame; another asks to follow it."""

    def items(self, settings):
        clip, square = moving_square()
        for key, facts in (("asked", {}), ("tracked", {FOLLOWED: 0})):
            yield Item(key, "even", Sample(clip, (square,), (Turn(USER, f"{key} <region1>"),), facts=facts), key, "yes")


def test_regions_given_at_one_frame_are_followed_before_asking(tmp_path):
    class Looks:
        name = "looks"

        def generate(self, samples, *, max_new_tokens=128):
            seen.extend(sample.regions[0] for sample in samples)
            return [Written("yes") for _ in samples]

    seen = []
    run(Moving(), Looks(), Settings(), tmp_path / "given")
    assert [region.frames for region in seen] == [[0], [0]]
    seen.clear()
    run(Moving(), Looks(), Settings(propagate=True), tmp_path / "followed")
    followed, tracked = seen
    assert followed.frames == list(range(6))
    assert tracked.frames == [0], "what is to be followed is not followed beforehand"
    last = np.flatnonzero(followed.mask(5).any(0))
    assert last.mean() > 24, "it went 15 pixels to the right of column 15.5"
    again = read(Moving(), tmp_path / "followed", Settings(), out=tmp_path / "scored")
    assert again.settings["propagate"] is True, "scoring again does not forget how it was asked"
    with pytest.raises(ConfigError, match="followed through the clip"):
        run(Moving(), Looks(), Settings(propagate=True), tmp_path / "given")
    with pytest.raises(ConfigError, match="as given"):
        run(Moving(), Looks(), Settings(), tmp_path / "followed")


def test_a_cut_off_row_is_asked_again(items, tmp_path):
    run(Toy(), Scripted(items, lambda item: item.answer), FORTY, tmp_path)
    path = tmp_path / ANSWERS
    path.write_text(path.read_text()[:-20])
    again = Scripted(items, lambda item: item.answer)
    assert run(Toy(), again, FORTY, tmp_path).coverage == 1.0
    assert again.asked == ["toy/39"]


def test_the_report_is_plain_json_and_a_table(items, tmp_path):
    report = run(Toy(), Scripted(items, lambda item: item.answer), FORTY, tmp_path)
    saved = json.loads((tmp_path / "report.json").read_text())
    assert saved == json.loads(json.dumps(report.to_dict()))
    assert saved["figures"][0]["commonest"] == 0.5
    console = Console(width=140, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(table(report))
    text = console.export_text()
    assert "even" in text
    assert "100.0" in text
    assert "coverage 100.0 % of 40 items" in text


def test_names():
    assert {"world", "photos"} <= set(_base.names())
    assert "metrics" not in _base.names()
    with pytest.raises(NotFound, match="world"):
        _base.load("wrld")


def test_the_written_fake_is_what_backends_return():
    assert Written("a").text == "a"

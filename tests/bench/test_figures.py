"""From outcomes to figures: figures over all items, intervals of scores below zero and between, what is lost."""

import numpy as np
import pytest
from rich.console import Console

from regard.bench._base import OFFICIAL, STOPS, ZERO, Benchmark, Card, Item, Later, Score, Settings
from regard.bench._run import read
from regard.bench._table import table
from regard.core.errors import DataError
from regard.core.files import write_rows


def never():
    raise AssertionError("scoring opened a picture")


class YesNo(Benchmark):
    """Forty questions with a figure over all of them; the published rule reads everything but "yes" as "no"."""

    card = Card("40", "F1", "none", "nowhere", published="reads no by default; lost answers are wrong")
    official_lost = ZERO

    def items(self, settings):
        for number in range(settings.items or 40):
            answer = "yes" if number % 4 else "no"
            yield Item(f"q/{number}", "accuracy", Later(f"Is it {number}?", never), str(number // 2), answer)

    def score(self, item, answer):
        return Score(float(answer == item.answer), readable=answer in ("yes", "no"))

    def official(self, item, answer):
        return Score(float((answer if answer == "yes" else "no") == item.answer))

    def over_all(self, answered, protocol):
        said = [(answer if answer == "yes" else "no", item.answer) for item, answer in answered]
        both = sum(pair == ("yes", "yes") for pair in said)
        return {"F1": 2 * both / max(1, sum(one == "yes" for pair in said for one in pair))}


def scored(tmp_path, answer, benchmark=None, **settings):
    benchmark = benchmark or YesNo()
    rows = [
        {"key": item.key, "text": said} for item in benchmark.items(Settings()) if (said := answer(item)) is not None
    ]
    write_rows(tmp_path / "a.jsonl", rows)
    return read(benchmark, tmp_path / "a.jsonl", Settings(), **settings)


def test_a_figure_over_all_items_has_an_interval(tmp_path):
    report = scored(tmp_path, lambda item: "yes")
    figure = report.figure("F1")
    assert figure.value == pytest.approx(60 / 70)
    assert figure.low < figure.value < figure.high
    assert figure.protocols[OFFICIAL].value == figure.value
    assert scored(tmp_path, lambda item: "yes").figures == report.figures


def test_no_figure_is_official_where_the_published_scorer_stops(tmp_path):
    class Stops(YesNo):
        official_lost = STOPS

    report = scored(tmp_path, lambda item: None if item.key == "q/1" else item.answer, Stops())
    assert [figure.protocols[OFFICIAL].value for figure in report.figures] == [None, None]
    assert [figure.value for figure in report.figures] == [1.0, 1.0]
    assert "q/1" in report.notes[0]


def test_the_published_rule_counts_what_is_lost_as_it_does(tmp_path):
    report = scored(tmp_path, lambda item: None if item.key == "q/1" else "hm" if item.key == "q/0" else item.answer)
    figure = report.figure("accuracy")
    assert (figure.value, figure.unreadable, figure.missing) == (pytest.approx(38 / 39), 1, 1)
    assert figure.protocols[OFFICIAL].value == pytest.approx(39 / 40)  # "hm" is read as no; what is missing is wrong
    assert figure.lost_as_zero == pytest.approx(38 / 40)
    assert scored(tmp_path, lambda item: "yes", protocol=OFFICIAL).protocol == OFFICIAL


def test_scores_between_and_below_have_intervals_that_hold_them(tmp_path):
    class Points(YesNo):
        def score(self, item, answer):
            return Score(float(answer))

        over_all = Benchmark.over_all
        official = Benchmark.official

    rng = np.random.default_rng(0)
    for low, high in ((0.2, 0.9), (-1.0, 1.0), (-1.0, -0.2), (-1.0, -1.0), (0.5, 0.5)):
        found = scored(tmp_path, lambda item, low=low, high=high: str(rng.uniform(low, high)), Points()).figures[0]
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.low < found.high


def test_a_table_shows_both_protocols_only_where_they_differ(tmp_path):
    for answer, shown in (("yes", False), ("hm", True)):
        report = scored(tmp_path, lambda item, answer=answer: answer if item.key == "q/0" else item.answer)
        with Console(width=140, record=True, quiet=False, file=(tmp_path / "t").open("w")) as console:
            console.print(table(report))
        text = console.export_text()
        assert ("official %" in text) == shown
        assert f"strict and official {'differ' if shown else 'agree'}" in text


def test_two_items_with_one_key_are_refused(tmp_path):
    class Doubled(YesNo):
        def items(self, settings):
            yield from [next(super().items(settings))] * 2

    write_rows(tmp_path / "a.jsonl", [{"key": "q/0", "text": "yes"}])
    with pytest.raises(DataError, match="q/0"):
        read(Doubled(), tmp_path / "a.jsonl", Settings())

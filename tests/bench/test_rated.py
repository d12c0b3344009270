"""Two answers rated beside each other: the ratio of their means, replies that cannot be read, and recorded reviews."""

import pytest
from official_files import FILES

from regard.backends._chat import Reply
from regard.bench import _rated
from regard.bench._base import OFFICIAL, STRICT, Given, Settings, load
from regard.bench._run import read


class Judge:
    """Answers every call with the same reply."""

    name = "same"

    def __init__(self, reply):
        self.text, self.prompts, self.pictures = reply, [], []

    def reply(self, item, call):
        self.prompts.append(call.prompt)
        self.pictures.append(len(call.pictures()))
        return Reply(self.text)


@pytest.fixture(params=["ferret_bench", "mdvp_bench"])
def name(request):
    return request.param


@pytest.fixture
def made(name, tmp_path):
    return FILES[name](tmp_path)


@pytest.fixture
def settings(made, tmp_path):
    return Settings(tmp_path, **made.settings)


def judged(name, settings, tmp_path, answer, judge, protocol=STRICT):
    benchmark = load(name)
    items = list(benchmark.items(settings))
    benchmark.write_answers(items, {item.key: Given(item.key, answer(item)) for item in items}, tmp_path / "o.json")
    return read(benchmark, tmp_path / "o.json", settings, judge=judge, out=tmp_path / "run", protocol=protocol)


def test_perfect_answers_reach_the_reference(name, settings, tmp_path):
    judge = Judge("10 10\nBoth are the same.")
    report = judged(name, settings, tmp_path, lambda item: item.answer, judge)
    assert {figure.value for figure in report.figures} == {1.0}
    assert (report.coverage, len(judge.prompts)) == (1.0, report.items)
    assert set(judge.pictures) == {0 if name == "ferret_bench" else 3}


def test_the_ratio_is_that_of_the_means(name, settings, tmp_path):
    report = judged(name, settings, tmp_path, lambda item: "Something.", Judge("8 6\n"))
    assert report.figure("ratio").value == pytest.approx(0.75)
    assert report.figure("score").value == pytest.approx(0.6)


def test_empty_answers_get_nothing_without_a_judge(name, settings, tmp_path):
    judge = Judge("8 6")
    report = judged(name, settings, tmp_path, lambda item: "", judge)
    assert (report.figure("score").value, judge.prompts) == (0.0, [])
    assert report.states["unreadable"] == report.items


def test_an_empty_answer_lowers_the_ratio(name, settings, tmp_path):
    first = next(load(name).items(settings)).key
    report = judged(name, settings, tmp_path, lambda item: "" if item.key == first else "A.", Judge("8 6"))
    assert report.figure("ratio").value == pytest.approx(0.75 * (report.items - 1) / report.items)


def test_replies_without_two_numbers_count_for_nothing_or_as_published(name, settings, tmp_path):
    answer = lambda item: "Something."  # noqa: E731
    strict = judged(name, settings, tmp_path, answer, Judge("I would give 8 and 6."))
    assert strict.states["unjudged"] == strict.items
    assert strict.figure("score").value is None
    official = judged(name, settings, tmp_path, answer, Judge("I would give 8 and 6."), OFFICIAL)
    assert official.figure("ratio").value == 1.0, "the fault: -1 for both is the best ratio"


@pytest.mark.parametrize(
    "reply, strict, published",
    [
        ("8 6\nwhy", (8, 6), (8, 6)),
        ("8, 6", (8, 6), (-1, -1)),
        ("8,6", (8, 6), (8, 6)),
        ("**8 6**", (8, 6), (-1, -1)),
        ("8/10 6/10", (8, 6), (-1, -1)),
        ("0 6", None, (0, 6)),
        ("11 6", None, (11, 6)),
        ("8 6 7", None, (-1, -1)),
        ("", None, (-1, -1)),
        ("The scores:\n8 6", None, (-1, -1)),
    ],
)
def test_two_numbers_are_read(reply, strict, published):
    assert _rated.strict_pair(reply) == strict
    assert _rated.published_pair(reply) == published


def test_published_reviews_are_read(tmp_path):
    made = FILES["ferret_bench"](tmp_path)
    benchmark, settings = load("ferret_bench"), Settings(tmp_path, **made.settings)
    rows = [
        {"question_id": 0, "category": "refer_desc", "answer2": "A cup.", "content": "8 4\\nshort", "tuple": [8, 4]}
    ]
    [given] = benchmark.recorded(rows)
    assert (given.key, given.answer, given.replies) == ("refer_desc/0", "A cup.", {"review": "8 4\\nshort"})
    item = next(benchmark.items(settings))
    assert item.question == "What is <region1> for?"
    assert item.open().regions[0].box() == (10, 2, 30, 18)
    [call] = benchmark.calls(item, "A cup [0.1, 0.2, 0.3, 0.4] of tea.")
    assert "A cup of tea." in call.prompt

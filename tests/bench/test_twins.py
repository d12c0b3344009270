"""Every twin from end to end: drawn, written in the official format, read, answered, judged and scored."""

import pytest

from regard.bench import _base, _run, _twin
from regard.bench._base import OFFICIAL, Given, Settings
from regard.bench._figures import head
from regard.bench._judge import Judged
from regard.bench._twin import TruthJudge, make, unfenced
from regard.cli import main
from regard.core.errors import ConfigError, DataError
from regard.core.files import read_json

ITEMS = 16
ONE_OF_FEW = ("gar_bench_vqa", "videorefer_bench_q", "pope")


def described(item):
    """A description that gives every positive question its right answer."""
    right = [question["choices"][1][0] for question in item.truth["questions"] if question["type"] == "positive"]
    return f"It is {', '.join(one.removeprefix('It says ').removesuffix('.') for one in right)}."


def row(item):
    """The truth of a query as an output row."""
    truth = item.truth
    saliency = [0.0] * round(truth["duration"] / 2)
    for clip, scores in zip(truth["relevant_clip_ids"], truth["saliency_scores"], strict=True):
        saliency[clip] = float(sum(scores))
    windows = [[*span, 1.0 - place / 10] for place, span in enumerate(truth["relevant_windows"])]
    return {"pred_relevant_windows": windows, "pred_saliency_scores": saliency}


PERFECT = {
    "dlc_bench": described,
    "qvhighlights": row,
    "refcoco_rec": lambda item: item.truth["box"],
    "mevis": lambda item: {"masks": dict(zip(item.truth["frames"], item.truth["masks"], strict=True))},
}
NO_TEXT = ("mevis", "refcoco_rec")  # their output files hold masks and boxes alone


def perfect(name, item):
    return PERFECT.get(name, lambda one: one.answer)(item)


@pytest.fixture(scope="module", params=_twin.names())
def twin(request, tmp_path_factory):
    """A benchmark, the folder of its twin, and the items as they were drawn."""
    folder = tmp_path_factory.mktemp(request.param) / "data"
    return _base.load(request.param), folder, make(request.param, folder, ITEMS)


def scored(twin, answer, tmp_path, protocol="strict"):
    """Write answers as an official output file, and score that file."""
    benchmark, folder, _ = twin
    items, path = list(benchmark.items(Settings(folder))), tmp_path / "official_output.json"
    given = {item.key: Given(item.key, answer(number, items)) for number, item in enumerate(items)}
    benchmark.write_answers(items, given, path)
    judge = TruthJudge(_twin.load(benchmark.name)) if isinstance(benchmark, Judged) else None
    out = tmp_path / f"judged_{protocol}" if judge else None
    return _run.read(benchmark, path, Settings(folder), judge=judge, out=out, protocol=protocol)


def main_values(report):
    return {one.name: one.value for one in report.figures if one.name == head(one.name) and "yes" not in one.name}


def name_of(item):
    """What tells an item before and after writing: POPE tells its rows by their place."""
    return f"{item.truth['split']}/{item.truth['question_id']}" if "question_id" in item.truth else item.key


def test_what_is_written_is_read_the_same(twin):
    benchmark, folder, made = twin
    read = {name_of(item): item for item in benchmark.items(Settings(folder))}
    assert sorted(read) == sorted(map(name_of, made))
    for item in made:
        found = read[name_of(item)]
        assert (found.answer, found.figure, set(found.also)) == (item.answer, item.figure, set(item.also))
        assert found.chance == item.chance
        shown, drawn = found.open(), item.open()
        assert [region.rles for region in shown.regions] == [region.rles for region in drawn.regions]
        assert shown.media.frame_count == drawn.media.frame_count


@pytest.mark.parametrize("protocol", ["strict", "official"])
def test_perfect_answers_score_the_maximum(twin, protocol, tmp_path):
    benchmark = twin[0]
    if protocol == OFFICIAL and not benchmark.card.published:
        pytest.skip("no published scorer")
    report = scored(twin, lambda number, items: perfect(benchmark.name, items[number]), tmp_path, protocol)
    values = main_values(report)
    assert values == {name: pytest.approx(1.0) for name in values}
    assert report.coverage == 1.0


def test_shuffled_answers_score_what_they_agree_by_chance(twin, tmp_path):
    benchmark, folder, _ = twin
    report = scored(twin, lambda number, items: perfect(benchmark.name, items[number - 1]), tmp_path)
    assert report.figures[0].value < 1
    if benchmark.name in ONE_OF_FEW:
        answers = [item.answer for item in benchmark.items(Settings(folder))]
        agree = [one == other for one, other in zip(answers, [answers[-1], *answers[:-1]], strict=True)]
        assert report.figures[0].value == sum(agree) / ITEMS


def test_empty_answers_are_unreadable_and_nothing(twin, tmp_path):
    benchmark = twin[0]
    if benchmark.name in NO_TEXT:
        pytest.skip("its output files hold no text")
    empty = {"pred_relevant_windows": [], "pred_saliency_scores": []} if benchmark.name == "qvhighlights" else ""
    report = scored(twin, lambda number, items: empty, tmp_path)
    assert set(main_values(report).values()) == {0.0}
    assert report.states["unreadable"] == report.items >= ITEMS


def test_the_judge_reads_what_stands_between_the_fences():
    assert unfenced("a\n=====\nred\n=====\nb") == "red"
    assert unfenced("======\nred\n=====\nblue\n======\n") == "red\n=====\nblue"
    assert unfenced("no fence") == ""


def test_benchmarks_without_a_judged_twin_have_no_judge_that_knows_the_truth():
    with pytest.raises(ConfigError, match="knows the truth"):
        _twin.truth_judge(_base.load("pope"))
    with pytest.raises(ConfigError, match="knows the truth"):
        _twin.truth_judge(_base.load("gar_bench_detailed"))


def test_from_the_command_line(tmp_path, capsys):
    data = tmp_path / "data"
    assert main(["twin", "dlc-bench", "--out", str(data), "--items", "2"]) == 0
    assert "--judge truth" in capsys.readouterr().out
    assert read_json(data / "made.json")["rows"]["qa.json"] == 2
    answers = tmp_path / "a.jsonl"
    answers.write_text("".join(f'{{"key": "{key}", "text": "a red circle"}}\n' for key in read_json(data / "qa.json")))
    words = ["bench", "dlc_bench", "--data", str(data), "--answers", str(answers), "--out", str(tmp_path / "run")]
    assert main([*words, "--judge", "truth"]) == 0
    assert "judge: truth" in capsys.readouterr().out
    assert main(["twin", "dlc_bench", "--out", str(data)]) == 2
    assert "holds files" in capsys.readouterr().err
    assert main(["twin", "dlc", "--out", str(tmp_path / "x")]) == 2
    assert "dlc_bench" in capsys.readouterr().err


def test_a_twin_is_the_same_every_time(tmp_path):
    made = [make("pope", tmp_path / str(number), 6) for number in range(2)]
    files = [(tmp_path / str(number) / "coco_pope_random.json").read_bytes() for number in range(2)]
    assert files[0] == files[1]
    assert [item.key for item in made[0]] == [item.key for item in made[1]]
    with pytest.raises(DataError, match="holds files"):
        make("pope", tmp_path / "0", 2)

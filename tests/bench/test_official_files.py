"""Every benchmark with tiny official files: perfect, empty and shuffled answers, and both formats written back."""

import json

import numpy as np
import pytest
from official_files import FILES

from regard.bench._base import OFFICIAL, STRICT, Given, Settings, load
from regard.bench._files import read_content
from regard.bench._judge import Judged
from regard.bench._run import read
from regard.core.errors import DataError, RegardError
from regard.regions import rle

UNPLAIN = ("documents",)


@pytest.fixture(params=sorted(FILES))
def name(request):
    return request.param


@pytest.fixture
def benchmark(name):
    return load(name)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def made(name, data):
    return FILES[name](data)


@pytest.fixture
def settings(data, made):
    return Settings(data, **made.settings)


@pytest.fixture
def items(benchmark, settings):
    return list(benchmark.items(settings))


def scored(benchmark, items, settings, tmp_path, answer, made, protocol=STRICT):
    """Score answers that have passed through the official output file."""
    path = tmp_path / made.output
    given = {item.key: Given(item.key, answer(item)) for item in items}
    benchmark.write_answers(items, given, path)
    return read(benchmark, path, settings, protocol=protocol)


def own_figures(report, items):
    """Return the figures that items count for."""
    names = {item.figure for item in items} | {name for item in items for name in item.also}
    return {figure.name: figure.value for figure in report.figures if figure.name in names}


def test_items_are_read(items, made, benchmark):
    assert len(items) == made.items
    assert len({item.key for item in items}) == made.items
    for item in items:
        sample = item.open()
        assert sample.turns[-1].text == item.question
        assert len(sample.regions) == made.regions
        assert not any("not mentioned" in note for note in sample.notes)


def test_perfect_answers_score_the_maximum(benchmark, items, settings, made, tmp_path):
    if isinstance(benchmark, Judged):
        pytest.skip("a judge reads its answers")
    for protocol in (STRICT, OFFICIAL) if benchmark.card.published else (STRICT,):
        report = scored(benchmark, items, settings, tmp_path, made.perfect, made, protocol)
        found = own_figures(report, items) | {name: report.figure(name).value for name in made.most}
        assert found == pytest.approx({name: made.most.get(name, 1.0) for name in found}), protocol
        assert (report.coverage, report.lost, report.items) == (1.0, 0, len(items))


def test_empty_answers_score_nothing_and_are_counted(benchmark, items, settings, made, tmp_path):
    if isinstance(benchmark, Judged):
        pytest.skip("a judge reads its answers")
    if isinstance(made.empty, str) and made.output == "out":
        pytest.skip("a folder of pictures holds no empty answer")
    report = scored(benchmark, items, settings, tmp_path, lambda item: made.empty, made)
    assert set(own_figures(report, items).values()) == {0.0}
    assert report.states["unreadable"] == (0 if made.blank else len(items))


def test_shuffled_answers_score_less(benchmark, items, settings, made, tmp_path):
    if isinstance(benchmark, Judged):
        pytest.skip("a judge reads its answers")
    others = dict(zip([item.key for item in items], [*items[1:], items[0]], strict=True))
    report = scored(benchmark, items, settings, tmp_path, lambda item: made.perfect(others[item.key]), made)
    found = own_figures(report, items)
    assert any(value < made.most.get(name, 1.0) for name, value in found.items())


def test_files_are_written_back(benchmark, items, made, settings, tmp_path):
    benchmark.write(items, tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again", **made.settings)))
    assert [one.key for one in again] == [one.key for one in items]
    for before, after in zip(items, again, strict=True):
        kept = [{name: value for name, value in one.truth.items() if name not in UNPLAIN} for one in (before, after)]
        assert json.dumps(kept[0], default=str) == json.dumps(kept[1], default=str)
        assert (before.answer, before.figure, before.also, before.question) == (
            after.answer,
            after.figure,
            after.also,
            after.question,
        )
        regions = [[region.rles for region in one.open().regions] for one in (before, after)]
        assert regions[0] == regions[1]


def test_answers_are_written_back(benchmark, items, made, tmp_path):
    given = {item.key: Given(item.key, made.perfect(item)) for item in items}
    benchmark.write_answers(items, given, tmp_path / made.output)
    path = tmp_path / made.output
    rows = benchmark.recorded_folder(path) if path.is_dir() else benchmark.recorded(read_content(path))
    found = {one.key: one for one in rows}
    assert {key: one.answer for key, one in found.items()} == {key: one.answer for key, one in given.items()}


def mutations(value, depth=4):
    """Yield a JSON value with one of its parts gone, or of another kind."""
    if isinstance(value, dict) and depth:
        for name in list(value)[:12]:
            rest = {key: one for key, one in value.items() if key != name}
            yield rest
            yield from (value | {name: wrong} for wrong in (None, [], "x", -1))
            yield from (value | {name: changed} for changed in mutations(value[name], depth - 1))
    elif isinstance(value, list) and value and depth:
        yield from ([changed, *value[1:]] for changed in mutations(value[0], depth - 1))
        yield [None, *value[1:]]


def test_damaged_official_files_are_refused_and_nothing_else_is_raised(benchmark, made, settings, data):
    for path in sorted(data.rglob("*.json*")):
        before = path.read_text()
        if path.name == "made.json":
            continue
        lines = path.suffix == ".jsonl" or path.name.startswith("Elysium")
        content = [json.loads(line) for line in before.splitlines()] if lines else json.loads(before)
        for changed in mutations(content):
            path.write_text("\n".join(map(json.dumps, changed)) if lines else json.dumps(changed))
            try:
                found = list(benchmark.items(settings))
                _ = found and found[0].open()
            except RegardError:
                pass
        path.write_text(before)


def test_missing_rows_are_told(benchmark, items, made, settings, tmp_path):
    if isinstance(benchmark, Judged):
        pytest.skip("a judge reads its answers")
    given = {item.key: Given(item.key, made.perfect(item)) for item in items[:-1]}
    benchmark.write_answers(items[:-1], given, tmp_path / made.output)
    report = read(benchmark, tmp_path / made.output, settings)
    assert report.states["missing"] == 1


def found_by_a_head(masks):
    """An answer whose mask head was called once, with a mask for each of some frames."""
    result = {"masks": [{"frame": frame, "rle": rle.encode(mask), "score": 1.0} for frame, mask in masks.items()]}
    return {"text": "<mask>", "found": [{"head": "light_mask", "at": 0, "score": 1.0, "result": result}]}


@pytest.mark.parametrize("named", ["mevis", "davis_2017", "ref_youtube_vos"])
def test_masks_that_a_head_finds_are_scored(named, tmp_path):
    benchmark, made = load(named), FILES[named](tmp_path)
    item = next(benchmark.items(Settings(tmp_path, **made.settings)))
    masks = dict(enumerate(map(rle.decode, item.truth["masks"])))
    assert benchmark.score(item, found_by_a_head(masks)).hits == 1.0
    assert 0 < benchmark.score(item, found_by_a_head({1: masks[1]})).hits < 1 or named == "davis_2017"
    assert not benchmark.score(item, "It is there.").readable
    assert not benchmark.score(item, {"masks": {"00000": {"size": [2, 2], "counts": "04"}}}).readable


@pytest.mark.parametrize("named", ["lasot", "got10k"])
def test_boxes_around_masks_that_a_head_finds_are_scored(named, tmp_path):
    benchmark, made = load(named), FILES[named](tmp_path)
    item = next(benchmark.items(Settings(tmp_path)))
    masks = {}
    for frame, (x, y, width, height) in enumerate(item.truth["boxes"]):
        masks[frame] = np.zeros((20, 40), dtype=bool)
        masks[frame][int(y) : int(y + height), int(x) : int(x + width)] = True
    perfect = benchmark.score(item, made.perfect(item))
    assert benchmark.score(item, found_by_a_head(masks)) == perfect
    held = benchmark.score(item, found_by_a_head({0: masks[0]}))
    assert 0 < held.hits < perfect.hits, "the box of the first frame stays"
    for unreadable in ("It moves.", [[1, 2, 3, 4]], [["x"] * 4] * 3, [[0, 0, -1, 5]] * 3):
        assert not benchmark.score(item, unreadable).readable


NO_ANSWERS = [
    None,
    5,
    {},
    {"masks": None},
    {"masks": [1]},
    {"masks": {"00000": None}},
    {"masks": {"00000": {"size": [20, 40], "counts": "zz"}}},
    {"text": "x", "found": []},
    {"text": "x", "found": [{}]},
    {"text": "x", "found": [{"result": {}}]},
    {"text": "x", "found": [{"result": {"masks": [{"frame": 0, "rle": None}]}}]},
    {"text": "x", "found": [{"result": {"masks": [{"frame": "0", "rle": {}}]}}]},
    [[None] * 4] * 5,
    [[10**400] * 4] * 5,
]


@pytest.mark.parametrize("named", ["mevis", "davis_2017", "ref_youtube_vos", "lasot", "got10k"])
def test_values_of_any_kind_in_place_of_masks_and_boxes_are_unreadable(named, tmp_path):
    benchmark, made = load(named), FILES[named](tmp_path)
    item = next(benchmark.items(Settings(tmp_path, **made.settings)))
    for answer in NO_ANSWERS:
        assert not benchmark.score(item, answer).readable, answer


def test_clips_whose_truth_is_on_a_server_have_no_figure(tmp_path):
    names, benchmark = ["00000", "00005"], load("ref_youtube_vos")
    video = {"frames": names, "expressions": {"0": {"exp": "the cat"}}}
    for split, videos in (("valid", {"c0": video, "c1": video}), ("test", {"c1": video})):
        path = tmp_path / "meta_expressions" / split / "meta_expressions.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"videos": videos}))
    items = list(benchmark.items(Settings(tmp_path)))
    assert [item.key for item in items] == ["c0/0"]
    masks = {name: rle.encode(np.ones((4, 6))) for name in names}
    benchmark.write_answers(items, {"c0/0": Given("c0/0", {"masks": masks})}, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out/Annotations/c0/0").iterdir()) == ["00000.png", "00005.png"]
    report = read(benchmark, tmp_path / "out", Settings(tmp_path))
    assert (report.figures[0].value, report.coverage) == (None, 1.0)
    assert any("server" in note for note in report.notes)


def test_a_folder_that_is_no_output_is_refused(tmp_path):
    with pytest.raises(DataError, match="no official output folder"):
        read(load("pope"), tmp_path, Settings(tmp_path))

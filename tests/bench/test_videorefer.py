"""VideoRefer-Bench: small folders in the official format, questions with objects, and judged descriptions."""

import json

import numpy as np
import pytest

from regard.backends._chat import Reply
from regard.bench import _run, _videorefer
from regard.bench._base import Given, Settings, load
from regard.bench._judge import Judgement
from regard.bench.videorefer_bench_d import CALL, DIMENSIONS
from regard.core.errors import DataError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.regions.rle import encode

MASK = encode(np.pad(np.ones((4, 4), dtype=np.uint8), 6))
POLYGON = [[2, 2, 9, 2, 9, 9, 2, 9]]
OBJECTS = [
    {"0": {"segmentation": MASK}, "2": {"segmentation": None}},
    {"1": {"segmentation": POLYGON}, "2": {"segmentation": MASK}},
]
QUESTIONS = [
    {
        "id": 0,
        "video": "DAVIS/JPEGImages/480p/run",
        "Question": "Does <object3><region> pass <object5><region>?",
        "type": "Relationship Questions",
        "options": ["(A) no, <object5> passes <object3>", "(B) yes", "(C) both", "(D) none"],
        "Answer": "(B) yes",
        "frame_idx": "0",
        "annotation": OBJECTS,
    },
    {
        "id": 1,
        "video": "DAVIS/JPEGImages/480p/run",
        "Question": "What color is <object0><region>?",
        "type": "Basic Questions",
        "options": ["(A) red", "(B) blue"],
        "Answer": "(A) red",
        "frame_idx": "1",
        "annotation": OBJECTS[1:],
    },
]
CAPTIONS = [
    {"id": 0, "video": "a_0_10.mp4", "caption": "A red ball rolls.", "frame_idx": "0", "annotation": OBJECTS[:1]},
    {"id": 1, "video": "a_0_10.mp4", "caption": "A dog sits.", "frame_idx": "1", "annotation": OBJECTS[1:]},
]


@pytest.fixture
def folder(tmp_path):
    """Both official files with two rows each, a folder of frames and a clip."""
    home = tmp_path / "data"
    frames = home / "DAVIS" / "JPEGImages" / "480p" / "run"
    frames.mkdir(parents=True)
    for number in range(3):
        Image.from_array(np.zeros((16, 16, 3), dtype=np.uint8)).save(frames / f"{number:05d}.png")
    Clip.from_frames(np.zeros((3, 16, 16, 3), dtype=np.uint8), fps=1).save(home / "a_0_10.mp4")
    (home / "VideoRefer-Bench-Q.json").write_text(json.dumps(QUESTIONS))
    (home / "VideoRefer-Bench-D.json").write_text(json.dumps(CAPTIONS))
    made = {"rows": {"VideoRefer-Bench-Q.json": 2, "VideoRefer-Bench-D.json": 2}}
    (home / "made.json").write_text(json.dumps(made))
    return home


def scored(name, folder, tmp_path, rows, **how):
    path = tmp_path / "answers_of_others.json"
    path.write_text("\n".join(map(json.dumps, rows)))
    return _run.read(load(name), path, Settings(folder), **how)


def values(report):
    return {figure.name: figure.value for figure in report.figures}


def test_objects_get_their_numbers():
    words = _videorefer.our_words(QUESTIONS[0]["Question"], QUESTIONS[0]["options"])
    assert words[0] == "Does <region1> pass <region2>?"
    assert words[1][0] == "(A) no, <region2> passes <region1>"
    assert _videorefer.our_words("Is [<region>] or <region> red?")[0] == "Is [<region1>] or <region2> red?"
    with pytest.raises(DataError, match="two objects"):
        _videorefer.our_words("<object1><region> and <object1><region>")


def test_masks_lie_on_their_frames(folder):
    first, second = load("videorefer_bench_q").items(Settings(folder))
    sample = first.open()
    assert [region.frames for region in sample.regions] == [[0], [1, 2]]
    assert sample.regions[0].rles[0] == MASK
    assert len(second.open().regions) == 1
    assert (first.answer, first.chance, second.chance) == ("B", 0.25, 0.5)


@pytest.mark.parametrize("protocol", ["strict", "official"])
def test_perfect_choices_in_any_order(folder, tmp_path, protocol):
    rows = [{"video": q["video"], "type": q["type"], "Answer": q["Answer"], "pred": q["Answer"]} for q in QUESTIONS]
    for given in (rows, rows[::-1]):
        report = scored("videorefer_bench_q", folder, tmp_path, given, protocol=protocol)
        assert {figure.value for figure in report.figures} == {1.0}
    assert {figure.name for figure in report.figures} == {
        "accuracy",
        "accuracy, Basic Questions",
        "accuracy, Relationship Questions",
    }


def test_an_empty_choice_stops_the_published_script(folder, tmp_path):
    rows = [{"video": q["video"], "type": q["type"], "Answer": q["Answer"], "pred": ""} for q in QUESTIONS]
    report = scored("videorefer_bench_q", folder, tmp_path, rows)
    both = report.figure("accuracy").protocols
    assert (both["strict"].value, both["official"].value, report.states["unreadable"]) == (0.0, None, 2)


def test_a_letter_in_the_reasoning_wins_for_the_published_script_alone(folder, tmp_path):
    rows = [{"video": q["video"], "type": q["type"], "Answer": q["Answer"]} for q in QUESTIONS]
    rows[0]["pred"], rows[1]["pred"] = "Not (A). The answer is (B).", "A"
    both = scored("videorefer_bench_q", folder, tmp_path, rows).figure("accuracy").protocols
    assert (both["strict"].value, both["official"].value) == (1.0, 0.5)


@pytest.mark.parametrize("name", ["videorefer_bench_q", "videorefer_bench_d"])
def test_files_and_answers_are_written_back(folder, tmp_path, name):
    benchmark = load(name)
    items = list(benchmark.items(Settings(folder)))
    benchmark.write(items, tmp_path / "again")
    again = list(benchmark.items(Settings(tmp_path / "again")))
    assert [(one.key, one.truth, one.question, one.answer) for one in again] == [
        (one.key, one.truth, one.question, one.answer) for one in items
    ]
    assert [[region.rles for region in one.open().regions] for one in again] == [
        [region.rles for region in one.open().regions] for one in items
    ]
    replies = {CALL: "1. x: 3"} if name.endswith("d") else {}
    given = {item.key: Given(item.key, "a text", replies=replies) for item in items}
    benchmark.write_answers(items, given, tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert {one.key: one for one in benchmark.recorded(rows)} == given


@pytest.mark.parametrize(
    "change, told",
    [
        ({"Answer": "(E) x"}, "none of the options"),
        ({"Answer": "yes"}, "begins with its letter"),
        ({"options": ["red", "blue"]}, "begin with their letter"),
        ({"annotation": [{"first": {}}]}, "mapping"),
        ({"annotation": []}, "mapping"),
    ],
)
def test_damaged_questions_are_refused(folder, change, told):
    (folder / "VideoRefer-Bench-Q.json").write_text(json.dumps([QUESTIONS[0] | change, QUESTIONS[1]]))
    with pytest.raises(DataError, match=told):
        list(load("videorefer_bench_q").items(Settings(folder)))


def reply(*numbers):
    return "\n".join(
        f"{n}. {name}: {value}\nExplanation: x"
        for n, (name, value) in enumerate(zip(DIMENSIONS, numbers, strict=False), 1)
    )


def described(replies, text="a text"):
    return [
        {"video": row["video"], "caption": row["caption"], "pred": text} | ({"gpt": said} if said else {})
        for row, said in zip(CAPTIONS, replies, strict=True)
    ]


def test_dimensions_and_their_average(folder, tmp_path):
    rows = described([reply(5, 4, 3, 2), reply(5, 4, 3, 0)])
    found = values(scored("videorefer_bench_d", folder, tmp_path, rows))
    assert found == dict(zip((*DIMENSIONS, "average"), (1.0, 0.8, 0.6, 0.2, 0.65), strict=True))


def test_a_reply_without_a_dimension(folder, tmp_path):
    report = scored("videorefer_bench_d", folder, tmp_path, described([reply(5, 5), reply(1, 1, 1, 1)]))
    assert report.states["unjudged"] == 1
    both = {figure.name: figure.protocols for figure in report.figures}
    assert both["Subject Correspondence"]["strict"].value == pytest.approx(0.2)
    assert both["Subject Correspondence"]["official"].value == pytest.approx(0.6)
    assert both["average"]["official"].value == pytest.approx((0.6 + 0.6 + 0.2 + 0.2) / 4)
    assert both["average"]["strict"].value == pytest.approx(0.2)


def test_bold_names_and_wrong_numbers(folder):
    benchmark = load("videorefer_bench_d")
    item = next(iter(benchmark.items(Settings(folder))))
    bold = reply(1, 2, 3, 4).replace("Subject Correspondence", "**Subject Correspondence**")
    assert benchmark.score(item, Judgement("text", {CALL: bold})).judged
    assert benchmark.official(item, Judgement("text", {CALL: bold})).parts[DIMENSIONS[0]] == (0.0, 0.0)
    for wrong in (reply(6, 1, 1, 1), reply("3.4.5", 1, 1, 1), "no idea", ""):
        assert not benchmark.score(item, Judgement("text", {CALL: wrong})).judged
    assert not benchmark.score(item, Judgement(" ", {CALL: reply(5, 5, 5, 5)})).readable


class Fair:
    """A judge that gives 5 for the reference itself and 0 for anything else."""

    name = "fair"

    def reply(self, item, call):
        same = call.prompt.count(item.answer) == 2
        return Reply(reply(*([5] * 4 if same else [0] * 4)))


def test_perfect_shuffled_and_empty_descriptions_with_a_judge(folder, tmp_path):
    texts = [row["caption"] for row in CAPTIONS]
    for given, expected in ((texts, 1.0), (texts[::-1], 0.0), (["", ""], 0.0)):
        rows = [row | {"pred": text} for row, text in zip(described([None, None]), given, strict=True)]
        report = scored(
            "videorefer_bench_d", folder, tmp_path, rows, judge=Fair(), out=tmp_path / f"out{expected}{given[0]}"
        )
        assert {figure.value for figure in report.figures} == {expected}
    assert report.states["unreadable"] == 2

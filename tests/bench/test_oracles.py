"""The published figures of recorded answers, to the digit that is printed. Skipped where the official files are not."""

import json

import pytest
from oracles import FOLDER, needs

from regard.cli import main

GAR, DLC = FOLDER / "gar_bench", FOLDER / "dlc_bench"


def figures(capsys, name, data, answers, *words):
    code = main(["bench", name, "--data", str(data), "--answers", str(data / answers), "--json", *words])
    report = json.loads(capsys.readouterr().out)
    assert code == 0
    assert report["coverage"] == 1.0
    assert not any("not the file" in note for note in report["notes"])
    return {figure["name"]: figure for figure in report["figures"]}


@needs("dlc_bench")
@pytest.mark.parametrize("protocol", ["official", "strict"])
@pytest.mark.parametrize(
    ("answers", "positive", "negative"),
    [("gar_1b_eval.json.gz", 0.4889, 0.870), ("dam_3b_v1_eval.json.gz", 0.5102, 0.830)],
)
def test_dlc_bench(answers, positive, negative, protocol, capsys):
    found = figures(capsys, "dlc_bench", DLC, answers, "--protocol", protocol)
    assert round(found["positive"]["value"], 4) == positive
    assert round(found["negative"]["value"], 3) == negative
    assert found["average"]["value"] == pytest.approx((found["positive"]["value"] + found["negative"]["value"]) / 2)
    assert all(figure["low"] < figure["value"] < figure["high"] for figure in found.values())


@needs("gar_bench")
@pytest.mark.parametrize("protocol", ["official", "strict"])
@pytest.mark.parametrize(
    ("part", "answers", "printed"),
    [
        ("vqa", "gar_1b_vqa.json.gz", 47.9),
        ("simple", "gar_1b_simple_eval.json.gz", 55.7),
        ("detailed", "gar_1b_detailed_eval.json.gz", 66.4),
    ],
)
def test_gar_bench(part, answers, printed, protocol, capsys):
    found = figures(capsys, f"gar_bench_{part}", GAR, answers, "--protocol", protocol)
    assert round(100 * found["accuracy"]["value"], 1) == printed


@needs("gar_bench")
def test_the_types_of_gar_bench(capsys):
    found = figures(capsys, "gar_bench_vqa", GAR, "gar_1b_vqa.json.gz", "--protocol", "official")
    shares = {name.partition(", ")[2]: round(100 * figure["value"], 1) for name, figure in found.items()}
    assert shares.pop("") == 47.9
    assert shares == {
        "color": 49.3,
        "texture/pattern": 58.6,
        "mirror": 59.0,
        "ordering": 20.3,
        "material": 38.9,
        "shape": 50.0,
        "relation": 56.4,
    }


@needs("gar_bench")
def test_items_of_gar_bench_open_with_their_regions():
    from regard.bench._base import Settings, load

    opened = [item for item in load("gar_bench_vqa").items(Settings(GAR)) if (GAR / item.key).is_file()]
    assert len(opened) == 28
    for item in opened[:4]:
        sample = item.open()
        assert len(sample.regions) == item.question.count("<region") or len(sample.regions) > 1
        assert all(region.size == sample.media.size for region in sample.regions)


@needs("dlc_bench")
def test_recorded_replies_judge_descriptions_again(tmp_path, capsys):
    import gzip

    judged = json.loads(gzip.decompress((DLC / "gar_1b_eval.json.gz").read_bytes()))
    texts = {key: row["pred"] for key, row in judged.items() if isinstance(row, dict)}
    (tmp_path / "texts.json").write_text(json.dumps(texts))
    words = ["bench", "dlc_bench", "--data", str(DLC), "--answers", str(tmp_path / "texts.json"), "--json"]
    assert main(words) == 3
    assert json.loads(capsys.readouterr().out)["states"]["unjudged"] == 100
    replay = [*words, "--judge", f"replay:{DLC / 'gar_1b_eval.json.gz'}", "--out", str(tmp_path / "out")]
    assert main(replay) == 0
    found = {figure["name"]: figure["value"] for figure in json.loads(capsys.readouterr().out)["figures"]}
    assert round(found["positive"], 4) == 0.4889
    assert len((tmp_path / "out" / "judgements.jsonl").read_text().splitlines()) == 992

"""`regard bench`: from the command line to a table, JSON and exit codes."""

import hashlib
import json

import pytest
from fakes import Scripted

from regard import verbs
from regard.bench._base import Settings, load
from regard.bench._run import ANSWERS
from regard.cli import main
from regard.cli.bench import weights_of
from regard.core.files import write_rows

SKILLS = "colour,yes_no"
SMALL = Settings(items=3, skills=("colour", "yes_no"))


@pytest.fixture(scope="module")
def items():
    return list(load("world").items(SMALL))


@pytest.fixture
def perfect(items, monkeypatch):
    """`regard.load` gives a model that knows everything."""

    class Model:
        backend = Scripted(items, lambda item: item.answer, name="perfect")

    monkeypatch.setattr(verbs, "load", lambda name=None: Model)
    return Model.backend


def test_a_table_and_a_report(perfect, tmp_path, capsys):
    words = ["bench", "world", "--out", str(tmp_path), "--items", "3", "--skills", SKILLS]
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "world: perfect" in text
    assert "colour" in text
    assert "coverage 100.0 % of 6 items" in text
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["figures"][0]["value"] == 1.0
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert len(perfect.asked) == 6  # the second run asks nothing again


def test_answers_of_others(perfect, items, tmp_path, capsys):
    path = tmp_path / ANSWERS
    write_rows(path, [{"key": item.key, "text": item.answer} for item in items])
    words = ["bench", "world", "--answers", str(path), "--items", "3", "--skills", SKILLS, "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["coverage"] == 1.0
    write_rows(path, [{"key": items[0].key, "text": items[0].answer}])
    assert main(words) == 3
    assert "5 of 6 questions" in capsys.readouterr().err
    assert perfect.asked == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["wrld", "--out", "x"], "world"),
        (["world"], "--out DIR"),
        (["world", "--out", "x", "--items", "0"], "from 1 on"),
        (["world", "--out", "x", "--skills", "color"], "colour"),
        (["world", "--answers", "x", "--model", "y"], "leave out --model"),
        (["world", "--answers", "x", "--propagate"], "leave out --propagate"),
        (["photos", "--out", "x", "--data", "/no/such/folder"], "not a folder"),
        (["world", "--answers", "/no/such/file"], "no file"),
    ],
)
def test_what_cannot_be_measured_is_refused(perfect, words, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *words]) == 2
    assert told in capsys.readouterr().err


def test_weights_in_shards_are_told_from_others(tmp_path):
    for name in ("model-1.safetensors", "model-2.safetensors"):
        (tmp_path / name).write_bytes(name.encode())
    before = weights_of(str(tmp_path))
    assert before == hashlib.sha256(b"model-1.safetensorsmodel-2.safetensors").hexdigest()
    (tmp_path / "model-2.safetensors").write_bytes(b"newer")
    assert weights_of(str(tmp_path)) not in ("", before)
    assert weights_of("ORGANISATION/NAME") == ""

"""load: from a name to a model; what cannot be loaded is named, with what can."""

import json

import pytest
from scripted_backend import Scripted, colour_word

import regard
from regard.core.errors import CheckpointError, ConfigError, DataError, NotFound
from regard.regions.region import Region
from regard.verbs import Model

LEFT, RIGHT = Region.box(5, 5, 50, 100), Region.box(120, 5, 150, 100)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("embeded", "Did you mean 'embedded'"),
        ("/no/such/folder", "What can be loaded"),
        ("https://example.org/v1", "not supported in this version.*what can be loaded"),
        ("runs/", "neither a folder that is there nor a hub name"),
        ("nobody/nothing", "hf download nobody/nothing"),
        ("replay:/no/such/file.jsonl", "replay:FILE"),
    ],
)
def test_an_unknown_name_says_what_can_be_loaded(name, message, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(NotFound, match=message):
        regard.load(name)


def test_a_file_is_no_model_and_a_segmenter_has_a_name(tmp_path):
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    with pytest.raises(CheckpointError, match="is a file; a model is a folder"):
        regard.load(file)


def test_a_published_layout_in_the_cache_is_named_and_refused(tmp_path, monkeypatch):
    from huggingface_hub import constants

    snapshot = tmp_path / "models--someone--big" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text(json.dumps({"model_type": "llava"}))
    refs = tmp_path / "models--someone--big" / "refs"
    refs.mkdir()
    (refs / "main").write_text("abc")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(CheckpointError, match="'llava'; known are GAR"):
        regard.load("someone/big")


def test_recorded_answers_are_replayed_for_every_verb(tmp_path, photo):
    from regard.backends.replay import Recorder

    file = tmp_path / "answers.jsonl"
    live = Model(Recorder(Scripted(colour_word, lambda sample, text: -len(text)), file))

    def everything(model):
        told = model.describe(photo, [LEFT, RIGHT])
        first = model.ask(photo, "What is <region1>?", [LEFT])
        again = model.ask(photo, "Sure?", [LEFT], turns=first.turns)
        labels = model.classify(photo, [LEFT], ["red", "blue"])
        found = model.match(photo, "the red one", [LEFT, RIGHT])
        return [(one.text, dict(one.scores), one.index) for one in [*told, first, again, *labels, found]]

    said = everything(live)
    replayed = regard.load(f"replay:{file}")
    assert everything(replayed) == said
    assert replayed.name == "scripted" and replayed.backend.most_regions == 4
    assert "".join(replayed.ask(photo, "What is <region1>?", [LEFT], stream=True)) == "red"


def test_a_question_that_was_not_recorded_is_not_made_up(tmp_path, photo, clip):
    from regard.backends.replay import Recorder

    file = tmp_path / "answers.jsonl"
    Model(Recorder(Scripted(), file)).ask(photo, "What is <region1>?", [LEFT])
    model = regard.load(f"replay:{file}")
    for media, question, regions in (
        (photo, "What is <region1>?", [RIGHT]),
        (photo, "What was <region1>?", [LEFT]),
        (clip, "What is <region1>?", [Region.box(5, 5, 50, 50)]),
    ):
        with pytest.raises(NotFound, match="holds no answer to"):
            model.ask(media, question, regions)
    with pytest.raises(NotFound, match="holds no"):
        model.classify(photo, [LEFT], ["red", "blue"])


def test_a_stream_is_recorded_when_it_is_whole(tmp_path, photo):
    from regard.backends.replay import Recorder

    file = tmp_path / "answers.jsonl"
    "".join(Model(Recorder(Scripted(), file)).ask(photo, "What?", stream=True))
    replayed = regard.load(f"replay:{file}")
    stream = replayed.ask(photo, "What?", stream=True)
    for answer in (replayed.ask(photo, "What?"), stream.answer):
        assert answer.text == "a thing" and answer.usage == {"input_tokens": 10, "output_tokens": 2}


def test_a_file_that_is_no_recording_is_refused(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"text": "a"}\n')
    with pytest.raises(DataError, match="no recording of version 1"):
        regard.load(f"replay:{file}")


@pytest.mark.parametrize(
    "row",
    [{"text": "a"}, {"key": 5}, {"key": "k", "text": 5}, {"key": "k", "scores": [1]}, {"key": "k", "things": [1]}],
)
def test_a_damaged_recorded_answer_is_told_with_its_place(tmp_path, row):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"recording": 1, "model": "m"}) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(DataError, match="rows.jsonl: record 2"):
        regard.load(f"replay:{file}")


def test_a_recording_is_of_one_model(tmp_path, photo):
    from regard.backends.replay import Recorder

    file = tmp_path / "answers.jsonl"
    Model(Recorder(Scripted(), file)).ask(photo, "What?")
    Model(Recorder(Scripted(), file)).ask(photo, "Where?")
    other = Scripted()
    other.name = "other"
    with pytest.raises(ConfigError, match="answers of 'scripted', and 'other'"):
        Recorder(other, file)
    (tmp_path / "notes.txt").write_text('{"a": 1}\n')
    with pytest.raises(ConfigError, match="holds no recording"):
        Recorder(other, tmp_path / "notes.txt")


def test_a_recording_runs_on_no_device(tmp_path):
    with pytest.raises(ConfigError, match="device is for models on this machine"):
        regard.load(f"replay:{tmp_path / 'answers.jsonl'}", device="cuda")

"""Words that look like tokens, words without end, and answers that are not what was asked for."""

import json
import re

import numpy as np
import pytest
from fault_backend import Said

import tiny_model
from regard.backends.local import LocalBackend
from regard.core import rooms
from regard.core.errors import DataError, PromptError
from regard.core.files import read_json, read_rows
from regard.media.image import Image
from regard.models.processor import RegardProcessor
from regard.prompts import tasks
from regard.prompts.answer import Answer, printable
from regard.prompts.render import encode_words
from regard.prompts.sample import ASSISTANT, USER, Sample, Turn
from regard.prompts.templates.plain import Plain
from regard.regions.formats import llava
from regard.regions.region import Region
from regard.verbs import Model, load

LOOK_ALIKES = ["<region>", "<image>", "<mask>", "<|im_start|>", "<|image_pad|>", "<Prompt3>", "[SEG]", "<0x0A>"]
BOX, OTHER = Region.box(3, 3, 30, 30), Region.box(31, 5, 55, 35)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def backend():
    return LocalBackend(*tiny_model.model(seed=3), "tiny")


@pytest.fixture(scope="module")
def photo():
    return Image.from_array(np.random.default_rng(1).integers(0, 255, (40, 60, 3), dtype=np.uint8))


# -- what looks like a token -----------------------------------------------------------------------


@pytest.mark.parametrize("typed", [*LOOK_ALIKES, *Plain.specials])
def test_typed_tokens_make_no_turn_no_picture_and_no_region_anywhere(backend, photo, typed):
    convert = backend.processor.tokenizer.convert_tokens_to_ids
    neutral, spoken = (
        Sample.build(
            photo,
            [Turn(USER, f"{word} <region1>"), Turn(ASSISTANT, word), Turn(USER, f"Is {word} <region2>? {word}")],
            [BOX, OTHER],
        )
        for word in ("ring", typed)
    )
    plain, rendered = (backend.processor.render_turns(sample, [1, 1]) for sample in (neutral, spoken))
    assert rendered.regions == plain.regions == (0, 1)
    specials = [convert(token) for token in Plain.specials]
    assert [token for token in rendered.ids if token in specials] == [token for token in plain.ids if token in specials]


@pytest.mark.parametrize("typed", LOOK_ALIKES)
def test_typed_tokens_leave_the_regions_and_the_kind_of_answer_as_they_are(backend, photo, typed):
    model = Model(backend)
    asked = model.ask(photo, f"{typed} What is <region1>?", [BOX], max_new_tokens=3)
    assert asked.regions[0].rles == BOX.bind((60, 40)).rles and asked.region == 0
    [chosen] = model.classify(photo, [BOX], [typed, "red"])
    assert list(chosen.scores) == [typed, "red"] and sum(chosen.scores.values()) == pytest.approx(1)
    found = model.match(photo, f"the {typed} one", [BOX, OTHER])
    assert found.readable and list(found.scores) == ["1", "2", "none"]


def test_a_tokenizer_that_was_saved_and_loaded_takes_them_for_text_too(backend, tmp_path):
    backend.processor.save_pretrained(tmp_path)
    again = RegardProcessor.from_pretrained(tmp_path).tokenizer
    specials = set(again.convert_tokens_to_ids(list(Plain.specials)))
    for typed in (*LOOK_ALIKES, *Plain.specials):
        ids = encode_words(again, typed)
        assert not specials & set(ids) and again.decode(ids) == typed


@pytest.fixture(scope="module")
def cup():
    """The model inside looking at the photograph of the demo; its black corner and its red saucer."""
    home = rooms.folder("regard.assets.demo")
    regions = read_json(home / "regions.json")["photo"]
    return load().look(Image.open(home / "photo.jpg")), Region.rle(regions["corner"]), Region.rle(regions["saucer"])


@pytest.mark.parametrize("typed", ["please", *LOOK_ALIKES, *Plain.specials])
def test_typed_tokens_have_the_answers_of_a_plain_word_in_their_place(cup, typed):
    view, corner, saucer = cup
    assert view.ask(f"{typed} What colour is <region1>?", [saucer]).text == "red"
    assert view.match(f"the red {typed} one", [corner, saucer]).index == 1
    assert view.classify([saucer], ["red", typed])[0].label == "red"


@pytest.mark.parametrize("text", ["a \ud800 thing", "\udcff", "ring \udfff"])
def test_half_a_character_is_refused_with_its_place(photo, text):
    for ask in (lambda model: model.ask(photo, text, [BOX]), lambda model: model.classify(photo, [BOX], [text, "b"])):
        with pytest.raises(PromptError, match="half of a character.*UTF-8"):
            ask(Model(Said()))


# -- too long --------------------------------------------------------------------------------------


def test_a_text_longer_than_the_model_reads_is_an_error_at_every_door_and_nothing_is_cut(backend, photo):
    long = "ring " * 2100 + "<region1>"
    with pytest.raises(PromptError, match=r"takes \d+ tokens with its media, this model reads 2048"):
        Model(backend).ask(photo, long, [BOX])
    answered = [Turn(USER, long), Turn(ASSISTANT, "red")]
    with pytest.raises(PromptError, match="this model reads 2048"):
        backend.processor([Sample.build(photo, answered, [BOX])])
    fits = Sample.build(photo, [Turn(USER, "ring " * 900 + "<region1>"), Turn(ASSISTANT, "red")], [BOX])
    batch = backend.processor([fits])
    assert (batch["input_ids"] == backend.model.config.region_token_id).sum() == 1


def test_an_answer_ends_where_the_model_can_read_no_further_and_says_so(backend, photo):
    used = backend.generate([Sample.build(photo, "ring")], max_new_tokens=1)[0].usage["prompt_tokens"]
    each = len(encode_words(backend.processor.tokenizer, " ring"))
    full = Sample.build(photo, "ring" + " ring" * ((2048 - used - 3) // each))
    [said] = backend.generate([full], max_new_tokens=64)
    assert said.usage["prompt_tokens"] + said.usage["completion_tokens"] <= 2049
    with pytest.raises(PromptError, match="this model reads 2048"):
        backend.score(full, ["ring " * 20])


def test_a_megabyte_a_hundred_thousand_labels_and_endless_answers_are_refused_with_their_limits(photo):
    model = Model(Said())
    megabyte = "a" * 1_048_576
    for ask, limit in (
        (lambda: model.ask(photo, megabyte), "at most 1000000"),
        (lambda: model.match(photo, megabyte, [BOX]), "at most 1000000"),
        (lambda: model.classify(photo, [BOX], [megabyte]), "at most 200"),
        (lambda: model.classify(photo, [BOX], list(map(str, range(100_000)))), "1 to 1000 labels, got 100000"),
        (lambda: model.ask(photo, "What?", max_new_tokens=10**9), "from 1 to 4096"),
        (lambda: model.describe(photo, max_new_tokens=10**9, stream=True), "from 1 to 4096"),
    ):
        with pytest.raises(PromptError, match=limit):
            ask()


@pytest.mark.parametrize("content", ["[" * 100_000, '{"id": ' + "9" * 5000 + "}", "{broken", "\ud800"])
def test_json_that_no_reader_can_hold_is_a_data_error_with_its_file(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content.encode("utf-8", "surrogatepass") + b"\n{}\n")
    with pytest.raises(DataError, match="a.json:1: not"):
        list(read_rows(path))
    with pytest.raises(DataError, match="a.json:"):
        read_json(path)


def test_every_row_whose_counts_differ_is_kept_as_a_failure_with_file_line_and_both_counts(tmp_path):
    def row(text, media="a.jpg"):
        turns = [{"from": "human", "value": text}, {"from": "gpt", "value": "A cup."}]
        return {"image": media, "conversations": turns, "regions": [{"0": {"size": [2, 2], "counts": [1, 3]}}]}

    rows = [row("<image> <region1>"), row("<image> <region1> <region2>"), row("<image> none"), row("<image> <region1>")]
    rows += [row("<image><image> <region1>"), row("<image> <region1>", media=None)]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    reading = llava.read(tmp_path / "r.jsonl")
    assert len(reading) + len(reading.failures) == len(rows) and len(reading) == 2
    told = [str(failure) for failure in reading.failures]
    assert [text.split(": ")[0].rsplit(":")[-1] for text in told] == ["2", "3", "5", "6"]
    assert "2 regions" in told[0] and "the row has 1 regions" in told[0]
    assert "0 regions" in told[1] and "the row has 1 regions" in told[1]
    assert "2 placeholders for media" in told[2] and "the row has 1 media" in told[2]
    assert "1 placeholders for media" in told[3] and "the row has 0 media" in told[3]


# -- what a model writes ---------------------------------------------------------------------------

HOSTILE = "\x1b[2J\x1b]0;gone\x07<script>alert(1)</script> ![x](http://a/b.png)\x9b31m \u202egnp.exe\r\x00 end"


def test_a_hostile_answer_is_harmless_on_a_terminal_and_whole_in_json(regard, photo, tmp_path):
    photo.save(tmp_path / "a.png")
    words = ("describe", tmp_path / "a.png", "--region", "box:1,1,9,9")
    code, out, _ = regard(*words, text=HOSTILE)
    assert code == 0 and not CONTROL.search(out) and "<script>" in out
    _, out, _ = regard(*words, "--json", text=HOSTILE)
    assert not CONTROL.search(out) and json.loads(out)["text"] == HOSTILE.strip()
    _, out, err = regard(*words, "--stream", text=HOSTILE)
    assert not CONTROL.search(out) and not CONTROL.search(err)


def test_a_hostile_answer_is_escaped_in_a_notebook():
    page = Answer("classify", HOSTILE, label="x", scores={"<img src=x onerror=alert(1)>": 1.0})._repr_html_()
    assert "<script>" not in page and "<img" not in page


def test_what_is_printed_turns_no_text_round():
    assert printable("a\u202eb\u2066c\u2069") == "abc" and printable("größe → 大 \U0001f600") == "größe → 大 \U0001f600"


@pytest.mark.parametrize(
    "said", ["9" * 5000, "1.0", "01.5", "-1", "+1", "1e0", "NaN", "1 2", "1,2", "²", "١", "0x1", "[1]"]
)
def test_a_choice_that_is_no_number_of_a_region_is_unreadable_and_never_a_guess(photo, said):
    backend = Said(lambda sample: said)
    backend.can_score = False
    answer = Model(backend).match(photo, "the red one", [BOX, OTHER])
    assert not answer.readable and answer.index is None and not answer.scores
    assert len(answer.notes[-1]) < 400
    with pytest.raises(PromptError, match="expected a number from 1 to 2"):
        tasks.read_choice(said, 2)

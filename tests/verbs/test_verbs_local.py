"""The verbs on a local model with random weights: they work as they do with any other, and know nothing."""

import numpy as np
import pytest

import tiny_model
from regard.backends.local import LocalBackend
from regard.media.image import Image
from regard.regions.region import Region
from regard.verbs import Model

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 30), "blue": (30, 60, 220), "white": (250, 250, 250)}
SPOTS = [(4, 4), (52, 4), (4, 36), (52, 36)]


@pytest.fixture(scope="module")
def model():
    return Model(LocalBackend(*tiny_model.model(seed=5), "random"))


def _scene(seed):
    """Four squares, one of each colour, on gray: the picture, their regions, and their colours in the same order."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(100, 140, (64, 96, 3), dtype=np.uint8)
    names = list(rng.permutation(list(COLOURS)))
    for name, (x, y) in zip(names, SPOTS, strict=True):
        pixels[y : y + 24, x : x + 40] = COLOURS[name]
    return Image.from_array(pixels), [Region.box(x, y, x + 40, y + 24) for x, y in SPOTS], names


def test_classify_and_match_are_at_chance_without_training(model):
    right = {"classify": 0, "match": 0}
    asked = {"classify": 0, "match": 0}
    for seed in range(24):
        photo, regions, names = _scene(seed)
        view = model.look(photo)
        labels = [answer.label for answer in view.classify(regions, list(COLOURS))]
        right["classify"] += sum(label == name for label, name in zip(labels, names, strict=True))
        asked["classify"] += len(names)
        for name in COLOURS:
            answer = view.match(f"the {name} square", regions, allow_none=False)
            right["match"] += names[answer.index] == name
            asked["match"] += 1
    for verb in right:
        spread = 4 * (0.25 * 0.75 / asked[verb]) ** 0.5
        assert right[verb] / asked[verb] < 0.25 + spread, (verb, right, asked)


def test_written_answers_name_no_colour_more_often_than_chance(model):
    photo, regions, names = _scene(0)
    written = [answer.text for answer in model.describe(photo, regions, max_new_tokens=8)]
    assert sum(name in text for name, text in zip(names, written, strict=True)) <= 2


def test_a_view_looks_once(model):
    photo, regions, _ = _scene(100)
    view = model.look(photo)
    first = view.ask("What is <region1>?", regions[:1], max_new_tokens=2)
    again = view.ask("What is <region1>?", regions[1:2], max_new_tokens=2)
    assert first.timing_ms["look"] > 0 and again.timing_ms["look"] == 0


def test_many_regions_are_answered_as_each_alone(model):
    photo, regions, _ = _scene(101)
    together = model.describe(photo, regions, max_new_tokens=6)
    alone = [model.describe(photo, [region], max_new_tokens=6)[0] for region in regions]
    assert [answer.text for answer in together] == [answer.text for answer in alone]


def test_a_stream_is_the_whole(model):
    photo, regions, _ = _scene(102)
    streams = model.describe(photo, regions[:2], max_new_tokens=6, stream=True)
    whole = model.describe(photo, regions[:2], max_new_tokens=6)
    assert [stream.answer.text for stream in streams] == [answer.text for answer in whole]


def test_the_hugging_face_model_is_at_hand(model):
    assert type(model.model).__name__ == "RegardModel"


@pytest.mark.parametrize("typed", ["<region>", "<image>", "<|im_start|>", "<Prompt3>", "[SEG]", "<0x0A>"])
def test_typed_tokens_are_plain_text_and_change_no_region(model, typed):
    photo, regions, _ = _scene(103)
    answer = model.ask(photo, f"{typed} What is <region1>?", regions[:1], max_new_tokens=3)
    neutral = model.ask(photo, "What is <region1>?", regions[:1], max_new_tokens=3)
    assert (
        answer.regions[0].rles == neutral.regions[0].rles
        and answer.usage["prompt_tokens"] > neutral.usage["prompt_tokens"]
    )

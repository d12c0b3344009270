"""GAR as its released evaluation runs it: more regions than prompts, and the last one's box for all."""

import pytest
import torch
from test_encoders import regions_of
from test_published_weights import REST, photo, write

import regard
from regard.core.errors import TooManyRegions
from regard.models import published
from regard.models.encoders._base import Dims, FeatureMaps
from regard.models.encoders.roi_replay import RoiReplay
from regard.prompts.sample import USER, Sample, Turn
from regard.prompts.templates.gar_llama3_benchmark import GarLlama3Benchmark
from regard.train import tokenizer
from tiny_model import WORDS

SEVEN = [regard.Region.box(10 * number, 10, 10 * number + 9, 60) for number in range(7)]
QUESTION = f"Which is red: {', '.join(f'<region{number}>' for number in range(1, 8))}?"


@pytest.fixture
def folder(tmp_path):
    """A small released checkpoint whose tokenizer has the placeholders of Llama 3."""
    write("gar_1b", tmp_path)
    words = tokenizer.learn(WORDS, GarLlama3Benchmark(), vocabulary=400)
    words.save_pretrained(tmp_path)
    return tmp_path


def test_the_sixth_region_is_refused_by_the_weights_and_let_in_by_the_benchmark(folder):
    released = regard.load(folder, **REST["gar_1b"])
    with pytest.raises(TooManyRegions, match="takes at most 5"):
        released.ask(photo(), QUESTION, SEVEN)
    benchmark = regard.load(folder, form="as_benchmarked", **REST["gar_1b"])
    with pytest.warns(UserWarning, match="7 regions: GAR's weights know 5"):
        assert isinstance(benchmark.ask(photo(), QUESTION, SEVEN).text, str)


def test_its_name_is_words_and_its_replay_the_placeholders_own(folder):
    _, processor = published.load(folder, form="as_benchmarked", **REST["gar_1b"])
    with pytest.warns(UserWarning, match="words without a region"):
        packed = processor.pack([Sample.build(photo(), [Turn(USER, QUESTION)], SEVEN)])
    known = processor.tokenizer.get_vocab()
    assert sorted(packed.region_slots) == [0, 1, 2, 3, 4]
    counts = [packed.ids.count(known[f"<|reserved_special_token_{number}|>"]) for number in (7, 8, 9)]
    assert counts == [256, 256, 0]
    assert packed.ids.count(known["<Prompt4>"]) == 3 and "<Prompt5>" not in known


def test_it_marks_no_patch():
    encoder = RoiReplay(Dims(patch=8, vision=12, text=16, stride=8), grid=2, marked=1)
    torch.nn.init.normal_(encoder.mask_patch_embedding.weight)
    patches = torch.zeros(3, 4, 4, 8)
    first, second = (0, 0, (0, 0, 16, 16)), (1, 0, (16, 16, 32, 32))
    alone = encoder.at_patches(patches, regions_of([first]))
    torch.testing.assert_close(encoder.at_patches(patches, regions_of([first, second])), alone)
    assert alone.any()


def test_every_region_is_replayed_from_the_last_ones_box():
    encoder = RoiReplay(Dims(patch=8, vision=12, text=16, stride=8), grid=2, last_box=True)
    regions = regions_of([(0, 0, (0, 0, 16, 16)), (1, 0, (16, 16, 32, 32))])
    visual = torch.randn(3, 4, 4, 16)
    tokens = encoder.in_text(FeatureMaps(visual, visual, torch.nn.Identity()), regions)
    own = RoiReplay(encoder.dims, grid=2).in_text(FeatureMaps(visual, visual, torch.nn.Identity()), regions)
    torch.testing.assert_close(tokens[0], own[1])
    torch.testing.assert_close(tokens[1], own[1])

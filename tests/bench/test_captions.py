"""Caption figures equal coco-caption's, recorded with pycocoevalcap 1.2 and Java; hand-worked cases beside them."""

import json
import shutil
from pathlib import Path

import pytest

from regard.bench.metrics import captions
from regard.bench.metrics._tokens import tokens
from regard.core.errors import DataError, MissingDependency

RECORDED = json.loads((Path(__file__).parents[1] / "golden" / "captions.json").read_text())
GIVEN, TRUTH = RECORDED["candidates"], RECORDED["references"]


@pytest.mark.parametrize("caption, expected", RECORDED["tokenizer"].items())
def test_words_are_those_of_the_published_tokenizer(caption, expected):
    assert tokens(caption) == expected


def test_bleu_is_the_published_one():
    for longest, expected in enumerate(RECORDED["bleu"], start=1):
        assert captions.bleu(GIVEN, TRUTH, longest).corpus == pytest.approx(expected, abs=1e-12)
    assert captions.bleu(GIVEN, TRUTH).items == pytest.approx(RECORDED["bleu_items"], abs=1e-12)


def test_rouge_is_the_published_one():
    found = captions.rouge_l(GIVEN, TRUTH)
    assert found.corpus == pytest.approx(RECORDED["rouge_l"], abs=1e-12)
    assert found.items == pytest.approx(RECORDED["rouge_items"], abs=1e-12)


def test_cider_is_the_published_one():
    found = captions.cider(GIVEN, TRUTH)
    assert found.corpus == pytest.approx(RECORDED["cider"], abs=1e-12)
    assert found.items == pytest.approx(RECORDED["cider_items"], abs=1e-12)


def test_meteor_is_the_published_one():
    pytest.importorskip("pycocoevalcap")
    if not shutil.which("java"):
        pytest.skip("METEOR needs Java")
    found = captions.meteor(GIVEN, TRUTH)
    assert found.corpus == pytest.approx(RECORDED["meteor"], abs=1e-6)
    assert found.items == pytest.approx(RECORDED["meteor_items"], abs=1e-6)


def test_the_same_caption_scores_the_maximum():
    same = ["a red kite over the sea", "two dogs on a sofa at night"]
    alone = [[caption] for caption in same]
    assert captions.bleu(same, alone).corpus == pytest.approx(1.0)
    assert captions.rouge_l(same, alone).corpus == 1.0
    assert captions.cider(same, alone).corpus == pytest.approx(10.0)


def test_empty_and_shuffled_captions_score_nothing():
    same = ["red kite", "two dogs"]
    for given in (["", ""], same[::-1]):
        for metric in (captions.bleu, captions.rouge_l, captions.cider):
            assert metric(given, [[caption] for caption in same]).corpus == pytest.approx(0.0, abs=1e-3)


def test_a_single_item_has_no_cider():
    assert captions.cider(["a cup"], [["a cup"]]).corpus == 0.0
    assert captions.cider([], []).corpus == captions.bleu([], []).corpus == captions.rouge_l([], []).corpus == 0.0


def test_word_overlap():
    assert captions.word_overlap("Traffic light", "traffic sign") == pytest.approx(1 / 3)
    assert captions.word_overlap("", "") == captions.word_overlap("", "cup") == 0.0


@pytest.mark.parametrize("references", [[["a"]], [["a"], []], [["a"], "b"]])
def test_references_that_do_not_fit_are_refused(references):
    with pytest.raises(DataError):
        captions.cider(["a", "b"], references)


def test_counts_of_single_captions_give_the_figures_of_the_corpus():
    counts = [captions.bleu_counts(one, others) for one, others in zip(GIVEN, TRUTH, strict=True)]
    assert captions.pooled_bleu(counts) == captions.bleu(GIVEN, TRUTH).corpus
    assert captions.pooled_bleu([]) == 0.0
    documents = captions.Documents.of(TRUTH)
    part = captions.cider(GIVEN[:2], TRUTH[:2], documents)
    assert part.items == captions.cider(GIVEN, TRUTH).items[:2], "a part scores as it does within the whole"


def test_meteor_is_weighed_from_counts():
    """Two captions as the Java program aligned them, and its score of each and of both."""
    same = [2.0] * 2 + [0.0] * 2 + [2.0] * 2 + [0.0] * 14 + [1.0, 2.0, 2.0]
    row = [11, 8, 7, 5, 3, 3, 5, 5, *[0] * 12, 2, 8, 8]
    assert captions.pooled_meteor([same]) == 1.0
    assert captions.pooled_meteor([row]) == pytest.approx(0.5175586725868697, abs=1e-12)
    assert captions.pooled_meteor([row, same]) == pytest.approx(0.5447057366683206, abs=1e-12)
    assert captions.pooled_meteor([]) == captions.pooled_meteor([[5, 5, 2, 2, *[0] * 19]]) == 0.0


@pytest.mark.parametrize("metric", [captions.meteor, captions.spice])
def test_java_is_asked_for(metric, monkeypatch):
    captions._meteor.cache_clear()
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingDependency, match="install a Java"):
        metric(GIVEN, TRUTH)


def test_packages_are_asked_for(monkeypatch):
    captions._meteor.cache_clear()

    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(captions.importlib, "import_module", absent)
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/java")
    for metric in (captions.meteor, captions.spice):
        with pytest.raises(MissingDependency, match="pip install pycocoevalcap"):
            metric(GIVEN, TRUTH)
    with pytest.raises(MissingDependency, match="pip install sentence-transformers"):
        captions.sentence_similarity(GIVEN, TRUTH, "folder")

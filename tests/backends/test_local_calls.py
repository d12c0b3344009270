"""Answers that call task heads: the slot follows its trigger, stays in the cache, and the head reads its state."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import tiny_model
from regard.backends.local import LocalBackend
from regard.core.errors import NotFound
from regard.media.image import Image
from regard.models.calls import called
from regard.models.with_heads import with_heads
from regard.prompts.render import encode_words
from regard.prompts.sample import ASSISTANT, Sample, TaskCall, Turn
from regard.train import losses

HEADS = ({"name": "box", "hidden": 16}, {"name": "light_mask", "width": 8})


def photo(seed=0, size=(32, 48)):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def backend():
    torch.manual_seed(0)
    return LocalBackend(*with_heads(*tiny_model.model(), HEADS), "tiny")


@pytest.fixture
def scripted(backend):
    """Make every answer say the same: words, triggers by the name of their head in braces, and its end."""
    hooks = []

    def script(*parts):
        heads = backend.model.heads.tokens
        ids: list[int] = []
        for part in parts:
            ids += heads[part[1:-1]] if part[0] == "{" else encode_words(backend.processor.tokenizer, part)
        said = iter([*ids, backend.model.config.eos_token_id])

        def write(module, inputs, logits):
            token = next(said)
            logits = logits.clone()
            logits[:, -1, token] = 100.0
            return logits

        hooks.append(backend.model.get_output_embeddings().register_forward_hook(write))

    yield script
    for hook in hooks:
        hook.remove()


def question(media=None, text="Where is the cup?"):
    return Sample.build(media or photo(), text)


def test_an_answer_may_call_several_heads_each_at_its_place(backend, scripted):
    scripted("the cup ", "{box}", " is left of ", "{box}", ", here ", "{light_mask}")
    said = backend.generate([question()])[0]
    assert said.text == "the cup <box> is left of <box>, here <light_mask>" and said.finished
    assert [found.head for found in said.found] == ["box", "box", "light_mask"]
    assert all(said.text[found.at :].startswith(f"<{found.head}>") for found in said.found)
    assert all(0.9 < found.score <= 1 for found in said.found)
    x1, y1, x2, y2 = said.found[0].result["box"]
    assert 0 <= x1 < x2 <= 48 and 0 <= y1 < y2 <= 32
    assert said.found[0].result != said.found[1].result
    assert said.found[2].result["masks"][0]["rle"]["size"] == [32, 48]


def test_the_state_at_a_slot_is_what_training_reads_of_the_same_answer(backend, scripted, monkeypatch):
    scripted("the cup ", "{box}", " is left of ", "{box}")
    read = []
    find = backend.model.heads.find
    monkeypatch.setattr(backend.model.heads, "find", lambda head, calls: read.extend(calls) or find(head, calls))
    item = question()
    text = backend.generate([item])[0].text
    calls = (TaskCall("box", {"box": (0, 0, 8, 8)}),) * 2
    batch = backend.processor([replace(item, turns=(*item.turns, Turn(ASSISTANT, text, calls)))])
    with torch.no_grad():
        hidden = losses.states(backend.model, batch)
    taught = called(backend.model, batch, hidden).calls["box"]
    for one, other in zip(read, taught, strict=True):
        torch.testing.assert_close(one.slot_D, other.slot_D, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(one.words_LD, other.words_LD, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(one.visual_THWD, other.visual_THWD, atol=1e-5, rtol=1e-4)
        assert tuple(one.frames) == tuple(other.frames)


def test_batched_equals_single_and_streamed_equals_whole(backend):
    items = [
        question(),
        question(photo(1, (64, 40)), "red?"),
        question(text="Where is the large blue ring at the top?"),
    ]
    together = backend.generate(items, begin="box", max_new_tokens=6)
    for item, said in zip(items, together, strict=True):
        alone = backend.generate([item], begin="box", max_new_tokens=6)[0]
        assert alone.text == said.text and alone.text.startswith("<box>")
        for one, other in zip(alone.found, said.found, strict=True):
            np.testing.assert_allclose(one.result["box"], other.result["box"], atol=1e-3)


def test_pieces_of_a_stream_hold_the_markers(backend, scripted):
    scripted("the ", "{box}", " cup")
    stream, pieces = backend.stream(question()), []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            whole = end.value
            break
    assert "".join(pieces) == whole.text == "the <box> cup" and len(whole.found) == 1


def test_an_answer_cut_off_inside_a_call_has_none(backend):
    cut, whole = (backend.generate([question()], begin="box", max_new_tokens=most)[0] for most in (1, 2))
    assert cut.text == "" and cut.found == () and not cut.finished
    assert whole.text == "<box>" and len(whole.found) == 1


def test_a_head_that_is_not_there_is_named(backend):
    with pytest.raises(NotFound, match="moment"):
        backend.generate([question()], begin="moment")


def test_an_answer_that_has_ended_calls_nothing_while_its_neighbour_goes_on(backend):
    trigger, slot = backend.model.heads.tokens["box"]
    end = backend.model.config.eos_token_id
    steps = iter([(end, slot), (trigger, trigger), (trigger, slot), (slot, end)])

    def write(module, inputs, logits):
        logits = logits.clone()
        for row, token in enumerate(next(steps)):
            logits[row, -1, token] = 100.0
        return logits

    hook = backend.model.get_output_embeddings().register_forward_hook(write)
    try:
        ended, going = backend.generate([question(), question(text="red?")], max_new_tokens=8)
    finally:
        hook.remove()
    assert ended.text == "" and ended.finished and ended.found == ()
    assert going.text.endswith("<box>") and len(going.found) == 1 and going.finished

"""Task heads joined to a model: tokens, slots, calls in training and in writing, gradients, saving."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import tiny_model
from regard.core.errors import ConfigError, DataError, NotFound, PromptError
from regard.media.clip import Clip
from regard.media.image import Image
from regard.models.calls import called
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor
from regard.models.with_heads import with_heads
from regard.prompts.render import IGNORED, parse, read_answer
from regard.prompts.sample import ASSISTANT, USER, Sample, TaskCall, Turn
from regard.regions import rle
from regard.regions.region import Region
from regard.train import losses

HEADS = ({"name": "box", "hidden": 16}, {"name": "light_mask", "width": 8})
MASK = rle.encode(np.pad(np.ones((8, 8), bool), ((4, 20), (6, 34))))  # 32 x 48
BOX = TaskCall("box", {"box": (6, 4, 14, 12)})
SHAPE = TaskCall("light_mask", {"masks": {0: MASK}})
TEXT = "the cup <box> is left of the plate <box>, here <light_mask>"


def photo(seed=0):
    return Image.from_array(np.random.default_rng(seed).integers(0, 255, (32, 48, 3), dtype=np.uint8))


def clip(frames=6):
    return Clip.from_frames(np.random.default_rng(0).integers(0, 255, (frames, 32, 48, 3), dtype=np.uint8), fps=2)


def sample(media=None, text=TEXT, calls=(BOX, BOX, SHAPE), regions=()):
    asked = "Where is <region1>?" if regions else "Where is the cup?"
    built = Sample.build(media or photo(), asked, regions)
    return Sample(built.media, built.regions, (*built.turns, Turn(ASSISTANT, text, calls)))


def model(encoders=None, heads=HEADS, **settings):
    torch.manual_seed(0)
    return with_heads(*tiny_model.model(encoders, **settings), heads)


def test_calls_stand_in_the_text_of_the_assistant_alone_and_in_their_order():
    assert list(Turn(ASSISTANT, "a <box>, b", (BOX,)).parts()) == ["a ", BOX, ", b"]
    assert list(Turn(ASSISTANT, "<box>", ()).parts()) == ["<box>"]
    with pytest.raises(PromptError, match="call 2 of a turn is of 'box'"):
        Turn(ASSISTANT, "only <box>", (BOX, BOX))
    with pytest.raises(PromptError, match="by the assistant"):
        Turn(USER, "<box>", (BOX,))


def test_a_trigger_is_learned_a_slot_is_not_and_turns_read_back_as_they_were():
    made, processor = model()
    item = sample()
    rendered = processor.render_turns(item, [])
    for head in ("box", "light_mask"):
        trigger, slot = made.heads.tokens[head]
        assert trigger in rendered.labels and slot in rendered.ids and slot not in rendered.labels
    heads = made.heads.tokens
    turns = parse(rendered.ids, [], processor.tokenizer, processor.template, call_tokens=heads)
    assert [turn.text for turn in turns] == [turn.text for turn in item.turns]
    assert [call.head for call in turns[-1].calls] == ["box", "box", "light_mask"]


def test_what_a_user_types_calls_nothing():
    made, processor = model()
    typed = Sample.build(photo(), "<box> <box_begin><boxes> <mask_begin><mask>")
    assert not {token for pair in made.heads.tokens.values() for token in pair} & set(
        processor.render_turns(typed, []).ids
    )
    assert read_answer(processor.tokenizer, [made.heads.tokens["box"][0]], made.heads.tokens)[1] == []


def test_words_of_the_question_that_was_asked_last_are_marked():
    _, processor = model()
    turns = (
        Turn(USER, "red"),
        Turn(ASSISTANT, "blue"),
        Turn(USER, "large ring"),
        Turn(ASSISTANT, "here <box>", (BOX,)),
    )
    rendered = processor.render_turns(Sample(photo(), (), turns), [])
    words = [
        processor.tokenizer.decode(
            [token for token, turn in zip(rendered.ids, rendered.asked, strict=True) if turn == k]
        )
        for k in (1, 2)
    ]
    assert words == ["red", "large ring"]


def test_heads_leave_everything_else_as_it_was():
    plain, processor = tiny_model.model()
    made, grown = with_heads(plain, processor, HEADS)
    item = Sample.build(photo(), "What colour is <region1>?", [Region.box(4, 4, 20, 20)])
    with torch.no_grad():
        before, after = plain(**processor([item])).logits, made(**grown([item])).logits
    assert torch.equal(before, after[..., : before.shape[-1]])
    trigger = made.heads.tokens["box"][0]
    rows = made.get_input_embeddings().weight
    assert torch.allclose(rows[trigger], rows[: plain.config.language["vocab_size"]].mean(0), atol=1e-6)
    assert plain.config.heads == [] and len(processor.tokenizer) < len(grown.tokenizer)


def test_each_call_has_its_own_state_words_and_truth_alone_and_packed():
    made, processor = model()
    media = photo()
    items = [sample(media), sample(media, "red", ()), sample(media, "<light_mask>", (SHAPE,))]
    with torch.no_grad():
        packed = processor.collate([processor.pack(items)])
        found = called(made, packed, losses.states(made, packed))
        alone = processor.collate([processor.pack([item]) for item in items])
        apart = called(made, alone, losses.states(made, alone))
    assert {name: len(calls) for name, calls in found.calls.items()} == {"box": 2, "light_mask": 2}
    for head, calls in found.calls.items():
        for call, other in zip(calls, apart.calls[head], strict=True):
            torch.testing.assert_close(call.slot_D, other.slot_D, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(call.words_LD, other.words_LD, atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(call.visual_THWD, other.visual_THWD, atol=1e-5, rtol=1e-4)
    assert not torch.allclose(found.calls["box"][0].slot_D, found.calls["box"][1].slot_D)
    assert found.truths["box"] == [BOX.truth, BOX.truth]


def test_gradients_reach_head_slot_trigger_and_language_model():
    made, processor = model()
    made.train()
    batch = processor.collate([processor.pack([sample()])])
    hidden = losses.states(made, batch)
    terms = losses.head_losses(made, batch, hidden)
    assert {name.split("/")[0] for name in terms} == {"box", "light_mask"}
    logits, words = losses.learned_logits(made, batch, hidden)
    assert made.heads.tokens["box"][0] in words.tolist()
    (sum(terms.values()) + losses.answer_loss(logits, words, losses.answers_of(batch))).backward()
    for name, value in made.named_parameters():
        if name.startswith(("heads.", "language.")):
            assert value.grad is not None and value.grad.abs().sum() > 0, name
    assert made.get_input_embeddings().weight.grad[made.heads.tokens["box"][0]].abs().sum() > 0


def test_a_clip_gives_each_frame_its_state_and_its_map():
    made, processor = model()
    batch = processor.collate([processor.pack([sample(clip(), "<box>", (BOX,))])])
    with torch.no_grad():
        call = called(made, batch, losses.states(made, batch)).calls["box"][0]
    assert len(call.frames) == len(call.frames_TD) == len(call.visual_THWD) == made.config.frames
    torch.testing.assert_close(call.frames_TD, call.visual_THWD.mean((1, 2)))


def test_a_mask_may_be_read_from_the_finer_map_that_regions_are_read_from():
    fine = {"name": "light_mask", "width": 8, "map_width": 32, "doublings": 0}
    made, processor = model([{"name": "mask_pool", "refine": True}], heads=[fine])
    everywhere = TaskCall("light_mask", {"masks": dict.fromkeys(range(6), MASK)})
    batch = processor.collate([processor.pack([sample(clip(), "<light_mask>", (everywhere,))])])
    encoded = made.encode(batch["pixels"], batch["regions"])
    hidden = losses.states(made, batch, encoded)
    head, call = made.heads.of("light_mask"), called(made, batch, hidden, encoded.features).calls["light_mask"][0]
    side = made.config.clip_size // made.vision.stride * 4
    assert head(head.prepare([call])).logits[0].shape == (made.config.frames, side, side)
    assert losses.head_losses(made, batch, hidden, encoded)["light_mask/dice"] > 0
    with pytest.raises(DataError, match="from Call.features_THWC; None came"):
        losses.head_losses(made, batch, hidden)


def test_a_guide_reads_every_clip_once_with_its_regions():
    made, processor = model(["token_mark"], heads=[{"name": "guide", "marks": 100}])
    track = Region.track({frame: Region.box(4, 4, 20, 20) for frame in range(6)})
    item = sample(clip(), "red", (), [track])
    item = Sample(item.media, item.regions, item.turns, facts={"tracked": range(6)})
    batch = processor.collate([processor.pack([item])])
    batch["regions"] = [made.encoders.assign(regions) for regions in batch["regions"]]
    terms = losses.head_losses(made, batch, losses.states(made, batch))
    assert terms["guide/guide"] > 0


def test_heads_are_saved_and_loaded_with_their_slots(tmp_path):
    made, processor = model()
    made.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    again, reader = RegardModel.from_pretrained(tmp_path).eval(), RegardProcessor.from_pretrained(tmp_path)
    assert again.heads.tokens == made.heads.tokens
    for name, value in made.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert reader.render_turns(sample(), []) == processor.render_turns(sample(), [])


def test_what_cannot_be_joined_is_refused_with_the_mend():
    made, processor = model()
    with pytest.raises(ConfigError, match="has box already"):
        with_heads(made, processor, ["box"])
    with pytest.raises(ConfigError, match="trigger_id and slot_id"):
        RegardModel(tiny_model.config(heads=[{"name": "box"}]))
    with pytest.raises(NotFound, match="moment"):
        made.heads.of("moment")
    plain, words = tiny_model.model()
    with pytest.raises(PromptError, match="calls the task head 'box'.*it has none"):
        words.render_turns(sample(), [])
    assert not plain.heads and IGNORED < 0

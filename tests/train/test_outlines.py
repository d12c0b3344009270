"""The mask head is taught by regions' own tokens: what it draws for them, and how far that is from the region."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

import tiny_model
from regard.data.world import shards
from regard.models.with_heads import with_heads
from regard.train.dense import cell_shown
from regard.train.outlines import outline_loss, things_loss
from regard.train.world import AnswerBatches, DenseBatches, Mixture, World

MIXTURE = Mixture(image_scenes=2, clip_scenes=2, clip_every=2)


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    out = tmp_path_factory.mktemp("world")
    images, clips = (shards.render(out, kind, 4, first_seed=0, workers=1) for kind in ("image", "clip"))
    model, processor = tiny_model.model()
    made, processor = with_heads(
        model, processor, [{"name": "light_mask", "map_width": model.vision.width, "doublings": 0, "width": 16}]
    )
    return made, DenseBatches(World(images, clips, MIXTURE), processor, range(4), outlined=True)


@pytest.mark.parametrize("marks", ["", "light_mask"])
def test_answers_come_with_all_things_for_a_model_that_marks_them(taught, marks, monkeypatch):
    _, batches = taught
    monkeypatch.setattr(batches.processor.config, "things", marks)
    batch = AnswerBatches(batches.world, batches.processor, range(1), outlined=True)[0]
    assert len(batch["outlines"]) == len(batch["pixels"]) and ("things" in batch) == bool(marks)
    for every, asked in zip(batch.get("things", []), batch["outlines"], strict=bool(marks)):
        assert every.count >= asked.count


@pytest.mark.parametrize("number", [0, 1], ids=["pictures", "clips"])
def test_what_is_drawn_is_compared_with_each_region_on_its_own_frames(taught, number, monkeypatch):
    model, batches = taught
    batch, head = batches[number], model.heads.members["light_mask"]
    encoded = model.encode(batch["pixels"], batch["regions"])
    cells = encoded.features[0].shape[1]
    true = [F.adaptive_avg_pool2d(one.masks_MHW[:, None], cells)[:, 0] for one in batch["outlines"]]
    order = iter(zip(batch["outlines"], true, strict=True))

    elsewhere = -9.0

    def truth(cells_TChw, asked_RC):
        one, mask_MHW = next(order)
        logits_RThw = torch.full((len(asked_RC), len(cells_TChw), cells, cells), elsewhere)
        logits_RThw[one.region_M, one.frame_M] = torch.logit(mask_MHW.clamp(1e-4, 1 - 1e-4))
        return logits_RThw

    wrong, _ = outline_loss(head, encoded, batch["outlines"])
    monkeypatch.setattr(head, "compare", truth)
    right, told = outline_loss(head, encoded, batch["outlines"])
    clear = torch.cat([(mask_MHW > 0.5).flatten(1).any(1) for mask_MHW in true])
    assert next(order, None) is None and right < wrong
    assert told["iou"] == pytest.approx(float(clear.float().mean()))  # a thing that fills half of no cell has no cell
    elsewhere, order = 9.0, iter(zip(batch["outlines"], true, strict=True))
    seen, alike = outline_loss(head, encoded, batch["outlines"])
    pairs = zip(batch["outlines"], batch["pixels"], strict=True)
    invents = any(one.count * len(pixels) > len(one.region_M) for one, pixels in pairs)
    assert (seen > right) == invents and alike == told, "what is drawn where the thing is not seen costs"


def test_questions_bring_the_outlines_of_their_regions_on_all_frames(taught):
    _, batches = taught
    answers = AnswerBatches(batches.world, batches.processor, range(2), outlined=True)
    assert "outlines" not in AnswerBatches(batches.world, batches.processor, range(1))[0]
    more = 0
    for batch in (answers[0], answers[1]):
        assert len(batch["outlines"]) == len(batch["regions"]) == len(batch["pixels"])
        for given, true in zip(batch["regions"], batch["outlines"], strict=True):
            assert given.count == true.count
            more += len(true.region_M) - len(given.region_M)
            for region, frame, mask_HW in zip(given.region_M, given.frame_M, given.masks_MHW, strict=True):
                mine = (true.region_M == region) & (true.frame_M == frame)
                covered = torch.minimum(true.masks_MHW[mine][0].float(), mask_HW.float()).sum()
                assert covered > 0.7 * true.masks_MHW[mine][0].sum(), "a mask is itself, a box may be a little tight"
    assert more > 0, "a region given on one frame of a clip has outlines on the others"


@pytest.mark.parametrize("number", [0, 1], ids=["pictures", "clips"])
def test_the_thing_under_each_visual_token_is_compared_and_nothing_where_there_is_none(taught, number):
    model, batches = taught
    batch = batches[number]
    side, cells = 4, 8
    right, wrong, shown = [], [], 0
    for pixels, things in zip(batch["pixels"], batch["things"], strict=True):
        masks_Mhw = F.interpolate(things.masks_MHW[:, None], size=(cells, cells), mode="area")[:, 0]
        logits_THWhw = torch.full((len(pixels), side, side, cells, cells), -20.0)
        for frame in range(len(pixels)):
            own_Mhw = masks_Mhw[things.frame_M == frame]
            under_HW = torch.from_numpy(cell_shown([mask.numpy() for mask in own_Mhw], side, side))
            shown += int((under_HW > 0).sum())
            for row, column in under_HW.nonzero().tolist():
                mask_hw = own_Mhw[under_HW[row, column] - 1]
                logits_THWhw[frame, row, column] = torch.logit(mask_hw.clamp(1e-6, 1 - 1e-6))
        right.append(logits_THWhw)
        wrong.append(-logits_THWhw)
    least, told = things_loss(right, batch["things"])
    most, _ = things_loss(wrong, batch["things"])
    assert shown and least < 0.3 * most and 0.5 < told["things iou"] <= 1
    nothing, empty = things_loss([torch.full_like(one, -20.0) for one in right], batch["things"])
    assert least < nothing < most and empty["things iou"] == 0


def test_any_token_of_a_region_may_ask(taught, monkeypatch):
    model, batches = taught
    batch, head = batches[1], model.heads.members["light_mask"]
    encoded = model.encode(batch["pixels"], batch["regions"])
    asked, question = [], head.question.forward
    monkeypatch.setattr(head.question, "forward", lambda tokens_RD: asked.append(tokens_RD) or question(tokens_RD))
    for _ in range(20):
        outline_loss(head, encoded, batch["outlines"])
    places = {
        (row, at)
        for call, tokens in zip(asked, encoded.in_text * 20, strict=False)
        for row, one in enumerate(tokens)
        for at, token in enumerate(one)
        if torch.equal(token, call[row])
    }
    assert len({at for _, at in places}) > 1


def test_without_regions_nothing_is_lost(taught):
    model, batches = taught
    batch = batches[0]
    nothing = replace(batch["regions"][0], count=0)
    encoded = model.encode(batch["pixels"][:1], batch["regions"][:1])
    loss, told = outline_loss(model.heads.members["light_mask"], encoded._replace(in_text=[[]]), [nothing])
    assert (float(loss), told) == (0.0, {})
    silent = encoded._replace(in_text=[[tokens_nD[:0] for tokens_nD in encoded.in_text[0]]])
    loss, told = outline_loss(model.heads.members["light_mask"], silent, batch["outlines"][:1])
    assert (float(loss), told) == (0.0, {}), "a design whose regions have no tokens"


def test_only_the_head_is_asked_and_learns_within_a_few_steps(taught):
    model, batches = taught
    batch, head = batches[0], model.heads.members["light_mask"]
    optimizer = torch.optim.Adam(head.parameters(), lr=0.01)
    torch.manual_seed(0)
    with torch.no_grad():
        encoded = model.encode(batch["pixels"], batch["regions"])
    reached = []
    for _ in range(60):
        loss, told = outline_loss(head, encoded, batch["outlines"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        reached.append((loss.item(), told["iou"]))
    assert reached[-1][0] < 0.7 * reached[0][0] and reached[-1][1] > reached[0][1] + 0.1

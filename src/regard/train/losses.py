"""The losses of a batch whose answers are given: that of the language model, and those of the task heads it calls.

Shapes: B samples, L text positions, D width, K positions where there is something to learn.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from regard.models.calls import called
from regard.models.model import Encoded, RegardModel, block_mask
from regard.prompts.render import IGNORED


def states(model: RegardModel, batch: dict[str, Any], encoded: Encoded | None = None) -> Tensor:
    """Return what the language model makes of a batch (B, L, D), after its last norm.

    `encoded`: what `model.encode` gave for the batch, when it is at hand.
    """
    media = (batch["pixels"], batch["regions"], batch["region_slots"])
    embeds_BLD = model.embed(batch["input_ids"], *media, encoded=encoded)
    mask = block_mask(batch["segments"], embeds_BLD.dtype) if "segments" in batch else batch["attention_mask"]
    return model.language.base_model(
        inputs_embeds=embeds_BLD, attention_mask=mask, position_ids=batch["position_ids"], use_cache=False
    ).last_hidden_state


def learned_logits(model: RegardModel, batch: dict[str, Any], hidden_BLD: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (K, vocabulary) and the words (K) they should be, only where the assistant speaks."""
    next_BL = batch["labels"][:, 1:]
    learned_BL = next_BL != IGNORED
    return model.language.get_output_embeddings()(hidden_BLD[:, :-1][learned_BL]), next_BL[learned_BL]


def head_losses(
    model: RegardModel, batch: dict[str, Any], hidden_BLD: Tensor, encoded: Encoded | None = None
) -> dict[str, Tensor]:
    """Return the terms of the losses of all heads that the batch calls, as `head/term`, weighted; training adds them to
    that of the words. Raises `DataError` where a call has no truth.

    `encoded`: what `model.encode` gave for the batch; only heads that read its map need it.
    """
    if not model.heads:
        return {}
    found = called(model, batch, hidden_BLD, encoded.features if encoded else None)
    return model.heads.losses(found.calls, found.truths)


def total(model: RegardModel, batch: dict[str, Any], *, calls: bool = True) -> tuple[Tensor, dict[str, float], Encoded]:
    """Return the loss of answering a batch: that of the words and, with `calls`, those of the task heads it calls; then
    figures to log, the share of answers that are exact among them, and what the model made of the media.

    Regions get what encoders assign to them, such as marks, once, so that heads are taught the same.
    """
    batch = batch | {"regions": [model.encoders.assign(sample) for sample in batch["regions"]]}
    encoded = model.encode(batch["pixels"], batch["regions"])
    hidden_BLD = states(model, batch, encoded)
    logits, words = learned_logits(model, batch, hidden_BLD)
    answers = answers_of(batch)
    loss = answer_loss(logits, words, answers)
    told = {"answering": float(loss.detach()), "exact": float(exact(logits, words, answers).mean())}
    for name, term in (head_losses(model, batch, hidden_BLD, encoded) if calls else {}).items():
        loss, told = loss + term, told | {name: float(term.detach())}
    return loss, told, encoded


def answers_of(batch: dict[str, Any]) -> Tensor:
    """Return, for each learned position in order, the number of its question; a conversation counts as one."""
    next_BL = batch["labels"][:, 1:]
    learned_BL = next_BL != IGNORED
    segments_BL = batch.get("segments", batch.get("attention_mask"))[:, 1:]
    rows_BL = torch.arange(len(next_BL), device=next_BL.device)[:, None] * (int(segments_BL.max()) + 1) + segments_BL
    return rows_BL[learned_BL].unique(return_inverse=True)[1]


def answer_loss(logits: Tensor, words: Tensor, answers: Tensor, length_power: float = 0.75) -> Tensor:
    """Return the mean loss, each word weighted by its answer's length to the power of minus `length_power`.

    0 weighs all words alike, 1 all answers; in between, long descriptions do not drown short answers.
    """
    loss = nn.functional.cross_entropy(logits.float(), words, reduction="none")
    weights = torch.bincount(answers).float()[answers] ** -length_power
    return (loss * weights).sum() / weights.sum()


def exact(logits: Tensor, words: Tensor, answers: Tensor) -> Tensor:
    """Return for each answer whether greedy writing would give it word for word."""
    right = (logits.argmax(-1) == words).float()
    count = int(answers.max()) + 1 if len(answers) else 0
    wrong = torch.zeros(count, device=words.device).index_add_(0, answers, 1 - right)
    return (wrong == 0).float()

"""Give task heads to a model: new tokens, new rows for them, new slots; and marks of things, if they are wanted."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from tokenizers import AddedToken

from regard.core import rooms
from regard.core.errors import ConfigError
from regard.models.config import RegardConfig
from regard.models.heads._base import TaskHead
from regard.models.heads._join import ROOM
from regard.models.model import RegardModel
from regard.models.processor import RegardProcessor


def with_heads(
    model: RegardModel, processor: RegardProcessor, heads: Sequence[str | Mapping[str, Any]], things: str | None = None
) -> tuple[RegardModel, RegardProcessor]:
    """Return a model with task heads, and its processor; what was given is left as it is.

    `heads`: names, or dicts of a name and settings. `things`: the mask head by which the model is to mark things
    itself (`RegardConfig.things`), which changes visual tokens at once, so it should have learned to draw; as before
    where it is left out, "" for none. Triggers and slots that the tokenizer does not know
    are added to it as special tokens, whose rows begin at the mean of all others, as VideoChat-TPO has it. Heads and
    slots begin anew. Raises `ConfigError` for a head that is there already.
    """
    settings = [{"name": head} if isinstance(head, str) else dict(head) for head in heads]
    there = [entry["name"] for entry in settings if entry["name"] in model.heads]
    if there:
        raise ConfigError(f"the model has {', '.join(there)} already; leave it out")
    tokenizer = copy.deepcopy(processor.tokenizer)
    settings = [_with_tokens(entry, tokenizer) for entry in settings]
    config = _config(model.config, settings, len(tokenizer), model.config.things if things is None else things)
    made = RegardModel(config).to(model.device, model.dtype).train(model.training)
    _carry_over(model, made)
    return made, RegardProcessor(tokenizer, config)


def _with_tokens(entry: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    """Return a head's settings with the ids of its tokens, which are added where the tokenizer lacks them."""
    head = rooms.load(ROOM, entry["name"], TaskHead)
    if head.trigger is None:
        return entry
    tokens = [AddedToken(token, special=True, normalized=False) for token in (head.trigger, head.slot)]
    tokenizer.add_tokens(tokens, special_tokens=True)
    ids = tokenizer.convert_tokens_to_ids([head.trigger, head.slot])
    return entry | dict(zip(("trigger_id", "slot_id"), ids, strict=True))


def _config(config: RegardConfig, heads: Sequence[dict[str, Any]], words: int, things: str) -> RegardConfig:
    row = config.to_dict() | {"things": things}
    row["heads"] = [*row["heads"], *heads]
    row["language"] = row["language"] | {"vocab_size": max(words, row["language"]["vocab_size"])}
    return RegardConfig.from_dict(row)


@torch.no_grad()
def _carry_over(model: RegardModel, made: RegardModel) -> None:
    """Give the new model the old one's weights; rows of new words begin at the mean of the old ones."""
    old, new = model.state_dict(), made.state_dict()
    for name, value in new.items():
        if name in old and value.shape == old[name].shape:
            value.copy_(old[name])
        elif name in old:
            value[: len(old[name])] = old[name]
            value[len(old[name]) :] = old[name].mean(0)

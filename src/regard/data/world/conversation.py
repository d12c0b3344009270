"""Several questions in a row about the same region: "What colour is <region1>?" - "And what shape is it?"."""

from __future__ import annotations

import numpy as np

from regard.data.world.ask_regions import other_value, predicate
from regard.data.world.facts import CLOSED_SETS, Truth
from regard.data.world.phrases import at
from regard.data.world.question import Question
from regard.data.world.scene import Scene
from regard.data.world.wording import WORDINGS, Writer


def conversation(scene: Scene, rng: np.random.Generator, turns: int = 3, *, held_out: bool = False) -> list[Question]:
    """Return up to `turns` questions that share one region; after the first they say "it". Empty where nothing is
    clear enough.

    All turns have the same `things` and `region_mode`; only the first text has the placeholder.
    """
    writer = Writer(Truth(scene), rng, held_out)
    truth = writer.truth
    rich = [index for index in truth.solid if len(_names(truth, index)) >= 2]
    if not rich:
        return []
    index = writer.pick(rich)
    names = writer.some(_names(truth, index), turns)
    first = writer.ask(
        names[0], names[0], truth.clear(index)[names[0]], {"a": index}, facts=_facts(names[0], truth, index)
    )
    return [first, *(_next(writer, name, index, first) for name in names[1:])]


def _names(truth: Truth, index: int) -> list[str]:
    return [name for name in truth.clear(index) if name in CLOSED_SETS]


def _facts(name: str, truth: Truth, index: int) -> dict[str, list[str]]:
    value = truth.clear(index)[name]
    return {"accepted": [at(value)] if name == "position" else [], "choices": list(CLOSED_SETS[name])}


def _next(writer: Writer, name: str, index: int, first: Question) -> Question:
    truth = writer.truth
    answer, facts = truth.clear(index)[name], _facts(name, truth, index)
    if writer.chance(0.3):
        yes = writer.chance(0.5)
        said = predicate(writer, {name: answer if yes else other_value(writer, name, answer)})
        text, answer, facts = _fill(writer, "follow_up_is", p=said), "yes" if yes else "no", {"choices": ["yes", "no"]}
    elif name == "position":
        text = _fill(writer, "follow_up_where")
    else:
        text = _fill(writer, "follow_up", n=name)
    return writer.question(name, writer.dress(text), answer, first.things, facts, first.region_mode)


def _fill(writer: Writer, kind: str, **words: str) -> str:
    return writer.of(WORDINGS[kind]).format(**words)

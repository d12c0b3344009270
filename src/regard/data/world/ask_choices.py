"""Questions that choose among regions or labels, and descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from regard.data.world.ask_regions import other_value
from regard.data.world.expressions import Expression, find, find_none, say
from regard.data.world.facts import CLOSED_SETS, surely_others
from regard.data.world.phrases import a, alternatives, attributes, brief, detailed, short
from regard.data.world.question import Question
from regard.data.world.wording import WORDINGS, Writer, enumerate_regions, enumerate_words
from regard.prompts import tasks

MOST_LABELS = 6


def choose(writer: Writer) -> Question | None:
    """Ask which of several regions an expression means; the expression means exactly one thing of the scene, and it
    is among them."""
    truth = writer.truth
    if len(truth.seen) < 2:
        return None
    target = writer.pick(truth.solid) if truth.solid and writer.chance(0.85) else writer.pick(truth.seen)
    expression = find(writer, target)
    if expression is None:
        return None
    others = writer.some([index for index in truth.seen if index != target], _candidates(writer) - 1)
    return _which(writer, "choose", expression, writer.shuffled([target, *others]), target)


def none_matches(writer: Writer) -> Question | None:
    """Ask which of several regions an expression means that means nothing in the scene, or a thing that is not among
    them."""
    truth = writer.truth
    if len(truth.seen) < 2:
        return None
    expression, pool = find_none(writer), list(truth.seen)
    if writer.chance(0.25) and len(truth.seen) > 2:
        absent = writer.pick(truth.solid or truth.seen)
        expression, pool = find(writer, absent), [index for index in truth.seen if index != absent]
    if expression is None:
        return None
    return _which(writer, "none_matches", expression, writer.some(pool, _candidates(writer)), None)


def _candidates(writer: Writer) -> int:
    """How many regions to choose from: one now and then, else 2 to 5, the larger numbers more often; not when plain."""
    if writer.plainly:
        return writer.pick((2, 3, 4, 5))
    return 1 if writer.chance(0.04) else writer.pick((2, 2, 3, 3, 4, 4, 5, 5, 5))


def _which(writer: Writer, skill: str, expression: Expression, candidates: list[int], target: int | None) -> Question:
    answer = tasks.NONE if target is None else str(candidates.index(target) + 1)
    article = "the" if writer.chance(0.75) else writer.pick(("", "a"))
    phrase, count = say(writer, expression, article), len(candidates)
    facts = {
        "choices": [str(number) for number in range(1, count + 1)] + [tasks.NONE],
        "expression": phrase,
        "accepted": ["none of them", "no region"] if target is None else [],
    }
    if not writer.held_out and writer.chance(0.5):
        return writer.fixed(skill, tasks.choose(phrase, count), answer, candidates, facts)
    numbers = range(1, count + 1)
    words = {
        "e": phrase,
        "regions": enumerate_regions(numbers),
        "options": enumerate_regions(numbers, "or"),
        "numbered": ", ".join(f"{number}: {tasks.placeholder(number)}" for number in numbers),
    }
    text = writer.dress(writer.of(WORDINGS["choose"]).format(**words), kept=tuple(words.values()))
    return writer.question(skill, text, answer, candidates, facts)


def classify(writer: Writer) -> Question | None:
    """Ask which of two to six labels fits a region: values of one attribute, or phrases such as "red circle"; or
    without labels."""
    truth = writer.truth
    if not truth.solid:
        return None
    if writer.chance(0.3):
        return _open(writer, writer.pick(truth.seen))
    index = writer.pick(truth.solid)
    known = truth.clear(index)
    if "shape" in known and "colour" in known and writer.chance(0.35):
        labels = _phrases(writer, index)
    else:
        names = [name for name in known if name in CLOSED_SETS]
        if not names:
            return None
        labels = _values(writer, writer.pick(names), index)
    answer, labels = labels[0], writer.shuffled(labels)
    facts = {"choices": labels, "form": "closed"}
    if not writer.held_out and writer.chance(0.5):
        return writer.fixed("classify", tasks.classify(labels), answer, [index], facts)
    words = {"labels": ", ".join(labels), "either": enumerate_words(labels)}
    return writer.ask("classify", "classify", answer, {"a": index}, words, facts)


def _values(writer: Writer, name: str, index: int) -> list[str]:
    value = writer.truth.clear(index)[name]
    return [value, *writer.some(surely_others(name, value), 1 + int(writer.rng.random() * (MOST_LABELS - 1)))]


def _phrases(writer: Writer, index: int) -> list[str]:
    """The thing's "red circle" first, then wrong ones that share a word with it or name other things of the scene."""
    truth, right = writer.truth, short(writer.truth, index)
    labels = [right]
    for _ in range(1 + int(writer.rng.random() * (MOST_LABELS - 1))):
        colour, shape = truth.clear(index)["colour"], truth.clear(index)["shape"]
        change = writer.rng.random()
        colour = other_value(writer, "colour", colour) if change < 0.65 else colour
        shape = other_value(writer, "shape", shape) if change > 0.35 else shape
        labels.append(f"{colour} {shape}")
    return list(dict.fromkeys(labels))


def _open(writer: Writer, index: int) -> Question:
    truth = writer.truth
    facts = {"accepted": [brief(truth, index)], "form": "open"}
    answer = a(short(truth, index))
    if not writer.held_out and writer.chance(0.5):
        return writer.fixed("classify", tasks.classify([]), answer, [index], facts)
    return writer.ask("classify", "open", answer, {"a": index}, facts=facts)


def describe_brief(writer: Writer) -> Question | None:
    """Ask for a short phrase: "a large red striped circle"."""
    truth = writer.truth
    index = writer.pick(truth.seen)
    also = alternatives(truth, index)["size"]
    answer = brief(truth, index)
    size = truth.size(index)
    facts = {"accepted": [answer.replace(size, word, 1) for word in also], "attributes": attributes(truth, index)}
    return _describe(writer, "describe_brief", index, answer, facts)


def describe_detailed(writer: Writer) -> Question | None:
    """Ask for everything that is known of a region."""
    truth = writer.truth
    index = writer.pick(truth.seen)
    said = attributes(truth, index)
    facts = {"attributes": said, "also": alternatives(truth, index)}
    return _describe(writer, "describe_detailed", index, detailed(said), facts)


def _describe(writer: Writer, skill: str, index: int, answer: str, facts: Mapping[str, Any]) -> Question:
    if not writer.held_out and writer.chance(0.5):
        text = tasks.describe(1, skill.removeprefix("describe_"))
        return writer.fixed(skill, text, answer, [index], facts)
    return writer.ask(skill, skill, answer, {"a": index}, facts=facts)

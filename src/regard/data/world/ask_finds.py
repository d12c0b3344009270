"""Requests whose answers are regions and moments: everything that an expression means, its pixels, a region followed
through a clip, when something happens; or that it is not there.

The answers call the task heads `light_mask` and `light_moment`; the truth of each call also suits a head that finds
boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from regard.data.world.expressions import Clue, Expression, find, find_none, meant, say
from regard.data.world.facts import Truth
from regard.data.world.pieces import find_every, find_no_piece, find_piece, is_photograph
from regard.data.world.question import Question
from regard.data.world.wording import WORDINGS, Writer
from regard.prompts import tasks
from regard.prompts.sample import TaskCall
from regard.regions import rle

MASKS, MOMENTS = "light_mask", "light_moment"
MOST = 3  # things that one answer marks
SHARED = ("colour", "shape", "size", "pattern")  # words that say what several things have in common
SENTENCES = {
    "moves": ("{} moves", "{} is moving", "{} is in motion"),
    "hides": ("{} is behind something", "{} is hidden", "something hides {}"),
    "seen": ("{} can be seen", "{} is in the picture", "{} is visible"),
}


def locate(writer: Writer) -> Question | None:
    """Ask for boxes around everything that an expression means, one thing or several alike, in a picture."""
    truth = writer.truth
    if truth.scene.is_clip or not truth.solid:
        return None
    if writer.chance(writer.absent):
        return _absent(writer, "locate", tasks.locate)
    if writer.chance(0.7 if writer.held_out else 0.5):
        return _one(writer, "locate", tasks.locate)
    if is_photograph(truth):
        pieces = find_every(writer)
        return pieces and _find(writer, "locate", tasks.locate, pieces[0], [_call({0: mask}) for mask in pieces[1]])
    return _every(writer)


def _every(writer: Writer) -> Question | None:
    """Ask for all things that share a word."""
    truth = writer.truth
    said = [[Clue(name, known[name]) for name in SHARED if name in known] for known in map(truth.clear, truth.solid)]
    clues = writer.pick(said)
    if not writer.held_out and writer.chance(0.75):  # several to mark would be rare, and are hard to learn
        counts = Counter(clue for one in said for clue in one)
        clues = [clue for clue in counts if 1 < counts[clue] <= MOST] or clues
    if not clues:
        return None
    expression = Expression((writer.pick(clues),))
    found = meant(truth, expression)
    if not found or len(found) > MOST:
        return None
    ordered = sorted(found, key=lambda thing: truth.place(thing))
    calls = [_marked(truth, index) for index in ordered]
    return _find(writer, "locate", tasks.locate, say(writer, expression, "every"), calls)


def segment(writer: Writer) -> Question | None:
    """Ask for the pixels of the one thing that an expression means, in a picture or through a clip."""
    if not writer.truth.solid:
        return None
    if writer.chance(writer.absent):
        return _absent(writer, "segment", tasks.segment)
    return _one(writer, "segment", tasks.segment)


def track(writer: Writer) -> Question | None:
    """Ask to follow a region that is given on the first frame on which it is seen."""
    truth = writer.truth
    if not truth.scene.is_clip or not truth.solid:
        return None
    index = writer.pick(truth.solid)
    call = _marked(truth, index)
    if not writer.held_out and writer.chance(0.5):
        question = writer.question("track", tasks.track(1), call.marker, [index], mode="frame", calls=(call,))
    else:
        question = writer.ask("track", "track", call.marker, {"a": index}, mode="frame", calls=(call,))
    return replace(question, followed=index)


def moments(writer: Writer) -> Question | None:
    """Ask when a thing moves, is hidden or can be seen; the thing is described, or it is a region."""
    truth = writer.truth
    if not truth.scene.is_clip or not truth.solid:
        return None
    kind = writer.pick(tuple(SENTENCES))
    index = writer.pick(truth.solid)
    spans = SPANS[kind](truth, index)
    if spans is None or (not spans and not writer.chance(writer.absent)):
        return None
    expression = None if writer.chance(0.5) else find(writer, index)
    name = tasks.placeholder(1) if expression is None else say(writer, expression)
    sentence = writer.pick(SENTENCES[kind]).format(name)
    call = TaskCall(MOMENTS, {**_marked(truth, index).truth, "moments": spans})
    text = writer.dress(writer.of(WORDINGS["moments"]).format(s=sentence), kept=(sentence,))
    if not writer.held_out and writer.chance(0.5):
        text = tasks.moments(sentence)
    things = [index] if expression is None else []
    calls = (call,) if spans else ()
    mode = "frame" if writer.held_out or writer.chance(0.5) else "track"
    return writer.question("moments", text, call.marker if spans else tasks.NONE, things, mode=mode, calls=calls)


def _one(writer: Writer, skill: str, ask: Callable[[str], str]) -> Question | None:
    if is_photograph(writer.truth):
        piece = find_piece(writer)
        return piece and _find(writer, skill, ask, piece[0], [_call({0: piece[1]})])
    index = writer.pick(writer.truth.solid)
    expression = find(writer, index)
    if expression is None:
        return None
    return _find(writer, skill, ask, say(writer, expression), [_marked(writer.truth, index)])


def _absent(writer: Writer, skill: str, ask: Callable[[str], str]) -> Question | None:
    if is_photograph(writer.truth):
        phrase = find_no_piece(writer)
    else:
        expression = find_none(writer)
        phrase = expression and say(writer, expression)
    return None if phrase is None else _find(writer, skill, ask, phrase, [])


def _find(writer: Writer, skill: str, ask: Callable[[str], str], phrase: str, calls: Sequence[TaskCall]) -> Question:
    answer = ", ".join(call.marker for call in calls) or tasks.NONE
    facts = {"expression": phrase}
    if not writer.held_out and writer.chance(0.5):
        return writer.question(skill, ask(phrase), answer, [], facts, calls=tuple(calls))
    text = writer.dress(writer.of(WORDINGS[skill]).format(e=phrase), kept=(phrase,))
    return writer.question(skill, text, answer, [], facts, calls=tuple(calls))


def _marked(truth: Truth, index: int) -> TaskCall:
    """Return the call that marks a thing on all frames, with empty masks where it is not seen."""
    scene = truth.scene
    empty = np.zeros((scene.height, scene.width), bool)
    masks = (scene.mask(index, frame) for frame in range(scene.frame_count))
    return _call({frame: empty if mask is None else mask for frame, mask in enumerate(masks)})


def _call(masks: Mapping[int, np.ndarray]) -> TaskCall:
    """Return the call that marks these pixels, with the box around them on the first frame that has any."""
    coded: dict[int, Any] = {frame: rle.encode(mask) for frame, mask in masks.items()}
    first = next(frame for frame, mask in masks.items() if mask.any())
    return TaskCall(MASKS, {"masks": coded, "box": rle.box(coded[first])})


def _moves(truth: Truth, index: int) -> list[tuple[float, float]] | None:
    motion = truth.thing(index).motion
    return [] if truth.still(index) else _clear(truth, [(motion.start, motion.end)])


def _hides(truth: Truth, index: int) -> list[tuple[float, float]] | None:
    return _clear(truth, [(event.start, event.end) for event in truth.events(index, "hides")])


def _seen(truth: Truth, index: int) -> list[tuple[float, float]] | None:
    """Return when a thing that comes or goes can be seen; None where it is always there, or comes again and again."""
    scene = truth.scene
    frames = scene.visible_frames(index)
    if len(frames) == scene.frame_count or frames != tuple(range(frames[0], frames[-1] + 1)):
        return None
    return _clear(truth, [(frames[0] / scene.fps, frames[-1] / scene.fps)])


def _clear(truth: Truth, spans: list[tuple[float, float]]) -> list[tuple[float, float]] | None:
    """Return spans that last two frames at least, None where one is shorter: too short to be found."""
    return spans if all(end - start >= 2 / truth.scene.fps for start, end in spans) else None


SPANS = {"moves": _moves, "hides": _hides, "seen": _seen}

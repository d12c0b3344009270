"""Referring expressions: "the small red circle left of the blue square", known to mean exactly one thing of the
scene, or none.

An expression is a list of clues. For each thing a clue is true, false or open (not clear enough): an expression means
a thing only if all clues are true of it and every other thing has a clue that is false. The plain "red circle" means
the real thing, never its reflection or shadow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regard.data.world.facts import CLOSED_SETS, OPPOSITE, SIDES, Truth, contained
from regard.data.world.phrases import BESIDE, a, at, joined, short
from regard.data.world.wording import Writer

EXTREMES = {
    "largest": (2, 1),
    "smallest": (2, -1),
    "leftmost": (0, -1),
    "rightmost": (0, 1),
    "topmost": (1, -1),
    "lowest": (1, 1),
}
COMPARED = ("shape", "motion", "beside")  # clues that are hard to compare with a region
WHERE = ("{}", "{}", "{}", "that is {}", "which is {}", "{} of the picture")
MOVES = {
    "still": ("that does not move", "that stays still", "that is still"),
    "moving": ("that moves {}", "moving {}", "that goes {}"),
}


@dataclass(frozen=True)
class Clue:
    """One thing that is said. name: an attribute, "beside", "inside", "extreme" or "cell"; other: the thing that is
    spoken of beside it."""

    name: str
    value: str
    other: int = -1


@dataclass(frozen=True)
class Expression:
    """What is said: clues, and "thing", "reflection" or "shadow" (of thing `of`)."""

    clues: tuple[Clue, ...]
    kind: str = "thing"
    of: int = -1


def holds(truth: Truth, index: int, clue: Clue) -> bool | None:
    """Return whether a clue is true of a thing; None when that is not clear."""
    if clue.name == "beside":
        return _beside(truth, index, clue)
    if clue.name == "inside":
        return truth.thing(index).inside == clue.other
    if clue.name == "cell":
        cell = truth.thing(index).cell
        return None if cell is None else f"{cell[0] + 1},{cell[1] + 1}" == clue.value
    if clue.name == "extreme":
        return extreme(truth, clue.value) == index
    if clue.name == "shape" and truth.thing(index).shape == "patch":
        return False
    if clue.name == "motion" and truth.thing(index).motion.after == clue.value:
        return None
    value = truth.clear(index).get(clue.name)
    if value is None or (clue.name == "position" and contained(clue.value, value)):
        return None
    return value == clue.value


def _beside(truth: Truth, index: int, clue: Clue) -> bool | None:
    if index == clue.other:
        return False
    if truth.side(index, clue.other) == clue.value:
        return True
    return False if truth.surely_not(index, clue.other, clue.value) else None


def extreme(truth: Truth, word: str) -> int:
    """Return the largest, smallest, leftmost .. solid thing, -1 when no thing is that beyond doubt."""
    axis, sign = EXTREMES[word]
    ordered = sorted(truth.solid, key=lambda index: -sign * truth.measure(index)[axis])
    if len(ordered) < 2:
        return -1
    first, second = (truth.measure(index)[axis] for index in ordered[:2])
    clear = max(first, second) > 1.4 * min(first, second) if axis == 2 else abs(first - second) > 0.08
    return ordered[0] if clear else -1


def means(truth: Truth, index: int, expression: Expression) -> bool | None:
    """Return whether an expression means this thing: True, False, or None when that is not clear."""
    thing = truth.thing(index)
    if thing.kind != expression.kind:
        return False
    if expression.kind != "thing" and expression.of >= 0 and thing.of != expression.of:
        return False
    answers = [holds(truth, index, clue) for clue in expression.clues]
    if False in answers:
        return False
    return None if None in answers else True


def meant(truth: Truth, expression: Expression) -> tuple[int, ...] | None:
    """Return the things that an expression means, or None when for one of them it is not clear."""
    answers = {index: means(truth, index, expression) for index in truth.seen}
    return None if None in answers.values() else tuple(index for index, yes in answers.items() if yes)


def clues_of(truth: Truth, index: int) -> list[Clue]:
    """Return every clue that is true of a thing."""
    thing = truth.thing(index)
    clues = [Clue(name, value) for name, value in truth.clear(index).items()]
    if thing.inside is not None and truth.unique(thing.inside):
        clues.append(Clue("inside", "", thing.inside))
    if thing.cell is not None:
        clues.append(Clue("cell", f"{thing.cell[0] + 1},{thing.cell[1] + 1}"))
    if not truth.scene.is_clip:
        clues += [Clue("extreme", word) for word in EXTREMES if extreme(truth, word) == index]
    beside = [(other, truth.side(index, other)) for other in truth.solid if other != index]
    return clues + [Clue("beside", word, other) for other, word in beside if word and truth.unique(other)]


def find(writer: Writer, index: int, names: Sequence[str] = ()) -> Expression | None:
    """Return an expression that means exactly this thing, or None when a few tries found none; of clues with these
    names, where any are given.
    """
    truth, thing = writer.truth, writer.truth.thing(index)
    if thing.kind != "thing":
        of = thing.of if thing.of is not None and truth.unique(thing.of) and writer.sometimes(0.6) else -1
        expression = Expression((), thing.kind, of)
        return expression if meant(truth, expression) == (index,) else None
    said = names or (CLOSED_SETS if writer.plainly else ())
    clues = [clue for clue in clues_of(truth, index) if not said or clue.name in said]
    alone = _alone(writer, index, clues) if writer.tersely() else None
    if alone:
        return Expression((alone,))
    clues = _by_taste(writer, clues)
    for count in range(min(_wanted(writer), len(clues)), min(5, len(clues)) + 1):
        expression = Expression(tuple(clues[:count]))
        if meant(truth, expression) == (index,):
            return expression
    return None


def _alone(writer: Writer, index: int, clues: Sequence[Clue]) -> Clue | None:
    """Return a clue that tells a thing from all others by itself: half of the time one that is hard to compare with a
    region, where there is such a one, else any. None when no clue does.
    """
    enough = [clue for clue in writer.shuffled(clues) if meant(writer.truth, Expression((clue,))) == (index,)]
    kinds = {clue.name: clue for clue in enough}
    hard = [kinds[name] for name in COMPARED if name in kinds]
    if hard and writer.chance(0.5):
        return writer.pick(hard)
    return writer.pick(list(kinds.values())) if kinds else None


def _wanted(writer: Writer) -> int:
    """How many clues to begin with: one where the words are plain, else one to three."""
    return 1 if writer.plainly else 1 + int(writer.rng.random() * 2.5)


def _by_taste(writer: Writer, clues: list[Clue]) -> list[Clue]:
    """Put clues in random order, what people say first mostly first; one clue of "beside" and one of "extreme" at
    most."""
    taste = {"colour": 0.6, "shape": 0.6, "beside": 0.2, "extreme": 0.1, "cell": 0.3, "inside": 0.3, "motion": 0.5}
    kept = {clue.name: clue for clue in writer.shuffled(clues)}
    return sorted(kept.values(), key=lambda clue: -writer.rng.random() - taste.get(clue.name, 0.0))


def find_none(writer: Writer) -> Expression | None:
    """Return an expression that means nothing in the scene although most of its clues are true of something."""
    truth = writer.truth
    if not truth.solid:
        return None
    index = writer.pick(truth.solid)
    clues = [clue for clue in clues_of(truth, index) if clue.name not in ("extreme", "cell", "inside")]
    alone = _alone(writer, index, clues) if writer.tersely() else None
    clues = [alone] if alone else _by_taste(writer, clues)[: _wanted(writer)]
    for _ in range(6):
        if not clues:
            return None
        place = int(writer.rng.random() * len(clues))
        changed = [*clues[:place], _changed(writer, clues[place]), *clues[place + 1 :]]
        expression = Expression(tuple(changed))
        if meant(truth, expression) == ():
            return expression
    return None


def _changed(writer: Writer, clue: Clue) -> Clue:
    if clue.name == "beside":
        return Clue("beside", OPPOSITE[clue.value] if writer.chance(0.6) else writer.pick(SIDES), clue.other)
    if clue.name == "motion":
        return Clue("motion", writer.pick(("still", "left", "right", "up", "down")))
    here = {writer.truth.clear(index).get(clue.name) for index in writer.truth.seen} - {None, clue.value}
    if here and writer.chance(0.6):
        return Clue(clue.name, writer.pick(sorted(str(value) for value in here)))
    return Clue(clue.name, writer.pick(CLOSED_SETS[clue.name]))


def say(writer: Writer, expression: Expression, article: str = "the") -> str:
    """Put an expression into words: "the small red circle left of the blue square"; article: "the", "a" or "" for
    none."""
    truth = writer.truth
    if expression.kind != "thing":
        of = f" of the {short(truth, expression.of)}" if expression.of >= 0 else ""
        return _with_article(f"{expression.kind}{of}", article)
    said = {clue.name: clue for clue in expression.clues}
    words = [said[name].value for name in ("extreme", "size", "colour", "pattern", "material") if name in said]
    if len(words) > 2 and writer.chance(0.3):
        words = [*words[:1], *writer.shuffled(words[1:])]
    phrase = joined(*words, said["shape"].value if "shape" in said else _any_noun(writer))
    return _with_article(joined(phrase, *_tail(writer, said)), article)


def _any_noun(writer: Writer) -> str:
    return "region" if not writer.truth.real else writer.pick(("thing", "object", "one", "thing"))


def _with_article(words: str, article: str) -> str:
    return a(words) if article == "a" else joined(article, words)


def _tail(writer: Writer, said: dict[str, Clue]) -> list[str]:
    truth, tail = writer.truth, []
    if "position" in said:
        tail.append(writer.pick(WHERE).format(at(said["position"].value)))
    if "cell" in said:
        row, column = said["cell"].value.split(",")
        tail.append(f"in row {row}, column {column}")
    if "inside" in said:
        tail.append(f"inside the {short(truth, said['inside'].other)}")
    if "motion" in said:
        value = said["motion"].value
        tail.append(writer.pick(MOVES["still" if value == "still" else "moving"]).format(value))
    if "beside" in said:
        clue = said["beside"]
        side = (
            f"to the {BESIDE[clue.value]}"
            if clue.value in ("left", "right") and writer.chance(0.4)
            else BESIDE[clue.value]
        )
        tail.append(f"{side} the {short(truth, clue.other)}")
    return tail

"""Questions about one region or two: what it looks like, where it is, what it lies in, and what nobody can know."""

from __future__ import annotations

from collections.abc import Sequence

from regard.data.world.facts import CLOSED_SETS, OPPOSITE, SIDES, surely_others
from regard.data.world.nouns import ADJECTIVES, HELD_OUT, HELD_OUT_ADJECTIVES, PROPERTIES, TRAINING, made_up
from regard.data.world.phrases import BESIDE, a, at, brief, short
from regard.data.world.question import Question
from regard.data.world.wording import Writer
from regard.prompts.tasks import UNKNOWN

SIDE_ANSWERS = {
    "left": ("left of it", "to the left", "to the left of it", "on the left"),
    "right": ("right of it", "to the right", "to the right of it", "on the right"),
    "above": ("above it", "over it"),
    "below": ("below it", "under it", "beneath it"),
}
ENTITIES = {"thing": "real thing", "reflection": "reflection", "shadow": "shadow"}
SIZE_WORDS = {True: ("larger", "bigger"), False: ("smaller",)}


def attribute(writer: Writer, name: str) -> Question | None:
    """Ask for one attribute of a region: colour, shape, pattern, material, size or position."""
    truth = writer.truth
    pool = truth.seen if name in ("size", "position") else truth.solid
    if name == "position" and truth.scene.is_clip and writer.chance(0.6):
        return _position_in_time(writer)
    known = [index for index in pool if name in truth.clear(index)]
    if not known:
        return None
    answer = writer.pick(sorted({truth.clear(index)[name] for index in known}))
    index = writer.pick([index for index in known if truth.clear(index)[name] == answer])
    facts = about_place(answer) if name == "position" else {"choices": list(CLOSED_SETS[name])}
    return writer.ask(name, name, answer, {"a": index}, facts=facts)


def about_place(answer: str) -> dict[str, list[str]]:
    """Return what else may be said of a place, what one chooses from, and what is wrong."""
    choices = list(CLOSED_SETS["position"])
    return {"accepted": [at(answer)], "choices": choices, "wrong": surely_others("position", answer)}


def _position_in_time(writer: Writer) -> Question | None:
    truth = writer.truth
    kind = writer.pick(("position_start", "position_end"))
    index = writer.pick(truth.seen)
    frame = truth.first[index] if kind == "position_start" else truth.last[index]
    if not truth.position_is_clear(index, frame):
        return None
    answer = truth.position(index, frame)
    return writer.ask("position", kind, answer, {"a": index}, facts=about_place(answer), mode="track")


def relation(writer: Writer) -> Question | None:
    """Ask how two regions stand to each other: where, whether, which, larger, of the same colour; in training each
    equally often."""
    if not writer.held_out:
        return writer.pick((_where, _is_beside, _larger, _same, _which_side))(writer)
    draw = writer.rng.random()
    if draw < 0.5:
        return _where(writer)
    if draw < 0.72:
        return _is_beside(writer)
    if draw < 0.86:
        return _larger(writer)
    return _same(writer) if draw < 0.94 else _which_side(writer)


def two_apart(writer: Writer) -> tuple[int, int, str] | None:
    """Return two things and on which side of the second the first clearly lies, None where no such pair is found."""
    truth, pool = writer.truth, writer.truth.seen
    if len(pool) < 2:
        return None
    for _ in range(6):
        first, second = writer.some(pool, 2)
        word = truth.side(first, second)
        if word:
            return first, second, word
    return None


def _where(writer: Writer) -> Question | None:
    pair = two_apart(writer)
    if pair is None:
        return None
    first, second, word = pair
    facts = {"accepted": SIDE_ANSWERS[word], "choices": list(SIDES), "form": "where"}
    facts |= {"wrong": wrong_sides(writer, first, second)}
    return writer.ask("relation", "relation", word, {"a": first, "b": second}, facts=facts)


def wrong_sides(writer: Writer, first: int, second: int) -> list[str]:
    """Return the sides of `second` of which nobody would say that `first` lies there."""
    return [side for side in SIDES if writer.truth.surely_not(first, second, side)]


def _is_beside(writer: Writer) -> Question | None:
    pair = two_apart(writer)
    if pair is None:
        return None
    first, second, word = pair
    answer = "yes" if writer.chance(0.5) else "no"
    if answer == "no":
        wrong = wrong_sides(writer, first, second)
        word = OPPOSITE[word] if writer.chance(0.6) or not wrong else writer.pick(wrong)
    return _yes_no(writer, "relation", f"{_side_words(writer, word)} {{b}}", answer, {"a": first, "b": second})


def _side_words(writer: Writer, word: str) -> str:
    forms = {"left": ("left of", "to the left of"), "right": ("right of", "to the right of")}
    return writer.pick(
        forms.get(word, (BESIDE[word], BESIDE[word], {"above": "over", "below": "under"}.get(word, word)))
    )


def _larger(writer: Writer) -> Question | None:
    if len(writer.truth.seen) < 2:
        return None
    first, second = writer.some(writer.truth.seen, 2)
    larger = writer.truth.larger(first, second)
    if larger is None:
        return None
    slots, asked = {"a": first, "b": second}, writer.chance(0.5)
    if writer.chance(0.5):
        word = writer.pick(SIZE_WORDS[asked])
        return _yes_no(writer, "relation", f"{word} than {{b}}", "yes" if asked == larger else "no", slots)
    answer = "{a}" if asked == larger else "{b}"
    return writer.ask(
        "relation", "which_of_two", answer, slots, {"p": writer.pick(SIZE_WORDS[asked])}, {"form": "which"}
    )


def _same(writer: Writer) -> Question | None:
    truth = writer.truth
    name = writer.pick(("colour", "colour", "shape", "size"))
    known = [index for index in truth.solid if name in truth.clear(index)]
    same, other = writer.chance(0.5), writer.chance(0.4)
    if len(known) < 2:
        return None
    for _ in range(8):
        first, second = writer.some(known, 2)
        if (truth.clear(first)[name] == truth.clear(second)[name]) == same:
            phrase = f"of a different {name} than {{b}}" if other else f"the same {name} as {{b}}"
            return _yes_no(writer, "relation", phrase, "yes" if same != other else "no", {"a": first, "b": second})
    return None


def _which_side(writer: Writer) -> Question | None:
    pair = two_apart(writer)
    if pair is None:
        return None
    phrase = {"left": "further left", "right": "further right", "above": "higher", "below": "lower"}
    asked = pair[2] if writer.chance(0.5) else OPPOSITE[pair[2]]
    words = {"p": writer.pick((phrase[asked], f"{phrase[asked]} in the picture"))}
    answer = "{a}" if asked == pair[2] else "{b}"
    return writer.ask("relation", "which_of_two", answer, {"a": pair[0], "b": pair[1]}, words, {"form": "which"})


def _yes_no(writer: Writer, skill: str, phrase: str, answer: str, slots: dict[str, int]) -> Question:
    facts = {"choices": ["yes", "no"], "form": "yes_no"}
    verify = skill == "verify" or (skill != "yes_no" and writer.chance(0.1))
    return writer.ask(skill, "verify" if verify else "is", answer, slots, {"p": phrase}, facts)


def yes_no(writer: Writer, skill: str = "yes_no") -> Question | None:
    """Put an attribute, or two together, up for yes or no; yes and no equally often, with words of the scene among
    the wrong ones."""
    truth = writer.truth
    if not truth.solid:
        return None
    index = writer.pick(truth.solid)
    known = truth.clear(index)
    names = [name for name in known if name in CLOSED_SETS for _ in CLOSED_SETS[name]]  # many values, often asked
    if not names:
        return None
    drawn = list(dict.fromkeys(writer.shuffled(names)))
    said = {name: known[name] for name in drawn[: 2 if writer.sometimes(0.4) else 1]}
    answer = "yes" if writer.chance(0.5) else "no"
    if answer == "no":
        wrong = writer.pick(list(said))
        said[wrong] = other_value(writer, wrong, said[wrong])
    return _yes_no(writer, skill, predicate(writer, said), answer, {"a": index})


def verify(writer: Writer) -> Question | None:
    """Put a statement up for checking."""
    return yes_no(writer, "verify")


def other_value(writer: Writer, name: str, value: str) -> str:
    """Return another value of an attribute that nobody would say too, mostly one that the scene shows elsewhere."""
    wrong = surely_others(name, value)
    shown = {writer.truth.clear(index).get(name) for index in writer.truth.solid}
    here = [word for word in wrong if word in shown]
    return writer.pick(here if here and writer.chance(0.6) else wrong)


def predicate(writer: Writer, said: dict[str, str]) -> str:
    """Return what can stand after "is": "red", "a red circle", "large and red", "striped and at the top left"."""
    adjectives = [said[name] for name in ("size", "colour", "pattern", "material") if name in said]
    if "shape" in said:
        words = a(" ".join([*adjectives, said["shape"]]))
    elif adjectives and writer.chance(0.2):
        words = a(" ".join([*adjectives, writer.pick(("thing", "object") if writer.truth.real else ("region",))]))
    else:
        words = " and ".join(adjectives)
    where = at(said["position"]) if "position" in said else ""
    where += " of the picture" if where and writer.chance(0.2) else ""
    return f"{words} and {where}" if words and where else words or where


def unknown_noun(writer: Writer) -> Question | None:
    """Ask what cannot be seen in this world, or name a thing that is not of it: the answer is that it is not known."""
    truth = writer.truth
    if not truth.seen:
        return None
    index = writer.pick(truth.solid or truth.seen)
    facts = {"accepted": ["i don't know", "unknown"]}
    if writer.chance(0.3 if writer.held_out else 0.4):
        named = None if writer.held_out else {"n": _property(writer)}
        return writer.ask("unknown_noun", "unknown", UNKNOWN, {"a": index}, named, facts)
    words, phrase = _unknown_phrase(writer, index)
    kind = "verify" if writer.chance(0.12) else "is"
    return writer.ask("unknown_noun", kind, UNKNOWN, {"a": index}, {"p": phrase}, {**facts, "unknown": words})


def _property(writer: Writer) -> str:
    """Return what cannot be seen of a thing, or a word that says nothing."""
    return writer.pick(PROPERTIES) if writer.chance(0.5) else _training_noun(writer)


def _training_noun(writer: Writer) -> str:
    noun = writer.pick(TRAINING)
    return made_up(writer.rng) if writer.chance(0.35) else noun


def _unknown_phrase(writer: Writer, index: int) -> tuple[str, str]:
    if writer.chance(0.15):
        word = writer.pick(HELD_OUT_ADJECTIVES if writer.held_out else ADJECTIVES)
        return word, word
    noun = writer.pick(HELD_OUT) if writer.held_out else _training_noun(writer)
    known: Sequence[str] = [value for name, value in writer.truth.clear(index).items() if name in ("colour", "size")]
    return noun, a(f"{writer.pick(known)} {noun}" if known and writer.chance(0.25) else noun)


def entity(writer: Writer) -> Question | None:
    """Ask whether a region is a real thing, a reflection or a shadow; only in scenes that have a reflection or
    shadow."""
    truth = writer.truth
    if not truth.unreal:
        return None
    index = writer.pick(truth.unreal) if writer.chance(0.6) or not truth.real else writer.pick(truth.real)
    kind = truth.thing(index).kind
    if writer.chance(0.25):
        said = kind if writer.chance(0.5) else writer.pick([word for word in ENTITIES if word != kind])
        return _yes_no(writer, "entity", a(ENTITIES[said]), "yes" if said == kind else "no", {"a": index})
    facts = {
        "accepted": {"thing": ["real", "thing", "it is real"]}.get(kind, [f"a {kind}"]),
        "choices": list(ENTITIES.values()),
    }
    return writer.ask("entity", "entity", ENTITIES[kind], {"a": index}, facts=facts)


def grid(writer: Writer) -> Question | None:
    """Ask for row, column or cell of a region, or what lies in a cell; rows and columns count from 1."""
    truth = writer.truth
    placed = [index for index in truth.solid if truth.thing(index).cell is not None]
    if truth.scene.grid is None or not placed:
        return None
    often = 1 if writer.held_out else 3  # what lies in a cell is the hardest to learn
    kind = writer.pick(("grid_row", "grid_column", "grid_cell", "grid_cell", *("grid_what",) * often))
    if kind == "grid_what":
        return _grid_what(writer, placed)
    index = writer.pick(placed)
    row, column = (number + 1 for number in truth.thing(index).cell or (0, 0))
    answers = {"grid_row": f"{row}", "grid_column": f"{column}", "grid_cell": f"row {row}, column {column}"}
    other = {
        "grid_row": [f"row {row}"],
        "grid_column": [f"column {column}"],
        "grid_cell": [f"row {row} and column {column}"],
    }
    return writer.ask("grid", kind, answers[kind], {"a": index}, facts={"accepted": other[kind], "form": kind})


def _grid_what(writer: Writer, placed: list[int]) -> Question:
    truth = writer.truth
    rows, columns = truth.scene.grid or (1, 1)
    taken = {truth.thing(index).cell: index for index in placed}
    free = [(row, column) for row in range(rows) for column in range(columns) if (row, column) not in taken]
    cell = writer.pick(free) if free and writer.chance(0.2) else truth.thing(writer.pick(placed)).cell or (0, 0)
    words = {"r": str(cell[0] + 1), "c": str(cell[1] + 1)}
    there = taken.get(cell)
    answer = "nothing" if there is None else a(short(truth, there))
    accepted = [] if there is None else [brief(truth, there)]
    return writer.ask("grid", "grid_what", answer, words=words, facts={"accepted": accepted, "form": "grid_what"})


def containment(writer: Writer) -> Question | None:
    """Ask what a region lies in, what it holds, or whether it lies in another."""
    truth = writer.truth
    held = [index for index in truth.real if truth.thing(index).inside is not None]
    if not held or len(truth.real) < 2:
        return None
    draw = writer.rng.random()
    if draw < 0.5:
        return _is_inside(writer, held)
    if draw < 0.75:
        index = writer.pick(held) if writer.chance(0.7) else writer.pick(truth.real)
        inside = truth.thing(index).inside
        answer = "nothing" if inside is None else a(short(truth, inside))
        return writer.ask("containment", "contents", answer, {"a": index}, facts={"form": "contents"})
    box = truth.thing(writer.pick(held)).inside
    contents = [index for index in held if truth.thing(index).inside == box]
    if box is None or len(contents) != 1:
        return None
    return writer.ask("containment", "holds", a(short(truth, contents[0])), {"a": box}, facts={"form": "holds"})


def _is_inside(writer: Writer, held: list[int]) -> Question | None:
    truth = writer.truth
    index = writer.pick(held)
    inside = truth.thing(index).inside
    if inside is None:
        return None
    answer = "yes" if writer.chance(0.5) else "no"
    pairs = [(index, inside)] if answer == "yes" else _not_inside(writer, index, inside)
    first, second = writer.pick(pairs)
    return _yes_no(writer, "containment", "inside {b}", answer, {"a": first, "b": second})


def _not_inside(writer: Writer, index: int, inside: int) -> list[tuple[int, int]]:
    """The thing outside asked about its content, others in the same container's place, the thing in another thing."""
    thing = writer.truth.thing
    others = [other for other in writer.truth.real if other not in (index, inside) and thing(other).inside != inside]
    outside = [(other, inside) for other in others if thing(inside).inside != other]
    return [(inside, index), *outside, *((index, other) for other in others if thing(inside).inside != other)]

"""Noun phrases and descriptions of things, always in the same order of words, so that they can be learned and read
back."""

from __future__ import annotations

from regard.data.world.facts import POSITIONS, SIZES, Truth
from regard.regions.words import POSITION_MARGIN, SIZE_MARGIN, position_word, size_word

BESIDE = {"left": "left of", "right": "right of", "above": "above", "below": "below"}
PLURAL = {"cross": "crosses"}
_BEFORE = {"centre": "in", "left": "on", "right": "on"}
SPEED = {"slow": " slowly", "fast": " fast", "": ""}


def a(words: str) -> str:
    """Put "a" or "an" before words."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def plural(noun: str) -> str:
    """Return the plural of a noun of the world."""
    return PLURAL.get(noun, f"{noun}s")


def at(position: str) -> str:
    """Return "at the top left", "on the left", "in the centre"."""
    return f"{_BEFORE.get(position, 'at')} the {position}"


def noun(truth: Truth, index: int) -> str:
    """Return the shape's name; "region" for a piece of a photograph."""
    shape = truth.thing(index).shape
    return "region" if shape == "patch" else shape


def joined(*words: str) -> str:
    """Join words with spaces, leaving out the empty ones."""
    return " ".join(word for word in words if word)


def short(truth: Truth, index: int) -> str:
    """Return colour and shape, without an article: "red circle"; "shadow of a red circle"."""
    thing = truth.thing(index)
    if thing.kind != "thing":
        return thing.kind if thing.of is None else f"{thing.kind} of {a(short(truth, thing.of))}"
    return joined(thing.colour, noun(truth, index))


def brief(truth: Truth, index: int) -> str:
    """Return a brief description: "a large red striped circle"; a plain pattern is not said."""
    thing = truth.thing(index)
    if thing.kind != "thing":
        return a(joined(truth.size(index), short(truth, index)))
    pattern = "" if thing.pattern == "plain" else thing.pattern
    return a(joined(truth.size(index), thing.colour, pattern, noun(truth, index)))


def attributes(truth: Truth, index: int) -> dict[str, str]:
    """Return all that a detailed description states of a thing, by name, in the order in which it is said."""
    thing = truth.thing(index)
    real = thing.kind == "thing"
    said = {
        "kind": thing.kind,
        "size": truth.size(index),
        "colour": thing.colour if real else "",
        "pattern": thing.pattern if real else "",
        "material": thing.material if real else "",
        "shape": noun(truth, index) if real else "",
        "of": short(truth, thing.of) if thing.of is not None else "",
        "position": truth.position(index),
        "cell": f"row {thing.cell[0] + 1}, column {thing.cell[1] + 1}" if thing.cell else "",
        "inside": short(truth, thing.inside) if thing.inside is not None else "",
        **_motion(truth, index),
        "relation": relation(truth, index),
    }
    return {name: value for name, value in said.items() if value}


def _motion(truth: Truth, index: int) -> dict[str, str]:
    if not truth.scene.is_clip:
        return {}
    motion = truth.thing(index).motion
    path = f"turns {motion.after}" if motion.path == "turns" else motion.path
    return {"motion": motion.direction, "speed": motion.speed, "path": path}


def relations(truth: Truth, index: int) -> list[str]:
    """Return every true "left of a blue square" of a thing, the nearest first; what has no clear colour is left out."""
    x, y = truth.place(index)
    others = [other for other in truth.solid if truth.thing(other).colour and truth.side(index, other)]
    others.sort(key=lambda other: (truth.place(other)[0] - x) ** 2 + (truth.place(other)[1] - y) ** 2)
    return [f"{BESIDE[truth.side(index, other)]} {a(short(truth, other))}" for other in others]


def relation(truth: Truth, index: int) -> str:
    """Return where a thing lies relative to its nearest clear neighbour, "" when there is none."""
    return next(iter(relations(truth, index)), "")


def detailed(said: dict[str, str]) -> str:
    """Write a detailed description from `attributes`: one to three sentences in a fixed order."""
    if said["kind"] == "thing":
        head = joined(*(said.get(name, "") for name in ("size", "colour", "pattern", "material", "shape")))
    else:
        head = joined(said["size"], said["kind"]) + (f" of {a(said['of'])}" if "of" in said else "")
    first = f"{a(head)} {at(said['position'])}"
    first += f", in {said['cell']}" if "cell" in said else ""
    first += f", inside {a(said['inside'])}" if "inside" in said else ""
    sentences = [first, movement(said), f"it is {said['relation']}" if "relation" in said else ""]
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences if sentence)


def movement(said: dict[str, str]) -> str:
    """Return "it moves left fast and then turns up" and the like; "" for a picture."""
    direction, path = said.get("motion", ""), said.get("path", "")
    if direction in ("", "still"):
        return "it does not move" if direction else ""
    verb = "keeps moving" if path == "straight" else "moves"
    ending = f" and then {path}" if path not in ("", "straight") else ""
    return f"it {verb} {direction}{SPEED[said.get('speed', '')]}{ending}"


def alternatives(truth: Truth, index: int) -> dict[str, list[str]]:
    """Return for each stated attribute the other values that are true too, or that careful people might say."""
    x, y, share = truth.measure(index)
    margins = (-POSITION_MARGIN, 0.0, POSITION_MARGIN)
    places = {position_word(_inside(x + dx), _inside(y + dy)) for dx in margins for dy in margins}
    shares = {size_word(min(share * factor, 1.0)) for factor in (1 - SIZE_MARGIN, 1.0, 1 + SIZE_MARGIN)}
    return {
        "position": [word for word in POSITIONS if word in places],
        "size": [word for word in SIZES if word in shares],
        "relation": relations(truth, index),
    }


def _inside(value: float) -> float:
    return min(max(value, 0.0), 1.0)

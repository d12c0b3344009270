"""Questions about what happens in a clip: motion, order, collisions, hiding, appearing, leaving, and what comes
next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regard.data.world.facts import Truth
from regard.data.world.phrases import a, short
from regard.data.world.question import Question
from regard.data.world.scene import Event, Motion
from regard.data.world.wording import Writer, enumerate_words

DIRECTIONS = ("left", "right", "up", "down")
LEAST_DELAY = 0.2  # share of the clip's duration between two starts that are told apart
DIRECTION_ANSWERS = {
    "left": ("to the left", "leftwards", "it moves left"),
    "right": ("to the right", "rightwards", "it moves right"),
    "up": ("upwards", "it moves up"),
    "down": ("downwards", "it moves down"),
    "still": ("it does not move", "it is still", "not at all"),
}


def movers(truth: Truth) -> list[int]:
    """Return the drawn things that move."""
    return [index for index in truth.solid if not truth.still(index)]


def motion_direction(writer: Writer) -> Question | None:
    """Ask which way a region moves (at first), or whether it moves some way."""
    truth = writer.truth
    if not truth.scene.is_clip or not truth.solid:
        return None
    direction = writer.pick(sorted({truth.thing(index).motion.direction for index in truth.solid}))
    index = writer.pick([index for index in truth.solid if truth.thing(index).motion.direction == direction])
    motion = truth.thing(index).motion
    if writer.chance(0.25):
        return _moves(writer, index)
    if motion.path == "turns" and writer.chance(0.4):
        facts = _about_way(motion, motion.after, DIRECTIONS) | {"form": "turn"}
        return writer.ask("motion_direction", "turn", motion.after, {"a": index}, facts=facts)
    facts = _about_way(motion, motion.direction, (*DIRECTIONS, "still"))
    return writer.ask("motion_direction", "motion_direction", motion.direction, {"a": index}, facts=facts)


def _about_way(motion: Motion, answer: str, choices: Sequence[str]) -> dict[str, Any]:
    wrong = [word for word in choices if word not in (motion.direction, motion.after)]
    return {"accepted": DIRECTION_ANSWERS[answer], "choices": list(choices), "wrong": wrong}


def _moves(writer: Writer, index: int) -> Question:
    motion = writer.truth.thing(index).motion
    true = {motion.direction, motion.after} - {""}
    answer = "yes" if writer.chance(0.5) else "no"
    if motion.direction == "still":
        phrase = "move" if answer == "no" and writer.chance(0.4) else f"move {writer.pick(DIRECTIONS)}"
        answer = "no"
    elif answer == "yes":
        phrase = "move" if writer.chance(0.2) else f"move {writer.pick(sorted(true))}"
    else:
        phrase = f"move {writer.pick([word for word in DIRECTIONS if word not in true])}"
    facts = {"choices": ["yes", "no"], "form": "yes_no"}
    return writer.ask("motion_direction", "does", answer, {"a": index}, {"p": phrase}, facts)


def motion_speed(writer: Writer) -> Question | None:
    """Ask whether a region moves slowly or fast, or which of two is faster."""
    truth = writer.truth
    fast = {index: truth.thing(index).motion.speed for index in movers(truth) if truth.thing(index).motion.speed}
    if not fast:
        return None
    if len(set(fast.values())) == 2 and writer.chance(0.3):
        first, second = (
            writer.pick([index for index, speed in fast.items() if speed == word]) for word in ("fast", "slow")
        )
        asked = writer.pick(("faster", "slower"))
        pair = {"a": first, "b": second} if writer.chance(0.5) else {"b": first, "a": second}
        right = first if asked == "faster" else second
        answer = next(f"{{{name}}}" for name, index in pair.items() if index == right)
        return writer.ask("motion_speed", "which_of_two", answer, pair, {"p": asked}, {"form": "which"})
    index = writer.pick(list(fast))
    facts = {"accepted": [{"slow": "slowly", "fast": "quickly"}[fast[index]]], "choices": ["slow", "fast"]}
    return writer.ask("motion_speed", "motion_speed", fast[index], {"a": index}, facts=facts)


def path(writer: Writer) -> Question | None:
    """Ask whether a region goes straight, turns or stops."""
    truth = writer.truth
    paths: dict[str, list[int]] = {}
    for index in movers(truth):
        paths.setdefault(truth.thing(index).motion.path, []).append(index)
    paths.pop("", None)
    if not paths:
        return None
    word = writer.pick(sorted(paths))
    accepted = {"straight": ["it goes straight", "it goes straight on"], "turns": ["it turns"], "stops": ["it stops"]}[
        word
    ]
    facts = {"accepted": accepted, "choices": ["straight", "turns", "stops"]}
    return writer.ask("path", "path", word, {"a": writer.pick(paths[word])}, facts=facts)


def moved_first(writer: Writer) -> Question | None:
    """Ask which of two moving regions started first; the answer is its number."""
    truth = writer.truth
    moving = movers(truth)
    least = LEAST_DELAY * truth.scene.duration
    pairs = [
        (one, other)
        for one in moving
        for other in moving
        if truth.thing(other).motion.start - truth.thing(one).motion.start >= max(least, 1e-6)
    ]
    if not pairs:
        return None
    first, second = writer.pick(pairs)
    slots = {"a": first, "b": second} if writer.chance(0.5) else {"a": second, "b": first}
    answer = "{a}" if slots["a"] == first else "{b}"
    return writer.ask("moved_first", "moved_first", answer, slots, facts={"form": "which"})


def outcomes(truth: Truth, index: int) -> list[str]:
    """Return what a moving thing does after its first movement, in the order of time; never empty."""
    motion = truth.thing(index).motion
    later = [event for event in truth.events(index) if event.start > motion.start]
    found = [(event.start, f"it goes behind {_other(truth, event)}") for event in later if event.kind == "hides"]
    found += [(event.start, _way_out(truth, index)) for event in later if event.kind == "leaves"]
    found += [(moment, f"it collides with {a(short(truth, other))}") for moment, other in _meetings(truth, index)]
    if motion.path in ("turns", "stops"):
        moment = next((event.start for event in later if event.kind == motion.path), motion.end)
        found.append((moment, f"it turns {motion.after}" if motion.path == "turns" else "it stops"))
    found.sort(key=lambda pair: pair[0])
    return list(dict.fromkeys(text for _, text in found)) or [f"it keeps moving {motion.direction}"]


def _way_out(truth: Truth, index: int) -> str:
    return "it leaves the picture" if truth.goes_out(index) else "it disappears"


def _other(truth: Truth, event: Event) -> str:
    return "something" if event.other is None else a(short(truth, event.other))


def _meetings(truth: Truth, index: int) -> list[tuple[float, int]]:
    """Return (seconds, other thing) of the collisions on a thing's way; one that only sets it going is not its own."""
    begin = truth.thing(index).motion.start
    events = [event for event in truth.scene.events if event.kind == "collides" and event.start > begin]
    both = [(event.start, event.thing, event.other) for event in events if index in (event.thing, event.other)]
    return [(start, other if one == index else one) for start, one, other in both if other in truth.seen]


def ending(truth: Truth, index: int) -> str:
    """Return what a moving thing does at the end of the clip."""
    motion = truth.thing(index).motion
    last = truth.scene.duration
    if truth.events(index, "leaves"):
        return _way_out(truth, index)
    covers = [event for event in truth.events(index, "hides") if event.end >= last - 1e-6]
    if covers:
        return f"it goes behind {_other(truth, covers[0])}"
    if motion.path == "turns":
        return f"it turns {motion.after}"
    return "it stops" if motion.path == "stops" else f"it keeps moving {motion.direction}"


def hit_by(truth: Truth, index: int) -> list[int]:
    """Return the things that a thing collides with, whichever of them moved."""
    pairs = [(event.thing, event.other) for event in truth.scene.events if event.kind == "collides"]
    others = [other if one == index else one for one, other in pairs if index in (one, other)]
    return [other for other in dict.fromkeys(others) if other is not None and other in truth.seen]


def happens_next(writer: Writer) -> Question | None:
    """Ask what a moving region does after its first movement, openly or with choices, or what it does at the end."""
    truth = writer.truth
    ways: dict[str, list[int]] = {}
    for index in movers(truth):
        ways.setdefault(outcomes(truth, index)[0].split()[1], []).append(index)
    if not ways:
        return None
    index = writer.pick(ways[writer.pick(sorted(ways))])
    direction, slots = truth.thing(index).motion.direction, {"a": index}
    if writer.chance(0.25):
        return writer.ask("happens_next", "happens_end", ending(truth, index), slots, facts={"form": "end"})
    true = outcomes(truth, index)[0]
    if not writer.chance(0.4):
        return writer.ask("happens_next", "happens_next", true, slots, {"m": direction}, {"form": "next"})
    labels = _options(writer, index, true)
    words = {"m": direction, "labels": ", ".join(labels), "either": enumerate_words(labels)}
    return writer.ask("happens_next", "happens_choice", true, slots, words, {"choices": labels, "form": "choice"})


def _options(writer: Writer, index: int, true: str) -> list[str]:
    """The true outcome among up to three that do not come about at any time."""
    direction = writer.truth.thing(index).motion.direction
    excluded = set(outcomes(writer.truth, index))
    if any("goes behind" in outcome for outcome in excluded):
        excluded |= {"it disappears", "it leaves the picture"}  # what goes behind something is out of sight too
    pool = [f"it turns {word}" for word in DIRECTIONS if word != direction]
    pool += ["it stops", "it leaves the picture", "it disappears", f"it keeps moving {direction}"]
    wrong = writer.some([option for option in pool if option not in excluded], 1 + int(writer.rng.random() * 3))
    return writer.shuffled([true, *wrong])


def appears(writer: Writer) -> Question | None:
    """Ask whether a region is there from the start or appears later; both equally often where a scene has both."""
    truth = writer.truth
    if not truth.scene.is_clip:
        return None
    later = [index for index in truth.solid if truth.events(index, "appears") and truth.first[index] > 0]
    early = [index for index in truth.solid if truth.first[index] == 0]
    if not later or not early:
        return None
    late = writer.chance(0.5)
    answer = "it appears later" if late else "from the start"
    accepted = ["it appears", "later"] if late else ["it is there from the start"]
    facts = {"accepted": accepted, "choices": ["it appears later", "from the start"]}
    return writer.ask("appears", "appears", answer, {"a": writer.pick(later if late else early)}, facts=facts)


def leaves(writer: Writer) -> Question | None:
    """Ask whether a region leaves the picture or disappears; yes and no equally often, only where something does."""
    truth = writer.truth
    gone = [index for index in truth.solid if truth.events(index, "leaves")]
    others = [index for index in truth.solid if truth.last[index] == truth.scene.frame_count - 1 and index not in gone]
    if not gone or not others:
        return None
    answer = "yes" if writer.chance(0.5) else "no"
    index = writer.pick(gone if answer == "yes" else others)
    out = truth.goes_out(index) if answer == "yes" else any(truth.goes_out(other) for other in gone)
    phrase = writer.pick(("leave the picture", "go out of the picture") if out else ("disappear", "vanish"))
    return _does(writer, "leaves", index, phrase, answer)


def _does(writer: Writer, skill: str, index: int, phrase: str, answer: str, other: int | None = None) -> Question:
    slots = {"a": index} if other is None else {"a": index, "b": other}
    return writer.ask(skill, "does", answer, slots, {"p": phrase}, {"choices": ["yes", "no"], "form": "yes_no"})


def collides(writer: Writer) -> Question | None:
    """Ask whether two regions collide, or with what one collides; only in clips with a collision."""
    truth = writer.truth
    hits = {index: hit_by(truth, index) for index in truth.solid}
    hitting = [index for index, others in hits.items() if others]
    if not hitting:
        return None
    index = writer.pick(hitting)
    if len(hits[index]) == 1 and writer.chance(0.35):
        return writer.ask(
            "collides", "collides_with", a(short(truth, hits[index][0])), {"a": index}, facts={"form": "what"}
        )
    answer = "yes" if writer.chance(0.5) else "no"
    pool = (
        hits[index]
        if answer == "yes"
        else [other for other in truth.solid if other != index and other not in hits[index]]
    )
    if not pool:
        return None
    phrase = writer.pick(("collide with {b}", "hit {b}", "bump into {b}"))
    return _does(writer, "collides", index, phrase, answer, writer.pick(pool))


def hides(writer: Writer) -> Question | None:
    """Ask whether something hides a region, or what does; only in clips in which something is hidden."""
    truth = writer.truth
    hidden = {index: truth.events(index, "hides") for index in truth.solid}
    behind = [index for index, events in hidden.items() if events]
    if not behind:
        return None
    index = writer.pick(behind)
    others = {event.other for event in hidden[index] if event.other is not None}
    if len(others) == 1 and writer.chance(0.5):
        return writer.ask("hides", "hidden_by", a(short(truth, others.pop())), {"a": index}, facts={"form": "what"})
    answer = "yes" if writer.chance(0.5) else "no"
    open_things = [other for other in truth.solid if not hidden[other]]
    if answer == "no" and not open_things:
        return None
    index = index if answer == "yes" else writer.pick(open_things)
    return _does(writer, "hides", index, writer.pick(("go behind something", "hide behind something")), answer)

"""Putting a question into words: a template, names for the regions, spelling, polite frames, and regions that nobody
asks about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from regard.data.world.facts import Truth
from regard.data.world.hasty import hasty
from regard.data.world.question import Question
from regard.data.world.reading import normalise
from regard.data.world.templates import (
    Wording,
    attributes,
    choosing,
    clips,
    finding,
    places,
    relations,
    scenes,
    wording,
)
from regard.prompts import tasks
from regard.prompts.sample import TaskCall

WORDINGS: dict[str, Wording] = {
    **attributes.WORDINGS,
    **places.WORDINGS,
    **relations.WORDINGS,
    **choosing.WORDINGS,
    **scenes.WORDINGS,
    **clips.WORDINGS,
    **finding.WORDINGS,
}

# How a region may be called in a sentence, the frame around a question, and the sentence that lists regions.
NAMES = wording(
    """
    the object {}
    the marked area {}
    the thing {}
    region {}
    the thing in {}
    the area {}
    the object in {}
    item {}
    the item {}
    """,
    """
    the marked thing {}
    the part marked {}
    the thing marked {}
    """,
)
FRAMES = wording(
    """
    Please: {}
    {} Please.
    Hello! {}
    Tell me: {}
    Question: {}
    {} Answer briefly.
    A question: {}
    {} Thanks!
    Please answer. {}
    I have a question. {}
    Hey there. {}
    {} I am curious.
    Help me. {}
    Now another one: {}
    {} A short answer will do.
    Next: {}
    {} Be honest.
    I am testing you. {}
    Dear assistant, {}
    Good morning. {}
    {} What do you think?
    Look closely. {}
    {} Take your time.
    You can see this. {}
    {} Many thanks.
    {} That is all.
    {} Go on.
    {} I need to know.
    All right. {}
    """,
    """
    Hi. {}
    One more question: {}
    Please tell me: {}
    {} Thank you.
    Here is my question. {}
    """,
)
LISTS = wording(
    """
    There are {count} regions: {regions}. {}
    Regions: {regions}. {}
    {} The regions are {regions}.
    I marked {regions}. {}
    Look at {regions}. {}
    We have {regions}. {}
    {regions} are marked. {}
    """,
    """
    Here are {count} regions: {regions}. {}
    You see {regions}. {}
    {} These regions are marked: {regions}.
    """,
)
PLAIN = 3  # how many wordings of a kind are enough to learn what is asked
TRACKED = 0.75  # the share of regions of clips that are given on all frames
HASTE = 0.25  # the share of training questions that are written in haste
COUNTS = ("no", "one", "two", "three", "four", "five", "six")
SPELLINGS = tuple(
    (re.compile(rf"\b{word}\b"), other, share)
    for word, other, share in (
        ("colour", "color", 0.45),
        ("gray", "grey", 0.35),
        ("centre", "center", 0.4),
        ("large", "big", 0.25),
        ("larger", "bigger", 0.4),
        ("largest", "biggest", 0.4),
    )
)

Item = TypeVar("Item")


def enumerate_regions(numbers: Sequence[int], last: str = "and") -> str:
    """Return "<region1>, <region2> and <region3>"."""
    names = [tasks.placeholder(number) for number in numbers]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def enumerate_words(words: Sequence[str], last: str = "or") -> str:
    """Return "red, green or blue"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


class Writer:
    """Writes questions about one scene with the random numbers of `rng`.

    `held_out` takes only wordings that training never sees; `plainly` only the first few of training, with nothing
    put around them. `swapped`: how often two regions come against the order of their numbers, in training. `absent`:
    how often what is to be found is not there. `tracked`: how often regions of clips are given on all frames, in
    training. `terse`: how often, in training, an expression is a single clue, where one is enough.
    """

    def __init__(
        self,
        truth: Truth,
        rng: np.random.Generator,
        held_out: bool = False,
        plainly: bool = False,
        swapped: float = 0.5,
        absent: float = 0.25,
        tracked: float = TRACKED,
        terse: float = 0.0,
    ) -> None:
        self.truth = truth
        self.rng = rng
        self.held_out = held_out
        self.plainly = plainly
        self.swapped = swapped
        self.absent = absent
        self.tracked = tracked
        self.terse = terse

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.rng.random() < probability

    def sometimes(self, probability: float) -> bool:
        """Return True with this probability, and never where the words are plain."""
        return self.chance(probability) and not self.plainly

    def tersely(self) -> bool:
        """Return whether the next expression is to be a single clue; takes no random number where none ever is."""
        return not self.held_out and self.terse > 0 and self.chance(self.terse)

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[int(self.rng.random() * len(items))]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """Return the items in random order."""
        pool = list(items)
        for last in range(len(pool) - 1, 0, -1):
            other = int(self.rng.random() * (last + 1))
            pool[last], pool[other] = pool[other], pool[last]
        return pool

    def some(self, items: Sequence[Item], count: int) -> list[Item]:
        """Return up to `count` different items in random order."""
        return self.shuffled(items)[:count]

    def of(self, wording: Wording) -> str:
        """Return one template of a wording, of the kind that this writer may use; written ones as often as composed
        ones."""
        if self.held_out:
            return self.pick(wording.held_out)
        written = PLAIN if self.plainly else wording.written
        return self.pick(wording.training[:written] if self.plainly or self.chance(0.5) else wording.training)

    def ask(
        self,
        skill: str,
        kind: str,
        answer: str,
        slots: Mapping[str, int] | None = None,
        words: Mapping[str, str] | None = None,
        facts: Mapping[str, Any] | None = None,
        mode: str = "",
        calls: tuple[TaskCall, ...] = (),
    ) -> Question:
        """Write a question from a template of `kind`. `slots` says which thing {a} (and {b}) is, `words` fills the
        other slots.

        With some probability further regions are listed that are not asked about. An answer "{a}" becomes the number
        of that region.
        """
        slots = dict(slots or {})
        things = self.regions_for(list(slots.values()))
        numbers = {name: things.index(index) + 1 for name, index in slots.items()}
        template = self.of(WORDINGS[kind])
        named = {name: self._name(number) for name, number in numbers.items()}
        bare = {f"{name}_": tasks.placeholder(number) for name, number in numbers.items()}
        text = template.format(**{**named, **bare, **(words or {})})
        text = text.format(**named) if words and "{" in text else text
        choices = "labels" in (words or {})
        kept = tuple((words or {}).values())
        text = self.dress(text, len(things), len(things) > len(set(slots.values())), respell=not choices, kept=kept)
        answer = answer.format(**numbers) if "{" in answer else answer
        return self.question(skill, text, answer, things, facts, mode, calls)

    def fixed(
        self, skill: str, text: str, answer: str, things: Sequence[int], facts: Mapping[str, Any] | None = None
    ) -> Question:
        """Make a question whose text is given as it is: the verbs' own wording."""
        return self.question(skill, text, answer, things, facts)

    def question(
        self,
        skill: str,
        text: str,
        answer: str,
        things: Sequence[int],
        facts: Mapping[str, Any] | None = None,
        mode: str = "",
        calls: tuple[TaskCall, ...] = (),
    ) -> Question:
        """Make a `Question`; the region mode is drawn for clips (plain questions have tracks), and "accepted" always
        has the answer itself.
        """
        known = dict(facts or {})
        known["accepted"] = sorted({normalise(answer), *(normalise(word) for word in known.get("accepted", ()))})
        tracked = TRACKED if self.held_out else self.tracked
        mode = mode or ("track" if self.truth.scene.is_clip and (self.plainly or self.chance(tracked)) else "frame")
        return Question(skill, text, answer, tuple(things), known, mode, calls)

    def dress(
        self, text: str, count: int = 0, list_all: bool = False, respell: bool = True, kept: tuple[str, ...] = ()
    ) -> str:
        """Put a frame around a question, list its regions if asked, vary the spelling, write some in haste, with the
        phrases in `kept` as they are; a share is written all in lower case."""
        text = text[0].upper() + text[1:]
        if self.sometimes(0.12):
            text = self.of(FRAMES).format(text)
        if list_all:
            numbers = range(1, count + 1)
            text = self.of(LISTS).format(text, count=COUNTS[count], regions=enumerate_regions(numbers))
        if self.plainly:
            return text
        if respell and not self.held_out and self.chance(HASTE):
            text = hasty(text, self.rng, kept)
        if respell and self.chance(0.6):
            text = self._respelled(text)
        return text.lower().rstrip("?.") if self.chance(0.15) else text

    def _respelled(self, text: str) -> str:
        for word, other, share in SPELLINGS:
            if self.chance(share / 0.6):
                text = word.sub(other, text)
        return text

    def regions_for(self, asked: list[int]) -> list[int]:
        """Return the regions of a question, in the order of their numbers: those asked about, and now and then
        others."""
        things = asked = list(dict.fromkeys(asked))
        if things and self.sometimes(0.2):
            others = [index for index in self.truth.seen if index not in things]
            things = asked + self.some(others, 1 + int(self.rng.random() * 2))
        if self.held_out:
            return self.shuffled(things)
        ordered = iter(asked[::-1] if self.chance(self.swapped) else asked)
        return [next(ordered) if thing in asked else thing for thing in self.shuffled(things)]

    def _name(self, number: int) -> str:
        name = tasks.placeholder(number)
        return self.of(NAMES).format(name) if self.sometimes(0.2) else name

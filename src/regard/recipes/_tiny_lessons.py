"""The lessons in which the model that ships learns to answer: few kinds of questions and few words first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from regard.data.world.questions import FINDS, SKILLS
from regard.train.world import Mixture


@dataclass(frozen=True)
class Lesson:
    """One stretch of learning to answer.

    `skills`: the kinds of questions, all when empty; one named twice is asked twice as often. `plain`: only in the
    plainest words. `tower_learns`: tower and region encoder learn too, with the drawn truth beside the answers.
    `clips_only`: no pictures. `grids`: the share of pictures that are taken from those with a grid alone. `finds`: for
    models with task heads alone. `swapped`: how often two regions come against the order of their numbers; `absent`:
    how often what is to be found is not there.
    """

    aim: str
    skills: tuple[str, ...] = ()
    plain: bool = False
    tower_learns: bool = False
    clips_only: bool = False
    grids: float = 0.0
    finds: bool = False
    swapped: float = 0.5
    absent: float = 0.25

    def mixture(self, mixture: Mixture, seed: int) -> Mixture:
        """Return the mixture of this lesson."""
        changed: dict[str, Any] = {"plainly": 1.0, "conversations": 0.0} if self.plain else {}
        if self.clips_only:
            changed["clip_every"] = 1
        changed |= {"swapped": self.swapped, "absent": self.absent, "grids": max(self.grids, mixture.grids)}
        return replace(mixture, seed=seed, skills=self.skills or mixture.skills, **changed)


LONG = (
    *("describe_brief", "describe_detailed", "describe_scene", "scene_relation", "scene_place"),
    *("unknown_noun", "verify"),
)
SHORT = tuple(name for name in SKILLS if name not in LONG)
MATCHING = (
    *("yes_no",) * 4,
    *("choose",) * 2,
    *("none_matches", "relation", "relation", "colour", "shape", "grid", "entity"),
)
CHOOSING = (*("choose", "none_matches") * 3, *("relation", "relation", "grid", "yes_no", "moved_first"))
FOLLOWING = (
    *("moved_first",) * 4,
    *("happens_next", "motion_direction") * 2,
    *("path", "motion_speed", "relation", "relation", "choose"),
)
FIRST = (*("moved_first",) * 5, "motion_direction")
FINDING = (
    *(*FINDS * 3, *("locate",) * 4, "segment", *("exists",) * 2, "none_matches", "choose", "relation"),
    *("letters",) * 10,
    *("moved_first",) * 4,
    *("grid",) * 2,
    *("entity", "colour", "shape", "describe_brief", "motion_direction", "happens_next"),
)
LOOKING = (*("scene_place",) * 12, *("scene_relation",) * 6, *("exists", "locate") * 4, "grid", "shape")
CELLS = (*("grid",) * 8, *("scene_place",) * 3, "relation", "choose", "shape", "locate")
COMPARING = (*("relation",) * 3, "moved_first", "choose")
HARD = (  # asked more often
    *("relation", "choose", "entity", "happens_next", "motion_direction"),
    *("none_matches", "grid") * 2,
    *("letters",) * 4,
    *("moved_first",) * 5,
)
FOUND = (*FINDS * 5, *("locate",) * 4, "segment", "moments", "exists")  # beside all others, with task heads
LESSONS = {
    "plain": Lesson("the language model learns what is asked, in few words", SHORT, plain=True, swapped=0.2),
    "match": Lesson("the language model learns to compare regions with words", MATCHING, plain=True, swapped=0.2),
    "compare": Lesson("it learns to name one of two regions, first in order", COMPARING, plain=True, swapped=0.2),
    "swap": Lesson(
        "it learns to name one of two regions, more often out of order", COMPARING, plain=True, swapped=0.35
    ),
    "first": Lesson("it learns which of two moved first, in order", FIRST, plain=True, clips_only=True, swapped=0.0),
    "later": Lesson(
        "it learns which of two moved first, more often out of order", FIRST, plain=True, clips_only=True, swapped=0.3
    ),
    "follow": Lesson("it learns what happens in clips", FOLLOWING, plain=True, clips_only=True, swapped=0.2),
    "choose": Lesson("it learns to name one of several, or none", CHOOSING, plain=True),
    "find": Lesson(
        "it learns to call task heads, and what is not there", FINDING, plain=True, finds=True, swapped=0.35, absent=0.5
    ),
    "look": Lesson(
        "it learns to look in the picture for what is described, and to read what it finds there",
        LOOKING,
        plain=True,
        finds=True,
        absent=0.35,
    ),
    "cells": Lesson("it learns to read grids", CELLS, plain=True, finds=True, grids=1.0, absent=0.3),
    "answer": Lesson(
        "the language model learns all questions in all wordings",
        (*SKILLS, *HARD),
        swapped=0.4,
        absent=0.45,
        grids=0.2,
    ),
    "whole": Lesson(
        "the whole model learns together", (*SKILLS, *HARD), tower_learns=True, swapped=0.4, absent=0.45, grids=0.2
    ),
}

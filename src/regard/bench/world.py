"""The drawn world, measured on scenes and wordings that training never shows.

Scenes have the seeds from 1,000,000,000 on, questions use the held-out wordings and nouns. Three scenes of four are
pictures, one is a clip; skills about motion are measured on clips alone. Most skills take one question a scene, so
that items are independent; rare ones take up to four, and their intervals are clustered by scene.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from regard.bench import _world_finds
from regard.bench._base import Benchmark, Card, Item, Score, Settings, chosen
from regard.bench.metrics.answers import one_of
from regard.bench.metrics.choices import strict_letter
from regard.data.world.draw import draw_scene
from regard.data.world.question import Question
from regard.data.world.questions import CHANCE, CLIP_SKILLS, FINDS, SKILLS, questions
from regard.data.world.reading import is_right, judge, normalise, stated
from regard.data.world.samples import samples_of
from regard.data.world.scene import Scene
from regard.prompts.tasks import UNKNOWN

ITEMS = 1000
FIRST_SEED = 1_000_000_000
CLIP_EVERY = 4
RARE = (
    "grid",
    "entity",
    "containment",
    "scene_relation",
    "scene_colour",
    "appears",
    "leaves",
    "hides",
    "collides",
    "moved_first",
)
RARE_A_SCENE = 4
MOST_SCENES = 40
SPLIT_BY_PATCH = ("colour", "size", "position")
FORMS = {
    "relation": {"where": "on which side", "yes_no": "yes or no", "which": "which of two"},
    "grid": {
        **dict.fromkeys(("grid_row", "grid_column", "grid_cell"), "of a region"),
        "grid_what": "what is in a cell",
    },
    "scene_place": {"what": "what is there", "where": "where it is"},
}
REFUSALS = "says it does not know though it could"


class World(Benchmark):
    """Every skill of the drawn world, on held-out scenes and wordings."""

    card = Card(
        items="1,000 a skill",
        metric="share of right answers",
        licence="Apache-2.0",
        source="drawn by regard.data.world, with the training extra",
    )
    max_new_tokens = 128
    finds = True

    def items(self, settings: Settings) -> Iterator[Item]:
        """Yield `settings.items` items a skill (1,000 when None), scene by scene.

        A skill's items do not depend on which others are measured. A skill that is so rare that 40 scenes an item do
        not yield enough has fewer.
        """
        each = settings.items or ITEMS
        left = dict.fromkeys(chosen(settings.skills, (*SKILLS, *FINDS)) if settings.skills else SKILLS, each)
        for number in range(MOST_SCENES * each + 400):
            if not any(left.values()):
                return
            for kind, skills in _wanted(number, left).items():
                yield from _items(draw_scene(FIRST_SEED + number, kind), kind, skills, left)

    def score(self, item: Item, text: Any) -> Score:
        """Score by the skill's own rule: an answer by its words or by what task heads found, a description by the
        attributes that it states.
        """
        if "find" in item.truth:
            return _world_finds.score(item.figure.split(",")[0], item.truth["find"], text)
        text = text if isinstance(text, str) else text["text"]
        question = Question(item.figure, item.question, item.answer, facts=dict(item.truth))
        if item.figure == "describe_detailed":
            return _described(question, text)
        if item.figure == "describe_scene":
            return _listed(question, text)
        right, readable = _answered(question, text)
        parts = {} if item.figure == "unknown_noun" else {REFUSALS: (float(_refuses(text)), 1.0)}
        return Score(float(right), readable=readable, parts=parts)

    def notes(self, settings: Settings) -> list[str]:
        """Return what the figures are measured on."""
        return [
            f"scenes with seeds from {FIRST_SEED:,} on and held-out wordings; training takes seeds below",
            "describe_detailed: every stated attribute true and none missing; its parts below count attributes",
            f'"{REFUSALS}": lower is better',
            f"{', '.join(FINDS)}: for models with task heads, measured when --skills names them",
        ]


def _wanted(number: int, left: Mapping[str, int]) -> dict[str, list[str]]:
    """Return the kinds of scene to draw for this number, each with the skills that still need items from it."""
    kind = "clip" if number % CLIP_EVERY == CLIP_EVERY - 1 else "image"
    wanted: dict[str, list[str]] = {"image": [], "clip": []}
    for skill in (skill for skill, missing in left.items() if missing):
        wanted["clip" if skill in CLIP_SKILLS else kind].append(skill)
    return {name: skills for name, skills in wanted.items() if skills}


def _items(scene: Scene, kind: str, skills: Sequence[str], left: dict[str, int]) -> Iterator[Item]:
    found: list[Question] = []
    for skill in skills:
        rng = np.random.default_rng([scene.seed, zlib.crc32(skill.encode())])
        most = min(left[skill], RARE_A_SCENE if skill in RARE else 1)
        new = questions(scene, rng, held_out=True, per_scene=most, skills=[skill])
        left[skill] -= len(new)
        found += new
    numbers = {skill: count(1) for skill in skills}
    for question, sample in zip(found, samples_of(scene, found), strict=True):
        key = f"{question.skill}/{kind}/{scene.seed}/{next(numbers[question.skill])}"
        also, chance = _parts(question, scene), CHANCE.get(question.skill)
        figure, truth = question.skill, question.facts
        if question.skill in FINDS:
            figure += "" if question.calls else f", {_world_finds.NOT_THERE}"
            also, truth = (), truth | {"find": [call.truth for call in question.calls]}
        yield Item(key, figure, sample, str(scene.seed), question.answer, truth, also, chance)


def _parts(question: Question, scene: Scene) -> tuple[str, ...]:
    skill = question.skill
    if skill in CLIP_SKILLS and question.things:
        return (f"{skill}, region given on {'all frames' if question.region_mode == 'track' else 'one frame'}",)
    if skill in SPLIT_BY_PATCH:
        patch = scene.things[question.things[0]].shape == "patch"
        return (f"{skill}, {'pieces of photographs' if patch else 'drawn things'}",)
    if skill in FORMS:
        return (f"{skill}, {FORMS[skill][question.facts['form']]}",)
    if skill == "choose":
        return (f"{skill}, from {len(question.things)}",)
    return (f"{skill}, {question.answer}",) if skill == "pattern" else ()


def _answered(question: Question, text: str) -> tuple[bool, bool]:
    """Return whether an answer is right, and whether it is one of the possible answers at all."""
    if "options" in question.facts:
        letter = strict_letter(text, question.facts["options"])
        return letter == question.answer, letter is not None or _refuses(text)
    if is_right(text, question):
        return True, True
    choices = [normalise(choice) for choice in question.facts.get("choices", ())]
    word = one_of(normalise(text), choices) if choices else None
    right = word is not None and is_right(word, question)
    return right, right or word is not None or _refuses(text) or (not choices and normalise(text) != "")


def _refuses(text: str) -> bool:
    return normalise(text) == normalise(UNKNOWN)


def _described(question: Question, text: str) -> Score:
    found = judge(text, question)
    parts = {
        f"{question.skill}, stated attributes true": (float(found.true), float(found.stated)),
        f"{question.skill}, attributes stated": (float(found.known - len(found.missing)), float(found.known)),
        REFUSALS: (float(_refuses(text)), 1.0),
    }
    whole = found.stated > 0 and found.true == found.stated and not found.missing
    return Score(float(whole), readable=bool(stated(text)) or _refuses(text), parts=parts)


def _listed(question: Question, text: str) -> Score:
    things, said = [normalise(thing) for thing in question.facts["things"]], normalise(text)
    named = sum(min(things.count(thing), _mentions(thing, said)) for thing in set(things))
    parts = {
        f"{question.skill}, things named": (float(named), float(len(things))),
        REFUSALS: (float(_refuses(text)), 1.0),
    }
    return Score(float(is_right(text, question)), readable=normalise(text) != "", parts=parts)


def _mentions(thing: str, said: str) -> int:
    """Count a thing in a text; one word may stand between its words: "red striped circle" is a "red circle"."""
    return len(re.findall(r"\b" + r" (?:\w+ )?".join(map(re.escape, thing.split())) + r"\b", said))

"""Questions about a scene, of every kind, with their true answers: the language half of the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from regard.core.errors import not_found
from regard.data.world import ask_choices, ask_clips, ask_finds, ask_letters, ask_regions, ask_scenes
from regard.data.world.conversation import conversation
from regard.data.world.facts import Truth
from regard.data.world.question import Question
from regard.data.world.reading import accepted
from regard.data.world.scene import Scene
from regard.data.world.wording import TRACKED, Writer

__all__ = ["BUILDERS", "CHANCE", "FINDS", "SKILLS", "Question", "accepted", "conversation", "questions"]

Builder = Callable[[Writer], Question | None]

BUILDERS: dict[str, Builder] = {
    **{
        name: partial(ask_regions.attribute, name=name)
        for name in ("colour", "shape", "pattern", "size", "position", "material")
    },
    "relation": ask_regions.relation,
    "choose": ask_choices.choose,
    "none_matches": ask_choices.none_matches,
    "grid": ask_regions.grid,
    "entity": ask_regions.entity,
    "containment": ask_regions.containment,
    "count": ask_scenes.count,
    "motion_direction": ask_clips.motion_direction,
    "motion_speed": ask_clips.motion_speed,
    "path": ask_clips.path,
    "moved_first": ask_clips.moved_first,
    "happens_next": ask_clips.happens_next,
    "appears": ask_clips.appears,
    "leaves": ask_clips.leaves,
    "collides": ask_clips.collides,
    "hides": ask_clips.hides,
    "describe_brief": ask_choices.describe_brief,
    "describe_detailed": ask_choices.describe_detailed,
    "classify": ask_choices.classify,
    "yes_no": ask_regions.yes_no,
    "verify": ask_regions.verify,
    "unknown_noun": ask_regions.unknown_noun,
    "exists": ask_scenes.exists,
    "scene_colour": ask_scenes.scene_colour,
    "scene_relation": ask_scenes.scene_relation,
    "scene_place": ask_scenes.scene_place,
    "describe_scene": ask_scenes.describe_scene,
    "letters": ask_letters.letters,
}
# For models with task heads, so asked only by name.
FINDERS: dict[str, Builder] = {
    "locate": ask_finds.locate,
    "segment": ask_finds.segment,
    "track": ask_finds.track,
    "moments": ask_finds.moments,
}
SKILLS, FINDS = tuple(BUILDERS), tuple(FINDERS)
CLIP_SKILLS = (
    "motion_direction",
    "motion_speed",
    "path",
    "moved_first",
    "happens_next",
    "appears",
    "leaves",
    "collides",
    "hides",
    "track",
    "moments",
)

ONCE = ("describe_brief", "describe_detailed", "describe_scene", "classify", "scene_colour")  # an answer once a scene

# How often a skill is tried beside the others (1 when not named here).
WEIGHTS = {
    "relation": 4.0,
    "choose": 4.0,
    "none_matches": 1.6,
    "grid": 9.0,
    "entity": 4.0,
    "containment": 6.0,
    "describe_detailed": 1.6,
    "classify": 1.2,
    "yes_no": 2.2,
    "unknown_noun": 1.2,
    "appears": 3.5,
    "leaves": 2.5,
    "collides": 2.5,
    "hides": 3.5,
    "motion_direction": 4.0,
    "moved_first": 3.5,
    "happens_next": 4.0,
    "material": 0.7,
    "pattern": 0.9,
    "verify": 0.6,
    "exists": 0.6,
    "scene_colour": 0.4,
    "scene_relation": 1.2,
    "scene_place": 1.6,
    "describe_scene": 0.6,
}

# The score of a guesser who knows which answers are possible and takes each equally often, over drawn scenes.
CHANCE = {
    "colour": 1 / 11,
    "shape": 0.1,
    "pattern": 0.25,
    "size": 1 / 3,
    "position": 1 / 9,
    "material": 0.5,
    "relation": 0.39,
    "choose": 0.29,
    "none_matches": 0.30,
    "grid": 0.25,
    "entity": 1 / 3,
    "containment": 0.4,
    "count": 0.25,
    "motion_direction": 0.28,
    "motion_speed": 0.5,
    "path": 1 / 3,
    "moved_first": 0.5,
    "happens_next": 0.25,
    "appears": 0.5,
    "leaves": 0.5,
    "collides": 0.4,
    "hides": 0.4,
    "describe_brief": 0.0,
    "describe_detailed": 0.0,
    "classify": 0.3,
    "yes_no": 0.5,
    "verify": 0.5,
    "unknown_noun": 0.0,
    "exists": 0.5,
    "scene_colour": 1 / 11,
    "scene_relation": 0.01,
    "scene_place": 0.06,
    "describe_scene": 0.0,
    "letters": 0.33,
}


def questions(
    scene: Scene,
    rng: np.random.Generator,
    *,
    held_out: bool = False,
    plainly: bool = False,
    swapped: float = 0.5,
    absent: float = 0.25,
    tracked: float = TRACKED,
    terse: float = 0.0,
    per_scene: int = 8,
    skills: Sequence[str] | None = None,
) -> list[Question]:
    """Return up to `per_scene` different questions about a scene, each with its true answer.

    Only what is clear is asked, so a poor scene may give fewer. `held_out` takes wordings and unknown nouns that
    training never shows, `plainly` the few plainest wordings. In training `swapped` is how often two regions come
    against the order of their numbers, `absent` how often what is to be found is not there, `tracked` how often regions
    of clips are given on all frames, `terse` how often an expression is a single clue, "the star", where one is
    enough, and what is not there differs from such a one. `skills` limits the kinds. The same scene and random state
    give the same questions. Raises `NotFound` for an unknown skill.
    """
    truth = Truth(scene)
    writer = Writer(truth, rng, held_out, plainly, swapped, absent, tracked, terse)
    names = [name for name in (skills or SKILLS) if scene.is_clip or name not in CLIP_SKILLS]
    for name in names:
        if name not in BUILDERS and name not in FINDERS:
            raise not_found("skill", name, (*SKILLS, *FINDS))
    if not truth.seen or not names:
        return []
    return _distinct(writer, names, per_scene)


def _distinct(writer: Writer, names: Sequence[str], wanted: int) -> list[Question]:
    steps = np.cumsum([WEIGHTS.get(name, 1.0) for name in names])
    found: dict[tuple[str, tuple[int, ...]], Question] = {}
    said: set[tuple[str, str]] = set()
    for _ in range(8 * wanted):
        if len(found) >= wanted:
            break
        name = names[int(np.searchsorted(steps, writer.rng.random() * steps[-1], side="right"))]
        question = (BUILDERS.get(name) or FINDERS[name])(writer)
        if question is None or (question.skill in ONCE and (question.skill, question.answer) in said):
            continue
        said.add((question.skill, question.answer))
        found.setdefault((question.text, question.things), question)
    return list(found.values())

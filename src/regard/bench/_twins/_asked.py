"""Questions of the world for multiple choice."""

from __future__ import annotations

from collections.abc import Sequence

from regard.data.world.question import Question
from regard.data.world.questions import questions
from regard.data.world.wording import Writer


def asked(writer: Writer, skills: Sequence[str]) -> Question | None:
    """Return a question of one of the skills about a scene, None where nothing of the kind is clear."""
    found = questions(writer.truth.scene, writer.rng, held_out=True, per_scene=1, skills=skills)
    return found[0] if found else None

"""Questions of the world as multiple choice, and its regions named as official files name them."""

from __future__ import annotations

from collections.abc import Sequence

from regard.data.world.question import Question
from regard.data.world.questions import questions
from regard.data.world.wording import Writer
from regard.prompts.tasks import placeholder

MOST = 4


def asked(writer: Writer, skills: Sequence[str]) -> Question | None:
    """Return a question of one of the skills about a scene, None where nothing of the kind is clear."""
    found = questions(writer.truth.scene, writer.rng, held_out=True, per_scene=1, skills=skills)
    return found[0] if found else None


def options(writer: Writer, question: Question) -> tuple[list[str], int] | None:
    """Return up to four choices in random order and the place of the right one; None where a question has no other
    possible answers that can be listed.
    """
    right, others = _possible(writer, question)
    wrong = [one for one in dict.fromkeys(others) if one != right]
    if not wrong:
        return None
    shown = writer.shuffled([right, *writer.some(wrong, MOST - 1)])
    return shown, shown.index(right)


def _possible(writer: Writer, question: Question) -> tuple[str, list[str]]:
    facts, answer = question.facts, question.answer
    if facts.get("form") == "which":
        return placeholder(int(answer)), [placeholder(number + 1) for number in range(len(question.things))]
    grid = writer.truth.scene.grid
    if facts.get("form") == "grid_cell" and grid:
        return answer, [f"row {row + 1}, column {column + 1}" for row in range(grid[0]) for column in range(grid[1])]
    if facts.get("form") in ("grid_row", "grid_column") and grid:
        return answer, [str(number + 1) for number in range(grid[facts["form"] == "grid_column"])]
    return answer, list(facts.get("choices", ()))

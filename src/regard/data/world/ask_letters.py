"""Questions with lettered options: what another kind of question asks, the true answer among wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from regard.data.world import ask_clips, ask_regions
from regard.data.world.phrases import BESIDE
from regard.data.world.question import Question
from regard.data.world.wording import WORDINGS, Writer
from regard.prompts import tasks
from regard.prompts.tasks import placeholder

MOST = 4
ASKS_OTHERWISE = "number"  # "answer with the number" does not go with letters
MARKS = ("({}) {}", "{}. {}", "{}) {}", "{}: {}")
OF_REGIONS: tuple[Callable[[Writer], Question | None], ...] = (
    *(partial(ask_regions.attribute, name=name) for name in ("colour", "shape", "pattern", "size", "position")),
    ask_regions.relation,
    ask_regions.relation,
    ask_regions.grid,
    ask_regions.entity,
)
OF_CLIPS: tuple[Callable[[Writer], Question | None], ...] = (
    ask_clips.motion_direction,
    ask_clips.motion_direction,
    ask_clips.motion_speed,
    ask_clips.path,
    ask_clips.moved_first,
    ask_clips.happens_next,
    ask_clips.collides,
)


def letters(writer: Writer) -> Question | None:
    """Ask which of two to four lettered options answers a question about regions; the answer is its letter."""
    if writer.chance(0.15):
        return _sides(writer)
    is_clip = writer.truth.scene.is_clip
    question = writer.pick(OF_CLIPS if is_clip and writer.chance(0.6) else OF_REGIONS)(writer)
    if question is None or not question.things or ASKS_OTHERWISE in question.text:
        return None
    found = options(writer, question)
    return None if found is None else _lettered(writer, question, *found)


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
    return answer, list(facts.get("wrong", facts.get("choices", ())))


def _sides(writer: Writer) -> Question | None:
    """Ask which of several statements about the places of two regions is true."""
    pair = ask_regions.two_apart(writer)
    if pair is None:
        return None
    first, second, side = pair
    question = writer.ask("relation", "which_is_true", side, {"a": first, "b": second})
    one, other = (placeholder(question.things.index(index) + 1) for index in (first, second))
    shown = writer.shuffled([side, *ask_regions.wrong_sides(writer, first, second)])
    said = [f"{one} is {BESIDE[word]} {other}" for word in shown]
    return _lettered(writer, question, said, shown.index(side))


def _lettered(writer: Writer, question: Question, shown: Sequence[str], right: int) -> Question:
    options = tasks.lettered(shown)
    answer = list(options)[right]
    facts = {"choices": list(options), "options": options, "of": question.skill}
    if writer.held_out or writer.sometimes(0.5):
        mark, form = writer.pick(MARKS), writer.of(WORDINGS["letters"])
        between = " " if writer.chance(0.2) else "\n"
        text = between.join((question.text, *(mark.format(*pair) for pair in options.items()), form))
    else:
        text = tasks.letters(question.text, options)
    return writer.question("letters", text, answer, question.things, facts, question.region_mode)

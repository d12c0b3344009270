"""The twin of VideoRefer-Bench Q: what objects of a clip look like, when and where they move, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench._twins._asked import asked
from regard.bench.videorefer_bench_q import FIGURE, TYPES
from regard.data.world.ask_letters import options
from regard.data.world.question import Question
from regard.data.world.samples import samples_of
from regard.data.world.wording import Writer
from regard.prompts.sample import PLACEHOLDER

SKILLS = {
    "basic": ("colour", "shape"),
    "sequential": ("moved_first", "motion_direction"),
    "relationship": ("collides",),
    "reasoning": ("path", "motion_speed"),
    "future": ("happens_next",),
}


class VideoReferBenchQTwin(Twin):
    """One question a clip, the types in turn as far as clips have them."""

    kind = "clip"

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield a question with options (A) to (D)."""
        scene, kinds = writer.truth.scene, list(SKILLS)
        first = scene.seed % len(kinds)
        for kind in (*kinds[first:], *kinds[:first]):
            question = asked(writer, SKILLS[kind])
            found = options(writer, question) if question is not None and question.things else None
            if question is not None and found is not None:
                yield _item(writer, kind, replace(question, region_mode="track"), *found)
                return


def _item(writer: Writer, kind: str, question: Question, shown: Sequence[str], right: int) -> Item:
    """Return an item whose objects stand in the order in which the question names them."""
    scene = writer.truth.scene
    order = [int(number) - 1 for number in dict.fromkeys(PLACEHOLDER.findall(question.text))]
    sample = samples_of(scene, [replace(question, things=tuple(question.things[place] for place in order))])[0]
    text = _theirs(question.text)
    lettered = [f"({letter}) {_theirs(one, True)}" for letter, one in zip("ABCD", shown, strict=False)]
    truth: dict[str, Any] = {"video": f"world/{scene.seed}", "Question": text, "type": TYPES[kind]}
    truth |= {"options": lettered, "Answer": lettered[right]}
    also = (f"{FIGURE}, {TYPES[kind]}",)
    key = f"{truth['video']}: {truth['type']}: {truth['Answer']}"
    return Item(key, FIGURE, sample, truth["video"], "ABCD"[right], truth, also, 1 / len(lettered))


def _theirs(text: str, named: bool = False) -> str:
    """Return a text whose regions are named as the official file names them: "<object1><region>" where one is first
    named, "<object1>" afterwards and in options.
    """
    seen: set[str] = set()

    def name(number: str) -> str:
        first = not named and number not in seen
        seen.add(number)
        return f"<object{number}><region>" if first else f"<object{number}>"

    return PLACEHOLDER.sub(lambda found: name(found[1]), text)

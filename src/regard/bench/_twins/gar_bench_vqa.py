"""The twin of GAR-Bench VQA: colours, shapes, patterns, materials, places in a grid, non-entities, relations."""

from __future__ import annotations

from collections.abc import Iterator

from regard.bench import _gar
from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench._twins._asked import asked
from regard.bench.gar_bench_vqa import FIGURE
from regard.data.world.ask_letters import options
from regard.data.world.samples import samples_of
from regard.data.world.wording import Writer

SKILLS = {
    "color": "colour",
    "shape": "shape",
    "texture/pattern": "pattern",
    "material": "material",
    "ordering": "grid",
    "mirror": "entity",
    "relation": "relation",
}


class GarBenchVqaTwin(Twin):
    """One question a scene, the types in turn as far as scenes have them."""

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield a question with choices A. to D."""
        seed, kinds = writer.truth.scene.seed, list(SKILLS)
        first = seed % len(kinds)
        for kind in (*kinds[first:], *kinds[:first]):
            question = asked(writer, [SKILLS[kind]])
            found = options(writer, question) if question is not None and question.things else None
            if question is not None and found is not None:
                choices = [f"{letter}. {_gar.their_words(one)}" for letter, one in zip("ABCD", found[0], strict=False)]
                truth = {"question": _gar.their_words(question.text), "choices": choices, "type": kind}
                key, sample = f"images/world_{seed}.png", samples_of(writer.truth.scene, [question])[0]
                also = (f"{FIGURE}, {kind}",)
                yield Item(key, FIGURE, sample, key, "ABCD"[found[1]], truth, also, 1 / len(choices))
                return

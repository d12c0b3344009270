"""The twin of GAR-Bench Caption-Simple: on which side of one thing another lies, in a sentence.

The judge takes the side and the first region that a sentence names: "<region2> is right of <region1>" says the same as
"<region1> is left of <region2>", and a sentence without regions is read as being about the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from regard.bench import _gar
from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.data.world.facts import OPPOSITE, SIDES
from regard.data.world.phrases import BESIDE
from regard.data.world.question import Question
from regard.data.world.samples import samples_of
from regard.data.world.wording import Writer
from regard.prompts.sample import PLACEHOLDER

ALSO = {"over": "above", "under": "below", "beneath": "below"}
SIDE = re.compile(rf"\b({'|'.join((*SIDES, *ALSO))})\b", re.IGNORECASE)
QUESTION = "Where is <region1>, seen from <region2>?"
TRIES = 6


class GarBenchSimpleTwin(Twin):
    """One pair of regions a scene."""

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield a question for the side, with the answer as a sentence."""
        truth = writer.truth
        pairs = (writer.some(truth.seen, 2) for _ in range(TRIES if len(truth.seen) > 1 else 0))
        pair = next((tuple(one) for one in pairs if truth.side(*one)), None)
        if pair is None:
            return
        answer = f"<region1> is {BESIDE[truth.side(*pair)]} <region2>."
        sample = samples_of(truth.scene, [Question("relation", QUESTION, answer, pair)])[0]
        key = f"images/world_simple_{truth.scene.seed}.png"
        told = {"question": _gar.their_words(QUESTION), "answer": _gar.their_words(answer)}
        yield Item(key, "accuracy", sample, key, answer, told)

    def verdict(self, item: Item, call: str, text: str) -> str | None:
        """Reply True when the answer names the side that the true one names, and no other."""
        truth = _side(item.answer)
        return None if truth is None else str(_side(text) == truth)


def _side(text: str) -> str | None:
    """Return the side of the first region that a sentence names; None without one, or with several."""
    found = {ALSO.get(word.lower(), word.lower()) for word in SIDE.findall(text)}
    if len(found) != 1:
        return None
    side, regions = found.pop(), PLACEHOLDER.findall(text)
    return OPPOSITE[side] if regions[:1] == ["2"] else side

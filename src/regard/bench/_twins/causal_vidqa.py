"""The twin of Causal-VidQA: which way a thing of a clip moves, why it ends where it does, what would follow, and what
would have been had it stood still.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench._twins._expressed import expressed
from regard.bench.causal_vidqa import PARTS, item_of
from regard.data.world.samples import media_of
from regard.data.world.wording import Writer

WAYS = {
    "left": "further left",
    "right": "further right",
    "up": "further up",
    "down": "further down",
    "still": "where it was",
}


class CausalVidqaTwin(Twin):
    """Six questions a clip, about a thing that goes straight on."""

    kind = "clip"
    together = True

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield description, explanation, prediction and counterfactual, the latter two with their reasons."""
        truth = writer.truth
        meant = expressed(writer)
        if meant is None or truth.still(meant[0]) or truth.thing(meant[0]).motion.path != "straight":
            return
        said, way = meant[1], truth.thing(meant[0]).motion.direction
        content, answers = _asked(writer, said, way)
        clip, media = f"world_{truth.scene.seed}", media_of(truth.scene)
        for part in PARTS:
            yield item_of(clip, part, content, answers, lambda: media)


def _asked(writer: Writer, said: str, way: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the texts and the true options, as a clip's two files hold them."""
    moves = {one: f"it moves {one}" if one != "still" else "it stands still" for one in WAYS}
    ends = {one: f"it is {place}" for one, place in WAYS.items()}
    stays = {one: f"it would be {place}" for one, place in WAYS.items()}
    began = {one: f"it would have gone {one}" if one != "still" else "it would not have gone anywhere" for one in WAYS}
    asked = {
        ("descriptive", "answer"): (f"What does {said} do?", moves, way),
        ("explanatory", "answer"): (f"Why is {said} at the end {WAYS[way]} than before?", moves, way),
        ("predictive", "answer"): (f"Where is {said} if the clip goes on?", ends, way),
        ("predictive", "reason"): (f"Where is {said} if the clip goes on?", moves, way),
        ("counterfactual", "answer"): (f"Where would {said} be at the end had it stood still?", stays, "still"),
        ("counterfactual", "reason"): (f"Where would {said} be at the end had it stood still?", began, "still"),
    }
    content: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for (kind, name), (question, options, right) in asked.items():
        shown = writer.shuffled(list(WAYS))
        content.setdefault(kind, {"question": question})[name] = [options[one] for one in shown]
        answers.setdefault(kind, {})[name] = shown.index(right)
    return content, answers

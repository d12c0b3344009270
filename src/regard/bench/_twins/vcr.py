"""The twin of VCR: where one thing of a picture lies as seen from another, and the reason: where its middle is.

Things are given as boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench.vcr import PARTS
from regard.data.world.facts import SIDES
from regard.data.world.samples import box_around, media_of
from regard.data.world.wording import Writer
from regard.prompts.sample import USER, Sample, Turn
from regard.prompts.tasks import placeholder
from regard.regions.bound import BoundRegion

SAID = {"left": ["left", "of"], "right": ["right", "of"], "above": ["above"], "below": ["below"]}
FURTHER = {"left": ["further", "left"], "right": ["further", "right"], "above": ["higher"], "below": ["lower"]}
FIRST, SECOND = [0], [1]
ASKED = ["Where", "is", FIRST, ",", "seen", "from", SECOND, "?"]
TRIES = 6


class VcrTwin(Twin):
    """One pair of things a picture, with answer and reason."""

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield the choice of the answer, and that of the reason."""
        truth, scene = writer.truth, writer.truth.scene
        pairs = (writer.some(truth.solid, 2) for _ in range(TRIES if len(truth.solid) > 1 else 0))
        pair = next((tuple(one) for one in pairs if truth.side(*one)), None)
        if pair is None:
            return
        name = f"world_{scene.seed}"
        row: dict[str, Any] = {"annot_id": name, "img_fn": f"{name}.png", "metadata_fn": f"{name}.json"}
        row |= {"question": ASKED}
        sides = {part: writer.shuffled(SIDES) for part in PARTS}
        row["answer_choices"] = [[FIRST, "is", *SAID[side], SECOND, "."] for side in sides["answer"]]
        row["rationale_choices"] = [_reason(FURTHER[side]) for side in sides["rationale"]]
        row |= {f"{part}_label": sides[part].index(truth.side(*pair)) for part in PARTS}
        masks = [mask for thing in pair if (mask := scene.mask(thing)) is not None]
        boxes = tuple(BoundRegion.from_masks({0: box_around(mask, 0.0)}) for mask in masks)
        sample = Sample(media_of(scene), boxes, (Turn(USER, f"{placeholder(1)} {placeholder(2)}"),))
        for part, figure in PARTS.items():
            told = {"question": name, "part": part, "row": row, "things": [0, 1]}
            letter = "ABCD"[row[f"{part}_label"]]
            yield Item(f"{name}/{part}", figure, sample, row["img_fn"], letter, told, chance=1 / len(SIDES))


def _reason(words: Sequence[str]) -> list[Any]:
    return ["The", "middle", "of", FIRST, "lies", *words, "than", "that", "of", SECOND, "."]

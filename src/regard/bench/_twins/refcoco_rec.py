"""The twin of RefCOCO by box: an expression that means one thing of a picture, and the box around it.

Scenes take their data set and split in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regard.bench import _boxes
from regard.bench._base import Item
from regard.bench._refcoco import EXPRESSIONS
from regard.bench._twin import Twin
from regard.bench._twins._expressed import expressed
from regard.data.world.samples import Regions, media_of
from regard.data.world.wording import Writer
from regard.prompts.sample import Sample

PLACES = tuple((dataset, split) for dataset, splits in EXPRESSIONS.items() for split in splits)


class RefcocoRecTwin(Twin):
    """One expression a picture."""

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield an expression with its box, [x1, y1, x2, y2] in pixels."""
        scene = writer.truth.scene
        if (meant := expressed(writer)) is None:
            return
        seed, (index, sentence) = scene.seed, meant
        dataset, split = PLACES[seed % len(PLACES)]
        box = [float(side) for side in Regions(scene)(index, "frame").box()]
        told: dict[str, Any] = {"dataset": dataset, "split": split, "box": box, "size": (scene.width, scene.height)}
        told |= {"file_name": f"world_{seed}.png", "image_id": seed, "ann_id": seed, "ref_id": seed}
        told |= {"sent_id": seed, "sent": sentence}
        sample = Sample.build(media_of(scene), _boxes.ask(sentence))
        answer = f"[{', '.join(f'{side:g}' for side in box)}]"
        yield Item(f"{dataset}/{seed}", f"{dataset} {split}", sample, f"world_{seed}.png", answer, told)

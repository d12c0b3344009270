"""The twin of MeViS: the pixels of a thing of a clip that a sentence tells from the others, by its motion too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from regard.bench import _masks
from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench._twins._expressed import expressed
from regard.data.world.samples import media_of
from regard.data.world.wording import Writer
from regard.prompts.sample import Sample
from regard.prompts.tasks import segment
from regard.regions import rle


class MevisTwin(Twin):
    """One expression a clip."""

    kind = "clip"

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield an expression with the masks of the thing that it means."""
        scene = writer.truth.scene
        if (meant := expressed(writer)) is None:
            return
        (index, said), clip = meant, f"world_{scene.seed}"
        masks = [None if mask is None else rle.encode(mask) for mask in scene.thing(index).masks]
        nothing = rle.encode(np.zeros((scene.height, scene.width), dtype=bool))
        told: dict[str, Any] = {"clip": clip, "expression": "0", "said": said}
        told |= {"frames": [f"{frame:05d}" for frame in range(scene.frame_count)], "things": {str(scene.seed): masks}}
        told["masks"] = [mask or nothing for mask in masks]
        sample = Sample.build(media_of(scene), segment(said))
        yield Item(f"{clip}/0", _masks.BOTH, sample, clip, said, told, _masks.PARTS)

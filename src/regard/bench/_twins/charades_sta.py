"""The twin of Charades-STA: when a thing of a clip moves, is hidden or can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from regard.bench import _spans
from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench._twins._spoken import spoken
from regard.bench.charades_sta import FIGURE, THRESHOLDS
from regard.data.world.samples import media_of
from regard.data.world.wording import Writer
from regard.prompts.sample import Sample


class CharadesStaTwin(Twin):
    """One sentence a clip, true in one span."""

    kind = "clip"

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield a sentence with its span in seconds."""
        found = spoken(writer, 1)
        if found is None:
            return
        scene, (start, end) = writer.truth.scene, found.spans[0]
        clip, query = f"world_{scene.seed}", f"{found.sentence}."
        truth: dict[str, Any] = {"vid": clip, "query": query, "span": (start, end)}
        sample, also = Sample.build(media_of(scene), _spans.ask(query)), tuple(f"R1@{one:g}" for one in THRESHOLDS)
        yield Item(f"{clip}: {found.sentence.lower()}", FIGURE, sample, clip, f"{start:g} - {end:g}", truth, also)

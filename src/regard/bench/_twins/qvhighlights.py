"""The twin of QVHighlights: every span in which a sentence is true, and how much each two seconds show it.

Three annotators agree: very good (4) where a sentence is true for at least half of two seconds, or longest, fair (2)
where it is true for less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from regard.bench import _spans
from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench._twins._spoken import spoken
from regard.bench.qvhighlights import figures
from regard.data.world.samples import media_of
from regard.data.world.wording import Writer
from regard.prompts.sample import Sample

UNIT = 2.0
MOST = 3
VERY_GOOD, FAIR, ANNOTATORS = 4, 2, 3


class QVHighlightsTwin(Twin):
    """One sentence a clip."""

    kind = "clip"

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield a sentence with its spans and the saliency of each two seconds."""
        found = spoken(writer, MOST)
        if found is None:
            return
        scene = writer.truth.scene
        seconds = UNIT * max(1, ceil(scene.duration / UNIT))
        shares = [_overlap(found.spans, UNIT * number) / UNIT for number in range(round(seconds / UNIT))]
        shown = [number for number, share in enumerate(shares) if share > 0]
        truth: dict[str, Any] = {
            "qid": scene.seed,
            "query": found.sentence,
            "vid": f"world_{scene.seed}",
            "duration": seconds,
        }
        truth |= {"relevant_windows": [list(span) for span in found.spans], "relevant_clip_ids": shown}
        enough = min(0.5, max(shares))
        scores = [[VERY_GOOD if shares[number] >= enough else FAIR] * ANNOTATORS for number in shown]
        names = figures(truth["relevant_windows"])
        sample = Sample.build(media_of(scene), _spans.ask(found.sentence))
        answer = "; ".join(f"{start:g} - {end:g}" for start, end in found.spans)
        item_truth = truth | {"saliency_scores": scores}
        yield Item(str(scene.seed), names[0], sample, truth["vid"], answer, item_truth, tuple(names[1:]))


def _overlap(spans: Sequence[tuple[float, float]], start: float) -> float:
    return sum(max(0.0, min(end, start + UNIT) - max(begin, start)) for begin, end in spans)

"""The twin of POPE: whether a picture has a thing of a colour and shape, yes or no.

The absent thing is any (random), one of the commonest (popular), or has a colour and a shape that the picture
has, in two different things where it can (adversarial). What is unclear is not asked. An item is read under its place
in its split, as in the published files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from regard.bench._base import Item
from regard.bench._twin import Twin
from regard.bench.pope import FIGURE, SPLITS
from regard.data.world.expressions import Clue, Expression, meant
from regard.data.world.facts import COLOURS, SHAPES
from regard.data.world.phrases import a
from regard.data.world.samples import media_of
from regard.data.world.wording import Writer
from regard.prompts.sample import Sample

POPULAR = tuple((colour, shape) for colour in ("red", "blue", "green") for shape in ("circle", "square", "triangle"))
EVERY = tuple((colour, shape) for colour in COLOURS for shape in SHAPES if shape != "patch")

Kind = tuple[str, str]  # colour, shape


class PopeTwin(Twin):
    """A thing that is there and one that is not, for each split."""

    def items(self, writer: Writer) -> Iterator[Item]:
        """Yield six questions about a picture of drawn things."""
        truth = writer.truth
        if truth.patches or not truth.real:
            return
        known = [truth.clear(index) for index in truth.real]
        here = [(one["colour"], one["shape"]) for one in known if {"colour", "shape"} <= one.keys()]
        present = [kind for kind in dict.fromkeys(here) if _found(writer, kind)]
        mixed = [(colour, shape) for colour, _ in here for _, shape in here]
        for split, pool in zip(SPLITS, (EVERY, POPULAR, mixed + list(POPULAR)), strict=True):
            absent = _absent(writer, pool, keep_order=split == "adversarial")
            if not present or absent is None:
                continue
            yield _item(writer, split, writer.pick(present), "yes")
            yield _item(writer, split, absent, "no")


def _found(writer: Writer, kind: Kind) -> bool | None:
    """Return whether something of a kind is there, None when that is not clear."""
    found = meant(writer.truth, Expression((Clue("colour", kind[0]), Clue("shape", kind[1]))))
    return None if found is None else bool(found)


def _absent(writer: Writer, pool: Sequence[Kind], keep_order: bool) -> Kind | None:
    kinds = list(pool) if keep_order else writer.shuffled(pool)
    return next((kind for kind in kinds if _found(writer, kind) is False), None)


def _item(writer: Writer, split: str, kind: Kind, label: str) -> Item:
    scene = writer.truth.scene
    question = f"Is there {a(' '.join(kind))} in the image?"
    picture = f"world_{scene.seed}.png"
    truth = {"question_id": f"{scene.seed}{label}", "image": picture, "split": split}
    sample, also = Sample.build(media_of(scene), question), (f"{FIGURE}, {split}",)
    return Item(f"{split}/{scene.seed}/{label}", FIGURE, sample, picture, label, truth, also, chance=0.5)

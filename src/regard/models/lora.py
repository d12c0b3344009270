"""Low-rank changes to layers (LoRA, arXiv 2106.09685) that a checkpoint keeps beside them, as the peft library does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from torch import Tensor

from regard.core.errors import CheckpointError

BASE, DOWN, UP = "base_layer", "lora_A.default", "lora_B.default"
PIECE = re.compile(rf"(?P<layer>.+)\.(?P<piece>{'|'.join(map(re.escape, (BASE, DOWN, UP)))})\.weight")


def merged(weights: Iterable[tuple[str, Tensor]], scale: float) -> Iterator[tuple[str, Tensor]]:
    """Yield weights with the changes in them: W + `scale` B A under the name of the layer, others as they are; the bias
    of a changed layer comes under that layer's name, too.

    `scale`: alpha / rank of the training. Raises `CheckpointError` for a layer of which a piece is missing.
    """
    waiting: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights:
        found = PIECE.fullmatch(name)
        if found is None:
            yield name.replace(f".{BASE}.", "."), tensor
            continue
        pieces = waiting.setdefault(found["layer"], {})
        pieces[found["piece"]] = tensor
        if len(pieces) == 3:
            yield f"{found['layer']}.weight", _changed(waiting.pop(found["layer"]), scale)
    if waiting:
        layer, pieces = next(iter(waiting.items()))
        raise CheckpointError(
            f"of {layer} only {', '.join(sorted(pieces))} came; a layer changed by LoRA has {BASE}, {DOWN} and {UP} "
            f"({len(waiting)} layers lack a piece); finish the download"
        )


def _changed(pieces: dict[str, Tensor], scale: float) -> Tensor:
    base, down, up = (pieces[name].float() for name in (BASE, DOWN, UP))
    return (base + scale * (up @ down)).to(pieces[BASE].dtype)

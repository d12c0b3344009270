"""Dense pre-training: tower, connector and region encoder learn the drawn truth directly, before any language.

Every region token says what its region is, every visual token what its cell shows. Straight through the language loss
the same takes many times as long (docs/training.md). Shapes: K region tokens, N visual tokens, D width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from regard.data.world.expressions import EXTREMES, extreme
from regard.data.world.facts import POSITIONS, SIZES, Truth
from regard.data.world.scene import KINDS, Thing
from regard.data.world.shapes import SHAPES as DRAWN_SHAPES
from regard.media import colours
from regard.media.framing import Framing
from regard.models.encoders._base import RegionInputs
from regard.models.encoders._pool import pool_rows, row_counts, soft_weights
from regard.prompts.render import IGNORED


class DenseHeads(nn.Module):
    """Linear classifiers that read region tokens and visual tokens; thrown away after pre-training."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.region = classifiers(width, REGION_WORDS)
        self.cell = classifiers(width, CELL_WORDS)

    def forward(
        self,
        visual: Sequence[Tensor],
        in_text: Sequence[Sequence[Tensor]],
        regions: Sequence[RegionInputs],
        region_truth: dict[str, Tensor],
        cell_truth: dict[str, Tensor],
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the summed loss, and the accuracy of each classifier where its truth is known; of cells, where they
        show something.

        `visual`, `in_text`: what `RegardModel.encode` returns. `region_truth`: for each row of `regions`.
        """
        tokens_KD, row_K = read_from(in_text, regions)
        region = read(self.region, tokens_KD, {name: truth_M[row_K] for name, truth_M in region_truth.items()})
        cell = read(self.cell, torch.cat(visual), cell_truth, background=0)
        return region[0] + cell[0], {**region[1], **{f"cell {name}": value for name, value in cell[1].items()}}


class PatchHeads(nn.Module):
    """Classifiers that read regions straight from the patch embeddings, before any block has mixed them.

    Textures are learned here within minutes and through the blocks hardly at all (docs/training.md).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.GELU(), nn.Linear(width, width), nn.GELU())
        self.region = classifiers(width, {name: REGION_WORDS[name] for name in REGION_WORDS if name not in GRID})

    def forward(
        self, patches: Sequence[Tensor], regions: Sequence[RegionInputs], region_truth: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the summed loss, and the accuracy of each classifier where its truth is known.

        `patches`: patch embeddings (T, H, W, P) of each sample.
        """
        pooled = [self._pool(*sample) for sample in zip(patches, regions, strict=True)]
        return read(self.region, torch.cat(pooled), region_truth)

    def _pool(self, patches_THWP: Tensor, regions: RegionInputs) -> Tensor:
        weights_MHW = soft_weights(regions.masks_MHW, *patches_THWP.shape[1:3], "area")
        return pool_rows(self.body(patches_THWP), weights_MHW, regions.frame_M)


def read_from(in_text: Sequence[Sequence[Tensor]], regions: Sequence[RegionInputs]) -> tuple[Tensor, Tensor]:
    """Return the tokens (K, D) that say what regions are, and the row (K) of all samples' regions that each speaks of.

    A region with a token for each of its frames says it with every one of them. The tokens of other designs, fewer or
    more of them, say it together: their mean does, and speaks of the first frame. A region without tokens says nothing.
    """
    found, rows, start = [], [], 0
    for tokens, sample in zip(in_text, regions, strict=True):
        for own_ND, count in zip(tokens, row_counts(sample), strict=True):
            if len(own_ND) == count:
                found.append(own_ND)
                rows += range(start, start + count)
            elif len(own_ND) and count:
                found.append(own_ND.mean(0, keepdim=True))
                rows.append(start)
            start += count
    return torch.cat(found) if found else torch.zeros(0, 0), torch.tensor(rows, dtype=torch.long)


def classifiers(width: int, words: dict[str, tuple[str, ...]]) -> nn.ModuleDict:
    """Return a linear classifier for each attribute."""
    return nn.ModuleDict({name: nn.Linear(width, len(known)) for name, known in words.items()})


def read(
    heads: nn.ModuleDict, tokens_KD: Tensor, truth: dict[str, Tensor], background: int | None = None
) -> tuple[Tensor, dict[str, float]]:
    """Return the summed loss of classifiers on tokens (K, D), and the accuracy of each where its truth is known.

    `background`: the truth of tokens that show nothing. There are many of them and they are easy, so together they
    weigh as much as all others do, and the accuracy is that of the others.
    """
    loss, right = tokens_KD.new_zeros(()), {}
    for name, head in heads.items():
        known = truth[name] != IGNORED
        if not known.any():
            continue
        logits_KN, true_K = head(tokens_KD[known]).float(), truth[name][known]
        terms_K = nn.functional.cross_entropy(logits_KN, true_K, label_smoothing=0.02, reduction="none")
        shown_K = torch.ones_like(true_K, dtype=torch.bool) if background is None else true_K != background
        parts = [terms_K[part_K].mean() for part_K in (shown_K, ~shown_K) if part_K.any()]
        loss = loss + WEIGHTS.get(name, 1.0) * torch.stack(parts).mean()
        if shown_K.any():
            right[name] = float((logits_KN.argmax(-1) == true_K)[shown_K].float().mean())
    return loss, right


WEIGHTS = {"pattern": 3.0}  # the slowest to learn
ENOUGH = 0.2  # the share of a cell that a thing covers to be shown there
GRID = ("row", "column")
REGION_WORDS = {
    "shape": tuple(DRAWN_SHAPES),
    "colour": colours.NAMES,
    "pattern": ("plain", "striped", "dotted", "checked"),
    "material": ("matte", "shiny"),
    "kind": KINDS,
    **dict.fromkeys(GRID, ("1", "2", "3", "4")),
}
CELL_WORDS = {
    **{name: ("", *REGION_WORDS[name]) for name in ("shape", "colour", "pattern", "kind", *GRID)},
    "size": ("", *SIZES),
    "position": ("", *POSITIONS),
    **dict.fromkeys(EXTREMES, ("", "no", "yes")),
}


def region_truth_of(truth: Truth, things: Sequence[Thing], region_M: Tensor) -> dict[str, Tensor]:
    """Return for each region token the number of the true word of each attribute, `IGNORED` where there is none."""
    said = {}
    for name, known in REGION_WORDS.items():
        words = (_word(truth, thing, name, 0) for thing in things)
        numbers = [known.index(word) if word in known else IGNORED for word in words]
        said[name] = torch.tensor(numbers, dtype=torch.long)[region_M]
    return said


def cell_truth_of(
    truth: Truth, frames: Sequence[int], framing: Framing, size: int, grid: tuple[int, int]
) -> dict[str, Tensor]:
    """Return for each visual token of the chosen frames what covers most of its cell, where that thing is and how it
    stands out; 0 for the background.
    """
    said: dict[str, list[np.ndarray]] = {name: [] for name in CELL_WORDS}
    for frame in frames:
        masks = {thing.index: mask for thing in truth.scene.things if (mask := thing.masks[frame]) is not None}
        there = [truth.thing(index) for index in masks]
        shown = cell_shown([framing.mask(mask, size) for mask in masks.values()], *grid)
        for name, known in CELL_WORDS.items():
            words = [_word(truth, thing, name, frame) for thing in there]
            labels = [known.index(word) if word in known and word else IGNORED for word in words]
            said[name].append(np.array([0, *labels])[shown])
    return {name: torch.from_numpy(np.stack(rows)).flatten() for name, rows in said.items()}


def _word(truth: Truth, thing: Thing, name: str, frame: int) -> str:
    """Return the word of an attribute of a thing on a frame, "" where it has none or the word is open to doubt."""
    if name in GRID:
        return "" if thing.cell is None else str(thing.cell[GRID.index(name)] + 1)
    if name == "size":
        return truth.size(thing.index) if truth.size_is_clear(thing.index) else ""
    if name == "position":
        return truth.position(thing.index, frame) if truth.position_is_clear(thing.index, frame) else ""
    if name in EXTREMES:
        return _stands_out(truth, thing, name)
    return str(getattr(thing, name))


def _stands_out(truth: Truth, thing: Thing, word: str) -> str:
    """Return "yes" for the leftmost, largest .. thing of a picture, "no" for the others, "" where none clearly is."""
    if truth.scene.is_clip:
        return ""
    index = extreme(truth, word)
    return "" if index < 0 else "yes" if index == thing.index else "no"


def cell_shown(masks: Sequence[np.ndarray], rows: int, columns: int) -> np.ndarray:
    """Return for each cell which thing, counted from 1, covers most of it; 0 where none covers a fifth of it.

    A thing that would have no cell, too small or too thin, has the one that it covers most. `masks` are shares of
    coverage (H, W) with H and W multiples of `rows` and `columns`.
    """
    shown = np.zeros((rows, columns), dtype=np.int64)
    if not masks:
        return shown
    covered = np.stack(masks)
    shares = covered.reshape(len(masks), rows, covered.shape[1] // rows, columns, -1).mean((2, 4))
    best = shares.argmax(0)
    shown = np.where(shares.max(0) >= ENOUGH, best + 1, 0)
    for number in set(range(1, len(masks) + 1)) - set(shown.flat):
        shown[np.unravel_index(shares[number - 1].argmax(), shown.shape)] = number
    return shown

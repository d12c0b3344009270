"""Dense pre-training: tower, connector and region encoder learn the drawn truth directly, before any language.

Every region token says what its region is, every visual token what its cell shows. Straight through the language loss
the same takes many times as long (docs/training.md). Shapes: K region tokens, N visual tokens, D width.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from regard.data.world.scene import KINDS, Scene, Thing
from regard.data.world.shapes import SHAPES as DRAWN_SHAPES
from regard.media import colours
from regard.media.framing import Framing
from regard.models.encoders._base import RegionInputs
from regard.models.encoders._pool import pool_rows, soft_weights
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
        region_truth: dict[str, Tensor],
        cell_truth: dict[str, Tensor],
    ) -> tuple[Tensor, dict[str, float]]:
        """Return the summed loss, and the accuracy of each classifier where its truth is known.

        `visual`, `in_text`: what `RegardModel.encode` returns.
        """
        tokens_KD = torch.cat([tokens for sample in in_text for tokens in sample])
        region = read(self.region, tokens_KD, region_truth)
        cell = read(self.cell, torch.cat(visual), cell_truth)
        return region[0] + cell[0], {**region[1], **{f"cell {name}": value for name, value in cell[1].items()}}


class PatchHeads(nn.Module):
    """Classifiers that read regions straight from the patch embeddings, before any block has mixed them.

    Textures are learned here within minutes and through the blocks hardly at all (docs/training.md).
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.GELU(), nn.Linear(width, width), nn.GELU())
        self.region = classifiers(width, REGION_WORDS)

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


def classifiers(width: int, words: dict[str, tuple[str, ...]]) -> nn.ModuleDict:
    """Return a linear classifier for each attribute."""
    return nn.ModuleDict({name: nn.Linear(width, len(known)) for name, known in words.items()})


def read(heads: nn.ModuleDict, tokens_KD: Tensor, truth: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
    """Return the summed loss of classifiers on tokens (K, D), and the accuracy of each where its truth is known."""
    loss, right = tokens_KD.new_zeros(()), {}
    for name, head in heads.items():
        known = truth[name] != IGNORED
        if not known.any():
            continue
        logits = head(tokens_KD[known]).float()
        one = nn.functional.cross_entropy(logits, truth[name][known], label_smoothing=0.02)
        loss = loss + WEIGHTS.get(name, 1.0) * one
        right[name] = float((logits.argmax(-1) == truth[name][known]).float().mean())
    return loss, right


WEIGHTS = {"pattern": 3.0}  # the slowest to learn
REGION_WORDS = {
    "shape": tuple(DRAWN_SHAPES),
    "colour": colours.NAMES,
    "pattern": ("plain", "striped", "dotted", "checked"),
    "material": ("matte", "shiny"),
    "kind": KINDS,
}
CELL_WORDS = {name: ("", *REGION_WORDS[name]) for name in ("shape", "colour", "pattern", "kind")}


def region_truth_of(things: Sequence[Thing], region_M: Tensor) -> dict[str, Tensor]:
    """Return for each region token the number of the true word of each attribute, `IGNORED` where there is none."""
    truth = {}
    for name, known in REGION_WORDS.items():
        numbers = [known.index(word) if (word := getattr(thing, name)) in known else IGNORED for thing in things]
        truth[name] = torch.tensor(numbers, dtype=torch.long)[region_M]
    return truth


def cell_truth_of(
    scene: Scene, frames: Sequence[int], framing: Framing, size: int, grid: tuple[int, int]
) -> dict[str, Tensor]:
    """Return for each visual token of the chosen frames what covers most of its cell; 0 for the background."""
    truth: dict[str, list[np.ndarray]] = {name: [] for name in CELL_WORDS}
    for frame in frames:
        there = [
            (thing, framing.mask(mask, size)) for thing in scene.things if (mask := thing.masks[frame]) is not None
        ]
        masks = [mask for _, mask in there]
        for name, known in CELL_WORDS.items():
            words = [getattr(thing, name) for thing, _ in there]
            labels = [known.index(word) if word in known and word else IGNORED for word in words]
            truth[name].append(cell_majority(masks, labels, *grid))
    return {name: torch.from_numpy(np.stack(rows)).flatten() for name, rows in truth.items()}


def cell_majority(masks: Sequence[np.ndarray | None], labels: Sequence[int], rows: int, columns: int) -> np.ndarray:
    """Return for each cell the label of the thing whose mask covers most of it; 0 where none covers half.

    `masks` are shares of coverage (H, W) with H and W multiples of `rows` and `columns`.
    """
    best = np.full((rows, columns), 0.5, dtype=np.float32)
    truth = np.zeros((rows, columns), dtype=np.int64)
    for mask, label in zip(masks, labels, strict=True):
        if mask is None:
            continue
        share = mask.reshape(rows, mask.shape[0] // rows, columns, mask.shape[1] // columns).mean((1, 3))
        truth[share > best] = label
        best = np.maximum(best, share)
    return truth

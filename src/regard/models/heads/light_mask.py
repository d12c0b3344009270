"""Masks on every frame that was looked at, read from the model's own map of it, without a second network: for small
models.

Shapes: B calls, F frames of a call, T x H x W its visual tokens (T may be fewer than F, where a model merges frames), D
width of the language model, M width of the map, C width of this head, h x w cells of its masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from regard.core.errors import ConfigError, DataError, VideoError
from regard.media.framing import FITS, Framing
from regard.models.encoders._refine import ChannelNorm
from regard.models.encoders._settings import at_least, number_from, one_of
from regard.models.fourier import Fourier
from regard.models.heads import _mask_losses as losses
from regard.models.heads._base import Call, TaskHead
from regard.models.heads._mask_points import Place, grid
from regard.models.heads._mask_result import FrameMask, Masks, inside
from regard.prompts.sample import Media

OCTAVES = 6  # in which a cell is told its place: as fine as a 64th of the picture
EMPTY = -2.0  # the level at which the head begins


@dataclass(frozen=True, eq=False)
class LightInputs:
    """A batch: the state at each slot (B, D) and, for each call, the map (T, H, W, M), the numbers of its frames, where
    its pictures lie in the map, and its media.
    """

    slot_BD: Tensor
    maps: tuple[Tensor, ...]
    frames: tuple[tuple[int, ...], ...]
    places: tuple[Place, ...]
    media: tuple[Media, ...]


@dataclass(frozen=True, eq=False)
class LightOutputs:
    """For each call the logits (T, h, w) of its masks, one for each step in time of its map."""

    inputs: LightInputs
    logits: tuple[Tensor, ...]

    def of(self, row: int) -> list[tuple[int, Tensor]]:
        """Return each frame of a call with its logits (h, w)."""
        return list(zip(self.inputs.frames[row], self.logits[row][self.steps(row)], strict=True))

    def steps(self, row: int) -> list[int]:
        """Return the step of a call's map that each of its frames belongs to."""
        count = len(self.inputs.frames[row])
        return [at * len(self.logits[row]) // count for at in range(count)]


class Upsampler(nn.Sequential):
    """A map (T, C, H, W) at a resolution (T, C, h, w) that is doubled again and again."""

    def __init__(self, width: int, doublings: int) -> None:
        super().__init__(
            *(part for _ in range(doublings) for part in self._double(width)),
            *(() if doublings else self._smooth(width)),
            nn.Conv2d(width, width, 1),
        )

    @classmethod
    def _double(cls, width: int) -> tuple[nn.Module, ...]:
        return nn.ConvTranspose2d(width, width, 2, 2), ChannelNorm(width), *cls._smooth(width)

    @staticmethod
    def _smooth(width: int) -> tuple[nn.Module, ...]:
        """Let neighbours see each other."""
        return nn.GELU(), nn.Conv2d(width, width, 3, padding=1), nn.GELU()


class LightMask(TaskHead):
    """Compares the state at the slot, projected, with every cell of the upsampled map; what is alike is in the mask.

    A cell is told where in the picture it is, so that things that look alike are told apart. Masks are mostly empty,
    and the head begins by saying so.

    `map_width`: None to read the map of the visual tokens' states, `Call.visual_THWD`; a number to read the map that
    regions are read from, `Call.features_THWC`, which is so wide. `doublings`: how often the map's resolution is
    doubled. `width`: of this head (C). `fit`: how pictures lie in the map, the model's
    `config.pixels["fit"]`. `points`: how many places of a mask are compared in training. `weights`: of the loss, fields
    of `MaskWeights`. `least_piece`: pieces of a mask smaller than this share of its largest are left out, since one
    stray cell makes a wide box. `edges`: masks end where the colours of the picture change, near where they were read
    (`regard.models.heads._edges`). `follows`: region tokens may ask it (`regard.train.outlines` teaches that). The
    score of a result is the mean probability of its pixels. Raises `ConfigError`.
    """

    trigger = "<mask_begin>"
    slot = "<mask>"
    finds = "masks"

    def __init__(
        self,
        text_width: int,
        map_width: int | None = None,
        width: int = 64,
        doublings: int = 2,
        fit: str = "letterbox",
        points: int = 1024,
        weights: Mapping[str, float] | None = None,
        least_piece: float = 0.5,
        edges: bool = False,
        follows: bool = False,
    ) -> None:
        super().__init__(text_width)
        if follows and map_width is None:
            raise ConfigError("light_mask follows by the map that regions are read from: give map_width, its width")
        self.follows = follows
        self.source = "visual_THWD" if map_width is None else "features_THWC"
        self.map_width = text_width if map_width is None else at_least("light_mask map_width", map_width)
        self.doublings = at_least("light_mask doublings", doublings, least=0)
        at_least("light_mask width", width)
        self.framing = Framing(one_of("light_mask fit", fit, FITS))
        self.points = at_least("light_mask points", points)
        self.weights = losses.MaskWeights(**weights or {})
        self.least_piece = number_from("light_mask least_piece", least_piece, 0)
        self.edges = edges
        self.project = nn.Sequential(nn.LayerNorm(self.map_width), nn.Linear(self.map_width, width))
        self.upsample = Upsampler(width, doublings)
        self.place = Fourier(2, OCTAVES, width)
        self.question = nn.Sequential(nn.Linear(text_width, width), nn.GELU(), nn.Linear(width, width))
        self.level = nn.Parameter(torch.tensor(EMPTY))

    def prepare(self, calls: Sequence[Call]) -> LightInputs:
        """Return the batch of these calls. Raises `DataError` for a call without a map, or with one of another width,
        `VideoError` for one without frames.
        """
        for call in calls:
            self._check(call)
        return LightInputs(
            torch.stack([call.slot_D for call in calls]),
            tuple(getattr(call, self.source) for call in calls),
            tuple(tuple(int(frame) for frame in call.frames) for call in calls),
            tuple(self.framing.whole(*call.sample.media.size) for call in calls),
            tuple(call.sample.media for call in calls),
        )

    def _check(self, call: Call) -> None:
        if not len(call.frames):
            raise VideoError("masks are drawn on frames, and none was looked at; give at least one")
        found = getattr(call, self.source)
        shape = None if found is None else tuple(found.shape)
        if shape is None or len(shape) != 4 or shape[-1] != self.map_width or 0 in shape:
            raise DataError(
                f"light_mask reads a map (T, H, W, {self.map_width}) from Call.{self.source}; {shape} came. A model "
                "whose connector keeps no map has none of its states: take the head `mask`, or the map that regions "
                "are read from, with its width as map_width"
            )

    def forward(self, inputs: LightInputs) -> LightOutputs:
        """Return the logits of every call; calls keep their own frames and sizes."""
        asked_BC = self.question(inputs.slot_BD)
        return LightOutputs(inputs, tuple(map(self.compare, self.cells_of(inputs), asked_BC)))

    def cells_of(self, inputs: LightInputs) -> list[Tensor]:
        """Return the `cells` of each call; a map that several share is brought to its resolution once."""
        placed = {id(one): (one, place) for one, place in zip(inputs.maps, inputs.places, strict=True)}
        cells = {key: self.cells(one, place) for key, (one, place) in placed.items()}
        return [cells[id(one)] for one in inputs.maps]

    def cells(self, map_THWM: Tensor, place: Place) -> Tensor:
        """Return what the cells of a map in which a picture lies at `place` are compared by (T, C, h, w)."""
        rows, columns = map_THWM.shape[1:3]
        x1, y1, x2, y2 = place
        where_N2 = grid(rows, columns, map_THWM.device)
        in_picture_N2 = (where_N2 - where_N2.new_tensor([x1, y1])) / where_N2.new_tensor([x2 - x1, y2 - y1])
        cells_THWC = self.project(map_THWM) + self.place(in_picture_N2).unflatten(0, (rows, columns))
        return self.upsample(cells_THWC.movedim(-1, 1))

    def compare(self, cells_TChw: Tensor, asked_C: Tensor) -> Tensor:
        """Return the logits (T, h, w) of what is asked for; of several questions (R, C) at once (R, T, h, w)."""
        return torch.einsum("tchw,...c->...thw", cells_TChw, asked_C) + self.level

    def loss(self, outputs: LightOutputs, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the terms by name, weighted: `cross_entropy` and `dice`, means over the frames whose mask is known.

        `facts[...]["masks"]`: {frame: COCO RLE} at the media's resolution. Raises `DataError` where a call has none on
        any of its frames, `RegionError` for an RLE that is damaged or of another size.
        """
        terms = [term for row, known in enumerate(facts) for term in self._terms(outputs, row, known)]
        return losses.weighed(terms, self.weights)

    def _terms(self, outputs: LightOutputs, row: int, known: Mapping[str, Any]) -> list[tuple[Tensor, Tensor]]:
        inputs, points = outputs.inputs, self.points if self.training else None
        pairs = [
            (logits_hw, losses.true_rle(known, frame, inputs.media[row].size)) for frame, logits_hw in outputs.of(row)
        ]
        found = [
            losses.mask_terms(logits_hw, inputs.places[row], mask, points)
            for logits_hw, mask in pairs
            if mask is not None
        ]
        if not found:
            raise DataError(
                f"facts['masks'] says nothing of the frames that were looked at, {list(inputs.frames[row])}; it has "
                f"frames {list(known['masks'])}. Give at least one of these, empty where the thing is not there"
            )
        return found

    def decode(self, outputs: LightOutputs) -> list[Masks]:
        """Return for each call the mask of every frame that was looked at, at the resolution of the media."""
        return [self._masks(outputs, row) for row in range(len(outputs.inputs.frames))]

    def _masks(self, outputs: LightOutputs, row: int) -> Masks:
        return self.draw(outputs.of(row), outputs.inputs.media[row])

    def draw(self, logits: Sequence[tuple[int, Tensor]], media: Media) -> Masks:
        """Return the masks, at the resolution of the media, of frames with their logits (h, w).

        Raises `DataError` for logits that are not finite.
        """
        found, place = [], self.framing.whole(*media.size)
        for frame, logits_hw in logits:
            picture = media.frames([frame])[0] if self.edges and (logits_hw > 0).any() else None
            mask, score = inside(logits_hw, place, media.size, self.least_piece, picture)
            found.append(FrameMask(frame, mask, score))
        return Masks(tuple(found))

"""Box: where in a picture the thing lies that a sentence speaks of (the region head of VideoChat-TPO).

Shapes: B calls, D width of the language model. A box is (x1, y1, x2, y2); inside the head in shares of the media's
width and height, outside it in their pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from regard.core.errors import DataError
from regard.models.encoders._settings import at_least, one_of
from regard.models.heads._base import Call, TaskHead
from regard.regions.geometry import generalized_box_iou
from regard.regions.region import Region

LEAST = 1e-4  # of a side: what a bounded box has at least
DISTANCE, OVERLAP = 2.0, 0.2  # weights in the released code
APART = 2.0  # 1 - the generalised IoU, at most


@dataclass(frozen=True)
class Located:
    """A box (x1, y1, x2, y2) in pixels, inside its picture, on the frame of that number (0 of a picture).

    As released a box may have no area: one that was the wrong way round or beside the picture.
    """

    box: tuple[float, float, float, float]
    frame: int = 0

    @property
    def has_area(self) -> bool:
        """Whether there is anything inside the box."""
        x1, y1, x2, y2 = self.box
        return x1 < x2 and y1 < y2

    def region(self, name: str | None = None) -> Region:
        """Return the region that was found, to be asked about. Raises `RegionError` for a box without area."""
        return Region.box(self.box, frame=self.frame, name=name)


@dataclass(frozen=True, eq=False)
class BoxInputs:
    """The states at the slots; (width, height) of the media of each call; the number of the first frame seen of it."""

    slots_BD: Tensor
    sizes_B2: Tensor
    frames: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class BoxOutputs:
    """Boxes in shares of the media, float32, as they were said."""

    inputs: BoxInputs
    boxes_B4: Tensor


class Box(TaskHead):
    """Two linear layers on the state at the slot; of a clip, the box is that on the first frame that was looked at.

    `hidden`: width between the layers. `output`: `bounded`, where every box lies in the picture and has an area, or
    `as_released`, the corners themselves, which may lie anywhere. `loss`: `l1_giou`, as the released code has it, or
    `as_paper`, the mean squared error of the corners. Parameter names are those of the release, so that its weights
    load by name; they were trained with `as_released`.
    """

    trigger = "<box_begin>"
    slot = "<boxes>"
    finds = "box"

    def __init__(self, text_width: int, hidden: int = 2048, output: str = "bounded", loss: str = "l1_giou") -> None:
        super().__init__(text_width)
        at_least("box hidden", hidden)
        self.output = one_of("box output", output, ("bounded", "as_released"))
        self.terms = {"l1_giou": distance_and_overlap, "as_paper": squares}[
            one_of("box loss", loss, ("l1_giou", "as_paper"))
        ]
        self.loc_decoder = nn.Sequential(nn.Linear(text_width, hidden), nn.ReLU(), nn.Linear(hidden, 4))

    def prepare(self, calls: Sequence[Call]) -> BoxInputs:
        """Return the states at the slots, and the sizes of the media."""
        slots_BD = torch.stack([call.slot_D for call in calls])
        sizes = [call.sample.media.size for call in calls]
        sizes_B2 = torch.tensor(sizes, dtype=torch.float32, device=slots_BD.device)
        return BoxInputs(slots_BD, sizes_B2, tuple(next(iter(call.frames), 0) for call in calls))

    def forward(self, inputs: BoxInputs) -> BoxOutputs:
        """Return one box a call, in shares of its media."""
        said_B4 = self.loc_decoder(inputs.slots_BD).float()
        return BoxOutputs(inputs, bounded(said_B4) if self.output == "bounded" else said_B4)

    def loss(self, outputs: BoxOutputs, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the terms by name, weighted.

        `facts[...]["box"]`: (x1, y1, x2, y2) in pixels of the media, x2 and y2 exclusive; it is cut to the picture.
        Raises `DataError` where it is missing, is no box, or lies wholly outside the picture.
        """
        sizes_B2 = outputs.inputs.sizes_B2
        true_B4 = torch.stack([_true_box(known, size) for known, size in zip(facts, sizes_B2, strict=True)])
        return self.terms(outputs.boxes_B4, true_B4)

    def decode(self, outputs: BoxOutputs) -> list[Located]:
        """Return the box of each call in pixels of its media, cut to the picture."""
        boxes_B4 = outputs.boxes_B4.detach().clamp(0, 1) * outputs.inputs.sizes_B2.repeat(1, 2)
        found = zip(boxes_B4.tolist(), outputs.inputs.frames, strict=True)
        return [Located(tuple(box), frame) for box, frame in found]


def bounded(said_B4: Tensor) -> Tensor:
    """Return boxes (B, 4) inside the unit square, with an area: sigmoids say the size, and where in the room that it
    leaves the centre lies.
    """
    place_B2, size_B2 = said_B4.sigmoid().split(2, dim=1)
    size_B2 = LEAST + (1 - LEAST) * size_B2
    first_B2 = place_B2 * (1 - size_B2)
    return torch.cat([first_B2, first_B2 + size_B2], dim=1)


def distance_and_overlap(boxes_B4: Tensor, true_B4: Tensor) -> dict[str, Tensor]:
    """Return twice the mean distance of the corners, and a fifth of what the generalised IoU lacks to 1.

    Of the overlap only boxes are asked that are the right way round; where none is, it costs the most there is.
    """
    valid_B = (boxes_B4[:, :2] <= boxes_B4[:, 2:]).all(1)
    lacks = 1 - generalized_box_iou(boxes_B4[valid_B], true_B4[valid_B]).diagonal()
    apart = lacks.mean() if len(lacks) else boxes_B4.new_tensor(APART)
    return {"distance": DISTANCE * F.l1_loss(boxes_B4, true_B4), "overlap": OVERLAP * apart}


def squares(boxes_B4: Tensor, true_B4: Tensor) -> dict[str, Tensor]:
    """Return the mean squared error of the corners (VideoChat-TPO, supplement)."""
    return {"square": F.mse_loss(boxes_B4, true_B4)}


def _true_box(known: Mapping[str, Any], size_2: Tensor) -> Tensor:
    """Return the truth (4,) in shares of media of this size, cut to them."""
    if "box" not in known:
        raise DataError(f"a sample does not say where its box is; give facts['box'], it has {sorted(known)}")
    shown = f"{known['box']!r} came, and the picture is {size_2.int().tolist()} pixels (width, height)"
    wrong = f"facts['box'] is (x1, y1, x2, y2) in pixels with x1 <= x2 and y1 <= y2, touching the picture; {shown}"
    try:
        box_4 = torch.as_tensor(known["box"], dtype=torch.float32, device=size_2.device)
    except (TypeError, ValueError) as error:
        raise DataError(wrong) from error
    if box_4.shape != (4,) or not torch.isfinite(box_4).all():
        raise DataError(wrong)
    box_4 = box_4 / size_2.repeat(2)
    if (box_4[:2] > box_4[2:]).any() or (box_4[:2] > 1).any() or (box_4[2:] < 0).any():
        raise DataError(wrong)
    return box_4.clamp(0, 1)

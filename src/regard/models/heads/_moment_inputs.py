"""What the moment head reads: features of a clip in order of time, and of the words that ask for a moment.

Shapes: B calls, V features of the longest clip, L words of the longest question, C width of the clip's features (two of
them say the place in time), E width of the text's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

PLACE = 2  # channels behind a clip's features: start and end of what each stands for
SHORTEST = 1e-3  # seconds


class Timed:
    """A batch whose features have their time. `video_mask_BV`: True where there is a feature. `stretches_BV2`: the
    start and end in seconds of what each stands for. `seconds_B`: length of each clip.
    """

    video_mask_BV: Tensor
    stretches_BV2: Tensor
    seconds_B: Tensor

    @property
    def places_BV2(self) -> Tensor:
        """Return start and end of each feature as shares of its clip."""
        return self.stretches_BV2 / self.seconds_B[:, None, None]


@dataclass(frozen=True, eq=False)
class MomentInputs(Timed):
    """A batch of clips and questions, padded behind.

    `video_mask_BV`, `text_mask_BL`: True where there is something; each clip has at least one feature.
    `stretches_BV2`: the start and end in seconds of what each feature stands for. `seconds_B`: length of each clip.
    `clip_B`: which rows are about one clip, as equal numbers.
    """

    video_BVC: Tensor
    video_mask_BV: Tensor
    text_BLE: Tensor
    text_mask_BL: Tensor
    stretches_BV2: Tensor
    seconds_B: Tensor
    clip_B: Tensor

    @classmethod
    def even(
        cls, video_BVC: Tensor, video_mask_BV: Tensor, text_BLE: Tensor, text_mask_BL: Tensor, seconds: Sequence[float]
    ) -> MomentInputs:
        """Return inputs whose features stand for equal stretches of clips that all differ.

        `video_BVC` ends in the place in time of each feature; masks hold 1 or True where there is something.
        """
        keep_BV = video_mask_BV.bool()
        rows = [even_stretches(int(count), length) for count, length in zip(keep_BV.sum(1), seconds, strict=True)]
        stretches_BV2 = nn.functional.pad(padded(rows)[0], (0, 0, 0, keep_BV.shape[1] - max(map(len, rows))))
        return cls(
            video_BVC,
            keep_BV,
            text_BLE,
            text_mask_BL.bool(),
            stretches_BV2.to(video_BVC.device),
            torch.tensor(seconds, dtype=torch.float32, device=video_BVC.device),
            torch.arange(len(video_BVC), device=video_BVC.device),
        )


def padded(rows: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return rows (n, ...) of several lengths as one tensor (B, longest, ...), zeros behind, and where it is filled."""
    lengths = torch.tensor([len(row) for row in rows])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]
    return nn.utils.rnn.pad_sequence(list(rows), batch_first=True), mask.to(rows[0].device)


def with_place(features_VC: Tensor, stretches_V2: Tensor, seconds: float) -> Tensor:
    """Return features (V, C + 2) that end in the start and end of their stretch, as shares of the clip.

    For equal stretches these are i / V and (i + 1) / V, as Moment-DETR and its successors write them.
    """
    return torch.cat([features_VC, (stretches_V2 / seconds).to(features_VC)], dim=-1)


def even_stretches(count: int, seconds: float) -> Tensor:
    """Return `count` equal stretches (V, 2) of a clip of `seconds`."""
    edges = torch.arange(count + 1) * (seconds / count)
    return torch.stack([edges[:-1], edges[1:]], dim=-1)


def stretches_around(times: Sequence[float] | np.ndarray, seconds: float) -> Tensor:
    """Return the stretches (V, 2) that frames at `times` stand for: to halfway to their neighbours, all of the clip."""
    at_V = torch.as_tensor(times, dtype=torch.float32)
    edges = torch.cat([at_V.new_zeros(1), (at_V[:-1] + at_V[1:]) / 2, at_V.new_tensor([seconds])])
    return torch.stack([edges[:-1], edges[1:]], dim=-1)

"""SAM 2's memory (arXiv 2408.00714, section 4, from transformers): what was asked for on one frame of a clip, found on
all others.

Shapes: B things that are followed, P tokens of a prompt, C width of SAM 2, S side of its input in pixels, h x w cells
of its masks, H x W pixels of a mask that is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import Sam2VideoConfig, Sam2VideoInferenceSession, Sam2VideoModel
from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoPromptEncoder

Frames = Callable[[int], Tensor]
"""The frame of that number as SAM 2 reads it (3, S, S)."""

BOX_LABELS = (2, 3)
"""How SAM 2 labels the corners of a box. With two labels it gives one mask, not the best of three."""

MASKS = ("pred_masks", "high_res_masks")
MAPS = ("maskmem_features", "maskmem_pos_enc")


class EmbeddedPrompts(Sam2VideoPromptEncoder):
    """SAM 2's prompt encoder, which leaves alone what is an embedding already (its last size is C, not x and y)."""

    def _embed_points(self, points: Tensor, labels: Tensor, pad: bool) -> Tensor:
        if points.shape[-1] == self.hidden_size:
            return points
        return super()._embed_points(points, labels, pad)


class Sam2Memory(Sam2VideoModel):
    """SAM 2 for clips, with the weights of `Sam2VideoModel`; in the place of points it also takes an embedding."""

    def __init__(self, config: Sam2VideoConfig) -> None:
        super().__init__(config)
        self.prompt_encoder = EmbeddedPrompts(config.prompt_encoder_config)
        self.post_init()


class Session(Sam2VideoInferenceSession):
    """What SAM 2 remembers of one clip: frames are read when they are looked at and not kept; of what was found, only
    what the memory still reads.
    """

    def __init__(self, frames: Frames, count: int, sam: Sam2Memory) -> None:
        super().__init__(inference_device=sam.device, inference_state_device=sam.device, dtype=sam.dtype)
        self._frames = frames
        self._count = count
        self._maps = sam.num_maskmem - 1
        self._pointers = max(sam.config.max_object_pointers_in_encoder, sam.num_maskmem) - 1

    @property
    def num_frames(self) -> int:
        """How many frames the clip has."""
        return self._count

    def get_frame(self, frame_idx: int) -> Tensor:
        """Read a frame (3, S, S)."""
        return self._frames(frame_idx).to(self.inference_device, self.dtype)

    def ask(self, number: int, frame: int, prompt: Tensor) -> None:
        """Ask for one more thing on a frame: by an embedding (P, C), or by a mask (H, W) of bool."""
        index = self.obj_id_to_idx(number)
        if prompt.dtype == torch.bool:
            self.add_mask_inputs(index, frame, prompt[None, None])
        else:
            labels_112 = torch.tensor([[BOX_LABELS]], dtype=torch.int32)
            self.add_point_inputs(index, frame, {"point_coords": prompt[None, None], "point_labels": labels_112})
        self.obj_with_new_inputs.append(number)

    def turn(self) -> None:
        """Forget all but the frame that was asked about, to go on from there in the other direction."""
        for found in self.output_dict_per_obj.values():
            found["non_cond_frame_outputs"].clear()
        for tracked in self.frames_tracked_per_obj.values():
            tracked.clear()

    def forget(self, frame: int) -> None:
        """Forget what the frame after this one will not read: masks, maps of memory beyond their number, and all of
        frames whose pointers are beyond theirs.
        """
        for found in self.output_dict_per_obj.values():
            followed = found["non_cond_frame_outputs"]
            for number in [one for one in followed if abs(frame - one) >= self._pointers]:
                del followed[number]
            for number, one in [*found["cond_frame_outputs"].items(), *followed.items()]:
                far = number in followed and abs(frame - number) >= self._maps
                for name in (*MASKS, *MAPS) if far else MASKS:
                    one.pop(name, None)
        for tracked in self.frames_tracked_per_obj.values():
            tracked.clear()


@dataclass(frozen=True, eq=False)
class Seen:
    """What SAM 2 says of one frame: logits of masks, all far below 0 where a thing is not there, and the probability
    that it is.
    """

    frame: int
    logits_Bhw: Tensor
    there_B: Tensor


def carry(sam: Sam2Memory, frames: Frames, count: int, start: int, prompts: Sequence[Tensor]) -> Iterator[Seen]:
    """Yield every frame of a clip of `count` frames, first `start`, where things are asked for, then those behind it in
    their order, then those before it, backwards. Each direction remembers nothing of the other but `start`.

    `prompts`: one a thing, an embedding (P, C), which is taken as SAM 2 takes its own embedding of a box, to the bit,
    or a mask (H, W) of bool. Every frame is read and encoded once, whatever the number of things. Memory does not grow
    with the clip.
    """
    session = Session(frames, count, sam)
    for number, prompt in enumerate(prompts):
        session.ask(number, start, prompt)
    with evaluating(sam):
        yield _seen(sam, session, start)
        for order, back in ((range(start + 1, count), False), (range(start - 1, -1, -1), True)):
            session.turn()
            for frame in order:
                yield _seen(sam, session, frame, back)


def _seen(sam: Sam2Memory, session: Session, frame: int, back: bool = False) -> Seen:
    found = sam(session, frame_idx=frame, reverse=back)
    session.forget(frame)
    return Seen(frame, found.pred_masks[:, 0], found.object_score_logits[:, 0].float().sigmoid())


@contextmanager
def evaluating(sam: Sam2Memory) -> Iterator[None]:
    """Answer as after training, whatever the mode: the memory has dropout, and only then says what is not there."""
    before = sam.training
    sam.eval()
    try:
        yield
    finally:
        sam.train(before)

"""The mask of what an answer speaks of, on a picture or one frame of a clip, made by SAM 2 (the mask head of
VideoChat-TPO).

Shapes: B calls, I pictures, S side of SAM 2's input in pixels, P tokens of a prompt, C width of SAM 2, D width of the
language model, h x w cells of SAM 2's masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from regard.core.errors import ConfigError, DataError, VideoError
from regard.models.encoders._settings import at_least, one_of
from regard.models.heads import _mask_losses as losses
from regard.models.heads import _sam
from regard.models.heads._base import Call, TaskHead
from regard.models.heads._mask_points import WHOLE
from regard.models.heads._mask_result import FrameMask, Masks, inside
from regard.regions import rle


@dataclass(frozen=True, eq=False)
class MaskInputs:
    """A batch: the state at each slot; the pictures asked about, each once, which of them a call means, and of each
    call the frame and the (width, height) of its media.
    """

    slot_BD: Tensor
    pixels_I3SS: Tensor
    picture_B: Tensor
    frames: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class MaskOutputs:
    """What SAM 2 was asked (B, P, C), and what it answered: logits of masks and its estimate of their overlap."""

    inputs: MaskInputs
    prompt_BPC: Tensor
    logits_Bhw: Tensor
    score_B: Tensor


class Adapter(nn.Module):
    """The state at a slot as a prompt of SAM 2; layers have the released names."""

    def __init__(self, text_width: int, prompt_width: int) -> None:
        super().__init__()
        widths = nn.Linear(text_width, text_width), nn.Linear(text_width, _sam.BOX_TOKENS * prompt_width)
        self.layers = nn.ModuleList(widths)

    def forward(self, slot_BD: Tensor) -> Tensor:
        """Return prompts (B, P, C)."""
        return self.layers[1](F.relu(self.layers[0](slot_BD))).unflatten(-1, (_sam.BOX_TOKENS, -1))


class Mask(TaskHead):
    """Asks SAM 2 for a mask, with the state at the slot in place of a box.

    It looks at the first of the call's frames. `sam`: sizes of SAM 2, as in the `config.json` of its checkpoints; None:
    those of VideoChat-TPO's, hiera-large. `learn_from`: `mask`, or `box`, the released loss, by which the prompt
    becomes SAM 2's own embedding of the true mask's box. `train_decoder`: SAM 2's mask decoder learns too, as in Sa2VA;
    otherwise SAM 2 is frozen. `points`: how many places of a mask are compared in training. `weights`: of the loss,
    fields of `MaskWeights`. The score of a result is SAM 2's own estimate of the overlap. Raises `ConfigError`.
    """

    trigger = "<track_begin>"
    slot = "<tracking>"

    def __init__(
        self,
        text_width: int,
        sam: Mapping[str, Any] | None = None,
        learn_from: str = "mask",
        train_decoder: bool = False,
        points: int = 12544,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(text_width)
        self.learn_from = one_of("mask learn_from", learn_from, ("mask", "box"))
        if train_decoder and learn_from == "box":
            raise ConfigError("nothing teaches SAM 2's decoder with learn_from='box'; take train_decoder=False")
        self.train_decoder = train_decoder
        self.points = at_least("mask points", points)
        self.weights = losses.MaskWeights(**weights or {})
        self.sam = _sam.build(_sam.HIERA_LARGE if sam is None else sam, train_decoder)
        self.track_embed = Adapter(text_width, self.sam.config.prompt_encoder_config.hidden_size)

    @property
    def unused(self) -> tuple[str, ...]:
        """Beginnings of the names of what is frozen in SAM 2."""
        if not self.train_decoder:
            return ("sam.",)
        frozen = ("sam.vision_encoder.", "sam.prompt_encoder.", "sam.no_memory_embedding")
        return (*frozen, *(f"sam.mask_decoder.{part}" for part in _sam.UNTAUGHT))

    def prepare(self, calls: Sequence[Call]) -> MaskInputs:
        """Return the batch of these calls, with the first frame of each; several calls about one frame share it.
        Raises `VideoError` for a call without frames.
        """
        if not all(len(call.frames) for call in calls):
            raise VideoError("a mask is drawn on a frame, and none was looked at; give at least one")
        frames = tuple(int(call.frames[0]) for call in calls)
        keys = [(id(call.sample.media), frame) for call, frame in zip(calls, frames, strict=True)]
        pictures = {key: call.sample.media for key, call in zip(keys, calls, strict=True)}
        side, slot_BD = _sam.side(self.sam), torch.stack([call.slot_D for call in calls])
        seen = [_sam.FRAMING.picture(media.frames([key[1]])[0], side) for key, media in pictures.items()]
        return MaskInputs(
            slot_BD,
            torch.stack([torch.from_numpy(picture) for picture in seen]).to(slot_BD),
            torch.tensor([list(pictures).index(key) for key in keys], device=slot_BD.device),
            frames,
            tuple(call.sample.media.size for call in calls),
        )

    def forward(self, inputs: MaskInputs) -> MaskOutputs:
        """Return prompts and what SAM 2 answers to them."""
        return self.ask(inputs, self.track_embed(inputs.slot_BD))

    def ask(self, inputs: MaskInputs, prompt_BPC: Tensor) -> MaskOutputs:
        """Return what SAM 2 answers to prompts, whatever made them."""
        maps = [one[inputs.picture_B] for one in _sam.look(self.sam, inputs.pixels_I3SS)]
        return MaskOutputs(inputs, prompt_BPC, *_sam.answer(self.sam, maps, prompt_BPC))

    def loss(self, outputs: MaskOutputs, facts: Sequence[Mapping[str, Any]]) -> dict[str, Tensor]:
        """Return the terms by name, weighted: `cross_entropy` and `dice` of the masks, or `prompt`, the mean distance
        of the prompts from those of the true boxes, where a mask without a pixel has none and costs nothing.

        `facts[...]["masks"]`: {frame: COCO RLE} at the media's resolution. Raises `DataError` where the mask of the
        call's frame is missing, `RegionError` for an RLE that is damaged or of another size.
        """
        truth = self._truth(outputs.inputs, facts)
        if self.learn_from == "box":
            return {"prompt": self.weights.prompt * self._prompt_term(outputs, truth)}
        points = self.points if self.training else None
        pairs = zip(outputs.logits_Bhw, truth, strict=True)
        terms = [losses.mask_terms(logits_hw, WHOLE, mask, points) for logits_hw, mask in pairs]
        return losses.weighed(terms, self.weights)

    def _truth(self, inputs: MaskInputs, facts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        masks = []
        for known, frame, size in zip(facts, inputs.frames, inputs.sizes, strict=True):
            mask = losses.true_rle(known, frame, size)
            if mask is None:
                raise DataError(
                    f"facts['masks'] says nothing of frame {frame}, which this head draws on; it has frames "
                    f"{', '.join(map(str, known['masks'])) or 'none'}. An empty mask says that the thing is not there"
                )
            masks.append(mask)
        return masks

    def _prompt_term(self, outputs: MaskOutputs, truth: Sequence[Mapping[str, Any]]) -> Tensor:
        there = [row for row, mask in enumerate(truth) if rle.area(mask)]
        if not there:
            return outputs.prompt_BPC.sum() * 0
        boxes = [[*rle.box(truth[row])] for row in there]
        prompt_BPC = outputs.prompt_BPC[there]
        sizes_B4 = torch.tensor([outputs.inputs.sizes[row] * 2 for row in there], device=prompt_BPC.device)
        boxes_B4 = torch.tensor(boxes, device=prompt_BPC.device) / sizes_B4 * _sam.side(self.sam)
        return F.l1_loss(prompt_BPC.float(), _sam.box_prompt(self.sam, boxes_B4).float())

    def decode(self, outputs: MaskOutputs) -> list[Masks]:
        """Return the mask of each call on its frame, at the resolution of the media."""
        inputs, scores = outputs.inputs, outputs.score_B.detach().float().tolist()
        rows = zip(inputs.frames, outputs.logits_Bhw, inputs.sizes, scores, strict=True)
        found = [FrameMask(frame, inside(logits_hw, WHOLE, size)[0], score) for frame, logits_hw, size, score in rows]
        return [Masks((mask,)) for mask in found]

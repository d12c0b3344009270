"""The mask of what an answer speaks of, on a picture or through a clip, made by SAM 2 (the mask head of VideoChat-TPO).

Shapes: B calls, I pictures, S side of SAM 2's input in pixels, P tokens of a prompt, C width of SAM 2, D width of the
language model, h x w cells of SAM 2's masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from regard.core.errors import ConfigError, DataError, VideoError
from regard.media.clip import Clip
from regard.models.encoders._settings import at_least, one_of
from regard.models.heads import _mask_losses as losses
from regard.models.heads import _sam
from regard.models.heads._base import Call, TaskHead
from regard.models.heads._mask_points import WHOLE
from regard.models.heads._mask_result import FrameMask, Masks, inside
from regard.models.heads._sam_video import carry
from regard.prompts.sample import FOLLOWED, Media
from regard.regions import rle
from regard.regions.bound import BoundRegion

LAYERS = {"as_released": 2, "as_paper": 1}  # of the adapter


@dataclass(frozen=True, eq=False)
class MaskInputs:
    """A batch: the state at each slot; the pictures asked about, each once, which of them a call means; of each call
    the frame, the media, and the region that SAM 2 is to be asked by in place of the state, if there is one.
    """

    slot_BD: Tensor
    pixels_I3SS: Tensor
    picture_B: Tensor
    frames: tuple[int, ...]
    media: tuple[Media, ...]
    followed: tuple[BoundRegion | None, ...]

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """(width, height) of each call's media."""
        return tuple(media.size for media in self.media)


@dataclass(frozen=True, eq=False)
class MaskOutputs:
    """What SAM 2 was asked (B, P, C), and what it answered: logits of masks and its estimate of their overlap."""

    inputs: MaskInputs
    prompt_BPC: Tensor
    logits_Bhw: Tensor
    score_B: Tensor


class Adapter(nn.Module):
    """The state at a slot as a prompt of SAM 2: linear layers, ReLU between them; they have the released names."""

    def __init__(self, text_width: int, prompt_width: int, layers: int) -> None:
        super().__init__()
        inner = [nn.Linear(text_width, text_width) for _ in range(layers - 1)]
        self.layers = nn.ModuleList([*inner, nn.Linear(text_width, _sam.BOX_TOKENS * prompt_width)])

    def forward(self, slot_BD: Tensor) -> Tensor:
        """Return prompts (B, P, C)."""
        *inner, last = self.layers
        for layer in inner:
            slot_BD = F.relu(layer(slot_BD))
        return last(slot_BD).unflatten(-1, (_sam.BOX_TOKENS, -1))


class Mask(TaskHead):
    """Asks SAM 2 for a mask, with the state at the slot in place of a box, and has it followed through a clip.

    It begins at the first of the call's frames. `sam`: SAM 2, as in the `config.json` of its checkpoints; None:
    VideoChat-TPO's, hiera-large. `learn_from`: `mask`, or `box`, the released loss, by which the prompt becomes SAM 2's
    own embedding of the true mask's box. `train_decoder`: SAM 2's mask decoder learns too, as in Sa2VA; otherwise SAM 2
    is frozen. `points`: how many places of a mask are compared in training. `weights`: of the loss, fields of
    `MaskWeights`. `propagate`: of a clip all frames are answered, by SAM 2's memory, or the one frame; None: as far as
    SAM 2 has a memory. `follow`: what SAM 2 is asked by where a question says which region it is to follow
    (`Sample.facts["followed"]`): `region`, its mask, or its box where it was given as a box; `box`, always its box, as
    released; `slot`, the state, as for all other questions. `adapter`: what makes a prompt of the state, `as_released`,
    two layers, or `as_paper`, one, which released weights do not fit. In training only one frame is drawn on, by the
    state.

    The score of a mask of a picture or one frame is SAM 2's own estimate of the overlap, on the frames of a clip that
    the thing is there. Raises `ConfigError`.
    """

    trigger = "<track_begin>"
    slot = "<tracking>"
    finds = "tracks"

    def __init__(
        self,
        text_width: int,
        sam: Mapping[str, Any] | None = None,
        learn_from: str = "mask",
        train_decoder: bool = False,
        points: int = 12544,
        weights: Mapping[str, float] | None = None,
        propagate: bool | None = None,
        follow: str = "region",
        adapter: str = "as_released",
    ) -> None:
        super().__init__(text_width)
        self.learn_from = one_of("mask learn_from", learn_from, ("mask", "box"))
        self.follow = one_of("mask follow", follow, ("region", "box", "slot"))
        layers = LAYERS[one_of("mask adapter", adapter, list(LAYERS))]
        if train_decoder and learn_from == "box":
            raise ConfigError("nothing teaches SAM 2's decoder with learn_from='box'; take train_decoder=False")
        self.train_decoder = train_decoder
        self.points = at_least("mask points", points)
        self.weights = losses.MaskWeights(**weights or {})
        self.sam = _sam.build(_sam.HIERA_LARGE if sam is None else sam, train_decoder)
        self.propagate = _sam.remembers(self.sam) if propagate is None else propagate
        if self.propagate and not _sam.remembers(self.sam):
            raise ConfigError(
                f"propagate=True needs SAM 2's memory, and sam has model_type={_sam.STILL!r}, which has none; take a "
                f"checkpoint of {_sam.MEMORY!r}"
            )
        self.track_embed = Adapter(text_width, self.sam.config.prompt_encoder_config.hidden_size, layers)

    @property
    def unused(self) -> tuple[str, ...]:
        """Beginnings of the names of what is frozen in SAM 2."""
        if not self.train_decoder:
            return ("sam.",)
        frozen = {f"sam.{name.split('.')[0]}" for name, _ in self.sam.named_parameters()} - {"sam.mask_decoder"}
        return (*sorted(frozen), *(f"sam.mask_decoder.{part}" for part in _sam.UNTAUGHT))

    def prepare(self, calls: Sequence[Call]) -> MaskInputs:
        """Return the batch of these calls, each with the frame that it begins at; several calls about one frame share
        it. Raises `VideoError` for a call without frames, `ConfigError` for a region to follow where nothing can be
        followed.
        """
        if not all(len(call.frames) for call in calls):
            raise VideoError("a mask is drawn on a frame, and none was looked at; give at least one")
        followed = tuple(map(self._followed, calls))
        frames = tuple(
            int(call.frames[0]) if region is None else region.frames[0]
            for call, region in zip(calls, followed, strict=True)
        )
        keys = [(id(call.sample.media), frame) for call, frame in zip(calls, frames, strict=True)]
        pictures = {key: call.sample.media for key, call in zip(keys, calls, strict=True)}
        slot_BD = torch.stack([call.slot_D for call in calls])
        return MaskInputs(
            slot_BD,
            torch.stack([_sam.pixels(self.sam, media, key[1]) for key, media in pictures.items()]).to(slot_BD),
            torch.tensor([list(pictures).index(key) for key in keys], device=slot_BD.device),
            frames,
            tuple(call.sample.media for call in calls),
            followed,
        )

    def _followed(self, call: Call) -> BoundRegion | None:
        """Return the region that SAM 2 is asked by, None where it is asked by the state."""
        number = call.sample.facts.get(FOLLOWED)
        if number is None:
            return None
        if not self.propagate:
            raise ConfigError("this mask head draws on one frame (propagate=False) and cannot follow a region")
        return None if self.follow == "slot" else call.sample.regions[number]

    def forward(self, inputs: MaskInputs) -> MaskOutputs:
        """Return prompts and what SAM 2 answers to them on the frame each call begins at."""
        prompt_BPC = self.track_embed(inputs.slot_BD)
        boxes = {
            row: region.box(frame)
            for row, (region, frame) in enumerate(zip(inputs.followed, inputs.frames, strict=True))
            if region is not None
        }
        if boxes:
            prompt_BPC = prompt_BPC.clone()
            prompt_BPC[list(boxes)] = self._box_prompt(inputs, boxes).to(prompt_BPC)
        return self.ask(inputs, prompt_BPC)

    def _box_prompt(self, inputs: MaskInputs, boxes: Mapping[int, Sequence[int]]) -> Tensor:
        """Return SAM 2's own embedding of boxes in pixels of the media, by the rows they belong to."""
        device = inputs.slot_BD.device
        sizes_B4 = torch.tensor([inputs.sizes[row] * 2 for row in boxes], device=device)
        boxes_B4 = torch.tensor([[*box] for box in boxes.values()], device=device) / sizes_B4
        return _sam.box_prompt(self.sam, boxes_B4 * _sam.side(self.sam))

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
        boxes = {row: rle.box(mask) for row, mask in enumerate(truth) if rle.area(mask)}
        if not boxes:
            return outputs.prompt_BPC.sum() * 0
        true_BPC = self._box_prompt(outputs.inputs, boxes)
        return F.l1_loss(outputs.prompt_BPC[list(boxes)].float(), true_BPC.float())

    def decode(self, outputs: MaskOutputs) -> list[Masks]:
        """Return the masks of each call at the resolution of the media: on its frame, or on all frames of its clip."""
        inputs, scores = outputs.inputs, outputs.score_B.detach().float().tolist()
        clips: dict[tuple[int, int], list[int]] = {}
        for row, (media, frame) in enumerate(zip(inputs.media, inputs.frames, strict=True)):
            if self.propagate and isinstance(media, Clip):
                clips.setdefault((id(media), frame), []).append(row)
        found = {row: masks for rows in clips.values() for row, masks in self._through(outputs, rows).items()}
        for row in set(range(len(scores))) - set(found):
            mask, _ = inside(outputs.logits_Bhw[row], WHOLE, inputs.sizes[row])
            found[row] = Masks((FrameMask(inputs.frames[row], mask, scores[row]),))
        return [found[row] for row in range(len(scores))]

    def _through(self, outputs: MaskOutputs, rows: Sequence[int]) -> dict[int, Masks]:
        """Return what calls that begin at one frame of one clip ask for on all of its frames."""
        media, start = outputs.inputs.media[rows[0]], outputs.inputs.frames[rows[0]]
        found: dict[int, list[FrameMask]] = {row: [] for row in rows}
        prompts = [self._prompt(outputs, row) for row in rows]
        read = partial(_sam.pixels, self.sam, media)
        for seen in carry(self.sam, read, media.frame_count, start, prompts):
            for row, logits_hw, there in zip(rows, seen.logits_Bhw, seen.there_B.tolist(), strict=True):
                found[row].append(FrameMask(seen.frame, inside(logits_hw, WHOLE, media.size)[0], there))
        return {row: Masks(tuple(sorted(masks, key=lambda mask: mask.frame))) for row, masks in found.items()}

    def _prompt(self, outputs: MaskOutputs, row: int) -> Tensor:
        """Return what SAM 2 is asked by for one call: an embedding (P, C), or a mask (H, W)."""
        region = outputs.inputs.followed[row]
        if region is None or self.follow == "box" or (region.given and region.given.kind == "box"):
            return outputs.prompt_BPC[row].detach()
        return torch.from_numpy(region.mask(outputs.inputs.frames[row]))

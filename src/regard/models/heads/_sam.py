"""SAM 2 (arXiv 2408.00714, from transformers) asked by an embedding, where it is usually asked by points or a box.

Shapes: B prompts, I pictures, S side of SAM 2's input in pixels, P tokens of a prompt, C width of SAM 2, h x w cells of
its masks (a quarter of S).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from transformers import Sam2Config, Sam2Model, Sam2VideoConfig, Sam2VideoModel

from regard.core.errors import ConfigError
from regard.media.framing import Framing
from regard.models.encoders._settings import one_of
from regard.models.heads._sam_video import Sam2Memory
from regard.prompts.sample import Media

Sam = Sam2Model | Sam2VideoModel

MEMORY, STILL = "sam2_video", "sam2"
"""What checkpoints of SAM 2 call themselves (`model_type`): with the memory that clips need, or without."""

BOX_TOKENS = 3
"""Tokens of a box in SAM 2: two corners, and a point that is none."""

FRAMING = Framing("stretch", "bicubic", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
"""How SAM 2's own code reads frames: each side scaled to S on its own, colours less the mean of ImageNet's."""

HIERA_LARGE: dict[str, Any] = {
    "vision_config": {
        "backbone_channel_list": [1152, 576, 288, 144],
        "backbone_config": {
            "model_type": "sam2_hiera_det_model",
            "hidden_size": 144,
            "num_attention_heads": 2,
            "blocks_per_stage": [2, 6, 36, 4],
            "embed_dim_per_stage": [144, 288, 576, 1152],
            "num_attention_heads_per_stage": [2, 4, 8, 16],
            "window_size_per_stage": [8, 4, 16, 8],
            "global_attention_blocks": [23, 33, 43],
        },
    },
    "enable_occlusion_spatial_embedding": False,
    "enable_temporal_pos_encoding_for_object_pointers": False,
}
"""VideoChat-TPO's SAM 2: hiera-large of version 2.0, whose memory lacks the two parts that 2.1 added; what is not said
here is the default of transformers.
"""

MEMORY_WIDTH = 64
"""Channels of a memory, which transformers has written into its attention."""

UNTAUGHT = ("iou_prediction_head.", "pred_obj_score_head.", *(f"output_hypernetworks_mlps.{k}." for k in (1, 2, 3)))
"""Parts of SAM 2's decoder that no mask loss reaches: its scores, and the three masks of an ambiguous prompt."""


def build(settings: Mapping[str, Any], train_decoder: bool) -> Sam:
    """Return SAM 2 with random weights, frozen, or all but the decoder that makes its one mask.

    `settings`: as in the `config.json` of a SAM 2 checkpoint, whose `model_type` says whether it has the memory for
    clips (`sam2_video`, also where it is left out) or reads pictures alone (`sam2`). A decoder that is trained always
    gives the mask that it is taught; a frozen one gives the best of three others where that one is unstable, as
    published. Raises `ConfigError` for sizes that do not fit each other.
    """
    own = _own(settings)
    with_memory = one_of("SAM 2's model_type", own.pop("model_type"), (MEMORY, STILL)) == MEMORY
    config = Sam2VideoConfig(**own) if with_memory else Sam2Config(**own)
    _check(config)
    if train_decoder:
        config.mask_decoder_config.dynamic_multimask_via_stability = False
    sam = (Sam2Memory if with_memory else Sam2Model)(config).requires_grad_(False)
    for name, value in sam.mask_decoder.named_parameters():
        value.requires_grad_(train_decoder and not name.startswith(UNTAUGHT))
    return sam


def _own(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with what they leave out and transformers would not find: the tower's model type, and the sizes
    of the memory, which are those of the pictures.
    """
    own: dict[str, Any] = {"model_type": MEMORY, **settings}
    own["vision_config"] = {"model_type": "sam2_vision_model", **own.get("vision_config", {})}
    if own["model_type"] == MEMORY:
        side = own.get("prompt_encoder_config", {}).get("image_size", 1024)
        own = {"image_size": side, "memory_attention_rope_feat_sizes": [side // 16] * 2, **own}
    return own


def _check(config: Sam2Config | Sam2VideoConfig) -> None:
    """Raise `ConfigError` for parts that are made for pictures of different sizes, or a width that has no room for the
    memory.
    """
    side = config.prompt_encoder_config.image_size
    maps = [[side // stride] * 2 for stride in (4, 8, 16)]
    told = config.vision_config.backbone_feature_sizes
    if [list(size) for size in told] != maps:
        raise ConfigError(
            f"SAM 2 reads pictures of {side} pixels, so backbone_feature_sizes is {maps}; {told} came. Set both, and "
            "the backbone's image_size, to the same picture"
        )
    if not isinstance(config, Sam2VideoConfig):
        return
    memory = (config.image_size, list(config.memory_attention_rope_feat_sizes))
    if memory != (side, maps[-1]):
        raise ConfigError(
            f"SAM 2 reads pictures of {side} pixels, so image_size is {side} and memory_attention_rope_feat_sizes "
            f"{maps[-1]}; {memory} came. Leave both out, or set them to the same picture"
        )
    width, memories = config.vision_config.fpn_hidden_size, config.memory_encoder_output_channels
    if memories != MEMORY_WIDTH or width % memories or width == memories:
        raise ConfigError(
            f"SAM 2's memory is {MEMORY_WIDTH} wide and SAM 2 a multiple of it, at least {2 * MEMORY_WIDTH}; "
            f"memory_encoder_output_channels={memories} and fpn_hidden_size={width} came. With model_type={STILL!r} "
            "it has no memory, and any width"
        )


def side(sam: Sam) -> int:
    """Return how many pixels a side SAM 2 reads."""
    return sam.config.prompt_encoder_config.image_size


def remembers(sam: Sam) -> bool:
    """Return whether SAM 2 has the memory that clips need."""
    return isinstance(sam, Sam2VideoModel)


def pixels(sam: Sam, media: Media, frame: int) -> Tensor:
    """Return a frame of media as SAM 2 reads it (3, S, S)."""
    return torch.from_numpy(FRAMING.picture(media.frames([frame])[0], side(sam)))


def look(sam: Sam, pixels_I3SS: Tensor) -> list[Tensor]:
    """Return the three maps (I, C', h', w') of pictures that SAM 2's decoder reads, finest first."""
    maps = list(sam.get_image_features(pixels_I3SS, return_dict=True).fpn_hidden_states)
    maps[-1] = maps[-1] + sam.no_memory_embedding
    sizes = zip(maps, sam.backbone_feature_sizes, strict=True)
    return [one.permute(1, 2, 0).unflatten(-1, tuple(size)) for one, size in sizes]


def answer(sam: Sam, maps: list[Tensor], prompt_BPC: Tensor) -> tuple[Tensor, Tensor]:
    """Return for each prompt, asked of its own maps, the logits (B, h, w) of its mask and SAM 2's own estimate (B,) of
    how well this overlaps the right one.

    Given the embedding of a box it is what SAM 2 answers to the box, to the bit.
    """
    count = len(prompt_BPC)
    dense_1C11 = sam.prompt_encoder.no_mask_embed.weight[..., None, None]
    masks, scores, _, _ = sam.mask_decoder(
        image_embeddings=maps[-1],
        image_positional_embeddings=sam.get_image_wide_positional_embeddings().repeat(count, 1, 1, 1),
        sparse_prompt_embeddings=prompt_BPC[:, None],
        dense_prompt_embeddings=dense_1C11.expand(count, -1, *maps[-1].shape[-2:]),
        multimask_output=False,
        high_resolution_features=maps[:-1],
    )
    return masks[:, 0, 0], scores[:, 0, 0]


@torch.no_grad()
def box_prompt(sam: Sam, boxes_B4: Tensor) -> Tensor:
    """Return SAM 2's own embedding (B, P, C) of boxes (x1, y1, x2, y2) in pixels of its input."""
    sparse, _ = sam.prompt_encoder(
        input_points=None, input_labels=None, input_boxes=boxes_B4[:, None], input_masks=None
    )
    return sparse[:, 0]

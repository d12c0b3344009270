"""What SAM 2's weights are called in its own code (facebookresearch/sam2), and what transformers calls them.

Each pair says how a name begins there and here; `#` stands for a number, `*` for any layers between. The first pair
that fits counts; a name that none fits is the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

PLACES = "positional_encoding_gaussian_matrix"
POINTS = 4
Pair = tuple[str, str]


def _layers(there: str, here: str, count: int) -> list[Pair]:
    """Return the pairs of a small perceptron of two or three layers."""
    names = ["proj_in", *(f"layers.{number}" for number in range(count - 2)), "proj_out"]
    return [(f"{there}.layers.{number}", f"{here}.{name}") for number, name in enumerate(names)]


def _sequence(there: str, here: str, names: dict[int, str]) -> list[Pair]:
    """Return the pairs of layers that are only numbered there."""
    return [(f"{there}.{number}", f"{here}.{name}") for number, name in names.items()]


MASKS = {0: "conv1", 1: "layer_norm1", 3: "conv2", 4: "layer_norm2", 6: "conv3"}
STEPS = {3 * number: f"layers.{number}.conv" for number in range(4)}
STEPS |= {3 * number + 1: f"layers.{number}.layer_norm" for number in range(4)} | {12: "final_conv"}
TRUNK, PROMPT, DECODER = "image_encoder.trunk", "sam_prompt_encoder", "sam_mask_decoder"
OUR_TRUNK, OUR_PROMPT, OUR_DECODER = "vision_encoder.backbone", "prompt_encoder", "mask_decoder"

PAIRS: Sequence[Pair] = (
    (f"{TRUNK}.patch_embed.proj", f"{OUR_TRUNK}.patch_embed.projection"),
    (f"{TRUNK}.blocks.#.norm#", f"{OUR_TRUNK}.blocks.#.layer_norm#"),
    *_layers(f"{TRUNK}.blocks.#.mlp", f"{OUR_TRUNK}.blocks.#.mlp", 2),
    (TRUNK, OUR_TRUNK),
    ("image_encoder.neck.convs.#.conv", "vision_encoder.neck.convs.#"),
    (f"{PROMPT}.pe_layer.{PLACES}", f"{OUR_PROMPT}.shared_embedding.positional_embedding"),
    *_sequence(f"{PROMPT}.mask_downscaling", f"{OUR_PROMPT}.mask_embed", MASKS),
    (PROMPT, OUR_PROMPT),
    *_layers(f"{DECODER}.output_hypernetworks_mlps.#", f"{OUR_DECODER}.output_hypernetworks_mlps.#", 3),
    *_layers(f"{DECODER}.iou_prediction_head", f"{OUR_DECODER}.iou_prediction_head", 3),
    *_layers(f"{DECODER}.pred_obj_score_head", f"{OUR_DECODER}.pred_obj_score_head", 3),
    *_layers(f"{DECODER}.transformer.layers.#.mlp", f"{OUR_DECODER}.transformer.layers.#.mlp", 2),
    (f"{DECODER}.transformer.layers.#.norm#", f"{OUR_DECODER}.transformer.layers.#.layer_norm#"),
    (f"{DECODER}.transformer.norm_final_attn", f"{OUR_DECODER}.transformer.layer_norm_final_attn"),
    (f"{DECODER}.transformer.*.out_proj", f"{OUR_DECODER}.transformer.*.o_proj"),
    *_sequence(
        f"{DECODER}.output_upscaling", OUR_DECODER, {0: "upscale_conv1", 1: "upscale_layer_norm", 3: "upscale_conv2"}
    ),
    (DECODER, OUR_DECODER),
    ("memory_attention.layers.#.norm#", "memory_attention.layers.#.layer_norm#"),
    ("memory_attention.norm", "memory_attention.layer_norm"),
    ("memory_attention.*.out_proj", "memory_attention.*.o_proj"),
    *_sequence("memory_encoder.mask_downsampler.encoder", "memory_encoder.mask_downsampler", STEPS),
    ("memory_encoder.pix_feat_proj", "memory_encoder.feature_projection"),
    ("memory_encoder.fuser.layers.#.gamma", "memory_encoder.memory_fuser.layers.#.scale"),
    ("memory_encoder.fuser.layers.#.dwconv", "memory_encoder.memory_fuser.layers.#.depthwise_conv"),
    ("memory_encoder.fuser.layers.#.norm", "memory_encoder.memory_fuser.layers.#.layer_norm"),
    ("memory_encoder.fuser.layers.#.pwconv#", "memory_encoder.memory_fuser.layers.#.pointwise_conv#"),
    ("memory_encoder.out_proj", "memory_encoder.projection"),
    *_layers("obj_ptr_proj", "object_pointer_proj", 3),
    ("obj_ptr_tpos_proj", "temporal_positional_encoding_projection_layer"),
    ("maskmem_tpos_enc", "memory_temporal_positional_encoding"),
    ("no_mem_embed", "no_memory_embedding"),
    ("no_mem_pos_enc", "no_memory_positional_encoding"),
    ("no_obj_ptr", "no_object_pointer"),
    ("no_obj_embed_spatial", "occlusion_spatial_embedding_parameter"),
)


def _pattern(begins: str) -> re.Pattern[str]:
    written = re.escape(begins).replace(re.escape("#"), r"(\d+)").replace(re.escape("*"), "(.+?)")
    return re.compile(rf"{written}(?=\.|$)")


def _filled(begins: str) -> str:
    """Return what a name begins with instead, as `re` writes it: each `#` and `*` is what it was."""
    parts = re.split(r"[#*]", begins)
    return "".join(part + rf"\g<{number}>" for number, part in enumerate(parts[:-1], start=1)) + parts[-1]


TO_OURS = [(_pattern(there), _filled(here)) for there, here in PAIRS]
TO_THEIRS = [(_pattern(here), _filled(there)) for there, here in PAIRS]


def our_name(name: str) -> str:
    """Return what transformers calls a weight of SAM 2's own code."""
    return _renamed(name, TO_OURS)


def published_name(name: str) -> str:
    """Return what SAM 2's own code calls a weight of transformers': the inverse of `our_name`."""
    return _renamed(name, TO_THEIRS)


def _renamed(name: str, pairs: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, filled in pairs:
        if found := pattern.match(name):
            return found.expand(filled) + name[found.end() :]
    return name


def whole(weights: Iterable[tuple[str, Tensor]], begins: str) -> Iterator[tuple[str, Tensor]]:
    """Yield weights, those that begin with `begins` as transformers holds SAM 2's: the four kinds of points, tables of
    one row each, in one table, and the frequencies of places, which two parts read, for each. Others pass.
    """
    kinds = {f"{begins}{PROMPT}.point_embeddings.{number}.weight": number for number in range(POINTS)}
    rows: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in weights:
        if name in kinds:
            rows[kinds[name]] = (name, tensor)
            continue
        yield name, tensor
        if name == f"{begins}{PROMPT}.pe_layer.{PLACES}":
            yield f"{begins}shared_image_embedding.positional_embedding", tensor
    if len(rows) == POINTS:
        yield f"{begins}{PROMPT}.point_embed.weight", torch.cat([rows[number][1] for number in range(POINTS)])
    else:
        yield from rows.values()

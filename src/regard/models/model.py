"""The model: vision, connector and language, and region encoders that enter at four places. Joined here and nowhere
else.

Shapes: B samples, L text positions, T frames of one sample, H x W cells, C width of the tower, D width of the
language model. Samples of a batch keep their own frames and regions (lists); only the text is padded to one length.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, GenerationMixin, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from regard.core import rooms
from regard.core.errors import ConfigError, PromptError
from regard.models.config import RegardConfig
from regard.models.connectors._base import Connector
from regard.models.encoders._base import Dims, FeatureMaps, RegionEncoder, RegionInputs
from regard.models.encoders._compose import RegionEncoders
from regard.models.encoders._crop import Crop
from regard.models.heads._join import TaskHeads
from regard.models.heads.light_mask import LightMask
from regard.models.language import causal
from regard.models.norm import UnitNorm
from regard.models.things import Things
from regard.models.vision._base import VisionTower

MEDIA_INPUTS = ("pixels", "regions", "region_slots")
NO_ROWS = torch.zeros(0, dtype=torch.long)
ALONE = RegionInputs(torch.zeros(0, 1, 1), NO_ROWS, NO_ROWS, torch.zeros(0, 4), torch.zeros(0, 6), count=0)


class Encoded(NamedTuple):
    """Media and regions as the model reads them: for each sample its visual tokens (N, D), the tokens (n, D) of each of
    its regions, the map (T, H, W, C) that these are read from, and where the model marks things itself, the logits (T,
    H, W, h, w) of the thing under each visual token.
    """

    visual: list[Tensor]
    in_text: list[list[Tensor]]
    features: list[Tensor]
    things: Sequence[Tensor | None] = ()


class RegardModel(PreTrainedModel, GenerationMixin):
    """A region model. `forward` takes what `RegardProcessor` makes."""

    config_class = RegardConfig
    base_model_prefix = ""
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_attention_backend = True

    def __init__(self, config: RegardConfig) -> None:
        super().__init__(config)
        vision, connector = dict(config.vision), dict(config.connector)
        self.vision = rooms.load("regard.models.vision", vision.pop("name"), VisionTower)(**vision)
        self.language = causal.build(config.language)
        width = self.language.config.hidden_size
        for name in ("image_size", "clip_size"):
            if not self.vision.takes(getattr(config, name)):
                raise ConfigError(f"{name}={getattr(config, name)}: {self.vision.needs} is needed")
        self.connector = rooms.load("regard.models.connectors", connector.pop("name"), Connector)(
            self.vision.width, width, **connector
        )
        picture = self.visual_tokens(1, config.image_size, config.image_size)
        dims = Dims(self.vision.patch_width, self.vision.width, width, self.vision.stride, picture)
        self.encoders = RegionEncoders(
            [_encoder(dims, settings) for settings in config.encoders], width, config.place, config.normalise
        )
        self.visual_norm = UnitNorm(width) if config.normalise else nn.Identity()
        self.heads = TaskHeads(config.heads, width)
        self.things = Things(width) if config.things else None
        self._check_parts()
        self.post_init()
        self.generation_config.eos_token_id = config.eos_token_id
        self.generation_config.pad_token_id = config.pad_token_id

    def _check_parts(self) -> None:
        """Raise `ConfigError` for parts that cannot stand together."""
        config = self.config
        if config.region_frames and (self.encoders.changes_image or self.vision.mixes_frames):
            raise ConfigError(
                f"region_frames={config.region_frames}: regions on frames of their own cannot change what the model "
                "sees of the others; take a tower that sees each frame alone and encoders that only read features, or "
                "region_frames=0"
            )
        lost = [
            settings["name"]
            for settings, member in zip(config.encoders, self.encoders.members, strict=True)
            if member.needs_map and not self.connector.keeps_map
        ]
        if lost:
            raise ConfigError(
                f"{', '.join(lost)} finds regions among the visual tokens, but those of {config.connector['name']} "
                "stand for no place; take box_token, or an encoder that reads the tower's map"
            )
        if self.things is not None:
            self._check_things()

    def _check_things(self) -> None:
        """Raise `ConfigError` where the model cannot mark things itself."""
        name, head = self.config.things, self.heads.of(self.config.things)
        fits = type(head) is LightMask and head.map_width == self.vision.width and not head.doublings
        if not fits:
            raise ConfigError(
                f"things={name!r} cannot draw things: that takes light_mask on the map that regions are read from, "
                f"with map_width={self.vision.width} and doublings=0"
            )
        connector = self.connector
        wanted = {
            "place=True": self.encoders.place is not None,
            "tiles=1": self.config.tiles == 1,
            "a connector that keeps places and frames apart": connector.keeps_map and not connector.mixes_frames,
            "region encoders that ask for no crops": not self.encoders.crops,
        }
        if missing := [what for what, given in wanted.items() if not given]:
            raise ConfigError(f"things={name!r} needs {', '.join(missing)}; leave it out, or change that")

    def forward(
        self,
        input_ids: Tensor | None = None,
        pixels: Sequence[Tensor] | None = None,
        regions: Sequence[RegionInputs] | None = None,
        region_slots: Sequence[Sequence[int]] | None = None,
        attention_mask: Tensor | None = None,
        segments: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        told: Any = None,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """Return logits (B, L, vocabulary) and, with `labels`, the language-model loss.

        `pixels`: for each sample frames (T, 3, H, W) in [-1, 1]. `regions`, `region_slots`: for each sample its
        regions, and which of them each mention in the text means. `segments` (B, L): 0 for what all questions of a
        sample share, k for its k-th question, -1 for padding; questions see what is shared and themselves. Without
        pixels it is the plain language model (the later steps of `generate`). `told` is for the losses of task heads.
        Other arguments go to the language model.
        """
        if inputs_embeds is None:
            inputs_embeds = self.embed(input_ids, pixels, regions, region_slots)
        if segments is not None:
            attention_mask = block_mask(segments, inputs_embeds.dtype)
        return self.language(inputs_embeds=inputs_embeds, attention_mask=attention_mask, labels=labels, **kwargs)

    def embed(
        self,
        input_ids: Tensor,
        pixels: Sequence[Tensor] | None = None,
        regions: Sequence[RegionInputs] | None = None,
        region_slots: Sequence[Sequence[int]] | None = None,
        encoded: Encoded | None = None,
    ) -> Tensor:
        """Return what the language model reads (B, L, D): word embeddings; visual and region tokens, and the
        vectors of task heads, in their slots.

        `encoded`: what `encode` gave for these pixels and regions, when it is at hand.
        """
        embeds_BLD = self.heads.fill(input_ids, self.get_input_embeddings()(input_ids))
        if pixels is None:
            return embeds_BLD
        encoded = encoded or self.encode(pixels, regions)
        return self.fill(input_ids, embeds_BLD, encoded.visual, encoded.in_text, region_slots)

    def encode(self, pixels: Sequence[Tensor], regions: Sequence[RegionInputs]) -> Encoded:
        """Return what the model makes of each sample's media and regions."""
        regions = [self.encoders.assign(sample) for sample in regions]
        maps = self.look(pixels, regions)
        in_text = self.in_text(maps, regions)
        features = [sample.in_picture(own.tiling).features_THWC for sample, own in zip(maps, regions, strict=True)]
        things = [sample.things_THWhw for sample in maps]
        return Encoded([sample.visual_THWD.flatten(0, 2) for sample in maps], in_text, features, things)

    def look(self, pixels: Sequence[Tensor], regions: Sequence[RegionInputs]) -> list[FeatureMaps]:
        """Return for each sample what tower and connector make of it, step by step as in the figure."""
        patches = together(self.vision.embed, [sample.to(self.dtype) for sample in pixels])
        patches = each(self.encoders.at_patches, patches, regions)
        features = by_frames(self.vision, self.vision.encode, patches)
        features, fine = zip(*together(self.encoders.at_features, features), strict=True)
        visual = [self.visual_norm(tokens) for tokens in self.connect(each(without_apart, features, regions))]
        visual = each(self.encoders.at_tokens, visual, regions)
        maps = [FeatureMaps(*pair, self.connector.project) for pair in zip(fine, visual, strict=True)]
        return maps if self.things is None else each(self.tell_of_things, maps, regions)

    def tell_of_things(self, maps: FeatureMaps, regions: RegionInputs) -> FeatureMaps:
        """Return what was made of a sample, each visual token told of the thing under it."""
        parts = self.heads.of(self.config.things), self.encoders, maps.project
        visual_THWD, things_THWhw = self.things(maps.visual_THWD, maps.features_THWC, regions, *parts)
        return replace(maps, visual_THWD=visual_THWD, things_THWhw=things_THWhw)

    def in_text(self, maps: Sequence[FeatureMaps], regions: Sequence[RegionInputs]) -> list[list[Tensor]]:
        """Return for each sample the tokens (n, D) of each of its regions, of what `look` gave for it; crops are looked
        at here.
        """
        closer = self.look_closer(regions)
        maps = [replace(sample, crops=crops) for sample, crops in zip(maps, closer, strict=True)]
        return each(self.encoders.in_text, maps, regions)

    def look_closer(self, regions: Sequence[RegionInputs]) -> list[dict[Crop, Tensor]]:
        """Return for each sample the visual tokens (K, N, D) of its crops, each seen as a picture without regions."""
        asked = [sample.in_picture.crops for sample in regions]
        pixels = [crop_13HW for crops in asked for crop_K3HW in crops.values() for crop_13HW in crop_K3HW.split(1)]
        seen = iter(self.look(pixels, [ALONE] * len(pixels)) if pixels else ())
        return [
            {crop: torch.stack([next(seen).visual_THWD.flatten(0, 2) for _ in own]) for crop, own in crops.items()}
            for crops in asked
        ]

    def connect(self, features: Sequence[Tensor]) -> list[Tensor]:
        """Return the visual tokens of each sample as a map; frames of a clip are pooled by `clip_pool`, pictures by
        `image_pool`.
        """

        def one(features_THWC: Tensor) -> Tensor:
            return self.connector(features_THWC, self.pool(features_THWC.shape[1] * self.vision.stride))

        return by_frames(self.connector, one, features)

    def visual_tokens(self, frames: int, height: int, width: int) -> int:
        """Return how many visual tokens `frames` frames (those for regions alone left out) of `height` x `width` pixels
        become.
        """
        stride = self.vision.stride
        rows, columns = self.connector.grid(height // stride, width // stride, self.pool(height))
        return self.connector.frames(frames) * rows * columns

    def pool(self, size: int) -> int:
        """Return how many cells along a side one visual token averages, for an input of `size` pixels."""
        return self.config.clip_pool if size == self.config.clip_size else self.config.image_pool

    def fill(
        self,
        input_ids: Tensor,
        embeds_BLD: Tensor,
        visual: Sequence[Tensor],
        in_text: Sequence[Sequence[Tensor]],
        region_slots: Sequence[Sequence[int]],
    ) -> Tensor:
        """Put visual and region tokens into their slots. Raises `PromptError` when slots and tokens differ in
        number.
        """
        named = [tokens[slot] for tokens, slots in zip(in_text, region_slots, strict=True) for slot in slots]
        embeds_BLD = put(embeds_BLD, input_ids == self.config.visual_token_id, list(visual), "visual")
        return put(embeds_BLD, input_ids == self.config.region_token_id, named, "region")

    def prepare_inputs_for_generation(
        self, input_ids: Tensor, past_key_values: Any = None, **kwargs: Any
    ) -> dict[str, Any]:
        """Give media and regions to the first step only; afterwards they are in the cache."""
        inputs = super().prepare_inputs_for_generation(input_ids, past_key_values=past_key_values, **kwargs)
        if past_key_values is not None and past_key_values.get_seq_length() > 0:
            inputs = {name: value for name, value in inputs.items() if name not in MEDIA_INPUTS}
        inputs.pop("labels", None)
        return inputs

    def get_input_embeddings(self) -> nn.Module:
        """Return the word embeddings of the language model."""
        return self.language.get_input_embeddings()

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the word embeddings of the language model."""
        self.language.set_input_embeddings(value)

    def get_output_embeddings(self) -> nn.Module:
        """Return the layer that scores words."""
        return self.language.get_output_embeddings()

    def set_output_embeddings(self, value: nn.Module) -> None:
        """Replace the layer that scores words."""
        self.language.set_output_embeddings(value)

    def _expand_inputs_for_generation(self, expand_size: int = 1, **kwargs: Any) -> tuple[Tensor, dict[str, Any]]:
        """Repeat each sample for beams, its lists of media and regions too."""
        lists = {name: kwargs.pop(name) for name in MEDIA_INPUTS if kwargs.get(name) is not None}
        input_ids, kwargs = super()._expand_inputs_for_generation(expand_size=expand_size, **kwargs)
        repeated = {name: [item for item in value for _ in range(expand_size)] for name, value in lists.items()}
        return input_ids, kwargs | repeated

    def _init_weights(self, module: nn.Module) -> None:
        """Initialise what a checkpoint did not hold, as the part itself would; children come before their parents."""
        reset = getattr(module, "reset_parameters", None)
        if reset is not None:
            reset()


AutoConfig.register(RegardConfig.model_type, RegardConfig)
AutoModelForCausalLM.register(RegardConfig, RegardModel)


def _encoder(dims: Dims, settings: dict[str, Any]) -> RegionEncoder:
    settings = dict(settings)
    return rooms.load("regard.models.encoders", settings.pop("name"), RegionEncoder)(dims, **settings)


def each(
    function: Callable[[Any, RegionInputs], Any], values: Sequence[Any], regions: Sequence[RegionInputs]
) -> list[Any]:
    """Apply a hook to each sample with its regions."""
    return [function(value, sample) for value, sample in zip(values, regions, strict=True)]


def without_apart(frames: Tensor, regions: RegionInputs) -> Tensor:
    """Return the frames that the language model sees: without those that are there for the regions alone."""
    return frames[: len(frames) - regions.apart]


def by_frames(
    part: VisionTower | Connector, function: Callable[[Tensor], Tensor], samples: Sequence[Tensor]
) -> list[Tensor]:
    """Apply a function of a part to samples: one by one where the part mixes the frames it gets, else `together`."""
    return [function(sample) for sample in samples] if part.mixes_frames else together(function, samples)


def together(function: Callable[[Tensor], Any], samples: Sequence[Tensor]) -> list[Any]:
    """Apply a function over frames to all samples whose frames have one shape at once, and split again.

    The function returns a tensor, or a tuple of tensors, with the frames first.
    """
    results: list[Any] = [None] * len(samples)
    for shape in dict.fromkeys(sample.shape[1:] for sample in samples):
        members = [number for number, sample in enumerate(samples) if sample.shape[1:] == shape]
        sizes = [len(samples[number]) for number in members]
        made = function(torch.cat([samples[number] for number in members]))
        parts = (
            zip(*(part.split(sizes) for part in made), strict=True) if isinstance(made, tuple) else made.split(sizes)
        )
        for number, part in zip(members, parts, strict=True):
            results[number] = part
    return results


def put(embeds_BLD: Tensor, slots_BL: Tensor, tokens: list[Tensor], what: str) -> Tensor:
    """Write tokens, in order, into the marked slots."""
    count = int(slots_BL.sum())
    given = sum(len(part) for part in tokens)
    if count != given:
        raise PromptError(f"the text has {count} {what} slots, but there are {given} {what} tokens")
    if count == 0:
        return embeds_BLD
    flat = torch.cat(tokens).to(embeds_BLD.dtype)
    return embeds_BLD.masked_scatter(slots_BL[..., None], flat)


def block_mask(segments_BL: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the additive mask (B, 1, L, L) by which questions that share a picture do not see each other."""
    length = segments_BL.shape[1]
    asking, asked = segments_BL[:, :, None], segments_BL[:, None, :]
    before = torch.ones(length, length, dtype=torch.bool, device=segments_BL.device).tril()
    seen = before & ((asked == 0) | (asked == asking))
    return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill(~seen, torch.finfo(dtype).min)[:, None]

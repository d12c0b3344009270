"""The figure of a model in words: its parts in the order of the forward pass, what goes out of each, and what it costs.

Nothing is loaded: parts are built without storage.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from regard.models.config import RegardConfig
from regard.models.encoders._base import RegionEncoder
from regard.models.heads._base import TaskHead
from regard.models.model import RegardModel

HOOKS = {
    "at_patches": "patches",
    "at_features": "features",
    "at_tokens": "visual tokens",
    "in_text": "text",
    "in_words": "text, in words",
}


@dataclass(frozen=True)
class Part:
    """One part: its place in the figure, its name, what comes out of it, how many weights, and of a region encoder
    where it enters.
    """

    place: str
    name: str
    gives: str
    weights: int
    enters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A model's parts, and its cost in tokens of the language model: of a picture (and at most, when it is cut into
    tiles), of a clip, and of a region on one frame and on all.
    """

    parts: tuple[Part, ...]
    picture: tuple[int, int]
    clip: int
    frames: int
    region: tuple[int, int]

    @property
    def weights(self) -> int:
        """How many weights the model has, shared ones once."""
        return sum(part.weights for part in self.parts)


def figure(config: RegardConfig) -> Figure:
    """Return the figure of a configuration."""
    with torch.device("meta"):
        model = RegardModel(config)
    vision, connector, size = model.vision, model.connector, config.image_size
    cells = size // vision.stride
    rows, columns = connector.grid(cells, cells, model.pool(size))
    language = model.language.config
    parts = [
        Part("vision", config.vision["name"], f"{cells} x {cells} x {vision.width}", _weights(vision)),
        Part(
            "connector", config.connector["name"], f"{rows} x {columns} x {language.hidden_size}", _weights(connector)
        ),
        *(
            Part("region encoder", settings["name"], _entry(member), _weights(member), tuple(enters(member)))
            for settings, member in zip(config.encoders, model.encoders.members, strict=True)
        ),
        *(
            [Part("things", config.things, "added to the visual tokens", _weights(model.things))]
            if model.things is not None
            else []
        ),
        Part(
            "language",
            language.model_type,
            f"{language.num_hidden_layers} layers, {language.hidden_size} wide",
            _weights(model.language),
        ),
        *(
            Part("task head", name, _called(head), _weights(head) + _slot(model, name))
            for name, head in model.heads.members.items()
        ),
    ]
    thumbnail = model.visual_tokens(1, size, size)
    beside = _weights(model) - sum(part.weights for part in parts)
    if beside:
        parts.append(Part("beside", "place and scale", "added to tokens", beside))
    return Figure(
        tuple(parts),
        (thumbnail, model.visual_tokens(1 + config.tiles, size, size) if config.tiles > 1 else thumbnail),
        model.visual_tokens(config.frames, config.clip_size, config.clip_size),
        config.frames,
        (model.encoders.tokens_for(1), model.encoders.tokens_for(config.frames)),
    )


def enters(encoder: RegionEncoder) -> list[str]:
    """Return where an encoder enters the figure, in the order of the forward pass."""
    return [place for hook, place in HOOKS.items() if getattr(type(encoder), hook) is not getattr(RegionEncoder, hook)]


def _entry(encoder: RegionEncoder) -> str:
    return f"enters at: {', '.join(enters(encoder))}"


def _called(head: TaskHead) -> str:
    return f"called by {head.trigger}" if head.trigger else "in training only"


def _slot(model: RegardModel, head: str) -> int:
    return model.heads.slots[head].numel() if head in model.heads.slots else 0


def _weights(part: nn.Module) -> int:
    return sum(weight.numel() for weight in part.parameters())

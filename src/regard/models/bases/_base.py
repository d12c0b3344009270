"""What a base is: a published tower, connector and language model that knows no regions yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from regard.core import rooms
from regard.core.errors import CheckpointError
from regard.models.language import causal
from regard.models.layout import Layout
from regard.models.presets import _base as presets

ROOM = "regard.models.bases"
NEW = ("encoders.", "heads.")
EMBEDDINGS, HEAD = "language.model.embed_tokens.weight", "language.lm_head.weight"


class Base(Layout):
    """One base, in one of the layouts it was published in. Subclasses are one file each and give what follows.

    `architecture`: what its config.json calls it, the first of `architectures`. `vision`, `connector`: the parts it has
    here; a design must be made for the same two. `read` gives all sizes of these and of the language model.
    """

    architecture: str
    vision: str
    connector: str

    @classmethod
    def designs(cls) -> list[str]:
        """Return the presets that stand on such a tower and connector."""
        wanted = (cls.vision, cls.connector)
        known = {name: presets.load(name).settings for name in rooms.names(presets.ROOM)}
        return [name for name, has in known.items() if (has["vision"]["name"], has["connector"]["name"]) == wanted]


def of(released: Mapping[str, Any]) -> type[Base] | None:
    """Return the base that a released config.json belongs to, or None."""
    named = released.get("architectures")
    architecture = named[0] if isinstance(named, list) and named else None
    known = (rooms.load(ROOM, name, Base) for name in rooms.names(ROOM))
    return next((base for base in known if base.architecture == architecture), None)


def known() -> list[str]:
    """Return the `architectures` of every base that is read."""
    return sorted(rooms.load(ROOM, name, Base).architecture for name in rooms.names(ROOM))


def design_for(base: type[Base], design: str) -> type[presets.Preset]:
    """Return the preset of a design. Raises `CheckpointError` where none is named, or one of another tower or
    connector; `NotFound` for a name that there is not.
    """
    fitting = base.designs()
    if design and (preset := presets.load(design)) and presets.named(design)[0] in fitting:
        return preset
    told = f"{design} stands on other parts" if design else "it knows no regions yet"
    raise CheckpointError(
        f"{base.__name__} is a base, of {base.vision} and {base.connector}; {told}. Name the design to train on it: "
        + " or ".join(f"design={name!r}" for name in fitting)
    )


def spelled_out(released: Mapping[str, Any]) -> dict[str, Any]:
    """Return a released config.json with what it leaves out and in today's spelling, as transformers reads it. Raises
    `ConfigError` for a setting of the wrong type.
    """
    return causal.configuration(dict(released)).to_dict()


def words(weights: Mapping[str, Tensor], base: type[Base]) -> tuple[Tensor | None, Tensor | None]:
    """Return the word embeddings (V, D) and the head (V, D) among published weights, None for what is not there."""
    ours = {base.our_name(name): weight for name, weight in weights.items()}
    return ours.get(EMBEDDINGS), ours.get(HEAD)


def with_rows(weights: Mapping[str, Tensor], base: type[Base], known: int, new: Collection[int]) -> dict[str, Tensor]:
    """Return published weights with rows for new words, in the embeddings and in the head: each row is the mean of
    those of the `known` words, in float32, as VideoChat-TPO begins its own (its released code).

    `new`: ids of the new words. Rows that a vocabulary keeps free are used first.
    """
    return {
        name: _rows(weight, known, sorted(new)) if base.our_name(name) in (EMBEDDINGS, HEAD) else weight
        for name, weight in weights.items()
    }


def _rows(weight_VD: Tensor, known: int, new: list[int]) -> Tensor:
    if not new:
        return weight_VD
    mean_D = weight_VD[:known].float().mean(0).to(weight_VD.dtype)
    more = max(new[-1] + 1 - len(weight_VD), 0)
    grown_VD = torch.cat([weight_VD, mean_D.expand(more, -1)])
    grown_VD[new] = mean_D
    return grown_VD

"""The region designs that the recipe of the model inside trains: their settings, and what some of them go without."""

from __future__ import annotations

from typing import Any

from regard.core import rooms
from regard.core.errors import ConfigError
from regard.models.config import RegardConfig
from regard.models.encoders._settings import one_of
from regard.models.following import follower
from regard.models.model import RegardModel

ROOM = "regard.models.encoders"
INSIDE = "mask_pool"  # the design of the model that ships
FEWER = {  # tokens a region than published, so that several questions stand behind one small picture
    "roi_replay": {"grid": 4, "most_frames": 4},
    "local_crop": {"most_frames": 2},
    "crop_attention": {"most_frames": 2},
}


def encoders(named: str, refine: bool) -> list[dict[str, Any]]:
    """Return the settings of region encoders by their names, joined by "+"; without a name those of the model that
    ships. `refine`: of `mask_pool`. Raises `ConfigError` for a name that there is not.
    """
    known = rooms.names(ROOM)
    settings = FEWER | {"mask_pool": {"refine": refine}}
    names = [one_of("encoder", name, known) for name in (named or INSIDE).split("+")]
    return [{"name": name, **settings.get(name, {})} for name in names]


def check(named: str, start: str) -> None:
    """Raise `ConfigError` for a name that there is not, and for a design that the model to start from does not have."""
    wanted = _names(encoders(named, refine=False))
    if not (named and start):
        return
    own = _names(RegardConfig.from_pretrained(start).encoders)
    if own != wanted:
        raise ConfigError(
            f"encoder={named}: the model in {start} has {own} and keeps it; leave encoder= out, or start= to begin anew"
        )


def marks_things(model: RegardModel) -> bool:
    """Tell whether a model of this design can mark things itself (`regard.models.things`)."""
    return not model.encoders.crops


def left_out(model: RegardModel) -> list[str]:
    """Return a line for each ability of the model that ships that a model with its task heads has no place for."""
    name, lines = _names(model.config.encoders), []
    if not marks_things(model):
        lines.append(f"{name}: no marks of things, since each thing would need a crop")
    if follower(model) is None:
        lines.append(
            f"{name}: regions of one frame are not followed; that takes media that regions do not change and a token "
            "of a region for each frame"
        )
    return lines


def _names(settings: list[dict[str, Any]]) -> str:
    return "+".join(entry["name"] for entry in settings)

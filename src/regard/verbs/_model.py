"""The object with the verbs: each file of this folder is a method of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from regard.backends._base import Backend
from regard.core import rooms
from regard.core.errors import ConfigError, nearest
from regard.regions.bound import BoundRegion
from regard.verbs._base import ROOM, Verb
from regard.verbs._binder import Asker, Binder, Media, Regions


class Model:
    """Whoever answers, with a method for every verb (`describe`, `ask`, `locate`, ..), those that plug-ins add
    included.

    `backend`: who answers. `model`: the Hugging Face model, None where there is none (a recording). `name`: as
    answers name it. Every verb is stateless: the same call has the same answer. Made by `regard.load`.
    """

    def __init__(self, backend: Backend, binder: Binder | None = None) -> None:
        self.backend = backend
        self._asker = Asker(backend, binder or Binder())

    @property
    def name(self) -> str:
        """How answers name the model."""
        return self.backend.name

    @property
    def model(self) -> Any:
        """The Hugging Face model; None for a backend without one."""
        return getattr(self.backend, "model", None)

    def bind(self, media: Any, regions: Regions, *, propagate: bool | None = None) -> list[BoundRegion]:
        """Return regions as masks on media: points and scribbles segmented, and followed through a clip with
        `propagate`.

        What comes back can be drawn, kept and given to every verb. Raises `RegionError` naming the region, and
        `MediaError`.
        """
        binder = self._asker.binder
        return list(binder.bind(binder.open(media), regions, propagate=propagate))

    def maps(self, media: Any, regions: Regions, *, propagate: bool | None = None) -> Any:
        """Return how likely each place of each frame that the model looks at belongs to each region, as
        `regard.models.heads.guide.RegionMaps`; `draw.heat` draws them.

        Raises `ConfigError` for a model without the head `guide`, and the errors of `bind`.
        """
        opened = self._asker.binder.open(media)
        bound = self.bind(opened, regions, propagate=propagate)
        if not hasattr(self.backend, "maps"):
            raise ConfigError(f"heat maps are read from a model on this machine; {self.name} is none")
        return self.backend.maps(opened, bound)

    def look(self, media: Any) -> View:
        """Open media once for many questions: the `View` has the same verbs, and the picture is encoded once."""
        return View(self, self._asker.binder.open(media))

    def verb(self, name: str) -> Verb:
        """Return one verb by name. Raises `NotFound` with the nearest name."""
        return rooms.load(ROOM, name, Verb)(self._asker)

    def __getattr__(self, name: str) -> Verb:
        if name.startswith("_") or name not in rooms.names(ROOM):
            near = "" if name.startswith("_") else nearest(name, rooms.names(ROOM))
            raise AttributeError(f"a model has no {name!r}.{near}")
        return self.verb(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *rooms.names(ROOM)})

    def __repr__(self) -> str:
        return f"<regard model {self.name!r}: {', '.join(rooms.names(ROOM))}>"


class View:
    """One picture or clip under a model's eyes: the model's verbs without their first argument."""

    def __init__(self, model: Model, media: Media) -> None:
        self._model = model
        self.media = media

    def bind(self, regions: Regions, *, propagate: bool | None = None) -> list[BoundRegion]:
        """Return regions as masks on this media; see `Model.bind`."""
        return self._model.bind(self.media, regions, propagate=propagate)

    def maps(self, regions: Regions, *, propagate: bool | None = None) -> Any:
        """Return where the model sees regions on this media; see `Model.maps`."""
        return self._model.maps(self.media, regions, propagate=propagate)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in rooms.names(ROOM):
            near = "" if name.startswith("_") else nearest(name, rooms.names(ROOM))
            raise AttributeError(f"a view has no {name!r}.{near}")
        return partial(self._model.verb(name), self.media)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *rooms.names(ROOM)})

    def __repr__(self) -> str:
        return f"<view of {self.media!r} by {self._model.name!r}>"

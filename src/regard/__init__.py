"""Regard: point at anything in an image or a video, and ask.

    model = regard.load()
    photo = regard.open("kitchen.jpg")
    cup = regard.Region.box(410, 220, 520, 360)
    model.ask(photo, "What is <region1> next to?", [cup]).text

Names are imported when first used, so that `import regard` stays fast and does not import torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Answer": "regard.prompts.answer:Answer",
    "Clip": "regard.media.clip:Clip",
    "Image": "regard.media.image:Image",
    "Region": "regard.regions.region:Region",
    "Sample": "regard.prompts.sample:Sample",
    "Turn": "regard.prompts.sample:Turn",
    "load": "regard.verbs:load",
    "open": "regard.media.open:open_media",
}

__all__ = ["Answer", "Clip", "Image", "Region", "Sample", "Turn", "__version__", "load", "open"]  # noqa: F822

if TYPE_CHECKING:
    from regard.media.clip import Clip
    from regard.media.image import Image
    from regard.media.open import open_media as open
    from regard.prompts.answer import Answer
    from regard.prompts.sample import Sample, Turn
    from regard.regions.region import Region
    from regard.verbs import load


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'regard' has no attribute {name!r}")
    home, _, member = _HOMES[name].partition(":")
    return getattr(importlib.import_module(home), member)


def __dir__() -> list[str]:
    return sorted(__all__)

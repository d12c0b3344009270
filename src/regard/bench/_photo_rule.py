"""The rule that gives a region of a photograph its colour, size and position, and says when not to ask."""

from __future__ import annotations

from typing import Any

import numpy as np

from regard.media.colours import colour_is_clear, name_colour
from regard.regions.words import centre_and_share, position_is_clear, position_word, size_is_clear, size_word


def truth_of(mask: np.ndarray, pixels_N3: np.ndarray, disputed: bool = False) -> dict[str, Any]:
    """Return the colour, size and position words of a region, and for each that is not asked the reason ("left_out").

    mask: bool (H, W) at the size of the picture; pixels_N3: its uint8 RGB pixels. disputed: a person who looked at the
    picture would give the thing another colour word than its pixels have, under a lamp or in the shade.
    """
    x, y, share = centre_and_share(mask)
    left_out = {}
    if not colour_is_clear(pixels_N3):
        left_out["colour"] = "not clear"
    elif disputed:
        left_out["colour"] = "disputed"
    if not size_is_clear(share):
        left_out["size"] = "near a boundary"
    if not position_is_clear(x, y):
        left_out["position"] = "near a boundary"
    words = {"colour": name_colour(pixels_N3)[0], "size": size_word(share), "position": position_word(x, y)}
    return words | {"left_out": left_out}

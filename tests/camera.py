"""What cameras store: pixels turned, and a tag that says how to turn them back."""

import numpy as np

UNDO = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


def stored(pixels, orientation):
    """What a camera stores when `pixels` is upright and the EXIF tag is `orientation`."""
    return np.ascontiguousarray(UNDO[orientation](pixels))

"""Features of a clip that another encoder has made, from an array or a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from regard.core.errors import DataError

NAME = "features"


def read_features(given: Any) -> np.ndarray:
    """Return features (V, C), float32, of V even stretches of a clip, in order of time.

    `given`: an array, or the path of an .npy file; nothing is unpickled. Raises `DataError` for a file that is not
    there or cannot be read, and for another shape.
    """
    found = _file(Path(given).expanduser()) if isinstance(given, (str, os.PathLike)) else given
    try:
        features_VC = np.asarray(found, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"features are numbers (V, C), an array or a file; {type(given).__name__} came") from error
    if features_VC.ndim != 2 or 0 in features_VC.shape or not np.isfinite(features_VC).all():
        raise DataError(
            "features of a clip are finite numbers (V, C), V stretches of it in order of time, one row each; "
            f"{features_VC.shape} came"
        )
    return features_VC


def _file(path: Path) -> np.ndarray:
    if path.suffix != ".npy":
        raise DataError(f"{str(path)!r} is no .npy file; numpy.save writes the features as one")
    if not path.is_file():
        raise DataError(f"{str(path)!r} is no file that is there")
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{str(path)!r} cannot be read as an array of numbers: {error}") from error

"""Official output files with the figures their published scorers gave.

They are not shipped with the tests. They are looked for beside the repository, in ../shared/oracles, or where
REGARD_ORACLES says.
"""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("REGARD_ORACLES", Path(__file__).parents[3] / "shared" / "oracles"))


def needs(name):
    """Skip a test where the recorded files of a benchmark are not there."""
    return pytest.mark.skipif(not (FOLDER / name).is_dir(), reason=f"no {name} in {FOLDER}")

"""Where tests find their helpers, and what all of them may use."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "house")]


@pytest.fixture
def regard(capsys):
    """Run a command line: (exit code, standard output, standard error)."""
    from regard import cli

    def run(*words):
        code = cli.main([str(word) for word in words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run

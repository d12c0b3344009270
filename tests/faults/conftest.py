"""The command line with a scripted model, and picture files whose bytes are written by hand."""

import struct
import zlib

import pytest
from fault_backend import Said

from regard.verbs import _load


@pytest.fixture
def regard(regard, monkeypatch):
    """Run a command line whose model writes `text`: (exit code, standard output, standard error)."""

    def run(*words, text="a thing"):
        monkeypatch.setattr(_load, "_local", lambda folder, options: Said(lambda sample: text))
        return regard(*words)

    return run


@pytest.fixture
def png():
    """Return the bytes of a grey PNG by its header's size and bits, its rows, and chunks to put between."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    def made(width, height, bits, rows, extra=()):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
        between = b"".join(chunk(kind, body) for kind, body in extra)
        return b"\x89PNG\r\n\x1a\n" + header + between + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")

    return made

"""A picture, a clip and a model with known answers, for command lines."""

import json

import numpy as np
import pytest
from PIL import Image as PILImage

from regard.backends._base import Generation
from regard.media.clip import Clip
from regard.verbs import _load

SAID = "a \x1b[31mred\x1b[0m thing\x07 <b>here</b>"


class Fixed:
    """Always writes the same text, with control codes in it; the first candidate is always the likeliest."""

    name = "fixed"
    most_regions = 3
    text = SAID

    def generate(self, samples, *, max_new_tokens=128):
        return [Generation(f"{self.text} {len(sample.turns)}") for sample in samples]

    def stream(self, sample, *, max_new_tokens=128):
        text = self.generate([sample])[0].text
        yield from (text[start : start + 4] for start in range(0, len(text), 4))

    def score(self, sample, texts):
        return [-float(place) for place in range(len(texts))]


@pytest.fixture
def answering(monkeypatch):
    """Every local model answers like `Fixed`; returns the backend."""
    backend = Fixed()
    monkeypatch.setattr(_load, "_local", lambda folder, options: backend)
    return backend


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """A folder with photo.png (160 x 120) and clip.mp4 (80 x 60, 8 frames, 4 a second)."""
    folder = tmp_path_factory.mktemp("media")
    pixels = np.full((120, 160, 3), 200, np.uint8)
    pixels[30:90, 40:100] = (200, 30, 30)
    PILImage.fromarray(pixels).save(folder / "photo.png")
    frames = np.full((8, 60, 80, 3), 90, np.uint8)
    for number, frame in enumerate(frames):
        frame[20:40, 5 + 6 * number : 25 + 6 * number] = (255, 0, 0)
    Clip.from_frames(frames, fps=4).save(folder / "clip.mp4")
    return folder


@pytest.fixture
def rows():
    return lambda text: [json.loads(line) for line in text.splitlines()]

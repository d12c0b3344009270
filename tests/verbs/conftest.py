"""Pictures and clips to ask about, and a model that answers by a script."""

import numpy as np
import pytest
from scripted_backend import Scripted

from regard.media.clip import Clip
from regard.media.image import Image
from regard.verbs import Model


@pytest.fixture
def scripted():
    return Scripted


@pytest.fixture(scope="session")
def photo():
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[:, :60, 0] = 255
    pixels[:, 60:110, 1] = 255
    pixels[:, 110:, 2] = 255
    return Image.from_array(pixels)


@pytest.fixture(scope="session")
def clip():
    frames = np.zeros((8, 60, 80, 3), np.uint8)
    for number, frame in enumerate(frames):
        frame[20:40, 5 + 6 * number : 25 + 6 * number] = (255, 0, 0)
    return Clip.from_frames(frames, fps=4)


@pytest.fixture
def model():
    return Model(Scripted())

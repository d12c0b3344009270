"""The one rule that names the colour of pixels: eleven basic colour words, by thresholds in OKLCh.

Every pixel gets a word from its lightness L (0 to 1), chroma C (0 = gray) and hue h (degrees) in OKLab (Bjorn
Ottosson, "A perceptual color space for image processing", 2020); `_RULE` below is the whole rule. The words are the
eleven basic colour terms of English (Berlin and Kay, "Basic Color Terms", 1969). What a person calls beige, cream, skin
or tan has no word of its own: very light is white, darker is brown. A region is called what most of its pixels are
called. Where people would differ - between two words, or on beige - a region's colour is not a clear case
(`colour_is_clear`), and whoever asks about it can leave it out.

Shapes: N pixels, 11 names, in the order of `NAMES`. RGB is 0..255 sRGB.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from regard.core.errors import EmptyRegion, ImageError

NAMES = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black", "white", "gray")
CLEAR_SHARE = 0.5
CLEAR_RATIO = 1.5

# Colours that are safely inside their word: what a painter of the world may take for it (a test names each of them).
PROTOTYPES: dict[str, tuple[tuple[int, int, int], ...]] = {
    "red": ((225, 25, 30), (200, 20, 25), (170, 15, 25), (235, 45, 45)),
    "orange": ((255, 140, 0), (245, 125, 25), (255, 150, 40), (235, 120, 10)),
    "yellow": ((255, 235, 20), (250, 220, 30), (255, 240, 90), (235, 210, 20)),
    "green": ((20, 150, 40), (60, 180, 60), (20, 110, 40), (120, 200, 70)),
    "blue": ((25, 60, 220), (40, 120, 220), (20, 40, 150), (90, 170, 240)),
    "purple": ((125, 30, 160), (150, 70, 200), (95, 20, 120), (165, 100, 205)),
    "pink": ((255, 130, 180), (250, 90, 160), (255, 175, 200), (240, 120, 150)),
    "brown": ((120, 70, 30), (100, 55, 25), (145, 90, 50), (90, 55, 35)),
    "black": ((10, 10, 10), (25, 25, 25), (5, 5, 10), (20, 15, 15)),
    "white": ((250, 250, 250), (240, 240, 240), (255, 252, 245), (235, 238, 242)),
    "gray": ((128, 128, 128), (150, 150, 150), (105, 105, 105), (165, 165, 165)),
}


_Range = tuple[float, float]
_ALL, _WARM = (0, 360), (30, 118)
# The rule: word, hue from/to (degrees; past 360 wraps round), lightness from/to, chroma from/to; the first row wins.
_RULE: tuple[tuple[str, _Range, _Range, _Range], ...] = (
    ("black", _ALL, (0, 0.20), (0, 0.10)),
    ("black", _ALL, (0, 0.31), (0, 0.045)),
    ("white", _WARM, (0.84, 2), (0, 0.062)),  # lamps tint white more than they tint gray
    ("white", _WARM, (0.80, 2), (0, 0.042)),
    ("white", _ALL, (0.80, 2), (0, 0.033)),
    ("gray", _WARM, (0, 2), (0, 0.042)),
    ("gray", _ALL, (0, 2), (0, 0.033)),
    ("gray", _ALL, (0, 0.33), (0, 0.050)),
    # magenta to red: dark is purple or red, light is pink
    ("purple", (335, 352), (0, 0.50), (0, 1)),
    ("red", (335, 368), (0, 0.54), (0.105, 1)),
    ("brown", (335, 368), (0, 0.45), (0, 1)),
    ("pink", (335, 368), (0, 2), (0, 1)),
    # red to orange: vivid keeps its word, light and soft is pink, dull or dark is brown
    ("pink", (8, 32), (0.66, 2), (0, 0.19)),
    ("orange", (32, 80), (0.72, 2), (0.105, 1)),
    ("orange", (34, 46), (0.53, 2), (0.130, 1)),
    ("orange", (46, 80), (0.62, 2), (0.135, 1)),
    ("red", (8, 36), (0, 2), (0.105, 1)),
    ("pink", (8, 42), (0.70, 2), (0, 1)),
    ("white", (42, 80), (0.90, 2), (0, 1)),
    ("brown", (8, 80), (0, 2), (0, 1)),
    ("yellow", (80, 118), (0.70, 2), (0.090, 1)),
    ("white", (80, 118), (0.86, 2), (0, 1)),
    ("brown", (80, 106), (0, 2), (0, 1)),
    ("green", (80, 188), (0, 2), (0, 1)),
    ("blue", (188, 289), (0, 2), (0, 1)),
    ("pink", (320, 335), (0.72, 2), (0, 1)),
    ("purple", (289, 335), (0, 2), (0, 1)),
)
# Colours without a basic word of their own get the nearest one, but are never a clear case.
_BETWEEN = (
    ((30, 110), (0.62, 0.93), (0.030, 0.090)),  # beige, cream, skin, tan
    ((178, 198), (0, 2), (0.033, 1)),  # turquoise: between green and blue
    ((280, 297), (0, 2), (0.033, 1)),  # indigo: between blue and purple
)
# A colour is a clear case when steps of this size in lightness, chroma and hue keep its word.
_STEPS = (0.03, 0.010, 2.0)


def word_of(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Return the index into `NAMES` for OKLCh values (N,): the first row of the rule that holds.

    `lightness` and `chroma` are OKLab's (0..1 and 0..0.33), `hue` is in degrees, 0..360.
    """
    conditions = [_within(lightness, chroma, hue, *ranges) for _, *ranges in _RULE]
    return np.select(conditions, [NAMES.index(name) for name, *_ in _RULE], NAMES.index("gray")).astype(np.uint8)


def _within(
    lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray, hues: _Range, lightnesses: _Range, chromas: _Range
) -> np.ndarray:
    turned = hue % 360
    hue_holds = (turned >= hues[0]) & (turned < hues[1]) | (turned + 360 < hues[1])
    lightness_holds = (lightness >= lightnesses[0]) & (lightness < lightnesses[1])
    return hue_holds & lightness_holds & (chroma >= chromas[0]) & (chroma < chromas[1])


def _is_safe(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Return where a small step in any direction keeps the word, and the colour has a word of its own: bool (N,)."""
    word = word_of(lightness, chroma, hue)
    safe = ~np.any([_within(lightness, chroma, hue, *ranges) for ranges in _BETWEEN], axis=0)
    for sign in (-1, 1):
        safe &= word == word_of(lightness + sign * _STEPS[0], chroma, hue)
        safe &= word == word_of(lightness, np.maximum(chroma + sign * _STEPS[1], 0), hue)
        safe &= word == word_of(lightness, chroma, hue + sign * _STEPS[2])
    return safe


def name_colour(pixels_N3: np.ndarray) -> tuple[str, float]:
    """Return the colour word of a set of RGB pixels, uint8 (N, 3), and the share (0..1) of the pixels that carry it.

    Raises `EmptyRegion` for no pixels and `ImageError` for another shape or type. A draw goes to the word that
    comes first in `NAMES`.
    """
    counts = _counts(pixels_N3)
    index = int(counts.argmax())
    return NAMES[index], float(counts[index] / counts.sum())


def colour_is_clear(pixels_N3: np.ndarray) -> bool:
    """Return whether a person would hardly hesitate over the colour word of RGB pixels, uint8 (N, 3).

    The word must cover 1.5 times as many pixels as the next word, and at least half of the pixels must carry it safely:
    no small step in lightness, chroma or hue changes it, and it is no beige, turquoise or indigo (which have no word).
    """
    names_N, counts = colour_indices(pixels_N3).ravel(), _counts(pixels_N3)
    second, first = np.sort(counts)[-2:]
    safe_N = _safe_table()[_coarse(pixels_N3)].ravel() & (names_N == counts.argmax())
    return bool(first >= CLEAR_RATIO * second and safe_N.sum() >= CLEAR_SHARE * counts.sum())


def colour_shares(pixels_N3: np.ndarray) -> dict[str, float]:
    """Return for each of `NAMES` the share (0..1) of the RGB pixels, uint8 (N, 3), that it names; they sum to 1."""
    counts = _counts(pixels_N3)
    return dict(zip(NAMES, (counts / counts.sum()).tolist(), strict=True))


def _counts(pixels_N3: np.ndarray) -> np.ndarray:
    names_N = colour_indices(pixels_N3).ravel()
    if len(names_N) == 0:
        raise EmptyRegion("no pixels were given; a colour needs at least one")
    return np.bincount(names_N, minlength=len(NAMES))


def colour_indices(pixels_N3: np.ndarray) -> np.ndarray:
    """Return the index into `NAMES` of every RGB pixel: uint8 (..., 3) becomes uint8 (...).

    Read from a table of 32 x 32 x 32 colours (steps of 8 in each channel), so that a large picture takes milliseconds.
    """
    return _table()[_coarse(pixels_N3)]


def _coarse(pixels_N3: np.ndarray) -> np.ndarray:
    pixels = np.asarray(pixels_N3)
    if pixels.dtype != np.uint8 or pixels.shape[-1:] != (3,):
        raise ImageError(f"expected RGB pixels as uint8 (N, 3), got {pixels.dtype} {pixels.shape}")
    steps = (pixels >> 3).astype(np.uint16)
    return steps[..., 0] << 10 | steps[..., 1] << 5 | steps[..., 2]


@cache
def _table() -> np.ndarray:
    return word_of(*oklch(_every_coarse_colour()))


@cache
def _safe_table() -> np.ndarray:
    return _is_safe(*oklch(_every_coarse_colour()))


def _every_coarse_colour() -> np.ndarray:
    middles = np.arange(32) * 8 + 4
    return np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1).reshape(-1, 3)


def oklch(rgb_N3: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return OKLab lightness (N,), chroma (N,) and hue in degrees 0..360 (N,) of sRGB values 0..255 (N, 3)."""
    signal = np.asarray(rgb_N3, dtype=np.float64) / 255
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    cones = np.cbrt(linear @ _RGB_TO_CONES)
    lightness, green_red, blue_yellow = np.moveaxis(cones @ _CONES_TO_OKLAB, -1, 0)
    hue = np.degrees(np.arctan2(blue_yellow, green_red)) % 360
    return lightness, np.hypot(green_red, blue_yellow), hue


_RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.2119034982, 0.0883024619],
        [0.5363325363, 0.6806995451, 0.2817188376],
        [0.0514459929, 0.1073969566, 0.6299787005],
    ]
)
_CONES_TO_OKLAB = np.array(
    [
        [0.2104542553, 1.9779984951, 0.0259040371],
        [0.7936177850, -2.4285922050, 0.7827717662],
        [-0.0040720468, 0.4505937099, -0.8086757660],
    ]
)

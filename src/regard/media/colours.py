"""The one rule that names the colour of pixels: eleven basic colour words, by thresholds in OKLCh.

Every pixel gets a word from its lightness L (0 to 1), chroma C (0 = gray) and hue h (degrees) in OKLab (Bjorn
Ottosson, "A perceptual color space for image processing", 2020); `word_of` below is the whole rule. The words are the
eleven basic colour terms of English (Berlin and Kay, "Basic Color Terms", 1969). What a person calls beige, cream, skin
or tan has no word of its own: light and dull is white, darker is brown. A region is called what most of its pixels are
called; the case is clear when that word covers at least half of the pixels and 1.5 times as many as the next word.

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


def word_of(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> np.ndarray:
    """Return the index into `NAMES` for OKLCh values (N,): the rule itself, read from top to bottom, first match wins.

    `lightness` and `chroma` are OKLab's (0..1 and 0..0.33), `hue` is in degrees, 0..360.
    """
    warm = (hue >= 30) & (hue < 118)
    faint = np.where(warm, 0.042, 0.033)
    faint = np.where(warm & (lightness > 0.84), 0.062, faint)
    faint = np.where(lightness < 0.32, 0.05, faint)
    rules = (
        ("black", (lightness < 0.20) & (chroma < 0.10) | (lightness < 0.29) & (chroma < 0.045)),
        ("white", (chroma < faint) & (lightness >= 0.83)),
        ("black", (chroma < faint) & (lightness < 0.30)),
        ("gray", chroma < faint),
        *_reds(lightness, chroma, hue),
        *_oranges_and_yellows(lightness, chroma, hue),
        ("green", (hue >= 108) & (hue < 188)),
        ("blue", (hue >= 188) & (hue < 285)),
        ("pink", (hue >= 320) & (lightness > 0.72)),
        ("purple", hue >= 285),
    )
    conditions = [condition for _, condition in rules]
    return np.select(conditions, [NAMES.index(name) for name, _ in rules], NAMES.index("gray")).astype(np.uint8)


def _reds(lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
    """From magenta (335 degrees) round to orange red (42): vivid is red, light is pink, dull and dark is brown."""
    magenta = (hue >= 335) | (hue < 8)
    red = (hue >= 8) & (hue < 42)
    return (
        ("purple", magenta & (hue >= 335) & (hue < 352) & (lightness < 0.50)),
        ("red", magenta & (lightness < 0.54) & (chroma >= 0.105)),
        ("brown", magenta & (lightness < 0.45)),
        ("pink", magenta),
        ("pink", red & (hue < 32) & (lightness > 0.66) & (chroma < 0.19)),
        ("orange", red & (hue >= 34) & (lightness > 0.66)),
        ("red", red & (chroma >= 0.105)),
        ("pink", red & (lightness > 0.70)),
        ("brown", red),
    )


def _oranges_and_yellows(
    lightness: np.ndarray, chroma: np.ndarray, hue: np.ndarray
) -> tuple[tuple[str, np.ndarray], ...]:
    """From orange red (42) to yellow green (118): vivid and light is orange or yellow, the rest is brown."""
    orange = (hue >= 42) & (hue < 80)
    yellow = (hue >= 80) & (hue < 118)
    return (
        ("orange", orange & (lightness >= 0.62) & (chroma >= 0.135)),
        ("orange", orange & (lightness >= 0.72) & (chroma >= 0.105)),
        ("white", orange & (lightness > 0.90)),
        ("brown", orange),
        ("yellow", yellow & (lightness >= 0.70) & (chroma >= 0.09)),
        ("white", yellow & (lightness > 0.86)),
        ("brown", yellow & (hue < 106)),
    )


def name_colour(pixels_N3: np.ndarray) -> tuple[str, float]:
    """Return the colour word of a set of RGB pixels, uint8 (N, 3), and the share (0..1) of the pixels that carry it.

    Raises `EmptyRegion` for no pixels and `ImageError` for another shape or type. A draw goes to the word that
    comes first in `NAMES`.
    """
    counts = _counts(pixels_N3)
    index = int(counts.argmax())
    return NAMES[index], float(counts[index] / counts.sum())


def colour_is_clear(pixels_N3: np.ndarray) -> bool:
    """Return whether one word covers at least half of the pixels, and 1.5 times as many as the next word."""
    counts = np.sort(_counts(pixels_N3))
    return bool(counts[-1] >= CLEAR_SHARE * counts.sum() and counts[-1] >= CLEAR_RATIO * counts[-2])


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
    pixels = np.asarray(pixels_N3)
    if pixels.dtype != np.uint8 or pixels.shape[-1:] != (3,):
        raise ImageError(f"expected RGB pixels as uint8 (N, 3), got {pixels.dtype} {pixels.shape}")
    coarse = (pixels >> 3).astype(np.uint16)
    return _table()[coarse[..., 0] << 10 | coarse[..., 1] << 5 | coarse[..., 2]]


@cache
def _table() -> np.ndarray:
    steps = np.arange(32) * 8 + 4
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    return word_of(*oklch(rgb))


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

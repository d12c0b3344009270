"""What a thing is painted with: a colour safely inside its name, a pattern in a second tone, a material, a
photograph's grain.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import cache

import numpy as np

from regard.data.world.photos import Crop, draw_crop, jitter
from regard.media.colours import NAMES, PROTOTYPES, colour_indices, colour_is_clear, name_colour

PATTERNS = ("plain", "striped", "dotted", "checked")
MATERIALS = ("matte", "shiny")
NARROW = ("black", "white", "gray")
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Paint:
    """A fill.

    With `cutout` the grain is the picture itself (kept as it is where strength is 0, else shaded into `rgb`). `second`
    is the pattern's other tone, `period` its repeat in units of the picture, `angle` its turn (radians).
    """

    colour: str
    rgb: Rgb
    pattern: str = "plain"
    second: Rgb = (0, 0, 0)
    cover: float = 0.35
    period: float = 0.1
    angle: float = 0.0
    material: str = "matte"
    light: float = 0.0
    grain: Crop | None = None
    strength: float = 0.0
    cutout: bool = False


@cache
def safe_colours() -> dict[str, np.ndarray]:
    """Return for each name RGB values (N, 3), up to 400, that a person would hardly call anything else.

    Their neighbours within 16 levels in every channel carry the same name (within 8 for black, white and gray, which
    are narrow), and each is a clear case by itself.
    """
    steps = np.arange(32, dtype=np.uint8) * 8 + 4
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    names = colour_indices(cube)
    found = {}
    for index, name in enumerate(NAMES):
        reach = 1 if name in NARROW else 2
        inside = cube[_alike(names, reach) & (names == index)]
        inside = inside[:: max(1, -(-len(inside) // 400))]
        found[name] = inside[[colour_is_clear(rgb[None]) for rgb in inside]]
    return found


def _alike(names: np.ndarray, reach: int) -> np.ndarray:
    """Return where all neighbours up to `reach` cells away carry the same name, bool, for names (32, 32, 32)."""
    padded = np.pad(names, reach, mode="edge")
    same = np.ones(names.shape, bool)
    for shift in np.ndindex(*(2 * reach + 1,) * 3):
        same &= padded[tuple(slice(s, s + 32) for s in shift)] == names
    return same


def name_of(rgb: Rgb) -> str:
    """Return the word for one RGB value."""
    return NAMES[int(colour_indices(np.array(rgb, np.uint8)))]


def draw_rgb(rng: random.Random, colour: str) -> Rgb:
    """Choose an RGB value that is safely inside a name: near a prototype, or anywhere inside."""
    inside = safe_colours()[colour]
    if rng.random() < 0.5 or len(inside) < 8:
        spread, shift = (3, rng.randint(-9, 9)) if colour in NARROW else (9, rng.randint(-3, 3))
        levels = [level + shift + rng.randint(-spread, spread) for level in rng.choice(PROTOTYPES[colour])]
        near = tuple(min(255, max(0, level)) for level in levels)
        return near if name_of(near) == colour else PROTOTYPES[colour][0]
    red, green, blue = inside[rng.randrange(len(inside))].tolist()
    return red, green, blue


def mix(first: Rgb, second: Rgb, part: float) -> Rgb:
    """Return the colour that is `part` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return red, green, blue


def difference(first: Rgb | np.ndarray, second: Rgb | np.ndarray) -> float:
    """Return how far apart two colours look: weighted Euclidean distance in RGB, 0 to about 760."""
    red, green, blue = (float(a) - float(b) for a, b in zip(first, second, strict=True))
    return math.sqrt(2 * red * red + 4 * green * green + 3 * blue * blue)


def second_tone(rng: random.Random, rgb: Rgb, colour: str) -> tuple[Rgb, bool]:
    """Choose a pattern's second tone, well visible on the first. Returns it and whether it carries the same name."""
    ways = [((255, 255, 255), 0.6), ((0, 0, 0), 0.5), ((255, 255, 255), 0.4), ((0, 0, 0), 0.35)]
    if rng.random() < 0.5:
        ways = [ways[1], ways[0], ways[3], ways[2]]
    for target, part in ways:
        tone = mix(rgb, target, part)
        if name_of(tone) == colour and difference(tone, rgb) > 130:
            return tone, True
    tones = [mix(rgb, target, part) for target, part in ways] + [(250, 250, 250), (12, 12, 12)]
    far = [tone for tone in tones if difference(tone, rgb) > 200]
    return (rng.choice(far) if far else max(tones, key=lambda tone: difference(tone, rgb))), False


def draw_paint(
    rng: random.Random, colour: str, rgb: Rgb, area: float, *, smallest_pattern: float, plain: bool = False
) -> Paint:
    """Choose how a thing of a colour (word and RGB) and of `area` (share of the picture) is painted.

    Patterns are used from `smallest_pattern` of the picture on, so that they can be seen; a highlight from a third of
    that.
    """
    side = math.sqrt(area)
    shiny = rng.random() < 0.4 and area >= smallest_pattern / 3 and colour != "white"
    shiny = shiny and name_of(mix(rgb, (0, 0, 0), 0.18)) == colour
    details = {"material": "shiny" if shiny else "matte", "light": rng.uniform(-0.5, 0.5)}
    if plain or area < smallest_pattern or rng.random() < 0.4:
        return _plain(rng, colour, rgb, details)
    pattern = rng.choice(PATTERNS[1:])
    tone, same = second_tone(rng, rgb, colour)
    if pattern == "checked" and not same:
        pattern = "striped"
    period = max(side * rng.uniform(0.24, 0.38), math.sqrt(smallest_pattern) * 0.42)
    if pattern == "checked":
        period *= 0.8
    cover = rng.uniform(0.4, 0.5) if same else rng.uniform(0.28, 0.34)
    return Paint(colour, rgb, pattern, tone, cover, period, rng.uniform(0, math.pi), **details)


def _plain(rng: random.Random, colour: str, rgb: Rgb, details: dict) -> Paint:
    if details["material"] == "matte" and rng.random() < 0.3:
        grain = draw_crop(rng, 1.0, smallest=0.15, texture=rng.random() < 0.4)
        return Paint(colour, rgb, grain=grain, strength=rng.uniform(0.15, 0.4), **details)
    return Paint(colour, rgb, **details)


def draw_cutout(rng: random.Random, colour: str, rgb: Rgb) -> Paint:
    """Choose a piece of a photograph: one whose own colour is clear if it is found soon, else shaded into the given
    colour.
    """
    for _ in range(2):
        crop = jitter(rng, draw_crop(rng, 1.0, smallest=0.08), any_hue=0.6)
        pixels = crop.render(16, 16).reshape(-1, 3)
        if colour_is_clear(pixels) and name_colour(pixels)[0] == colour:
            return Paint(colour, rgb, grain=crop, cutout=True)
    return Paint(colour, rgb, grain=crop, strength=rng.uniform(0.3, 0.9), cutout=True)

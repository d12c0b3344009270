"""Colours that tell regions apart, and the ink that can be read on each of them."""

from __future__ import annotations

import colorsys

Colour = tuple[int, int, int]

PANEL: Colour = (24, 26, 31)
PAPER: Colour = (245, 246, 248)
SHADE: Colour = (12, 12, 14)

_FIRST: tuple[Colour, ...] = (
    (255, 92, 73),
    (45, 156, 255),
    (255, 205, 40),
    (58, 206, 120),
    (196, 112, 255),
    (255, 144, 208),
    (60, 220, 222),
    (224, 168, 122),
    (176, 226, 74),
    (120, 132, 255),
)
_GOLDEN_ANGLE = 0.381966


def colour(index: int) -> Colour:
    """Return the RGB colour of region `index` (0-based): ten chosen by hand, then hues a golden angle apart."""
    if index < len(_FIRST):
        return _FIRST[index]
    turn = index - len(_FIRST)
    red, green, blue = colorsys.hsv_to_rgb((turn * _GOLDEN_ANGLE + 0.03) % 1, (0.4, 0.58)[turn % 2], 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


def ink(background: Colour) -> Colour:
    """Return near-black or near-white, whichever contrasts more with `background` (relative luminance, WCAG 2)."""
    light = luminance(background)
    on_dark = (luminance(PAPER) + 0.05) / (light + 0.05)
    on_light = (light + 0.05) / (luminance(SHADE) + 0.05)
    return PAPER if on_dark > on_light else SHADE


def luminance(value: Colour) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2)."""
    red, green, blue = ((part / 255) / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in value)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

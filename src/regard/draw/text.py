"""Text on pictures: the one font, what it can write, wrapping and measuring.

The font is the scalable one inside Pillow, so that a drawing looks the same on every machine. It writes ASCII and
some punctuation; letters with accents lose them, and other characters become "?".
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import ImageFont

_EXTRA = frozenset("©«°±´·»‘’“”…‹›™")
_STAND_INS = {"–": "-", "—": "-", "−": "-", "×": "x", "\t": " ", "\n": " ", "\r": " "}
LINE_HEIGHT = 1.3


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's own scalable font at `size` pixels."""
    found = ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise RuntimeError("this Pillow was built without FreeType and cannot scale its font")
    return found


def drawable(text: str) -> str:
    """Return `text` in characters the font has: accents are dropped, what remains unknown becomes "?", spaces are
    single.
    """
    return " ".join("".join(_letters(character) for character in text).split())


def _letters(character: str) -> str:
    if " " <= character <= "~" or character in _EXTRA:
        return character
    if character in _STAND_INS:
        return _STAND_INS[character]
    plain = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    known = "".join(part for part in plain if " " <= part <= "~")
    if known:
        return known
    return "" if unicodedata.category(character) in ("Cc", "Cf", "Mn") else "?"


def width(text: str, size: int) -> int:
    """Return how many pixels wide one line of text is."""
    return round(font(size).getlength(text) + 0.5)


def line_height(size: int) -> int:
    """Return the distance between two baselines in pixels."""
    return round(size * LINE_HEIGHT)


def wrap(text: str, size: int, widest: int, most_lines: int | None = None) -> list[str]:
    """Break text into lines at most `widest` pixels wide; a longer word is cut, and a cut-off end is marked with
    "…".
    """
    lines: list[str] = []
    line = ""
    for word in _pieces(drawable(text), size, widest):
        longer = f"{line} {word}" if line else word
        if width(longer, size) <= widest:
            line = longer
            continue
        lines.append(line)
        line = word
    lines += [line] if line else []
    if most_lines is None or len(lines) <= most_lines:
        return lines
    return [*lines[: most_lines - 1], _shorten(" ".join(lines[most_lines - 1 :]), size, widest)]


def _pieces(text: str, size: int, widest: int) -> list[str]:
    pieces = []
    for word in text.split():
        while width(word, size) > widest and len(word) > 1:
            count = _fitting(word, size, widest)
            pieces.append(word[:count])
            word = word[count:]
        pieces.append(word)
    return pieces


def _fitting(word: str, size: int, widest: int) -> int:
    return max([count for count in range(1, len(word)) if width(word[:count], size) <= widest], default=1)


def _shorten(text: str, size: int, widest: int) -> str:
    while text and width(text + "…", size) > widest:
        text = text[:-1].rstrip()
    return text + "…"

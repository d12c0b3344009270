"""Pieces of a photograph that a colour word means, and what to call them.

A photograph holds more than what is marked in it, so what an expression finds there, or does not, is read from the
pixels. Legend: H rows, W columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from regard.data.world.facts import POSITIONS, Truth, contained
from regard.data.world.phrases import at, joined
from regard.data.world.scene import Scene
from regard.data.world.wording import Writer
from regard.media.colours import NAMES, colour_indices, colour_is_clear, name_colour
from regard.regions.words import centre_and_share, position_is_clear, position_word

SEEN = 160
MOST = 3  # pieces of one colour that can be spoken of
NOWHERE = 0.0015  # share of the pixels below which nobody would find a colour
LEAST, LARGEST = 0.01, 0.45  # shares of the picture between which a piece is a thing to be found
FILLS = 0.25  # share of its box that a piece must fill: it is one thing, and no network of gaps between others
TOGETHER = 0.85  # share of a colour's pixels that its pieces must hold
CLEARLY = 1.6  # times as large as the next: the largest
APART = 0.12  # of a side: clearly further left, higher ..
NOUNS = ("region", "region", "part", "area", "thing", "thing", "one")


@dataclass(frozen=True, eq=False)
class Coloured:
    """What one colour word names in a picture: its pieces, bool (H, W), the largest first, and every pixel of it, those
    in no piece among them.
    """

    masks: tuple[np.ndarray, ...]
    everywhere: np.ndarray

    @property
    def has_crumbs(self) -> bool:
        """Whether enough of it lies away from its pieces to be seen."""
        pieces = np.logical_or.reduce(self.masks).astype(np.uint8)
        apart = self.everywhere & (cv2.dilate(pieces, np.ones((5, 5), np.uint8)) == 0)
        return bool(np.count_nonzero(apart) >= NOWHERE * apart.size)


def is_photograph(truth: Truth) -> bool:
    """Return whether a scene is a photograph, with some of its pieces marked."""
    return not truth.scene.is_clip and bool(truth.patches) and not truth.real


@lru_cache(maxsize=4)
def pieces_of(scene: Scene) -> dict[str, Coloured]:
    """Return `pieces_in` the picture of a scene."""
    return pieces_in(scene.frames[0])


def pieces_in(picture: np.ndarray) -> dict[str, Coloured]:
    """Return what each colour word names in a picture, uint8 RGB (H, W, 3), without masks where the colour is nowhere.

    A colour that is not clear is left out: there is little of it, it is spread over many pieces, or people would not
    agree on it. The rule is for pictures of about `SEEN` pixels on the longer side: in larger ones grain is seen.
    """
    names, exact = colour_indices(cv2.GaussianBlur(picture, (5, 5), 1.2)), colour_indices(picture)
    found = {}
    for place, colour in enumerate(NAMES):
        masks = _pieces(picture, colour, names == place, exact == place)
        if masks is not None:
            found[colour] = Coloured(masks, (names == place) | (exact == place))
    return found


def _pieces(picture: np.ndarray, colour: str, named: np.ndarray, exactly: np.ndarray) -> tuple[np.ndarray, ...] | None:
    count = max(np.count_nonzero(named), np.count_nonzero(exactly))
    if count < NOWHERE * named.size:
        return ()
    closed = cv2.morphologyEx(named.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = [place + 1 for place in np.argsort(-areas, kind="stable") if areas[place] >= LEAST * named.size]
    masks = tuple(labels == label for label in large)
    if not 0 < len(masks) <= MOST or sum(np.count_nonzero(named & mask) for mask in masks) < TOGETHER * count:
        return None
    return masks if all(_is_a_thing(mask) and _is(colour, picture[mask]) for mask in masks) else None


def _is(colour: str, pixels_N3: np.ndarray) -> bool:
    return name_colour(pixels_N3)[0] == colour and colour_is_clear(pixels_N3)


def _is_a_thing(mask: np.ndarray) -> bool:
    area, (_, _, width, height) = np.count_nonzero(mask), cv2.boundingRect(mask.view(np.uint8))
    return area <= LARGEST * mask.size and area >= FILLS * width * height


def find_piece(writer: Writer) -> tuple[str, np.ndarray] | None:
    """Return an expression that means one piece of a photograph, and the piece; None when there is none to be named."""
    said = [(colour, found) for colour, found in pieces_of(writer.truth.scene).items() if found.masks]
    if not said:
        return None
    colour, found = writer.pick(said)
    place = int(writer.rng.random() * len(found.masks))
    alone, clues = len(found.masks) == 1, _clues(found, place)
    if not alone and not clues:
        return None
    clue = writer.pick(clues) if clues and (not alone or writer.chance(0.2)) else ""
    return _say(writer, colour, clue, "the"), found.masks[place]


def find_every(writer: Writer) -> tuple[str, tuple[np.ndarray, ...]] | None:
    """Return "every red region" and these regions, from left to right; None where no colour is clear."""
    said = [(colour, found.masks) for colour, found in pieces_of(writer.truth.scene).items() if found.masks]
    if not said:
        return None
    several = [one for one in said if len(one[1]) > 1]
    colour, masks = writer.pick(several if several and not writer.held_out and writer.chance(0.5) else said)
    return _say(writer, colour, "", "every"), tuple(sorted(masks, key=centre_and_share))


def find_no_piece(writer: Writer) -> str | None:
    """Return an expression that means nothing in a photograph: a colour that is nowhere, or not in that place."""
    pieces = pieces_of(writer.truth.scene)
    nowhere = [colour for colour, found in pieces.items() if not found.masks]
    elsewhere = [(colour, word) for colour, found in pieces.items() if found.masks for word in _empty(found)]
    if nowhere and (not elsewhere or writer.chance(0.8)):
        place = at(writer.pick(POSITIONS)) if writer.chance(0.1) else ""
        return _say(writer, writer.pick(nowhere), place, "the")
    if not elsewhere:
        return None
    colour, word = writer.pick(elsewhere)
    return _say(writer, colour, at(word), "the")


def _say(writer: Writer, colour: str, clue: str, article: str) -> str:
    before, after = (clue, "") if clue.endswith("st") else ("", clue)
    return joined(article, before, colour, writer.pick(NOUNS), after)


def _clues(found: Coloured, place: int) -> list[str]:
    """Return what is true of one of the pieces alone, beyond doubt: "largest", "leftmost", "at the top left"."""
    if found.has_crumbs:
        return []
    measured = [centre_and_share(mask) for mask in found.masks]
    x, y, share = measured[place]
    others = [one for number, one in enumerate(measured) if number != place]
    word = position_word(x, y)
    clues = [at(word)] if position_is_clear(x, y) and all(_elsewhere(word, *other[:2]) for other in others) else []
    if others:
        rules = {
            "largest": all(share > CLEARLY * other[2] for other in others),
            "leftmost": all(x < other[0] - APART for other in others),
            "rightmost": all(x > other[0] + APART for other in others),
        }
        clues += [word for word, holds in rules.items() if holds]
    return clues


def _elsewhere(word: str, x: float, y: float) -> bool:
    """Return whether nobody would say this position word of what lies at (x, y)."""
    other = position_word(x, y)
    return position_is_clear(x, y) and word != other and not contained(word, other)


def _empty(found: Coloured) -> list[str]:
    """Return the halves of the picture in which no pixel has the colour."""
    rows, columns = found.everywhere.any(axis=1), found.everywhere.any(axis=0)
    half = {"top": rows[: len(rows) // 2], "bottom": rows[len(rows) // 2 :]}
    half |= {"left": columns[: len(columns) // 2], "right": columns[len(columns) // 2 :]}
    return [word for word, there in half.items() if not there.any()]

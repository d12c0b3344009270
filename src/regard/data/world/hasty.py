"""Questions as people type them in haste: small words left out, others slipped in."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

SMALL = """
a an the is are can could would will you me please this there so to at
"""
SLIPPED_IN = """
so well just here see look please actually maybe really okay um hey exactly quickly kindly
"""
LEFT_OUT = 0.3  # the share of small words
SLIPS = 0.5  # how often one word is slipped in; half as often a second
_GAPS = re.compile(r"( +)")
_SMALL, _SLIPPED_IN = frozenset(SMALL.split()), SLIPPED_IN.split()
_SPOKEN = re.compile(r"[A-Za-z]+")


def hasty(text: str, rng: np.random.Generator, kept: Sequence[str] = ()) -> str:
    """Return a question with some of its small words left out and words that say nothing slipped in.

    What is asked stays: no word that compares, names or denies is touched, nor anything inside quotation marks, nor
    the phrases in `kept`.
    """
    whole = "|".join(['"[^"]*"', *(re.escape(phrase) for phrase in kept if phrase)])
    pieces = re.split(f"({whole})", text, flags=re.IGNORECASE)
    pieces[::2] = [_hurried(piece, rng) for piece in pieces[::2]]
    told = "".join(pieces).strip()
    return told[:1].upper() + told[1:] if rng.random() < 0.5 else told


def _hurried(text: str, rng: np.random.Generator) -> str:
    words = _GAPS.split(text)
    kept = [word for word in words if not (_small(word) and rng.random() < LEFT_OUT)]
    for share in (SLIPS, SLIPS / 2):
        if rng.random() < share:
            kept.insert(int(rng.random() * (len(kept) + 1)), f" {_SLIPPED_IN[int(rng.random() * len(_SLIPPED_IN))]} ")
    return re.sub(r" {2,}", " ", "".join(kept))


def _small(word: str) -> bool:
    return bool(_SPOKEN.fullmatch(word)) and word.lower() in _SMALL

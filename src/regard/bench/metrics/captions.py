"""Captions against references: BLEU, ROUGE-L, CIDEr-D, METEOR; SPICE and sentence similarity where they are installed.

BLEU (Papineni et al. 2002), ROUGE-L (Lin 2004) and CIDEr-D (Vedantam et al. 2015) are computed here in a few lines as
coco-caption does; the tests hold its figures. METEOR 1.5 is coco-caption's own Java program, run through the package
pycocoevalcap. SPICE downloads its parser on first use and needs Java 8, sentence similarity needs a model's weights:
both are thin and unverified.

Every function takes `candidates`, one caption an item, and `references`, at least one an item, as plain text, and gives
the figure of the corpus and the score of each item. Scores are 0..1, CIDEr-D 0..10; papers print all of them times 100.

Traps: CIDEr weighs words by how many items' references have them, so the same captions score otherwise among fewer
items, and a single item scores 0; run it on the whole split. BLEU and METEOR of a corpus are not means over items. An
empty candidate scores 0 and stays in every denominator. The published pipeline splits words with a Java tokenizer;
`_tokens` agrees with it on 997 of 1,000 captions.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log
from typing import Any

import numpy as np

from regard.bench.metrics._tokens import tokens
from regard.core.errors import DataError, MissingDependency

LONGEST = 4
SIGMA = 6.0
BETA = 1.2
SMALL, TINY = 1e-9, 1e-15
ALPHA, BETA_METEOR, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
STAGES = (1.0, 0.6, 0.8, 0.6)  # METEOR's weights of words that are equal, of one stem, synonyms, paraphrases

Words = list[str]
Counts = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class CaptionScore:
    """One figure of a corpus, and the score of each item."""

    corpus: float
    items: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Documents:
    """How many items there are, and how many of them have an n-gram in a reference: what CIDEr weighs words by."""

    items: int
    seen: Mapping[tuple[str, ...], int]

    @classmethod
    def of(cls, references: Sequence[Sequence[str]]) -> Documents:
        """Count the n-grams of 1 to 4 words over the references of all items."""
        groups = [[_grams(tokens(other)) for other in others] for others in references]
        return cls(len(groups), Counter(gram for others in groups for gram in set().union(*others)))


def bleu(candidates: Sequence[str], references: Sequence[Sequence[str]], longest: int = LONGEST) -> CaptionScore:
    """Return BLEU of n-grams up to `longest` words: precisions pooled over the corpus, brevity against the closest
    reference.
    """
    pairs = _pairs(candidates, references)
    rows = np.array([_overlaps(words, others, longest) for words, others in pairs])
    items = tuple(_bleu(row) for row in rows)
    return CaptionScore(pooled_bleu(rows), items)


def bleu_counts(candidate: str, references: Sequence[str], longest: int = LONGEST) -> list[int]:
    """Return what one caption gives to BLEU: its length, the closest reference's, and each size's matches and
    guesses.
    """
    return _overlaps(*_pairs([candidate], [references])[0], longest)


def pooled_bleu(counts: Sequence[Sequence[int]] | np.ndarray) -> float:
    """Return BLEU of a corpus from the counts of its captions; 0 for none."""
    return _bleu(np.asarray(counts).sum(axis=0)) if len(counts) else 0.0


def rouge_l(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScore:
    """Return ROUGE-L: F with beta 1.2 of the longest common subsequence, the best precision and the best recall over
    the references, which need not come from the same one.
    """
    return _mean([_rouge(words, others) for words, others in _pairs(candidates, references)])


def cider(
    candidates: Sequence[str], references: Sequence[Sequence[str]], documents: Documents | None = None
) -> CaptionScore:
    """Return CIDEr-D: n-grams of 1 to 4 words weighted by how few items' references have them, clipped cosine, a
    Gaussian penalty of the difference in length, mean over sizes and references, times 10.

    documents: counts over the whole split, so that a part of it scores as it does within the whole; over `references`
    when None, as coco-caption does.
    """
    pairs = [(_grams(words), [_grams(other) for other in others]) for words, others in _pairs(candidates, references)]
    documents = documents or Documents.of(references)
    rarest = log(documents.items) if documents.items else 0.0
    grams = {gram for one, others in pairs for gram in one.keys() | set().union(*others)}
    weights = {gram: rarest - log(max(1, documents.seen.get(gram, 0))) for gram in grams}
    return _mean([10 * np.mean([_alike(one, other, weights, rarest) for other in others]) for one, others in pairs])


def meteor(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScore:
    """Return METEOR 1.5 as coco-caption runs it. Needs Java and pycocoevalcap; starting takes ten seconds and 2 GB.

    Raises `MissingDependency` when either is not there.
    """
    _pairs(candidates, references)
    rows = [meteor_counts(one, others) for one, others in zip(candidates, references, strict=True)]
    return CaptionScore(pooled_meteor(rows), tuple(pooled_meteor([row]) for row in rows))


def meteor_counts(candidate: str, references: Sequence[str]) -> list[float]:
    """Return what one caption gives to METEOR: the 23 counts that the Java program aligns it by, with the reference
    that fits best. Raises like `meteor`.
    """
    truth, given = _for_coco([candidate], [references])
    return [float(count) for count in _meteor()._stat(given[0][0], truth[0]).split()]


def pooled_meteor(counts: Sequence[Sequence[float]] | np.ndarray) -> float:
    """Return METEOR of a corpus from the counts of its captions, weighed as METEOR 1.5 weighs English; 0 for none."""
    if not len(counts):
        return 0.0
    rows = np.array(counts, dtype=float)
    same = (rows[:, 20] == 1) & (rows[:, 21] == rows[:, 0]) & (rows[:, 22] == rows[:, 1])
    rows[same, 20] = 0.0  # a caption that is its reference is in no pieces
    total = rows.sum(axis=0)
    lengths, functions, chunks = total[:2], total[2:4], total[20]
    matches = np.array(STAGES) @ np.tensordot(total[4:20].reshape(4, 2, 2), [DELTA, 1 - DELTA], axes=([1], [0]))
    if not matches.all():
        return 0.0
    precision, recall = matches / (DELTA * (lengths - functions) + (1 - DELTA) * functions)
    mean = precision * recall / (ALPHA * precision + (1 - ALPHA) * recall)
    return float(mean * (1 - GAMMA * (2 * chunks / total[21:23].sum()) ** BETA_METEOR))


def spice(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> CaptionScore:
    """Return SPICE (Anderson et al. 2016) as coco-caption runs it. Unverified.

    It downloads Stanford CoreNLP when it first runs and its parser stops under a Java newer than 8. Raises
    `MissingDependency` when Java or pycocoevalcap is not there.
    """
    if not shutil.which("java"):
        raise MissingDependency("SPICE is a Java program and there is no `java`; install a Java 8 runtime")
    scorer = _package("pycocoevalcap.spice.spice", "pycocoevalcap", "SPICE").Spice()
    corpus, items = scorer.compute_score(*_for_coco(candidates, references))
    return CaptionScore(float(corpus), tuple(float(item["All"]["f"]) for item in items))


def sentence_similarity(candidates: Sequence[str], references: Sequence[Sequence[str]], model: str) -> CaptionScore:
    """Return the cosine of sentence embeddings of candidate and first reference, as Osprey's evaluation. Unverified.

    model: a folder with a sentence-transformers model; the published figures are of all-MiniLM-L6-v2. Raises
    `MissingDependency` when sentence-transformers is not installed.
    """
    package = _package("sentence_transformers", "sentence-transformers", "sentence similarity")
    _pairs(candidates, references)
    encoder = package.SentenceTransformer(model, local_files_only=True)
    one, other = (
        np.asarray(encoder.encode(list(texts), normalize_embeddings=True))
        for texts in (candidates, [group[0] for group in references])
    )
    return _mean((one * other).sum(axis=1).tolist())


def word_overlap(candidate: str, reference: str) -> float:
    """Return the IoU of two texts' sets of words, lower case, split at spaces: Osprey's semantic IoU (S-IoU).

    Two empty texts, for which the published code divides by zero, count 0.
    """
    one, other = set(candidate.lower().split()), set(reference.lower().split())
    return len(one & other) / len(one | other) if one | other else 0.0


def _pairs(candidates: Sequence[str], references: Sequence[Sequence[str]]) -> list[tuple[Words, list[Words]]]:
    if len(candidates) != len(references):
        raise DataError(f"{len(candidates)} captions came with references for {len(references)} items")
    for index, group in enumerate(references):
        if isinstance(group, str) or not group:
            raise DataError(f"item {index} needs a list with at least one reference, it has {group!r}")
    return [
        (tokens(one), [tokens(other) for other in group]) for one, group in zip(candidates, references, strict=True)
    ]


def _mean(items: Sequence[float]) -> CaptionScore:
    return CaptionScore(float(np.mean(items)) if len(items) else 0.0, tuple(map(float, items)))


def _grams(words: Words, longest: int = LONGEST) -> Counts:
    spans = ((start, size) for size in range(1, longest + 1) for start in range(len(words) - size + 1))
    return Counter(tuple(words[start : start + size]) for start, size in spans)


def _overlaps(words: Words, others: list[Words], longest: int) -> list[int]:
    """Return, for one item, its length, the closest reference's, and each size's matches and guesses."""
    most: Counts = Counter()
    for other in others:
        most |= _grams(other, longest)
    shared = _grams(words, longest) & most
    matches = [sum(count for gram, count in shared.items() if len(gram) == size) for size in range(1, longest + 1)]
    guesses = [max(0, len(words) - size + 1) for size in range(1, longest + 1)]
    closest = min((abs(len(other) - len(words)), len(other)) for other in others)[1]
    return [len(words), closest, *matches, *guesses]


def _bleu(row: np.ndarray) -> float:
    length, closest = row[:2]
    matches, guesses = np.split(row[2:], 2)
    precision = float(np.prod((matches + TINY) / (guesses + SMALL)) ** (1 / len(matches)))
    ratio = (length + TINY) / (closest + SMALL)
    return precision * exp(1 - 1 / ratio) if TINY < ratio < 1 else precision if ratio >= 1 else 0.0


def _rouge(words: Words, others: list[Words]) -> float:
    shared = [_longest_common(words, other) for other in others]
    precision = max(shared) / max(1, len(words))
    recall = max(count / max(1, len(other)) for count, other in zip(shared, others, strict=True))
    if not precision or not recall:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def _longest_common(one: Words, other: Words) -> int:
    best = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, rival in enumerate(other, start=1):
            above = best[place]
            best[place] = before + 1 if word == rival else max(above, best[place - 1])
            before = above
    return best[-1]


def _alike(one: Counts, other: Counts, weights: dict[tuple[str, ...], float], rarest: float) -> float:
    """Return the mean over the sizes of n-grams of the clipped cosine, times the penalty of length.

    Length is counted in pairs of words, as published.
    """
    lengths = [sum(count for gram, count in counts.items() if len(gram) == 2) for counts in (one, other)]
    penalty = exp(-((lengths[0] - lengths[1]) ** 2) / (2 * SIGMA**2))
    shared, squares = np.zeros(LONGEST), np.zeros((2, LONGEST))
    for gram, count in one.items():
        weight = weights.get(gram, rarest)
        shared[len(gram) - 1] += min(count, other[gram]) * other[gram] * weight**2
        squares[0, len(gram) - 1] += (count * weight) ** 2
    for gram, count in other.items():
        squares[1, len(gram) - 1] += (count * weights.get(gram, rarest)) ** 2
    norms = np.sqrt(squares).prod(axis=0)
    return float(np.mean(shared / np.where(norms > 0, norms, 1.0)) * penalty)


def _for_coco(
    candidates: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    pairs = _pairs(candidates, references)
    truth = {index: [" ".join(other) for other in others] for index, (_, others) in enumerate(pairs)}
    return truth, {index: [" ".join(words)] for index, (words, _) in enumerate(pairs)}


@cache
def _meteor() -> Any:
    """Return METEOR's program, started once."""
    if not shutil.which("java"):
        raise MissingDependency("METEOR is a Java program and there is no `java`; install a Java runtime, 8 or later")
    return _package("pycocoevalcap.meteor.meteor", "pycocoevalcap", "METEOR").Meteor()


def _package(module: str, name: str, what: str) -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return importlib.import_module(module)
    except ImportError as error:
        raise MissingDependency(f"{what} needs a package that is not installed: pip install {name}") from error
